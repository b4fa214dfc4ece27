"""Findings are scored against labels as the tables say."""

from typing import Any

import pytest
from bench.guardrails.corpus import Case, read
from bench.guardrails.detectors import cut, located, merged
from bench.guardrails.scoring import Found, Share, flagged, is_found, leaked, precision, recall, uncovered

TEXT = "password = hunter2secret!"  # the secret stands at 11 to 25


def case(label: Any = "secret", *spans: tuple[int, int], source: str = "s", rule: str = "r", text: str = TEXT) -> Case:
    return Case(source, rule, text, label, spans)


@pytest.mark.parametrize(
    ("spans", "found", "expected"),
    [
        ([(11, 25)], [(11, 25)], True),
        ([(11, 25)], [(0, 12)], True),
        ([(11, 25)], [(24, 25)], True),
        ([(11, 25)], [(0, 11)], False),  # they touch, they do not overlap
        ([(11, 25)], [(25, 30)], False),
        ([(11, 25)], [], False),
        ([(0, 2), (11, 25)], [(20, 21)], True),
        ([], [(0, 1)], True),  # where the case names no place, anything counts
        ([], [], False),
        ([(11, 25)], True, True),  # a detector that says no more than whether
        ([(11, 25)], False, False),
    ],
)
def test_a_finding_counts_when_it_overlaps_a_span(spans: Any, found: Found, expected: bool) -> None:
    assert is_found(case("secret", *spans), found) is expected


SCORED: list[tuple[Case, Found]] = [
    (case("secret", (11, 25)), [(11, 25)]),
    (case("pii", (11, 25)), []),
    (case("benign"), [(0, 1)]),
    (case("placeholder"), []),
    (case("ambiguous"), [(0, 1)]),
    (case("secret", source="CredData", rule="UUID:Token"), []),
    (case("secret", source="CredData", rule="Password"), True),
    (case("benign", source="prompts"), []),
]


def test_recall_counts_what_holds_something_by_source_and_uuids_apart() -> None:
    assert recall(SCORED) == {"CredData": Share(1, 2), "CredData without UUIDs": Share(1, 1), "s": Share(1, 2)}


def test_false_alarms_count_what_holds_nothing() -> None:
    assert flagged(SCORED) == {"prompts": Share(0, 1), "s": Share(1, 2)}


def test_precision_is_told_of_sources_that_hold_both_kinds() -> None:
    assert precision(SCORED) == {"s": Share(1, 2)}


@pytest.mark.parametrize(("share", "text"), [(Share(1, 3), "33.3 %"), (Share(0, 0), "-")])
def test_a_share_is_told_in_percent(share: Share, text: str) -> None:
    assert str(share) == text


@pytest.mark.parametrize(
    ("found", "characters"),
    [([(11, 25)], 0), ([(11, 20)], 5), ([(11, 13), (15, 25)], 2), ([(0, 30)], 0), ([(0, 5)], 0), (True, 0)],
)
def test_characters_of_a_found_span_outside_of_the_findings_are_left_over(found: Found, characters: int) -> None:
    assert uncovered(case("secret", (11, 25)), found) == characters


@pytest.mark.parametrize(
    ("found", "sent", "expected"),
    [
        ([(11, 25)], "password = [X]", False),
        ([(11, 20)], "password = [X]cret!", False),  # fewer characters than are a leak
        ([(11, 14)], "password = [X]ter2secret!", True),
        (True, TEXT, True),
        ([], TEXT, False),  # a miss is no leak
        ([(0, 5)], TEXT, False),
    ],
)
def test_a_found_secret_of_which_eight_characters_are_sent_is_a_leak(found: Found, sent: str, expected: bool) -> None:
    assert leaked(case("secret", (11, 25)), found, sent) is expected


def test_what_the_text_also_holds_elsewhere_was_never_labelled() -> None:
    twice = "hunter2secret hunter2secret"
    labelled = case("secret", (14, 27), text=twice)
    assert not leaked(labelled, [(14, 27)], "hunter2secret [X]")
    assert leaked(labelled, [(14, 16)], twice)


def test_cases_are_read_from_lines() -> None:
    line = '{"source": "a@1", "license": "MIT", "rule": "r", "text": "x", "label": "secret", "secret_span": %s}'
    assert read([line % "[[0, 1]]", "", line % "null"]) == [
        Case("a", "r", "x", "secret", ((0, 1),)),
        Case("a", "r", "x", "secret"),
    ]


@pytest.mark.parametrize(
    ("spans", "result"),
    [([], "abcdef"), ([(1, 2)], "a#cdef"), ([(1, 3), (2, 5)], "a#f"), ([(2, 4), (4, 6)], "ab##"), ([(0, 6)], "#")],
)
def test_spans_are_cut_out_with_what_overlaps_them(spans: list[tuple[int, int]], result: str) -> None:
    assert cut("abcdef", spans, "#") == result
    assert located("abcdef", result.split("#")) == merged(spans) or spans == [(2, 4), (4, 6)]
