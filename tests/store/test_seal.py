from typing import get_args

import pytest

from llm_proxy.errors import StoreUnavailable
from llm_proxy.records import Secret
from llm_proxy.store.seal import Purpose, Sealer

KEY = Secret("0123456789abcdef0123456789abcdef")
PLACE = "providers.credential:1"


@pytest.mark.parametrize("text", ["", "sk-upstream", "é 漢字 🙂", "a\0b", "x" * 2_000_000], ids=len)
def test_what_was_sealed_opens_again(text: str) -> None:
    sealed = Sealer(KEY).seal(text, PLACE)
    assert Sealer(KEY).open(sealed, PLACE) == text
    assert text.encode() not in sealed or not text


def test_a_lone_surrogate_becomes_a_question_mark_and_no_offset_moves() -> None:
    assert Sealer(KEY).open(Sealer(KEY).seal("a\ud800b", PLACE), PLACE) == "a?b"


def test_the_same_text_is_sealed_differently_each_time_under_one_key_id() -> None:
    sealer = Sealer(KEY)
    first, second = sealer.seal("text", PLACE), sealer.seal("text", PLACE)
    assert first != second
    assert first[:9] == second[:9] != Sealer(Secret("another key of enough characters")).seal("text", PLACE)[:9]


def test_white_space_around_the_key_does_not_matter() -> None:
    assert Sealer(Secret(f"{KEY.reveal()}\n")).open(Sealer(KEY).seal("text", PLACE), PLACE) == "text"


@pytest.mark.parametrize(
    ("sealer", "place", "position"),
    [
        pytest.param(Sealer(Secret("another key of enough characters")), PLACE, None, id="another key"),
        pytest.param(Sealer(KEY), "providers.credential:2", None, id="another row"),
        pytest.param(Sealer(KEY), PLACE, 0, id="version"),
        pytest.param(Sealer(KEY), PLACE, 3, id="key id"),
        pytest.param(Sealer(KEY), PLACE, 12, id="nonce"),
        pytest.param(Sealer(KEY), PLACE, 22, id="text"),
        pytest.param(Sealer(KEY), PLACE, -1, id="tag"),
    ],
)
def test_T22_a_value_that_was_changed_or_moved_does_not_open(sealer: Sealer, place: str, position: int | None) -> None:
    sealed = bytearray(Sealer(KEY).seal("text", PLACE))
    if position is not None:
        sealed[position] ^= 1
    with pytest.raises(StoreUnavailable, match="sealed value"):
        sealer.open(bytes(sealed), place)


@pytest.mark.parametrize("length", [0, 8, 20, 30])
def test_a_value_cut_short_does_not_open(length: int) -> None:
    with pytest.raises(StoreUnavailable):
        Sealer(KEY).open(Sealer(KEY).seal("text", PLACE)[:length], PLACE)


def test_the_sealer_does_not_show_its_key() -> None:
    assert KEY.reveal() not in repr(vars(Sealer(KEY)))


def test_each_purpose_has_a_key_of_its_own_that_is_the_same_again_under_the_same_secret() -> None:
    purposes: tuple[Purpose, ...] = get_args(Purpose)
    keys = [Sealer(KEY).derived(purpose).reveal() for purpose in purposes]
    assert keys == [Sealer(Secret(f"{KEY.reveal()}\n")).derived(purpose).reveal() for purpose in purposes]
    others = [Sealer(Secret("another key of enough characters")).derived(purpose).reveal() for purpose in purposes]
    assert len({*keys, *others}) == 2 * len(purposes)
    assert all(len(bytes.fromhex(key)) == 32 for key in keys)
