"""A call on its way to its provider."""

from dataclasses import dataclass

from llm_proxy.core.endpoints import Endpoint
from llm_proxy.pipeline.account import Account
from llm_proxy.pipeline.answer_guard import AnswerGuard
from llm_proxy.pipeline.guard import Guarded
from llm_proxy.records import Call, Provider


@dataclass(frozen=True, slots=True)
class Question:
    """All there is to know of one call when its provider is asked."""

    call: Call
    endpoint: Endpoint
    provider: Provider
    guarded: Guarded
    account: Account
    refusers: set[str]  # the providers known to refuse stream_options
    answer: AnswerGuard
