"""``llm-proxy guardrails check``, ``test``, ``import``, ``export``: rules tried, and rules as files."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from llm_proxy.cli.desk import AsJson, Config, at_desk, console, errors, print_json, refuse
from llm_proxy.cli.rule_options import RuleOptions, given, parsed
from llm_proxy.importers import FORMATS, Format
from llm_proxy.records import Mode
from llm_proxy.web.admin import guardrail_import, guardrail_trials, trials
from llm_proxy.web.admin.import_drafts import Order
from llm_proxy.web.admin.importing import ImportReport, import_rules
from llm_proxy.web.admin.services import Desk


@dataclass(kw_only=True)
class TrialOptions(RuleOptions):
    """A draft, and what it is tried on."""

    text: Annotated[str, typer.Argument(help="The text, or - for standard input.", show_default=False)]
    body: Annotated[bool, typer.Option("--body", help="The text is the JSON of a request.")] = False
    endpoint: Annotated[str, typer.Option(help="Whose request it is.")] = "chat/completions"
    answer: Annotated[bool, typer.Option("--answer", help="Judge as the text of an answer.")] = False
    api_key_id: Annotated[
        str, typer.Option(help="Whose call it is: rules with a scope judge if they are for this key.")
    ] = ""
    draft_only: Annotated[bool, typer.Option("--draft-only", help="Leave the stored rules out.")] = False


def check(options: RuleOptions) -> None:
    """Say whether a rule would be admitted, what it would cost and what ordinary texts it would flag.

    Ends with 1 for one that would not be.
    """
    body = parsed(trials.GuardrailCheck, given(options))
    checked = at_desk(options.config, lambda desk: guardrail_trials.check_guardrail(body, desk))
    if options.as_json:
        print_json(checked.model_dump(mode="json"))
    elif checked.ok:
        console().print(f"It would be admitted. Cost: {checked.cost_us_per_kb} µs for 1 KB of ordinary text.")
        for line in (*checked.warnings, *(f"  {each.text!r}" for each in _flagged(checked))):
            console().print(line, markup=False)
    else:
        errors.print(f"{checked.param or 'It'}: {checked.reason}", markup=False)
    raise typer.Exit(0 if checked.ok else 1)


def _flagged(checked: trials.GuardrailChecked) -> list[trials.FlaggedText]:
    return checked.dry_run.examples if checked.dry_run else []


def try_text(options: TrialOptions) -> None:
    """Judge a text, or a request, by the rules in force and by a draft, as the gateway would. Nothing is recorded."""
    text = sys.stdin.read() if options.text == "-" else options.text
    draft = given(options)
    asked: dict[str, object] = {
        "body" if options.body else "text": text,
        "endpoint": options.endpoint,
        "direction": "response" if options.answer else "request",
        "with_stored": not options.draft_only,
    } | ({"api_key_id": options.api_key_id} if options.api_key_id else {})
    if draft:
        asked["draft"] = {"mode": "reject"} | draft
    body = parsed(trials.GuardrailTest, asked)
    tested = at_desk(options.config, lambda desk: guardrail_trials.try_guardrails(body, desk))
    if options.as_json:
        print_json(tested.model_dump(mode="json"))
        return
    out = console()
    out.print(f"{tested.verdict} ({tested.duration_us} µs)")
    for each in tested.findings:
        name = "the draft" if each.is_draft else each.rule_name or each.guardrail_id
        where = f" in {each.place}" if each.place else ""
        out.print(f"  {name} ({each.mode}): {', '.join(each.previews)}{where}, {each.view} view", markup=False)
    if tested.result is not None and tested.verdict == "replaced":
        out.print(tested.result, markup=False)


@dataclass(kw_only=True)
class ImportOptions:
    """A file of rules."""

    file: Annotated[Path, typer.Argument(help="The file, or - for standard input.", show_default=False)]
    form: Annotated[str, typer.Option("--format", help=f"auto, {', '.join(FORMATS)}.")] = "auto"
    mode: Annotated[str, typer.Option(help="The mode of all its rules; others' rules monitor unless it is said.")] = ""
    name: Annotated[str, typer.Option(help="Which import it is; by default the file's name.")] = ""
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Store nothing, only tell what would be.")] = False
    config: Config = None
    as_json: AsJson = False


def import_rules_file(options: ImportOptions) -> None:
    """Import rules of gitleaks, Nosey Parker or Kingfisher, or our own.

    Importing the same file again makes new versions of its rules. What cannot be imported is listed with the reason.
    """
    if options.form not in {"auto", *FORMATS}:
        refuse(f"There is no format {options.form!r}: choose auto, {', '.join(FORMATS)}.")
    if options.mode not in {"", *get_args(Mode)}:
        refuse(f"There is no mode {options.mode!r}: choose {', '.join(get_args(Mode))}.")
    order = Order(
        _content(options.file),
        options.name,
        file="" if str(options.file) == "-" else options.file.name,
        form=None if options.form == "auto" else cast("Format", options.form),
        mode=cast("Mode", options.mode) if options.mode else None,
        is_trial=options.dry_run,
    )

    async def run(desk: Desk) -> ImportReport:
        return await import_rules(desk.store, order, lambda detail: desk.entry("guardrail.import", detail))

    report = at_desk(options.config, run)
    if options.as_json:
        print_json(guardrail_import.GuardrailImported.model_validate(report).model_dump(mode="json"))
        return
    _tell(report)


def _content(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except OSError as exc:
        refuse(f"{file} cannot be read: {exc.strerror}.")
    except UnicodeDecodeError:
        refuse(f"{file} cannot be read: it is not UTF-8.")


def _tell(report: ImportReport) -> None:
    out = console()
    fates = [rule.fate for rule in report.imported]
    counts = ", ".join(f"{fates.count(fate)} {fate}" for fate in ("created", "changed", "unchanged"))
    done = "would be imported" if report.dry_run else "imported"
    out.print(f"{report.format}: {len(report.imported)} {done} ({counts}), {len(report.skipped)} skipped.")
    for note in report.notes:
        out.print(f"  {note}", markup=False)
    for rule in report.imported:
        told = [*rule.changes, *([f"flags {rule.flagged} of {report.texts} ordinary texts"] if rule.flagged else [])]
        if told:
            out.print(f"  {rule.name}: {'; '.join(told)}", markup=False)
    for skipped in report.skipped:
        out.print(f"  {skipped.name}: skipped. {skipped.reason}", markup=False)
    if report.imported:
        out.print(f"Together they flag {report.flagged} of {report.texts} ordinary texts.")


def export(
    form: Annotated[str, typer.Option("--format", help="toml, or csv: names, patterns, modes, replacements.")] = "toml",
    config: Config = None,
) -> None:
    """Write the rules to standard output, as a file that can be imported or be that of GUARDRAILS_FILE."""
    if form not in {"toml", "csv"}:
        refuse(f"There is no format {form!r}: choose toml or csv.")
    exported = at_desk(
        config, lambda desk: guardrail_import.export_guardrails(desk, "csv" if form == "csv" else "toml")
    )
    typer.echo(exported.content, nl=False)
