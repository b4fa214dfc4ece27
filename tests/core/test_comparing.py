"""What a draft changes is told secret by secret."""

import pytest

from llm_proxy.core.comparing import Spot, compare, spots_in
from llm_proxy.core.watch import compile_rules
from tests.scan.rules import rule


def spot(value: str, start: int = 0, place: str = "p", text: str = "t") -> Spot:
    return Spot(place, text, (start, start + len(value)), value)


@pytest.mark.parametrize(
    ("draft", "before", "told"),
    [
        ([], [], []),
        ([spot("abc")], [], ["new"]),
        ([], [spot("abc")], ["gone"]),
        ([spot("abc")], [spot("abc")], ["same"]),
        ([spot("abc")], [spot("zbcd", 2)], ["same"]),
        ([spot("abc")], [spot("xyz", 3)], ["new", "gone"]),
        ([spot("abc")], [spot("xabcx", 9, text="another view")], ["same"]),
        ([spot("abc")], [spot("abc", place="q")], ["new", "gone"]),
        ([spot("abc"), spot("def", 9)], [spot("abc")], ["same", "new"]),
    ],
)
def test_a_secret_is_new_the_same_or_gone(draft, before, told):
    assert [change for change, _ in compare(draft, before)] == told


def test_the_secrets_of_a_text_are_those_of_all_its_sightings():
    watch = compile_rules([rule("canary-([0-9])", secret_group=1), rule("tweet", id="b")], 1).watch()
    text = "canary-1 tweet canary-2"
    assert [(each.value, each.span) for each in spots_in(text, watch.find([text]))] == [
        ("tweet", (9, 14)),
        ("1", (7, 8)),
        ("2", (22, 23)),
    ]
