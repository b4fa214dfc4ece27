"""The dashboard's own checks, and what ties it to the gateway: its types are made from what the gateway serves."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import openapi_copy

ROOT = Path(__file__).parent.parent.parent
FORBIDDEN = ("dangerouslySetInnerHTML", "innerHTML", "document.write", "eval(", "sessionStorage.", "//cdn")


@pytest.mark.timeout(240)
@pytest.mark.parametrize("script", ["check", "test"])
def test_types_lint_formatting_and_logic_hold(script: str) -> None:
    run = subprocess.run(
        [sys.executable, "hatch_build.py", "run", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]


def test_the_types_are_of_the_interface_that_is_served() -> None:
    assert openapi_copy.COPY.read_text(encoding="utf-8") == openapi_copy.text(), "make api"


def test_nothing_is_fetched_from_elsewhere_and_no_markup_is_made_of_text() -> None:
    sources = [*(ROOT / "dashboard/src").rglob("*.ts*"), ROOT / "dashboard/index.html"]
    assert len(sources) > 100
    for path in sources:
        text = path.read_text(encoding="utf-8")
        for forbidden in FORBIDDEN:
            assert forbidden not in text, f"{path.name} holds {forbidden}"


def test_the_lock_names_no_addresses() -> None:
    assert '"resolved"' not in (ROOT / "dashboard/package-lock.json").read_text(encoding="utf-8")


def test_every_act_of_the_admin_log_has_a_name_for_people() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/llm_proxy").rglob("*.py"))
    acts = set(re.findall(r'\b(?:desk\.entry|Entry)\(\s*"([a-z_]+\.[a-z_]+)"', sources))
    assert {"provider.create", "pack.update", "guardrail.import", "audit.purge"} <= acts
    named = set(
        re.findall(r"'([a-z_]+\.[a-z_]+)': '", (ROOT / "dashboard/src/lib/acts.ts").read_text(encoding="utf-8"))
    )
    assert acts - named == set()
    assert named - acts == set()
