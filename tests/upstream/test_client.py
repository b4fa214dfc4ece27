"""The HTTP client's door: every foreign exception gets our name, and forbidden addresses are not connected to."""

import asyncio
import ssl
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import client_exceptions

from llm_proxy.errors import (
    UpstreamBadResponse,
    UpstreamError,
    UpstreamForbidden,
    UpstreamInterrupted,
    UpstreamNameUnknown,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from llm_proxy.records import UpstreamReply, UpstreamRequest
from llm_proxy.upstream.client import ClientLimits, HttpUpstream, _is_refused, _renamed

ALL = {name for name in vars(client_exceptions) if isinstance(getattr(client_exceptions, name), type)}


@pytest.mark.parametrize(
    ("exc", "name"),
    [
        (aiohttp.ConnectionTimeoutError(), UpstreamTimeout),
        (aiohttp.ServerDisconnectedError(), UpstreamInterrupted),
        (aiohttp.ClientOSError(104, "reset"), UpstreamInterrupted),
        (aiohttp.ClientPayloadError(), UpstreamInterrupted),
        (aiohttp.InvalidURL("x"), UpstreamBadResponse),
        (aiohttp.ClientError(), UpstreamBadResponse),
        (ConnectionResetError(), UpstreamInterrupted),
        (OSError(), UpstreamUnavailable),
        (ssl.SSLError(), UpstreamUnavailable),
        (ValueError(), UpstreamBadResponse),
    ],
)
def test_foreign_exceptions_are_renamed(exc: Exception, name: type[UpstreamError]) -> None:
    assert type(_renamed(exc)) is name
    assert "x" not in str(_renamed(exc)).split()  # nothing of the original's text


def test_no_exception_of_the_library_is_forgotten() -> None:
    foreign = [getattr(client_exceptions, name) for name in ALL if name.endswith("Error")]
    assert [
        kind for kind in foreign if not issubclass(kind, aiohttp.ClientError | OSError | ValueError | TypeError)
    ] == []


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "2852039166", "0xa9fea9fe", "::ffff:a9fe:a9fe", "fe80::1", "fd00:ec2::254"]
)
def test_F02_link_local_and_metadata_addresses_are_never_connected_to(host: str) -> None:
    assert _is_refused(host, private_allowed=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "::1", "192.168.0.1"])
def test_private_addresses_are_a_matter_of_setting(host: str) -> None:
    assert not _is_refused(host, private_allowed=True)
    assert _is_refused(host, private_allowed=False)


def test_a_name_is_judged_by_what_it_resolves_to() -> None:
    assert not _is_refused("api.example.com", private_allowed=False)


@pytest.fixture
async def upstream() -> AsyncIterator[HttpUpstream]:
    client = HttpUpstream(ClientLimits(connect_s=2, first_byte_s=2))
    await client.start()
    yield client
    await client.stop()


async def ask(upstream: HttpUpstream, url: str) -> UpstreamReply:
    return await upstream.send(UpstreamRequest("POST", url, {"content-type": "application/json"}, b"{}"))


async def test_F03_a_name_that_leads_to_a_forbidden_address_is_not_connected_to() -> None:
    client = HttpUpstream(ClientLimits(connect_s=2, first_byte_s=2, private_allowed=False))
    await client.start()
    with pytest.raises(UpstreamForbidden):
        await ask(client, "http://localhost:9/v1/x")
    await client.stop()


async def test_an_unknown_name_is_told_apart(upstream: HttpUpstream) -> None:
    with pytest.raises(UpstreamNameUnknown):
        await ask(upstream, "http://does-not-exist.invalid/v1/x")


async def test_a_call_is_not_sent_twice_on_a_fresh_connection(upstream: HttpUpstream) -> None:
    seen = []

    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    server = await asyncio.start_server(die, "127.0.0.1", 0)
    with pytest.raises(UpstreamInterrupted):
        await ask(upstream, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/x")
    assert len(seen) == 1
    server.close()


async def test_U10_a_call_on_a_pooled_connection_that_was_dead_is_sent_again(upstream: HttpUpstream) -> None:
    connections = []

    async def serve_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        await reader.read(1)  # the next request arrives, and the server goes away without reading it
        writer.transport.abort()

    server = await asyncio.start_server(serve_once, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/x"
    for _ in range(2):
        reply = await ask(upstream, url)
        assert b"".join([part async for part in reply.body]) == b"ok"
    assert len(connections) == 2
    server.close()


async def test_U06_a_call_is_sent_at_most_twice_however_many_dead_connections_wait(upstream: HttpUpstream) -> None:
    calls = []
    warm = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n{}")
        await warm.wait()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        calls.append(await reader.read(4096))
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/x"
    waiting = [asyncio.create_task(ask(upstream, url)) for _ in range(6)]
    await asyncio.sleep(0.1)
    warm.set()
    for reply in await asyncio.gather(*waiting):
        assert b"".join([part async for part in reply.body]) == b"ok"
    assert (await ask(upstream, url)).status == 200
    assert len([call for call in calls if call]) == 1  # once on a dead connection; the second time it was answered
    server.close()
