import json
import re

import httpx2
import pytest
import yaml
from starlette.routing import Route

import llm_proxy
from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.web import openapi
from llm_proxy.web.admin import AdminServices, create_admin

APP = create_admin(AdminServices(None, None))  # type: ignore[arg-type]
ADMIN_ROUTES = [
    (method.lower(), route.path)
    for route in APP.routes
    if isinstance(route, Route) and route.path.startswith("/admin")
    for method in sorted(route.methods or ())
]
DOCUMENT = openapi.describe([route for route in APP.routes if getattr(route, "path", "").startswith("/admin")])
OPERATIONS = [
    (path, method, operation) for path, item in DOCUMENT["paths"].items() for method, operation in item.items()
]


async def fetch(path: str, method: str = "GET") -> httpx2.Response:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(APP), base_url="http://gateway") as client:
        return await client.request(method, path)


def resolve(reference: str) -> object:
    node: object = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        assert isinstance(node, dict)
        node = node[part]
    return node


async def test_the_document_is_served_as_json_and_yaml_and_both_say_the_same():
    as_json, as_yaml = await fetch("/openapi.json"), await fetch("/openapi.yaml")
    assert as_json.headers["content-type"] == "application/json"
    assert as_yaml.headers["content-type"] == "application/yaml"
    assert as_json.json() == yaml.safe_load(as_yaml.text) == json.loads(json.dumps(DOCUMENT))
    assert "&id" not in as_yaml.text
    assert {answer.headers["x-content-type-options"] for answer in (as_json, as_yaml)} == {"nosniff"}


async def test_the_document_answers_head_too():
    assert (await fetch("/openapi.json", "HEAD")).status_code == 200


def test_the_document_is_openapi_3_1_of_this_version():
    assert re.fullmatch(r"3\.1\.\d", DOCUMENT["openapi"])
    assert DOCUMENT["info"]["version"] == llm_proxy.__version__


@pytest.mark.parametrize(("method", "path"), ADMIN_ROUTES)
def test_every_admin_route_is_described_with_its_token_and_its_errors(method, path):
    operation = DOCUMENT["paths"][path][method]
    is_login = (method, path) == ("post", "/admin/session")
    assert operation["security"] == ([] if is_login else [{"adminToken": []}, {"dashboardSession": []}])
    assert {"401", "403", "421", "429", "503"} <= set(operation["responses"])
    assert "422" not in operation["responses"]
    assert operation["summary"]


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=lambda endpoint: endpoint.name)
def test_every_v1_endpoint_is_described(endpoint):
    operation = DOCUMENT["paths"][endpoint.path][endpoint.method.lower()]
    assert {"proxyKey": []} in operation["security"]
    assert {"200", "400", "401", "429", "502", "503"} <= set(operation["responses"])
    assert ("requestBody" in operation) is (endpoint.method == "POST")
    is_stream = endpoint.stream not in {"none", "bytes"}
    assert ("text/event-stream" in operation["responses"]["200"]["content"]) is is_stream


def test_nothing_is_described_that_is_not_routed():
    routed = {path for _, path in ADMIN_ROUTES} | {row.path for row in ENDPOINTS.values()} | {"/livez", "/readyz"}
    assert set(DOCUMENT["paths"]) == routed


def test_every_reference_resolves_and_every_component_is_referred_to():
    references = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(DOCUMENT)))
    assert all(resolve(reference) for reference in references)
    named = {
        f"#/components/{kind}/{name}" for kind in ("schemas", "responses") for name in DOCUMENT["components"][kind]
    }
    assert references == named


def test_security_schemes_are_declared():
    used = {name for _, _, operation in OPERATIONS for choice in operation.get("security", []) for name in choice}
    assert used == set(DOCUMENT["components"]["securitySchemes"])


def test_operation_ids_are_there_and_unique():
    identifiers = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(identifiers)) == len(identifiers)
    assert all(re.fullmatch(r"[a-z][A-Za-z]+", identifier) for identifier in identifiers)


@pytest.mark.parametrize(("method", "path"), ADMIN_ROUTES)
def test_every_admin_answer_has_a_named_schema(method, path):
    answers = DOCUMENT["paths"][path][method]["responses"]
    status = next(status for status in answers if status.startswith("2"))
    if status == "204":
        assert "content" not in answers[status]
        return
    schema = answers[status]["content"]["application/json"]["schema"]
    assert "$ref" in (schema["items"] if schema.get("type") == "array" else schema)


@pytest.mark.parametrize("name", ["Provider", "ApiKey", "MintedKey", "Guardrail", "GuardrailEvent", "UsageRecord"])
def test_no_answer_has_a_member_for_what_is_secret(name):
    members = set(DOCUMENT["components"]["schemas"][name]["properties"])
    assert not members & {"api_key", "credential", "digest", "key_hash"}
    assert ("key" in members) is (name == "MintedKey")


def test_bodies_say_that_unknown_members_are_refused():
    for path, _, operation in OPERATIONS:
        if path.startswith("/admin") and "requestBody" in operation and not path.startswith("/admin/playground"):
            schema = resolve(operation["requestBody"]["content"]["application/json"]["schema"]["$ref"])
            assert isinstance(schema, dict)
            assert schema["additionalProperties"] is False
