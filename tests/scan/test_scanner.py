"""Files are judged as calls are: by the same rules, views and fingerprints."""

import pytest

from llm_proxy.records import Audience, Example, Scope
from llm_proxy.scan.windows import AHEAD, WINDOW
from tests.scan.rules import FINGERPRINTER, rule, scanner


def regions(text: str, *rules) -> list[tuple[int, int]]:
    found = scanner(rules).text("f", [text])
    return [(each.region.line, each.region.column) for each in found]


def test_a_finding_tells_where_what_and_no_secret():
    (found,) = scanner([rule(name="Birds")]).text("f", ["a\n  canary-42 b"])
    assert (found.path, found.region[:4], found.rule.label, found.view) == ("f", (2, 3, 2, 12), "Birds", "raw")
    assert found.fingerprint == FINGERPRINTER.of("canary-42")
    assert "canary-42" not in repr(found)
    assert found.preview == "…(9)"


def test_a_long_secret_with_its_vendors_prefix_shows_that():
    (found,) = scanner([rule("sk_live_[a-z]{20}")]).text("f", ["sk_live_" + "x" * 20])
    assert found.preview == "sk_l…(28)"


@pytest.mark.parametrize(
    "more",
    [
        {"scope": Scope(only=Audience(keys=("another",)))},
        {"directions": ("response",)},
        {"mode": "monitor"},
        {"mode": "replace", "replace_by": "$0"},
        {"examples": (Example("x", match=False),)},
    ],
)
def test_a_rule_looks_at_files_whatever_calls_it_is_for(more):
    (found,) = scanner([rule(**more)]).text("f", ["canary-1"])
    assert found.rule == rule(**more)


def test_a_disabled_rule_does_not_look():
    assert regions("canary-1", rule(enabled=False), rule("x", id="other")) == []


def test_only_the_secret_is_told():
    assert regions("password: hunter2", rule(r"password: (\S+)", secret_group=1)) == [(1, 11)]


@pytest.mark.parametrize("line", ["canary-1  # llm-proxy:allow", "<!-- llm-proxy:allow --> canary-1"])
def test_a_line_may_allow_what_is_on_it_and_nothing_else(line):
    found = list(scanner().text("f", [f"canary-0\n{line}\ncanary-2\n"]))
    assert [each.is_allowed for each in found] == [False, True, False]


@pytest.mark.parametrize("shift", [-9, -8, -4, -1, 0, 1])
@pytest.mark.parametrize("gap", ["x", " ", "\n"])
def test_what_stands_across_the_border_of_two_windows_is_found_once(shift, gap):
    text = gap * (WINDOW + shift) + "canary-1" + gap * (WINDOW + AHEAD)
    found = list(scanner().text("f", [text]))
    assert [(each.region.offset, each.region.length) for each in found] == [(WINDOW + shift, 8)]


def test_a_match_as_long_as_a_window_reads_ahead_is_found_whole():
    text = "\n" * (WINDOW - 5) + "<" + "x" * (AHEAD - 10) + ">" + "\n" * WINDOW
    found = list(scanner([rule("<x+>")]).text("f", [text]))
    assert [each.region.length for each in found] == [AHEAD - 8]


def test_every_line_of_a_large_file_is_read():
    text = "".join(f"line {number} canary-{number}\n" for number in range(40_000))
    found = list(scanner().text("f", [text[at : at + 70_000] for at in range(0, len(text), 70_000)]))
    assert [each.region.line for each in found] == list(range(1, 40_001))
    assert found[-1].secret.reveal() == "canary-39999"


@pytest.mark.parametrize(
    ("text", "view", "shown"),
    [
        ("say c\u200banary-\uff14\uff12!", "folded", "c\u200banary-\uff14\uff12"),
        ("x c2F5IGNhbmFyeS00MiB0byB0aGUgYmlyZA== y", "decoded", "c2F5IGNhbmFyeS00MiB0byB0aGUgYmlyZA=="),
        ('a = "cana" + "ry-42"', "joined", 'cana" + "ry-42'),
    ],
)
def test_a_disguised_secret_is_told_where_it_stands_in_the_file(text, view, shown):
    (found,) = scanner().text("f", [f"\n{text}"])
    column = found.region.column - 1
    assert (found.view, text[column : found.region.end_column - 1]) == (view, shown)
    assert found.fingerprint == FINGERPRINTER.of("canary-42")
