"""Rules out of a file in a real browser: what would become of it, what cannot be taken over and why, the import."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.browser import Watch, settled
from tests.dashboard.test_pages import PHONE, WIDE, violations
from tests.gateway_process import Gateway

GITLEAKS = r"""
title = "rules of a team"

[[rules]]
id = "team-token"
description = "Token of a team"
regex = '''\b(team_[a-z0-9]{24})\b'''
keywords = ["team_"]

[[rules]]
id = "any-word"
regex = '''\b[a-z]{6}\b'''

[[rules]]
id = "key-files"
path = '''\.pem$'''

[[rules]]
id = "looks-ahead"
regex = '''(?=secret)x'''
"""
NOSEY_PARKER = r"""
rules:
  - name: Team key
    id: team.1
    pattern: '\b(tk-[0-9a-f]{32})\b'
    examples: ['tk-00112233445566778899aabbccddeeff']
"""
CSV = "name,pattern,mode,replace_by\nBadge,badge-[0-9]{6},replace,[BADGE]\n"
OWN = '[[rule]]\nname = "Project"\npattern = "project-[a-z]{8}"\nmode = "reject"\n'


def choose(page: Page, name: str, content: str) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files({"name": name, "mimeType": "text/plain", "buffer": content.encode()})  # type: ignore[arg-type]
    expect(page.get_by_text(name)).to_be_visible()


def see(page: Page) -> None:
    page.get_by_role("button", name="See what would be imported").click()


def stored(gateway: Gateway) -> dict[str, dict[str, Any]]:
    return {rule["name"]: rule for rule in gateway.admin("GET", "/admin/guardrails").json()}


def test_a_file_is_tried_first_and_then_imported(opened: tuple[Page, Watch], gateway: Gateway) -> None:
    page, _ = opened
    settled(page, "/guardrails")
    page.get_by_role("link", name="Import").click()
    page.get_by_role("heading", level=1, name="Import rules").wait_for()
    choose(page, "team.toml", GITLEAKS)
    expect(page.get_by_label("Name of this import")).to_have_value("team.toml")
    see(page)
    trial = page.get_by_role("region", name="What would be imported")
    expect(trial).to_contain_text("2 rules can be imported")
    expect(trial).to_contain_text("gitleaks (TOML): 2 would be new; 2 cannot be imported.")
    expect(trial).to_contain_text(re.compile(r"\d+ of \d+ ordinary texts would be flagged by 1 rule\."))
    left = trial.get_by_role("table", name="Not imported: 2")
    expect(left.get_by_role("row").filter(has_text="key-files")).to_contain_text("names of files")
    expect(left.get_by_role("row").filter(has_text="looks-ahead")).to_be_visible()
    assert violations(page) == []
    assert stored(gateway) == {}

    trial.get_by_role("button", name="Import 2 rules").click()
    expect(page.get_by_role("heading", name="2 rules imported")).to_be_focused()
    rules = stored(gateway)
    assert {name: (rule["mode"], rule["pack"]) for name, rule in rules.items()} == {
        "team-token": ("monitor", "import:team.toml"),
        "any-word": ("monitor", "import:team.toml"),
    }
    page.get_by_role("link", name="Show these rules").click()
    expect(page.get_by_role("table", name="Guard rails").get_by_role("row")).to_have_count(3)
    page.get_by_role("link", name="Packs", exact=True).click()
    expect(page.get_by_role("article").filter(has_text="team.toml")).to_contain_text("2 rules")
    settled(page, "/activity")
    expect(page.get_by_role("row").filter(has_text="Guard rails imported")).to_have_count(1)


def test_the_same_import_again_renews_its_rules_in_the_mode_that_is_chosen(
    opened: tuple[Page, Watch], gateway: Gateway
) -> None:
    page, _ = opened
    for mode, fate in (("Monitor", "1 would be new"), ("Reject", "1 would change")):
        settled(page, "/guardrails/import")
        choose(page, "keys.yml", NOSEY_PARKER)
        page.get_by_role("combobox", name="Mode of its rules").click()
        page.get_by_role("option", name=mode, exact=True).click()
        see(page)
        expect(page.get_by_role("region", name="What would be imported")).to_contain_text(fate)
        page.get_by_role("button", name="Import 1 rule").click()
        page.get_by_role("heading", name="1 rule imported").wait_for()
    (rule,) = stored(gateway).values()
    assert (rule["mode"], rule["version"], rule["pack"]) == ("reject", 2, "import:keys.yml")


@pytest.mark.parametrize(
    ("text", "form", "name"), [(CSV, "CSV", "Badge"), (OWN, "Our own (TOML)", "Project")], ids=["csv", "toml"]
)
def test_a_text_is_pasted_and_its_format_told(
    text: str, form: str, name: str, opened: tuple[Page, Watch], gateway: Gateway
) -> None:
    page, _ = opened
    settled(page, "/guardrails/import")
    page.get_by_label("Or paste its text").fill(text)
    see(page)
    expect(page.get_by_role("region", name="What would be imported")).to_contain_text(form)
    page.get_by_role("button", name="Import 1 rule").click()
    page.get_by_role("heading", name="1 rule imported").wait_for()
    assert set(stored(gateway)) == {name}


def test_a_file_that_is_no_rule_set_is_refused_in_the_gateways_words(opened: tuple[Page, Watch]) -> None:
    page, watch = opened
    watch.expected = ("status of 400",)
    settled(page, "/guardrails/import")
    choose(page, "notes.txt", "Buy milk.\n")
    see(page)
    expect(page.get_by_role("alert")).to_contain_text("none of the formats that can be imported")
    page.get_by_role("button", name="Another").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    choose(page, "notes.yml", NOSEY_PARKER)
    see(page)
    expect(page.get_by_role("button", name="Import 1 rule")).to_be_visible()


def test_a_file_is_dropped(opened: tuple[Page, Watch]) -> None:
    page, _ = opened
    settled(page, "/guardrails/import")
    files = page.evaluate_handle(
        "text => { const data = new DataTransfer(); data.items.add(new File([text], 'team.csv')); return data; }", CSV
    )
    page.get_by_text("or drop it here").dispatch_event("drop", {"dataTransfer": files})
    expect(page.get_by_role("region", name="How it begins")).to_contain_text("badge-[0-9]{6}")


def test_large_files_are_read_up_to_the_gateways_limit(opened: tuple[Page, Watch]) -> None:
    page, _ = opened
    settled(page, "/guardrails/import")
    padding = "# " + "x" * 100 + "\n"
    choose(page, "large.toml", OWN + padding * 35_000)
    see(page)
    expect(page.get_by_role("button", name="Import 1 rule")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Another").click()
    choose(page, "larger.toml", OWN + padding * 45_000)
    expect(page.get_by_role("alert")).to_contain_text("too large")
    expect(page.get_by_role("button", name="See what would be imported")).to_be_disabled()


@pytest.mark.parametrize(("scheme", "size"), [("light", WIDE), ("dark", PHONE)], ids=str)
def test_a_report_of_hundreds_of_rules_is_accessible_and_fits(
    scheme: str, size: dict[str, int], opened: tuple[Page, Watch], tmp_path: Path
) -> None:
    page, _ = opened
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size(size)  # type: ignore[arg-type]
    rules = [f"[[rules]]\nid = 'rule-{n}-{'long' * 12}'\nregex = 'token{n:03}_[a-z0-9]{{20}}'\n" for n in range(120)]
    rules += [f"[[rules]]\nid = 'file-{n}'\npath = 'x{n}'\n" for n in range(60)]
    settled(page, "/guardrails/import")
    choose(page, "many.toml", "\n".join(rules))
    see(page)
    expect(page.get_by_role("button", name="Import 120 rules")).to_be_visible(timeout=60_000)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.get_by_role("button", name="Show all 120").click()
    expect(page.get_by_role("table", name="Would be imported: 120").get_by_role("row")).to_have_count(121)
