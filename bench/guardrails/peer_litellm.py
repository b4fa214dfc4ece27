"""LiteLLM's content filter, called as its proxy calls it: the filter itself, and its translation of requests.

Its patterns are taken by their category. Its "hide secrets" is not in this wheel but in one under a commercial licence.
"""

import asyncio
import copy
import json
import os
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else its import fetches a price list
try:
    import litellm
    from fastapi import HTTPException
    from litellm._logging import verbose_proxy_logger
    from litellm.litellm_core_utils.api_route_to_call_types import get_call_types_for_route
    from litellm.llms import get_guardrail_translation_mapping
    from litellm.proxy.guardrails.guardrail_hooks.litellm_content_filter import patterns as _patterns
    from litellm.proxy.guardrails.guardrail_hooks.litellm_content_filter.content_filter import ContentFilterGuardrail
except ImportError:
    ContentFilterGuardrail = None

from bench.guardrails.corpus import Span
from bench.guardrails.detectors import Body, NotInstalled, located

_MARK = "\ue000"  # stands in no text


class ContentFilter:
    """The patterns of the categories whose names hold one of some words, or one pattern of ours."""

    def __init__(self, title: str, kind: str, words: tuple[str, ...], pattern: str = "", action: str = "MASK") -> None:
        self.name = f"LiteLLM content filter{title}"
        self.kinds = frozenset({kind})
        if ContentFilterGuardrail is None:
            raise NotInstalled(self.name)
        self.version = version("litellm")
        verbose_proxy_logger.disabled = litellm.suppress_debug_info = True
        shipped = json.loads((Path(_patterns.__file__).parent / "patterns.json").read_text(encoding="utf-8"))
        named = [each["name"] for each in shipped["patterns"] if any(word in each["category"] for word in words)]
        chosen = [{"pattern_type": "prebuilt", "pattern_name": name, "action": action} for name in named]
        if pattern:
            chosen = [{"pattern_type": "regex", "pattern": pattern, "name": "ours", "action": action}]
        self._guardrail = ContentFilterGuardrail(
            guardrail_name="measured", patterns=chosen, pattern_redaction_format=_MARK
        )
        self._loop = asyncio.new_event_loop()

    def found(self, text: str) -> list[Span]:
        """Return what it masks."""
        return located(text, self._masked(text).split(_MARK))

    def replaced(self, text: str) -> str | None:
        """Return the text as it masks it."""
        return self._masked(text)

    def sent(self, endpoint: str, body: Body) -> Body | None:
        """Return the request as its pre-call hook leaves it, None when the filter blocks it."""
        call_types = get_call_types_for_route(f"/v1/{endpoint}")
        if not call_types:
            return body
        try:
            handler = get_guardrail_translation_mapping(call_types[0])()
        except ValueError:  # it has no translation for this endpoint, and lets the call pass
            return body
        request = copy.deepcopy(body)
        try:
            return self._loop.run_until_complete(handler.process_input_messages(request, self._guardrail))
        except HTTPException:
            return None

    def _masked(self, text: str) -> str:
        inputs = self._guardrail.apply_guardrail(
            inputs={"texts": [text]}, request_data={"metadata": {}}, input_type="request"
        )
        return self._loop.run_until_complete(inputs)["texts"][0]


def secrets() -> ContentFilter:
    """Return the filter with its patterns for credentials."""
    return ContentFilter(", credentials", "secret", ("Credential",))


def personal_data() -> ContentFilter:
    """Return the filter with its patterns for personal data and payment cards."""
    return ContentFilter(", personal data", "pii", ("PII", "Payment Card"))
