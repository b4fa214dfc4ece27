"""The documentation says what the program does: settings, links, commands."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from llm_proxy.providers.sandbox import MODELS
from llm_proxy.settings import Settings

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def shown(value: object) -> str:
    if value is None or isinstance(value, SecretStr):
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
