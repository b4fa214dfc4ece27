"""``/admin/attention``: what an operator should look at, the worst first, each with what to do next."""

from collections.abc import Iterator

from fastapi import APIRouter

from llm_proxy.directory import StoreDirectory
from llm_proxy.errors import StoreUnavailable
from llm_proxy.store.attention import (
    LAST_CALLS,
    Concerns,
    ConstantRule,
    FailingProvider,
    LimitedKey,
    MissingProvider,
    SilentRule,
)
from llm_proxy.store.schema import utc_now
from llm_proxy.web.admin.reports import Attention, AttentionList
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.services import AtDesk

_SEVERITIES = ("critical", "warning", "info")
_NAME = 80  # characters of a pattern that are told
_REASON = 160  # of a reason, which may quote a pattern after the rule's id
_KEYS = 3  # that are named


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/attention", tags=["usage"], route_class=AdminRoute)
    router.get("", operation_id="listAttention")(list_attention)
    return router


async def list_attention(desk: AtDesk) -> AttentionList:
    """Return what needs attention, the worst first; empty when all is well. It answers without the database, too."""
    await desk.settle()
    found = list(_loading(desk.services.directory))
    store_error = desk.services.directory.store_error
    try:
        found += _told(await desk.store.attention.read(utc_now()))
    except StoreUnavailable as exc:
        store_error = store_error or exc.message
    if store_error is not None:
        found.append(_unavailable(store_error))
    return AttentionList(records=sorted(found, key=lambda each: _SEVERITIES.index(each.severity)))


def _loading(directory: StoreDirectory) -> Iterator[Attention]:
    if directory.rules_error is not None:
        yield Attention(
            kind="rules_not_loaded",
            severity="critical",
            subject="",
            name="Guard rails",
            message="The guard rails did not load, so the last good set is in force. Change or delete the rule that "
            f"is named here: {_cut(directory.rules_error, _REASON)}",
        )


def _unavailable(reason: str) -> Attention:
    return Attention(
        kind="store_unavailable",
        severity="critical",
        subject="",
        name="Database",
        message="The database does not answer, so changes are not seen and usage waits in the journal. Check the "
        f"disk and its file: {_cut(reason, _REASON)}",
    )


def _told(concerns: Concerns) -> Iterator[Attention]:
    yield from map(_failing, concerns.failing)
    yield from map(_missing, concerns.missing)
    yield from map(_limited, concerns.limited)
    yield from map(_constant, concerns.constant)
    yield from map(_silent, concerns.silent)


def _failing(provider: FailingProvider) -> Attention:
    failed = f"{provider.errors} of its {provider.calls} calls of the last hour failed"
    if not provider.is_often:
        failed = f"its last {LAST_CALLS} calls failed"
    status = f"with status {provider.last_status}" if provider.last_status else "without an answer"
    return Attention(
        kind="provider_failing",
        severity="critical",
        subject=provider.id,
        name=provider.name,
        message=f"Provider “{provider.name}” is failing: {failed}, the last one {status}. Test it, and check its base "
        "URL and credential.",
    )


def _missing(provider: MissingProvider) -> Attention:
    named = ", ".join(f"“{name}”" for name in provider.keys[:_KEYS])
    rest = f" and {len(provider.keys) - _KEYS} more" if len(provider.keys) > _KEYS else ""
    keys = "Key" if len(provider.keys) == 1 else "Keys"
    return Attention(
        kind="provider_missing",
        severity="critical",
        subject=provider.id,
        name=provider.name,
        message=f"Provider “{provider.name}” was deleted and calls with its keys are refused. {keys} {named}{rest}: "
        "choose another provider, or revoke.",
    )


def _limited(key: LimitedKey) -> Attention:
    return Attention(
        kind="limit_hit",
        severity="warning",
        subject=key.id,
        name=key.name,
        message=f"Key “{key.name}” met its rate limit with {key.calls} calls in the last 24 hours. Raise its limit, or "
        "ask its owner to slow down.",
    )


def _constant(rule: ConstantRule) -> Attention:
    name = _cut(rule.pattern, _NAME)
    return Attention(
        kind="rule_constant",
        severity="warning",
        subject=rule.id,
        name=name,
        message=f"Guard rail “{name}” found something in {rule.found} of the last {rule.calls} calls. If that is "
        "ordinary text, narrow the pattern or disable it; try it first.",
    )


def _silent(rule: SilentRule) -> Attention:
    name = _cut(rule.pattern, _NAME)
    return Attention(
        kind="rule_silent",
        severity="info",
        subject=rule.id,
        name=name,
        message=f"Guard rail “{name}” has found nothing in 30 days. Try it on a text that it should find.",
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
