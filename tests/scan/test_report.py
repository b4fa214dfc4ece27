"""What is told of a scan: to people, to programs, to code scanning; and what the next scan need not tell again."""

import json
from dataclasses import replace

import pytest

from llm_proxy.scan import sarif
from llm_proxy.scan.baseline import BadBaseline, marked, read_baseline
from llm_proxy.scan.findings import Policy, merged
from llm_proxy.scan.report import Scanned, as_json, as_text, summary
from llm_proxy.scan.sources import Skipped
from tests.scan.rules import rule, scanner

RULES = [
    rule(name="Birds", severity="high", description="Canaries are kept in mines.", pack="birds"),
    rule("tweet-[a-z]+", id="noise", severity="low", mode="monitor"),
]
TEXT = "a\n  canary-42 b\ntweet-x\ncanary-43 llm-proxy:allow\n"


def scanned(path: str = "src/a b.py", **more: object) -> Scanned:
    found = list(scanner(RULES).text(path, [TEXT]))
    return replace(Scanned(found, (), 1, len(TEXT), 0.5, "public"), **more)


@pytest.mark.parametrize(
    ("severity", "mode", "policy", "fails"),
    [
        ("low", "reject", Policy(), True),
        ("low", "reject", Policy("medium"), False),
        ("critical", "replace", Policy("critical"), True),
        ("high", "pseudonymise", Policy("critical"), False),
        ("critical", "monitor", Policy(), False),
        ("critical", "monitor", Policy("low", fail_on_monitor=True), True),
        ("low", "monitor", Policy("high", fail_on_monitor=True), False),
    ],
)
def test_a_scan_fails_for_new_findings_of_enough_severity(severity, mode, policy, fails):
    (found,) = scanner([rule(severity=severity, mode=mode)]).text("f", ["canary-1"])
    assert policy.fails(found) is fails
    assert not policy.fails(replace(found, is_known=True))
    assert not policy.fails(replace(found, is_allowed=True))


def test_a_secret_that_several_rules_find_is_told_once_by_the_one_that_weighs_most():
    rules = [
        rule(id="a", name="Watched", severity="critical", mode="monitor"),
        rule("canary-[0-9]*", id="b", name="Mild", severity="low"),
        rule(id="c", name="Grave", severity="high"),
        rule("canary", id="d", name="A part"),
    ]
    found = merged(scanner(rules).text("f", ["canary-1 canary-2"]), Policy())
    assert [(each.rule.name, each.also) for each in found] == [("Grave", ("Watched", "Mild", "A part"))] * 2
    (watched, *_) = merged(scanner(rules).text("f", ["canary-1"]), Policy("critical", fail_on_monitor=True))
    assert (watched.rule.name, watched.also) == ("Watched", ("Mild", "Grave", "A part"))
    assert "Grave (+3)" in as_text(scanned(findings=found), Policy(), show_secrets=False)


# --- text -------------------------------------------------------------------------------------------------------------


def test_a_part_of_a_secret_that_weighs_more_is_told_beside_it():
    rules = [rule("canary-[0-9]*", id="a", name="Whole", severity="low"), rule("[0-9]+", id="b", severity="critical")]
    found = merged(scanner(rules).text("f", ["canary-1 2"]), Policy())
    assert [each.region.column for each in found] == [1, 8, 10]


def test_a_line_tells_where_what_and_how_bad_but_no_secret():
    told = as_text(scanned(), Policy(), show_secrets=False).splitlines()
    assert len(told) == 2
    assert told[0].split()[2:] == ["high", "Birds", "…(9)", scanned().findings[0].fingerprint]
    assert told[0].startswith("src/a b.py:2:3 ")
    assert "low (noted)" in told[1]
    assert "canary-42" in as_text(scanned(), Policy(), show_secrets=True)


def test_what_would_steer_a_terminal_is_escaped():
    found = list(scanner([rule("<[^>]+>")]).text("f", ["<\x1b[2J\n>"]))
    assert r"<\x1b[2J\n>" in as_text(scanned(findings=found), Policy(), show_secrets=True)


def test_the_summary_counts():
    told = summary(scanned(characters=3_000_000, files=2), Policy())
    assert told == (
        "2 findings (1 high, 1 low); 1 of them failing the scan; 1 allowed on their line. "
        "Read: 2 files, 3.0 MB in 0.50 s (6 MB/s).\n"
    )
    assert summary(scanned(findings=()), Policy()).startswith("0 findings. Read: 1 file")


# --- JSON -------------------------------------------------------------------------------------------------------------


