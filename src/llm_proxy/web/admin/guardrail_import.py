"""``/admin/guardrails/import`` and ``/export``: rules from a file, and to one."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from llm_proxy.importers import Format, own
from llm_proxy.records import Mode
from llm_proxy.web.admin.fields import RuleName, absent
from llm_proxy.web.admin.guardrails import refuse_unloaded
from llm_proxy.web.admin.import_drafts import Order
from llm_proxy.web.admin.importing import import_rules
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.rule_fields import written
from llm_proxy.web.admin.schemas import Body, View
from llm_proxy.web.admin.services import AtDesk


class GuardrailImport(Body):
    """The text of a file of rules. Its format is told from it unless it is said."""

    content: str
    format: Format = absent()
    mode: Annotated[Mode, Field(description="The mode of all its rules. Others' rules monitor unless it is said.")] = (
        absent()
    )
    name: Annotated[RuleName, Field(description="Which import it is: rules of the same one become new versions.")] = ""
    dry_run: bool = Field(False, description="Whether nothing is stored, and only told what would be.")


class ImportedRule(View):
    """A rule that was taken over. ``flagged`` counts the bundled ordinary texts in which it finds something."""

    name: str
    fate: Literal["created", "changed", "unchanged"]
    changes: list[str] = Field(description="What is otherwise in it than in the file.")
    flagged: int


class SkippedRule(View):
    """A rule that cannot be taken over, and why."""

    name: str
    reason: str


class GuardrailImported(View):
    """What became of a file's rules. ``flagged`` counts the ordinary texts, of ``texts``, that any of them flags."""

    format: Format
    pack: str
    dry_run: bool
    imported: list[ImportedRule]
    skipped: list[SkippedRule]
    notes: list[str]
    texts: int
    flagged: int


class GuardrailExport(View):
    """One's own rules as the text of a file that can be imported."""

    format: Literal["toml", "csv"]
    rules: int
    content: str


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/guardrails", tags=["guardrails"], route_class=AdminRoute)
    router.post("/import", operation_id="importGuardrails")(import_guardrails)
    router.get("/export", operation_id="exportGuardrails")(export_guardrails)
    return router


async def import_guardrails(body: GuardrailImport, desk: AtDesk) -> GuardrailImported:
    """Import rules of gitleaks, Nosey Parker, Kingfisher, or our own; say what became of each."""
    order = Order(body.content, body.name, form=body.format, mode=body.mode, is_trial=body.dry_run)
    report = await import_rules(desk.store, order, lambda detail: desk.entry("guardrail.import", detail))
    if not body.dry_run:
        await desk.enforce()
        refuse_unloaded(desk)
    return GuardrailImported.model_validate(report)


async def export_guardrails(
    desk: AtDesk, form: Annotated[Literal["toml", "csv"], Query(alias="format")] = "toml"
) -> GuardrailExport:
    """Return one's own rules as the text of a file. CSV holds their names, patterns, modes and replacements alone."""
    rules = own.named((rule.id, written(rule)) for rule in reversed(await desk.store.guardrails.list()))
    content = own.write_toml(rules) if form == "toml" else own.write_csv(rules)
    return GuardrailExport(format=form, rules=len(rules), content=content)
