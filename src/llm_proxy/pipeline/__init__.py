"""The stages of a call. Start with :meth:`Gateway.answer`: it is the whole story."""

from dataclasses import replace

from llm_proxy.core.endpoints import ENDPOINTS, Endpoint
from llm_proxy.core.watch import Caller
from llm_proxy.errors import ProviderGone
from llm_proxy.pipeline.account import Account
from llm_proxy.pipeline.answer_guard import AnswerGuard
from llm_proxy.pipeline.audit import Effort, Found, summary
from llm_proxy.pipeline.authenticate import authenticate
from llm_proxy.pipeline.bounds import Bounds
from llm_proxy.pipeline.forward import forward
from llm_proxy.pipeline.guard import Guard, Guarded, guard_request
from llm_proxy.pipeline.limit import limit
from llm_proxy.pipeline.lookout import UNWATCHED
from llm_proxy.pipeline.places import Places
from llm_proxy.pipeline.pseudonyms import Histories
from llm_proxy.pipeline.question import Question
from llm_proxy.ports import Directory, Ledger, Limiter, Upstream
from llm_proxy.records import ApiKey, Call, Reply, Secret


class Gateway:
    """Answers calls. It knows the world by its ports only."""

    def __init__(
        self,
        directory: Directory,
        limiter: Limiter,
        upstream: Upstream,
        ledger: Ledger,
        bounds: Bounds,
        placeholder_key: Secret,
    ) -> None:
        self._directory = directory
        self._limiter = limiter
        self._upstream = upstream
        self._ledger = ledger
        self._placeholder_key = placeholder_key
        self._bounds = bounds
        self.lookout = UNWATCHED  # is shown what was judged, off the data path
        self._histories = Histories()
        self._refusers: set[str] = set()
        self._places = Places(bounds.calls_per_provider)

    async def answer(self, call: Call) -> Reply:
        """Return what goes back, or raise a ProxyError. The body is received only when the key may call."""
        return await self.answer_as(call, authenticate(call, self._directory))

    async def answer_as(self, call: Call, key: ApiKey) -> Reply:
        """Answer on behalf of a key that was shown to be the caller's, or that an administrator named."""
        endpoint = ENDPOINTS[call.endpoint]
        call.notes.key_id, call.notes.provider_id = key.id, key.provider_id
        limit_headers = await limit(key, self._limiter, self._ledger)
        asks_usage = key.provider_id not in self._refusers
        bounds = self._bounds
        guard = Guard(
            self._directory.rules,
            bounds.max_json_depth,
            asks_usage,
            bounds.guardrail_deadline_s,
            self._placeholder_key,
            self.lookout,
        )
        if endpoint.method == "POST":
            call = replace(call, body=await call.receive_body())
        guarded = await guard_request(call, endpoint, key, guard, self._ledger)
        call.notes.model, call.notes.is_streaming = guarded.label, guarded.is_streaming
        provider = self._directory.find_provider(key.provider_id)
        if provider is None:
            raise ProviderGone
        account = Account(call, endpoint, key, guarded, ledger=self._ledger, places=self._places)
        answer = self._answer_guard(call, endpoint, key, guarded)
        question = Question(call, endpoint, provider, guarded, account, self._refusers, answer)
        reply = await forward(question, self._upstream, bounds)
        said = summary([*guarded.actions, *question.answer.actions])
        told = (("x-llmp-guardrail", said),) if said else ()
        return replace(reply, headers=(*reply.headers, *limit_headers, *told))

    def _answer_guard(self, call: Call, endpoint: Endpoint, key: ApiKey, guarded: Guarded) -> AnswerGuard:
        rules = self._directory.rules
        caller = Caller(key.id, key.provider_id, guarded.model, endpoint.name)
        return AnswerGuard(
            endpoint,
            rules.watch("response", caller),
            Found(call, key, guarded.label, "response", rules, Effort()),
            self._ledger,
            self._histories.begin(key.id, guarded.history, guarded.issued),
            self._bounds.max_json_depth,
            lookout=self.lookout,
        )