def test_json_tells_everything_but_the_secret():
    told = as_json(scanned(skipped=[Skipped("x.png", "it is binary")]), Policy(), "1.0", show_secrets=False)
    first, second, third = told["findings"]
    assert first | {"fingerprint": ""} == {
        "path": "src/a b.py", "line": 2, "column": 3, "end_line": 2, "end_column": 12, "offset": 4, "length": 9,
        "place": None, "rule_id": "birds", "rule": "Birds", "also": [], "pack": "birds", "severity": "high",
        "mode": "reject", "view": "raw", "preview": "…(9)", "fingerprint": "", "allowed": False, "known": False,
        "fails": True,
    }  # fmt: skip
    assert (second["fails"], third["allowed"]) == (False, True)
    assert told["skipped"] == [{"path": "x.png", "reason": "it is binary", "is_fault": False}]
    assert told["summary"]["failing"] == 1
    assert "canary-42" not in json.dumps(told)
    assert as_json(scanned(), Policy(), "1.0", show_secrets=True)["findings"][0]["secret"] == "canary-42"


# --- SARIF ------------------------------------------------------------------------------------------------------------


def test_sarif_has_one_run_with_rules_and_results():
    log = sarif.render(scanned().findings, (), Policy(), "1.0.0")
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"], run["columnKind"]) == ("llm-proxy", "1.0.0", "unicodeCodePoints")
    assert [(each["id"], each["defaultConfiguration"]["level"]) for each in driver["rules"]] == [
        ("birds", "error"),
        ("noise", "note"),
    ]
    assert driver["rules"][0]["fullDescription"]["text"] == "Canaries are kept in mines."
    assert driver["rules"][0]["properties"]["security-severity"] == "8.0"
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert "canary-42" not in json.dumps(log)


def test_a_result_tells_its_region_and_its_fingerprint():
    result = sarif.render(scanned().findings, (), Policy(), "1")["runs"][0]["results"][0]
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {"uri": "src/a%20b.py", "uriBaseId": "SRCROOT"}
    assert location["region"] == {
        "startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 12, "charOffset": 4, "charLength": 9,
    }  # fmt: skip
    assert result["partialFingerprints"] == {sarif.FINGERPRINT: scanned().findings[0].fingerprint}
    assert "suppressions" not in result


def test_what_does_not_count_is_suppressed():
    found = [replace(scanned().findings[0], is_known=True), *scanned().findings[1:]]
    results = sarif.render(found, (), Policy(), "1")["runs"][0]["results"]
    assert [each.get("suppressions", [{}])[0].get("kind") for each in results] == ["external", None, "inSource"]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("./a.py", {"uri": "a.py", "uriBaseId": "SRCROOT"}),
        ("/srv/ü.py", {"uri": "file:///srv/%C3%BC.py"}),
        ("<stdin>", {"uri": "%3Cstdin%3E", "uriBaseId": "SRCROOT"}),
    ],
)
def test_a_path_becomes_a_uri(path, uri):
    results = sarif.render(scanned(path).findings, (), Policy(), "1")["runs"][0]["results"]
    assert results[0]["locations"][0]["physicalLocation"]["artifactLocation"] == uri


def test_a_place_is_a_logical_location():
    found = [replace(scanned().findings[0], place="messages[2].content")]
    location = sarif.render(found, (), Policy(), "1")["runs"][0]["results"][0]["locations"][0]
    assert location["logicalLocations"] == [{"fullyQualifiedName": "messages[2].content", "kind": "value"}]


def test_what_was_not_read_is_a_notification():
    skipped = [Skipped("x.png", "it is binary"), Skipped("y", "Permission denied", is_fault=True)]
    (invocation,) = sarif.render((), skipped, Policy(), "1")["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [each["level"] for each in invocation["toolExecutionNotifications"]] == ["note", "error"]


# --- baseline ---------------------------------------------------------------------------------------------------------


def test_the_json_of_a_scan_is_the_baseline_of_the_next_wherever_the_secret_went():
    told = as_json(scanned(), Policy(), "1.0", show_secrets=False)
    known = read_baseline(json.dumps(told).encode(), "public")
    moved = scanner(RULES).text("b.py", ["canary-42 canary-99"])
    assert [each.is_known for each in marked(moved, known)] == [True, False]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"{}", b"{'", b'{"findings": {}}',
        b'{"findings": [], "fingerprint_key": "database 1"}',
        b'{"findings": [1], "fingerprint_key": "public"}',
        b'{"findings": [{"fingerprint": null}], "fingerprint_key": "public"}',
    ],
)  # fmt: skip
def test_another_file_is_no_baseline(data):
    with pytest.raises(BadBaseline, match="baseline"):
        read_baseline(data, "public")
