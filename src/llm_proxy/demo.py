"""``llm-proxy demo``: the gateway at work on a throw-away database, driven by the unmodified official client."""

import importlib
import os
import secrets
import signal
import socket
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.request import Request, urlopen

import orjson
from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from llm_proxy.errors import StartupError
from llm_proxy.settings import Settings
from llm_proxy.web import logs
from llm_proxy.web.app import create_app
from llm_proxy.web.server import Hooks, run
from llm_proxy.web.server.http_rules import ServerLimits
from llm_proxy.web.server.listen import parse_addr

HOST, PREFERRED_PORT = "127.0.0.1", 8080
WIDTH = 120

errors = Console(stderr=True, highlight=False, soft_wrap=True)

REJECT = r"AKIA[0-9A-Z]{16}"
REPLACE = r"[\w.+-]+@[\w-]+\.[\w.]+"


@dataclass(frozen=True, slots=True)
class Admin:
    """The admin API as the demo uses it: plain HTTP with the token."""

    base: str
    token: str

    def __call__(self, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 (JSON)
        """GET a path, or POST a body to it; return the answer's JSON."""
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        request = Request(f"{self.base}/admin/{path}", orjson.dumps(body) if body else None, headers)  # noqa: S310 (http, our own)
        with urlopen(request, timeout=10) as answer:  # noqa: S310 (the same)
            return orjson.loads(answer.read())


class Tour:
    """Sets a gateway up, sends it four calls and shows what became of them."""

    def __init__(self, base: str, token: str, seen: list[bytes], openai: ModuleType) -> None:
        self._base = base
        self._seen = seen
        self.openai = openai
        self._admin = Admin(base, token)
        self._console = Console(highlight=False, width=None if os.isatty(1) else WIDTH, soft_wrap=True)

    def show(self) -> str:
        """Make everything, send the calls, print the records; return the key."""
        provider = self._admin("providers", {"name": "sandbox", "base_url": "sandbox:", "api_key": "not-needed"})
        key = self._admin("keys", {"name": "demo", "provider_id": provider["id"], "rate_limit_rpm": 60})["key"]
        self._admin("guardrails", {"pattern": REJECT, "mode": "reject", "replace_by": ""})
        self._admin("guardrails", {"pattern": REPLACE, "mode": "replace", "replace_by": "[EMAIL]"})
        self.say("[bold]LLM Proxy[/] is running with a sandbox provider, one key, one reject and one replace rule.\n")
        client = self.openai.OpenAI(base_url=f"{self._base}/v1", api_key=key, max_retries=0)
        self._call("plain", "Say hello to the gateway.", lambda text: self._plain(client, text))
        self._call("streamed", "Count: one two three.", lambda text: self._streamed(client, text))
        self._call(
            "redacted", "Write to someone@example.com about the invoice.", lambda text: self._plain(client, text)
        )
        self._call(
            "rejected", "Use AKIAIOSFODNN7EXAMPLE to list the buckets.", lambda text: self._rejected(client, text)
        )
        self._records()
        return str(key)

    def farewell(self, token: str, key: str) -> None:
        """Print where to go on by hand."""
        base = self._base
        self.say(f"page     {base}/dashboard        log in with the admin token below")
        self.say(f"API      {base}/v1        docs     {base}/docs        probes   {base}/readyz")
        self.say(f"key      {key}")
        self.say(f"admin    {token}\n")
        body = '{"model": "sandbox-echo", "messages": [{"role": "user", "content": "Hello"}]}'
        self._console.print(
            f"curl {base}/v1/chat/completions \\\n  -H 'Authorization: Bearer {key}' \\\n  -d '{body}'\n", markup=False
        )

    def say(self, text: str) -> None:
        """Print a line with rich's markup."""
        self._console.print(text)

    def _call(self, name: str, text: str, send: Callable[[str], str]) -> None:
        self._seen.clear()
        answer = send(text)
        saw = self._seen[-1].decode() if self._seen else "nothing: the call never left the gateway"
        rows = (("client sent", text), ("upstream saw", saw), ("client got", answer))
        self.say(f"[bold cyan]{name}[/]")
        for label, value in rows:
            self._console.print(f"  {label:<13} {value}", markup=False)
        self.say("")

    def _plain(self, client: Any, text: str) -> str:  # noqa: ANN401 (the client's type is optional)
        answer = client.chat.completions.create(model="sandbox-echo", messages=[{"role": "user", "content": text}])
        return f"{answer.choices[0].message.content}   ({answer.usage.total_tokens} tokens)"

    def _streamed(self, client: Any, text: str) -> str:  # noqa: ANN401 (the same)
        messages = [{"role": "user", "content": text}]
        chunks = client.chat.completions.create(model="sandbox-echo", messages=messages, stream=True)
        words = [choice.delta.content for chunk in chunks for choice in chunk.choices if choice.delta.content]
        return f"{'·'.join(words)}   ({len(words)} chunks)"

    def _rejected(self, client: Any, text: str) -> str:  # noqa: ANN401 (the same)
        try:
            self._plain(client, text)
        except self.openai.BadRequestError as exc:
            return f"openai.BadRequestError, HTTP {exc.status_code}, code {exc.code}: {exc.body['message']}"
        raise StartupError("The demo's call with a secret was not rejected.")

    def _records(self) -> None:
        usage = Table(
            "time",
            "endpoint",
            "model",
            "prompt",
            "completion",
            "source",
            "status",
            title="Usage rows (GET /admin/usage)",
            title_justify="left",
        )
        answer = self._admin("usage")
        for row in answer["records"]:
            counts = (str(row["prompt_tokens"]), str(row["completion_tokens"]))
            usage.add_row(row["created_at"], row["endpoint"], row["model"], *counts, row["source"], row["status"])
        usage.caption = f"{answer['total']} calls, {answer['total_tokens']} tokens"
        events = Table(
            "time",
            "rule",
            "mode",
            "place",
            "input text",
            title="Audit rows (GET /admin/guardrail-events)",
            title_justify="left",
        )
        for row in self._admin("guardrail-events")["records"]:
            events.add_row(*(escape(row[name]) for name in ("created_at", "pattern", "mode", "place", "input_text")))
        for table in (usage, events):
            self._console.print(table)
            self.say("")


def run_demo(*, once: bool, addr: str) -> int:
    """Run the demo and return the exit code. With ``once`` it ends after the four calls, else on Ctrl-C.

    The environment's settings do not count here: the demo must not write into anybody's database.
    """
    openai = _client_library()
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = HOST  # this process talks to itself
    logs.configure("warning", "console")
    with tempfile.TemporaryDirectory(prefix="llm-proxy-demo-") as folder:
        token = secrets.token_hex(16)
        chosen = Settings.model_construct(dsn=str(Path(folder) / "demo.db"), admin_token=SecretStr(token))
        seen: list[bytes] = []
        application = create_app(chosen, sandbox_seen=seen.append)
        outcome: list[int] = []

        def guide(port: int) -> None:
            outcome.append(_guide(Tour(f"http://{HOST}:{port}", token, seen, openai), token, once=once))
            if once or outcome[-1]:
                os.kill(os.getpid(), signal.SIGTERM)

        hooks = Hooks(
            on_ready=lambda port: threading.Thread(target=guide, args=(port,), daemon=True).start(),
            on_drain=application.drain,
            on_deadline=application.end_calls,
        )
        address = parse_addr(addr) if addr else (HOST, _port())
        return max([run(application, address=address, limits=ServerLimits(drain_s=3), hooks=hooks), *outcome])


def _client_library() -> ModuleType:
    """Return the official client; it is no part of the gateway, so a plain installation lacks it."""
    try:
        return importlib.import_module("openai")
    except ModuleNotFoundError as exc:
        raise StartupError("The demo drives the official client: pip install 'llm-proxy[demo]'.") from exc


def _port() -> int:
    """Return the usual port, or 0 (any free one) when something listens there."""
    with socket.socket() as probe:
        return 0 if probe.connect_ex((HOST, PREFERRED_PORT)) == 0 else PREFERRED_PORT


def _guide(tour: Tour, token: str, *, once: bool) -> int:
    """Show everything; return 0, or 1 after saying what went wrong."""
    try:
        key = tour.show()
    except (StartupError, OSError, tour.openai.OpenAIError) as exc:
        errors.print(f"The demo failed: {exc!r}", style="bold red", markup=False)
        return 1
    tour.farewell(token, key)
    if not once:
        tour.say("Serving until Ctrl-C. Everything here is gone afterwards.")
    return 0
