"""``/v1/*``: a plain ASGI callable ahead of every framework.

Accept a request, let the gateway answer, send the reply. The playground's calls take the same way, by another door.
"""

import asyncio
import time

import structlog

from llm_proxy.core.endpoints import Endpoint
from llm_proxy.errors import InternalError, Overloaded, ProxyError
from llm_proxy.pipeline import Gateway
from llm_proxy.records import ApiKey, Call, Secret
from llm_proxy.web.accept import Scope, accept, fresh_id, identify, receive_call, route
from llm_proxy.web.exchange import ClientLeft, Exchange, Receive, Send

log = structlog.get_logger()

_NO_KEY = Secret("")  # what an administrator's call presents: it is not looked at


class Proxy:
    """Carries calls between the network and the gateway.

    ``stop`` ends those that are still open, each in its protocol's form.
    """

    def __init__(self, gateway: Gateway, *, max_body_bytes: int, max_calls: int) -> None:
        self._gateway = gateway
        self._max_body_bytes = max_body_bytes
        self._max_calls = max_calls
        self._open: set[Exchange] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of a client, who presents a key."""
        await self._serve(scope, Exchange(scope, receive, send, self._max_body_bytes))

    async def serve_as(self, key: ApiKey, endpoint: Endpoint, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of an administrator, who named a key; what the request presents is not looked at.

        Whoever calls this has made sure of that. ``scope`` is of another route: ``endpoint`` counts.
        """
        exchange = Exchange(scope, receive, send, self._max_body_bytes)
        exchange.endpoint, exchange.acting_key = endpoint, key
        await self._serve(scope, exchange)

    async def _serve(self, scope: Scope, exchange: Exchange) -> None:
        """Answer. Nothing leaves here but an answer: what fails becomes one, and whatever ends is logged once."""
        started = time.perf_counter()
        self._open.add(exchange)
        try:
            await self._converse(scope, exchange)
        except asyncio.CancelledError:
            if not exchange.ended_by_us:
                raise
            await exchange.end_cancelled()
        except ClientLeft:
            pass
        except Exception:
            log.exception("call.failed", request_id=exchange.request_id)
            await exchange.fail(InternalError())
        finally:
            exchange.unwatch()
            self._open.discard(exchange)
            _log(scope, exchange, (time.perf_counter() - started) * 1000)

    def stop(self) -> None:
        """End every open call now.

        Its stream gets an error event, its account is closed, its provider's connection too.
        """
        for exchange in tuple(self._open):
            exchange.stop()

    async def _converse(self, scope: Scope, exchange: Exchange) -> None:
        identity = identify(exchange.head)
        exchange.request_id = identity[0]
        try:
            endpoint = exchange.endpoint = exchange.endpoint or route(scope)
            if len(self._open) > self._max_calls:
                raise Overloaded(retry_after_s=1.0)
            key = exchange.acting_key
            call = _accept(scope, exchange, endpoint, identity)
            exchange.notes, exchange.call_id = call.notes, call.id
            if endpoint.method == "GET":
                exchange.watch()
            reply = await (self._gateway.answer(call) if key is None else self._gateway.answer_as(call, key))
        except ProxyError as error:
            _rename(exchange)
            await exchange.fail(error)
            return
        _rename(exchange)
        await exchange.reply(reply)


def _rename(exchange: Exchange) -> None:
    """Keep the client's request id out of log and answer when a rule found something, which may be in it."""
    if exchange.notes.found_outside:
        exchange.request_id = fresh_id()


def _accept(scope: Scope, exchange: Exchange, endpoint: Endpoint, identity: tuple[str, bool]) -> Call:
    if exchange.acting_key is None:
        return accept(scope, exchange.head, endpoint, identity, exchange.receive_body)
    return receive_call(_NO_KEY, scope, exchange.head, endpoint, identity, exchange.receive_body)


def _log(scope: Scope, exchange: Exchange, elapsed_ms: float) -> None:
    """One line for each call. No key, text, header or query is in it: what a client wrote stays out of the log."""
    notes, tokens = exchange.notes, exchange.notes.tokens
    client = scope.get("client")
    fields = {
        "request_id": exchange.request_id,
        "endpoint": exchange.endpoint.name if exchange.endpoint else None,
        "playground": exchange.acting_key is not None or None,
        "status": exchange.status,
        "code": exchange.error_code or None,
        "ms": round(elapsed_ms, 2),
        "remote": client[0] if client else None,
        "key_id": notes.key_id or None,
        "provider_id": notes.provider_id or None,
        "model": notes.model or None,
        "stream": notes.is_streaming or None,
        "findings": notes.findings or None,
        "upstream_status": notes.upstream_status or None,
        "outcome": notes.outcome or ("cancelled" if exchange.left else None),
        "prompt_tokens": tokens.prompt or None,
        "completion_tokens": tokens.completion or None,
        "usage_source": tokens.source if notes.outcome else None,
    }
    log.info("call.done", **{name: value for name, value in fields.items() if value is not None})
