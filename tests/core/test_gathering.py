"""What is asked about a body besides its strings: what the plainest definition says, whatever else the body holds."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.core.arguments import hidden
from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.gathering import ask
from llm_proxy.core.strict_json import read
from llm_proxy.core.views import blob_text

CHAT = ENDPOINTS["chat/completions"]
INNER = r'{"a": "\u0041KIA", "b": ["x\ny"]}'
BLOB = "data:text/plain,AKIA%37"

texts = st.text(max_size=5) | st.sampled_from(
    [
        INNER,
        INNER.replace("{", "[{").replace("}", "}]"),
        " " + INNER,
        "{",
        "[",
        r'["\n"]',
        r'["\"]',
        '["a"]',
        "down",
        "Down",
        "data:",
        "DATA:",
        *(BLOB, BLOB.upper(), BLOB.title(), " " + BLOB, "data:;base64,QUtJQTc=", "data", ""),
    ]
)
trees = st.recursive(
    texts | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts | st.sampled_from(["role", "content"]), inner),
    max_leaves=12,
)


@given(st.lists(trees, max_size=4))
def test_json_in_free_text_and_data_uris_are_asked_about_wherever_they_stand(items: list[Any]) -> None:
    asked = ask(read(json.dumps({"messages": items}).encode()), CHAT)
    inner = [(index, said) for index, text in enumerate(asked.literals) for said in hidden(text)]
    decoded = [(index, blob_text(text)) for index, text in enumerate(asked.literals) if text[:5].lower() == "data:"]
    assert asked.inner == inner
    assert asked.blobs == [(index, text) for index, text in decoded if text is not None]


@pytest.mark.parametrize("uri", [BLOB, BLOB.replace("data", "Data"), BLOB.replace("data", "DATA")])
def test_a_data_uri_is_read_in_any_spelling(uri: str) -> None:
    body = json.dumps({"messages": [{"role": "user", "content": uri}]}).replace(":text", "\\u003atext")
    assert "AKIA7" in ask(read(body.encode()), CHAT).texts


def test_the_shortest_json_that_says_something_else_is_read() -> None:
    body = json.dumps({"messages": [{"role": "user", "content": r'["\n"]'}]})
    assert "\n" in ask(read(body.encode()), CHAT).texts
