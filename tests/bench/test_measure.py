"""What is measured of a detector is told in tables, and what is not there is told, too."""

from datetime import UTC, datetime

import pytest
from bench.guardrails import measure, ours, streams, tables
from bench.guardrails.__main__ import main
from bench.guardrails.corpus import Case
from bench.guardrails.detectors import NotInstalled
from bench.guardrails.encodings import ENCODINGS
from bench.guardrails.peers import PEERS, absence, installed
from bench.guardrails.placements import stopped
from bench.guardrails.summary import summary

from llm_proxy.records import Example, Guardrail
from tests.core.placements import PATTERN, PLACEMENTS

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RULE = Guardrail(
    "r", r"key_(\w{12})", "replace", "[KEY]", NOW, NOW, secret_group=1, examples=(Example("key_0123456789ab"),)
)
CASES = [
    Case("a", "r", "my key_0123456789ab here", "secret", ((7, 19),)),
    Case("a", "r", "my key is not here", "secret", ((3, 6),)),
    Case("a", "r", "nothing", "benign"),
    Case("a", "r", "key_placeholders", "placeholder"),
]


def test_the_quality_of_rules_is_told_by_source() -> None:
    told = measure.quality(CASES, ours.Ours("x", [RULE], {"secret"}))
    assert told == {
        "recall": {"a": (1, 2)},
        "flagged": {"a": (1, 2)},
        "precision": {"a": (1, 2)},
        "left": {"found": 1, "refused": 0, "own": 0, "label": 0, "outside": 0},
        "missed": {"a r": 1},
    }
    results = {"date": "d", "machine": "m", "files": [], "rules": {}, "detectors": {}, "missing": ["y"]}
    text = tables.markdown(results | {"quality": {"x": told}})
    assert "| a | 2 | 50.0 |" in text
    assert "Not installed: y." in text


def test_a_rule_is_stopped_in_every_place_of_the_suite() -> None:
    for rejects in (True, False):
        told = stopped(ours.one_rule(PATTERN, rejects=rejects))
        assert told is not None
        assert sum(share.count for share in told.values()) == sum(share.total for share in told.values())
        assert sum(share.total for share in told.values()) == len(PLACEMENTS)


def test_examples_are_bare_secrets_that_their_rule_knows_without_surroundings() -> None:
    assert ours.examples([RULE]) == []
    whole = Guardrail("w", r"key_\w{12}", "reject", "", NOW, NOW, examples=RULE.examples)
    assert ours.examples([whole]) == ["key_0123456789ab"]
    assert measure.disguised(ours.Ours("x", [whole], {"secret"}), ["key_0123456789ab"])["base64"] == (1, 1)
    assert measure.disguised(ours.without_views([whole]), ["key_0123456789ab"])["base64"] == (0, 1)


def test_a_stream_without_a_leak_is_told_from_one_with() -> None:
    whole = Guardrail("w", r"key_\w{12}", "replace", "#", NOW, NOW)
    assert streams.leaks(streams.watched([whole]), ["key_0123456789ab"])["with a leak"] == 0
    told = streams.leaks(streams.watched([whole]), ["another_0123456789ab"])
    assert told["with a leak"] == told["streams"] > 0
    assert streams.delay(streams.watched([whole]))["most words"] == 1


def test_a_peer_is_there_or_told_to_be_missing() -> None:
    there, missing = installed(list(PEERS))
    assert len(there) + len(missing) == sum(len(makers) for makers in PEERS.values())


@pytest.mark.parametrize(
    ("pair", "text"), [((1, 3), "33.3"), ((0, 3), "0"), ((3, 3), "100"), ((0, 0), "-"), (None, "-")]
)
def test_a_share_is_exact_where_it_is_all_or_nothing(pair: tuple[int, int] | None, text: str) -> None:
    assert tables.share(pair) == text


def test_the_documentations_tables_have_a_column_for_ours_and_each_other() -> None:
    told = measure.quality(
        [*CASES, Case("gitleaks", "r", "key_0123456789ab", "secret")], ours.Ours("x", [RULE], {"secret"})
    )
    results = {
        "quality": {"ours, secrets": told, "ours, both": told, "other": told},
        "encodings": {
            "ours, secrets": dict.fromkeys(ENCODINGS, (9, 9)),
            "other": dict.fromkeys(ENCODINGS, (0, 9)),
        },
        "placements": {"ours, reject": {"chat": (3, 3)}, "other": {"chat": (1, 3)}},
    }
    text = summary(results)
    assert "| secrets, % | of | ours, secrets | other |" in text
    assert "| gitleaks' examples | 1 | 100 | 100 |" in text
    assert "| places of a request where a secret is stopped, of 3 | 3 | other 1 |" in text
    assert "| disguises, of 14, with 99 % of what is found bare | 14 | other 0 |" in text


@pytest.mark.parametrize(
    ("there", "missing", "told"),
    [
        ([], ["a", "b"], "!! None of the other detectors is installed, ours stand alone: a; b."),
        ([ours.Ours("x", [RULE], {"secret"})], ["b"], "!! Not installed, not measured: b."),
        ([], [], ""),
    ],
)
def test_peers_that_are_not_installed_are_told(there, missing, told):
    assert absence(there, missing).startswith(told)
    assert bool(absence(there, missing)) == bool(told)


def test_what_is_missing_is_the_last_that_is_said(monkeypatch, capsys):
    def gone() -> None:
        raise NotInstalled("other-detector")

    monkeypatch.setattr("bench.guardrails.peers.PEERS", {"litellm": (gone,)})
    monkeypatch.setattr("sys.argv", ["bench.guardrails", "--peers", "litellm", "--only", "quality"])
    monkeypatch.setattr("bench.guardrails.__main__.default_paths", list)
    main()
    assert "other-detector" in capsys.readouterr().err.splitlines()[-1]
