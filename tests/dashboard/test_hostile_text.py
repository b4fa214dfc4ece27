"""W01, W02: names, patterns, audited texts and model output come from others; on a page they are text, nothing else."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.browser import Watch, settled
from tests.dashboard.test_pages import PAGES
from tests.gateway_process import CHAT, Gateway
from tests.wire import call

SCRIPT = "window.breached = true"
CORPUS = (
    f"<script>{SCRIPT}</script>",
    f'"><img src=x onerror="{SCRIPT}">',
    f"<svg/onload='{SCRIPT}'>",
    f"javascript:{SCRIPT}//",
    "{{constructor.constructor('window.breached = true')()}}",
    f"'-({SCRIPT})-'",
    f"<iframe srcdoc='<script>parent.{SCRIPT}</script>'>",
    f"</title><script>{SCRIPT}</script>",
    f"<math><mtext><table><mglyph><style><img src=x onerror='{SCRIPT}'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "\u202e<b>reversed</b>"[1:],
)
# What none of the pages has by itself.
INJECTED = "iframe, object, embed, base, svg[onload], img[onerror], [href^='javascript:'], [src^='//evil'], main b"


@pytest.fixture
def hostile(gateway: Gateway) -> Gateway:
    """A gateway in which every text that someone may write is an attack."""
    for number, text in enumerate(CORPUS):
        provider = gateway.made("/admin/providers", name=text, base_url="sandbox:", api_key="sk-x")
        key = gateway.made("/admin/keys", name=text, provider_id=provider["id"])
        for word, mode in (("stop", "reject"), ("hide", "replace")):
            pattern = f"{word}{number}x({re.escape(text)})?"
            gateway.made("/admin/guardrails", pattern=pattern, mode=mode, replace_by=text)
        for content, model in ((f"stop{number}x {text}", text), (f"hide{number}x{text}", "sandbox-echo"), ("hi", text)):
            body = {"model": model, "messages": [{"role": "user", "content": content}]}
            call(gateway.port, "POST", CHAT, headers={"Authorization": f"Bearer {key['key']}"}, body=body)
    return gateway


def assert_inert(page: Page) -> None:
    """Assert that nothing of the corpus became anything but text."""
    assert page.evaluate("window.breached") is None
    assert page.locator(INJECTED).count() == 0


def test_W01_names_patterns_and_texts_are_inert_on_every_page(hostile: Gateway, opened: tuple[Page, Watch]) -> None:
    page, _ = opened
    for path in PAGES:
        settled(page, path)
        assert_inert(page)
    assert page.title().endswith("LLM Proxy")


def test_W01_an_audited_text_is_inert_when_it_is_shown(hostile: Gateway, opened: tuple[Page, Watch]) -> None:
    page, _ = opened
    events = hostile.admin("GET", "/admin/guardrail-events/search?limit=100").json()["records"]
    assert len(events) >= len(CORPUS)
    for event in events[:: max(1, len(events) // 8)]:
        settled(page, f"/events/{event['id']}")
        page.get_by_role("button", name="Show text").click()
        page.locator("mark").first.wait_for()
        assert_inert(page)


def test_W01_a_query_is_inert(hostile: Gateway, opened: tuple[Page, Watch]) -> None:
    page, watch = opened
    watch.expected = ("status of 400",)  # no rule has such an id
    for text in CORPUS[:3]:
        page.goto(f"/dashboard/events?q={text}&guardrail_id={text}")
        page.get_by_role("heading", level=1).wait_for()
        assert_inert(page)


def test_W02_model_output_is_text_and_fetches_nothing(gateway: Gateway, opened: tuple[Page, Watch]) -> None:
    page, _ = opened
    provider = gateway.made("/admin/providers", name="offline", base_url="sandbox:?pace_ms=1", api_key="sk-x")
    gateway.made("/admin/keys", name="reader", provider_id=provider["id"])
    settled(page, "/playground")
    attacks = [
        *CORPUS,
        "![pixel](https://evil.example/pixel.png)",
        f"[click](javascript:{SCRIPT})",
        f"[click](data:text/html,<script>{SCRIPT}</script>)",
        "<https://evil.example/auto>",
        "```html\n<script>window.breached = true</script>\n```",
    ]
    for text in attacks:
        page.get_by_label("Message", exact=True).fill(text)
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("button", name="Send")).to_be_visible()
    assert page.get_by_test_id("answer").count() == len(attacks)
    answers = page.get_by_test_id("answer")
    assert answers.locator("img, script, style, iframe, form, [onerror]").count() == 0
    links = answers.locator("a").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    assert all(link in {"", "https://evil.example/auto"} for link in links), links
    assert page.evaluate("window.breached") is None
