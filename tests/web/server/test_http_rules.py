"""The rules beside the parser's, on bytes alone; what they mean on a connection is in `test_connection.py`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.errors import HeadersTooLarge, MalformedHttp, RequestLineTooLong, UnsupportedHttpVersion
from llm_proxy.web.server.http_rules import ChunkedBody, FixedBody, ServerLimits, check_sizes, read_framing, read_line

SMALL = ServerLimits(request_line_bytes=30, header_bytes=100, header_count=3)
HOST = (b"host", b"gw")


@pytest.mark.parametrize(
    ("head", "line"),
    [
        (b"GET /x?y HTTP/1.1\r\n\r\n", ("GET", b"/x?y", False)),
        (b"POST / HTTP/1.0\r\n\r\n", ("POST", b"/", True)),
        (b"\r\nM-SEARCH //a HTTP/1.1\r\n\r\n", ("M-SEARCH", b"//a", False)),
    ],
)
def test_a_request_line_is_read(head: bytes, line: tuple[str, bytes, bool]) -> None:
    assert read_line(head, ServerLimits()) == line


@pytest.mark.parametrize(
    ("head", "error"),
    [
        (b"GET /x HTTP/3.0\r\n\r\n", UnsupportedHttpVersion),
        (b"GET * HTTP/2.0\r\n\r\n", MalformedHttp),
        (b"GET /" + b"a" * 16 + b" HTTP/1.1\r\nA: b\r\n\r\n", None),
        (b"GET /" + b"a" * 17 + b" HTTP/1.1\r\nA: b\r\n\r\n", RequestLineTooLong),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 3 + b"\r\n", None),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 4 + b"\r\n", HeadersTooLarge),
        (b"GET / HTTP/1.1\r\nA: " + b"b" * 77 + b"\r\n\r\n", None),
        (b"GET / HTTP/1.1\r\nA: " + b"b" * 78 + b"\r\n\r\n", HeadersTooLarge),
    ],
)
def test_limits_hold_to_the_byte(head: bytes, error: type[MalformedHttp] | None) -> None:
    if error is None:
        read_line(head, SMALL)
    else:
        with pytest.raises(error) as caught:
            read_line(head, SMALL)
        assert type(caught.value) is error


@pytest.mark.parametrize(
    ("part", "error"),
    [(b"GET /" + b"a" * 30, RequestLineTooLong), (b"GET / HTTP/1.1\r\nA: " + b"b" * 100, HeadersTooLarge)],
)
def test_an_unfinished_head_is_refused_as_soon_as_it_is_too_long(part: bytes, error: type[MalformedHttp]) -> None:
    with pytest.raises(error):
        check_sizes(part, SMALL)


def test_framing_tells_the_body_and_who_waits() -> None:
    assert read_framing([HOST], is_http_10=False) == (None, False)
    body, expects_100 = read_framing([HOST, (b"content-length", b"12"), (b"expect", b"100-Continue")], is_http_10=False)
    assert isinstance(body, FixedBody)
    assert expects_100
    chunked, _ = read_framing([(b"transfer-encoding", b"Chunked"), HOST], is_http_10=False)
    assert isinstance(chunked, ChunkedBody)


def test_headers_that_decide_nothing_may_be_repeated() -> None:
    assert read_framing([HOST, (b"accept", b"a"), (b"accept", b"b")], is_http_10=False) == (None, False)


def test_a_known_length_takes_no_more_than_its_own() -> None:
    body = FixedBody(5)
    assert body.take(b"abc") == 3
    assert not body.ended
    assert body.take(b"defgh") == 2
    assert body.ended


@given(
    parts=st.lists(st.binary(min_size=1, max_size=40), max_size=6), cuts=st.lists(st.integers(1, 30)), tail=st.binary()
)
def test_a_chunked_body_ends_at_the_same_byte_however_it_is_cut(
    parts: list[bytes], cuts: list[int], tail: bytes
) -> None:
    raw = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\nA: b\r\n\r\n"
    body, taken, rest = ChunkedBody(), 0, raw + tail
    for cut in [*cuts, len(rest)]:
        if body.ended:
            break
        took = body.take(rest[:cut])
        taken, rest = taken + took, rest[cut:]
    assert body.ended
    assert taken == len(raw)


def test_a_chunk_line_without_end_is_not_kept() -> None:
    body = ChunkedBody()
    body.take(b"1;" + b"a" * 600)
    with pytest.raises(MalformedHttp):
        body.take(b"a" * 600)
