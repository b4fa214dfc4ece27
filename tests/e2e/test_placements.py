"""One secret in every place where a request can carry text: none reaches the provider, and all around it survives."""

import json
import re
from typing import Any

import pytest

from tests.core.placements import PATTERN, PIXEL, PLACEMENTS, REPLACEMENT, SECRET, Placement
from tests.gateway_process import Caller, Gateway
from tests.mock_upstream import Mock
from tests.wire import Answer

STREAMING = {"chat/completions", "completions", "responses", "messages"}


def variants(placement: Placement) -> list[bool]:
    """Whether to stream: both ways where the endpoint can."""
    return [False, True] if placement.endpoint in STREAMING else [False]


def asked(caller: Caller, placement: Placement, stream: bool) -> Answer:
    """Send the secret."""
    return caller.call(f"/v1/{placement.endpoint}", placement.body(SECRET) | ({"stream": True} if stream else {}))


def plain(value: Any) -> Any:
    """Decode JSON within strings too, so that only meaning is compared."""
    if isinstance(value, dict):
        return {plain(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    try:
        return plain(json.loads(value)) if isinstance(value, str) and value.startswith("{") else value
    except json.JSONDecodeError:
        return value


def assert_refused(answer: Answer) -> None:
    """The refusal is a guard rail's and repeats nothing."""
    assert answer.status == 400, answer.body
    assert answer.error["code"] == "guardrail_rejected"
    assert SECRET not in answer.body.decode()


@pytest.mark.parametrize("placement", PLACEMENTS, ids=lambda placement: placement.name)
def test_G01_a_reject_rule_stops_the_secret_in_every_place(placement: Placement, mock: Mock, gateway: Gateway) -> None:
    rule = gateway.rule(PATTERN)
    caller = gateway.caller(mock.url)
    for stream in variants(placement):
        assert_refused(asked(caller, placement, stream))
    assert mock.requests == []
    assert_recorded(caller, rule, len(variants(placement)))


@pytest.mark.parametrize("placement", PLACEMENTS, ids=lambda placement: placement.name)
def test_G01_a_replace_rule_takes_the_secret_out_of_every_place(
    placement: Placement, mock: Mock, gateway: Gateway
) -> None:
    rule = gateway.rule(PATTERN, "replace", REPLACEMENT)
    caller = gateway.caller(mock.url)
    for stream in variants(placement):
        answer = asked(caller, placement, stream)
        if placement.expected == "rejected":
            assert_refused(answer)
            continue
        assert answer.status == 200, answer.body
        received = mock.last.json()
        assert received.pop("stream", False) is stream
        received.pop("stream_options", None)
        assert plain(received) == plain(placement.body(REPLACEMENT))
        assert mock.last.body.count(PIXEL.encode()) == json.dumps(placement.body(SECRET)).count(PIXEL)
    assert not [request for request in mock.requests if SECRET.encode() in request.body]
    assert len(mock.requests) == (len(variants(placement)) if placement.expected == "replaced" else 0)
    assert_recorded(caller, rule, len(variants(placement)))


def assert_recorded(caller: Caller, rule: dict[str, Any], calls: int) -> None:
    """Every call has its event, and each names the rule and tells the text as it was."""
    found = caller.gateway.admin("GET", f"/admin/guardrail-events?api_key_id={caller.key_id}&limit=100").json()
    assert {record["guardrail_id"] for record in found["records"]} == {rule["id"]}
    assert all(re.search(r"4000|\\u0034", record["input_text"]) for record in found["records"])
    assert len({record["call_id"] for record in found["records"]}) == calls


def test_there_are_at_least_fifty_places_and_every_endpoint_with_a_body_has_some() -> None:
    assert len({placement.name for placement in PLACEMENTS}) == len(PLACEMENTS) >= 50
    assert {placement.endpoint for placement in PLACEMENTS} == STREAMING | {
        "embeddings",
        "moderations",
        "images/generations",
        "audio/speech",
    }
