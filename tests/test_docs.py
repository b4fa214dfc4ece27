"""The documentation says what the program does: settings, links, commands."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from pydantic import SecretStr

from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.guardrails import check_rule, inspect
from llm_proxy.core.strict_json import read
from llm_proxy.core.watch import compile_rules
from llm_proxy.packs import load_pack
from llm_proxy.pipeline.audit import refusal
from llm_proxy.providers.sandbox import MODELS
from llm_proxy.records import Guardrail
from llm_proxy.settings import Settings
from llm_proxy.store import Store
from llm_proxy.web.rules_file import follow_file
from tests.store.conftest import an_event

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def shown(value: object) -> str:
    if value in {None, ""} or isinstance(value, SecretStr):
        return "—"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_its_row(name: str) -> None:
    field = Settings.model_fields[name]
    row = f"| `{name.upper()}` | {shown(field.default)} | {field.description} |"
    assert row in (ROOT / "docs/configuration.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), target


def test_the_readme_is_short_and_names_the_two_commands_first() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    assert text.index("make demo") < text.index("make test") < text.index("## ")


def test_every_sandbox_model_is_described() -> None:
    text = (ROOT / "docs/quickstart.md").read_text(encoding="utf-8")
    for model in MODELS:
        assert model in text or model == "sandbox-error-429"


GUARDRAILS = (ROOT / "docs/guardrails.md").read_text(encoding="utf-8")


def test_the_refusal_that_is_shown_is_the_real_one() -> None:
    event = an_event(
        id="<event id>", guardrail_id="<rule id>", rule_name="<name>", place="messages[0].content", direction="request"
    )
    assert f'{{"error": {{"message": "{refusal(event).message}",' in GUARDRAILS


@pytest.mark.parametrize("pack", ["personal-data", "entropy", "secrets"])
def test_the_fields_that_a_pack_does_not_look_at_are_told(pack: str) -> None:
    seen = {field for rule in load_pack(pack).rules for field in rule.field_classes}
    unseen = {"D", "I", "F", "G"} - seen
    assert unseen == ({"F", "G"} if pack == "secrets" else {"D", "I", "F", "G"})
    told = next(part for part in GUARDRAILS.split("\n\n") if part.startswith("`personal-data` and `entropy` do"))
    assert all(f"({field})" in told or f"(class {field}:" in told for field in unseen)


@pytest.mark.parametrize("name", ["LOG_FORMAT"])
def test_the_values_that_may_be_chosen_are_named(name: str) -> None:
    field = Settings.model_fields[name.lower()]
    assert all(f"`{value}`" in str(field.description) for value in get_args(field.annotation))


BLOCKS = [
    (page.name, language, code)
    for page in PAGES
    for language, code in re.findall(
        r"^```(\w+)\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
]


@pytest.mark.parametrize(
    ("page", "language", "code"), [block for block in BLOCKS if block[1] in {"sh", "bash", "python"}]
)
def test_what_is_to_be_pasted_is_ascii(page: str, language: str, code: str) -> None:
    assert code.isascii()


def test_every_body_in_a_shell_block_is_a_json_object() -> None:
    shell = "".join(code for _, language, code in BLOCKS if language in {"sh", "bash"}).replace("'$PROVIDER'", "")
    bodies = re.findall(r"-d '(.*?)'", shell)
    assert len(bodies) >= 10
    assert all(isinstance(json.loads(body), dict) for body in bodies)


def test_the_example_of_a_rule_is_admitted_and_redacts() -> None:
    (body,) = re.findall(r"-d '(.*?)'", (ROOT / "docs/guardrails.md").read_text(encoding="utf-8"))
    rule = json.loads(body)
    now = datetime.now(UTC)
    admitted = Guardrail("id", **rule, created_at=now, updated_at=now)
    check_rule(admitted)
    rules = compile_rules([admitted], 1).watch()
    text = "Password = hunter2, then password: [REDACTED]"
    sent = {"model": "m", "messages": [{"role": "user", "content": text}]}
    verdict = inspect(read(json.dumps(sent).encode()), ENDPOINTS["chat/completions"], rules)
    assert verdict.outcome == "replaced"
    assert list(verdict.changes.values()) == ["Password = [REDACTED] then password: [REDACTED]"]


def test_the_example_of_a_pack_counts_about_as_many_rules_as_it_has() -> None:
    (count,) = re.findall(r'"rule_count": (\d+)', (ROOT / "docs/admin-api.md").read_text(encoding="utf-8"))
    assert abs(int(count) - len(load_pack("secrets").rules)) < 30


def test_the_commands_about_rules_are_described() -> None:
    text = (ROOT / "docs/guardrails.md").read_text(encoding="utf-8")
    for command in ("import", "export", "backtest", "shadow start", "meters", "test"):
        assert f"llm-proxy guardrails {command}" in text


async def test_the_example_of_a_file_of_rules_is_taken(tmp_path: Path) -> None:
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```toml\n# rules.toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "rules.toml").write_text(example, encoding="utf-8")
    store = await Store.open(str(tmp_path / "gateway.db"), None)
    await follow_file(store, str(tmp_path / "rules.toml"))
    assert len(await store.guardrails.list()) == 1
    assert [state.name for state in await store.packs.list()] == ["entropy", "secrets"]
    await store.close()


@pytest.mark.parametrize("name", ["README.md", "docs/quickstart.md"])
def test_the_import_names_the_database_it_fills(name: str) -> None:
    assert "\nDSN=llm-proxy.db .venv/bin/llm-proxy import /path/to/old.db\n" in (ROOT / name).read_text(
        encoding="utf-8"
    )
