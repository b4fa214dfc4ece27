"""The one SSE parser: whatever the cuts, the same events, and every byte comes out again."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.core.sse import EventTooLarge, SseEvent, SseParser, render

LINE_ENDS = ["\n", "\r\n", "\r"]


def parse(stream: bytes, cuts: list[int]) -> list[SseEvent]:
    parser = SseParser()
    edges = [0, *sorted({cut % (len(stream) + 1) for cut in cuts}), len(stream)]
    events = [event for a, b in pairwise(edges) for event in parser.feed(stream[a:b])]
    return events + parser.finish()


def meanings(events: list[SseEvent]) -> list[tuple[bytes | None, bytes]]:
    return [(event.data, event.name) for event in events if event.data is not None or event.name]


lines = st.sampled_from(
    [
        "data: {}",
        "data:x",
        "data:  two",
        "data",
        "data: é 日本 \u2028 \u2029 \u0085 😀",
        ": ping",
        "event: delta",
        "id: 7",
        "retry: 5",
        "nonsense",
        "data: [DONE]",
    ]
)
blocks = st.lists(st.lists(lines, min_size=1, max_size=4), max_size=5)


@given(
    blocks=blocks, ends=st.lists(st.sampled_from(LINE_ENDS), min_size=1, max_size=7), cuts=st.lists(st.integers(0, 400))
)
def test_any_split_of_the_bytes_gives_the_same_events(
    blocks: list[list[str]], ends: list[str], cuts: list[int]
) -> None:
    text, turn = "", 0
    for block in blocks:
        for line in [*block, ""]:
            text += line + ends[turn % len(ends)]
            turn += 1
    stream = text.encode()
    assert meanings(parse(stream, cuts)) == meanings(parse(stream, []))


@given(stream=st.text(alphabet="da:t \r\n\u2028x", max_size=60).map(str.encode), cuts=st.lists(st.integers(0, 200)))
def test_every_byte_comes_out_again(stream: bytes, cuts: list[int]) -> None:
    out = b"".join(event.raw for event in parse(stream, cuts))
    out, stream = (re.sub(rb"\n\r\n?", b"\n\r\n", each) for each in (out, stream))  # a CR cut off may get its LF
    assert stream.startswith(out)
    assert not stream[len(out) :].strip(b"\r\n")  # only line ends without a line may be left behind


@pytest.mark.parametrize("end", LINE_ENDS)
def test_S09_every_line_end_ends_an_event(end: str) -> None:
    stream = f"event: a{end}data: 1{end}{end}data: 2{end}{end}".encode()
    assert meanings(parse(stream, [])) == [(b"1", b"a"), (b"2", b"")]


def test_an_event_is_complete_at_its_blank_line_and_not_later() -> None:
    parser = SseParser()
    assert [event.data for event in parser.feed(b"data: 1\r\n\r")] == [b"1"]
    assert meanings(parser.feed(b"\ndata: 2\n\n")) == [(b"2", b"")]


def test_an_event_that_is_cut_within_its_last_line_end_is_whole() -> None:
    parser = SseParser()
    events = [event for part in (b"data: 1\r\n\r", b"\ndata: 2\r\n\r", b"", b"\n") for event in parser.feed(part)]
    assert [event.raw for event in events] == [b"data: 1\r\n\r\n", b"data: 2\r\n\r\n"]


@pytest.mark.parametrize(
    ("block", "data"),
    [
        (b"data: x", b"x"),
        (b"data:x", b"x"),
        (b"data:  x", b" x"),
        (b"data", b""),
        (b"data: a\ndata: b", b"a\nb"),
        (b"\xef\xbb\xbfdata: x", b"x"),
        (b": comment", None),
        (b"data: a\xe2\x80\xa8b", b"a\xe2\x80\xa8b"),
    ],
)
def test_data_is_read_as_the_standard_says(block: bytes, data: bytes | None) -> None:
    assert [event.data for event in SseParser().feed(block + b"\n\n")] == [data]


def test_an_event_without_its_last_line_end_is_delivered_at_the_end() -> None:
    parser = SseParser()
    assert parser.feed(b"data: last") == []
    assert [event.data for event in parser.finish()] == [b"last"]


def test_an_event_that_never_ends_is_refused_at_the_limit() -> None:
    parser = SseParser(max_event_bytes=100)
    parser.feed(b"data: " + b"x" * 90)
    with pytest.raises(EventTooLarge):
        parser.feed(b"y" * 20)


def test_three_thousand_events_in_one_chunk_are_three_thousand_events() -> None:
    assert len(SseParser().feed(b"data: {}\n\n" * 3000)) == 3000


def test_what_is_rendered_is_read_back() -> None:
    (event,) = SseParser().feed(render(b'{"a":1}', b"error"))
    assert (event.data, event.name) == (b'{"a":1}', b"error")
