"""GW: a real gateway process on a free port, what administrators and callers do with it, and what always holds."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar
from uuid import uuid4

from tests.wire import Answer, OpenCall, call

ADMIN_TOKEN = "e2e-4f1d6c0b97a24d5e8b3c"
CREDENTIAL = "sk-up-canary-7d1f0a6b52c94e"
CHAT = "/v1/chat/completions"
T = TypeVar("T")
START_S, STOP_S, LIVE_S = 20.0, 10.0, 0.1
SPARE_DESCRIPTORS = 12  # a reader connection or two of the database, and listening sockets


def free_port() -> int:
    """Return a port that was free a moment ago.

    It lies below the range of outgoing ports: one of those, asked for while nobody listens, may connect to itself.
    """
    while True:
        with socket.socket() as sock, suppress(OSError):
            port = random.randrange(12_000, 30_000)
            sock.bind(("127.0.0.1", port))
            return port


def eventually(read: Callable[[], T], good: Callable[[T], bool], timeout_s: float = 5.0) -> T:
    """Return the first reading that is good, or the last one when none was in time."""
    deadline = time.monotonic() + timeout_s
    while not good(value := read()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return value


class Gateway:
    """One process. Settings are keyword arguments in lower case; everything it writes lies in ``folder``."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder = folder
        self.port = free_port()
        self.log_path = folder / "gateway.log"
        self.secrets = {ADMIN_TOKEN, CREDENTIAL}
        self._log_read = 0
        values = {"ADDR": f"127.0.0.1:{self.port}", "DSN": str(folder / "gateway.db"), "ADMIN_TOKEN": ADMIN_TOKEN}
        values |= {name.upper(): str(value) for name, value in settings.items()}
        kept = {
            name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME", "LANG", "LC_ALL") if name in os.environ
        }
        self.environment = kept | {name: value for name, value in values.items() if value != "None"}

    @property
    def origin(self) -> str:
        """``http://127.0.0.1:<port>``."""
        return f"http://127.0.0.1:{self.port}"

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the process without waiting for it."""
        with self.log_path.open("ab") as log:
            command = [sys.executable, "-m", "llm_proxy.cli", "serve"]
            return subprocess.Popen(
                command, env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def __enter__(self) -> Self:
        self.process = self.spawn()
        deadline = time.monotonic() + START_S
        while not self.is_ready():
            assert self.process.poll() is None, f"the gateway did not start:\n{self.log}"
            assert time.monotonic() < deadline, f"the gateway was not ready after {START_S} s:\n{self.log}"
            time.sleep(0.02)
        self.admin("GET", "/admin/keys")
        self.descriptors_at_rest = self.descriptors()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self.process.poll() is None:
            code = self.stop()
            assert kind is not None or code == 0, f"exit code {code}:\n{self.log[-3000:]}"

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
            raise AssertionError(f"still running {STOP_S} s after SIGTERM:\n{self.log[-3000:]}") from None

    def is_ready(self) -> bool:
        """Say whether ``/readyz`` answers 200."""
        try:
            return call(self.port, "GET", "/readyz", timeout_s=5).status == 200
        except OSError:
            return False

    @property
    def log(self) -> str:
        """Everything the process has written."""
        return self.log_path.read_text(errors="replace")

    def log_lines(self, contains: str) -> list[dict[str, Any]]:
        """Return the JSON log lines that contain a text."""
        return [json.loads(line) for line in self.log.splitlines() if contains in line]

    def descriptors(self) -> int:
        """Return how many file descriptors the process holds."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def memory_bytes(self) -> int:
        """Return the process's resident memory."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def seconds_alive(self) -> float:
        """Return how long ``/livez`` takes to say 200."""
        started = time.monotonic()
        assert call(self.port, "GET", "/livez").status == 200
        return time.monotonic() - started

    def check(self) -> None:
        """Assert what holds after every test: alive, quick, no traceback, no secret in the log, nothing left open."""
        assert self.process.poll() is None, f"the gateway died:\n{self.log[-3000:]}"
        assert min(self.seconds_alive() for _ in range(3)) <= LIVE_S
        with self.log_path.open("rb") as log:
            log.seek(self._log_read)
            fresh = log.read().decode(errors="replace")
            self._log_read = log.tell()
        assert "Traceback" not in fresh, fresh[-3000:]
        assert not [secret for secret in self.secrets if secret in fresh], "a secret stands in the log"
        most = self.descriptors_at_rest + SPARE_DESCRIPTORS
        assert eventually(self.descriptors, lambda count: count <= most) <= most, "descriptors were left open"

    # --- what an administrator does -------------------------------------------------------------------------------

    def admin(self, method: str, path: str, body: object = None, **more: Any) -> Answer:
        """Call the admin API with the token."""
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"} | more.pop("headers", {})
        return call(self.port, method, path, headers=headers, body=body, **more)

    def made(self, path: str, **body: object) -> dict[str, Any]:
        """Create an object and return it as the API told it."""
        answer = self.admin("POST", path, body)
        assert answer.status == 201, answer.body
        return dict(answer.json())

    def rule(self, pattern: str, mode: str = "reject", replace_by: str = "") -> dict[str, Any]:
        """Create a guard rail."""
        return self.made("/admin/guardrails", pattern=pattern, mode=mode, replace_by=replace_by)

    def remove_rules(self) -> None:
        """Delete every guard rail."""
        for rule in self.admin("GET", "/admin/guardrails").json():
            assert self.admin("DELETE", f"/admin/guardrails/{rule['id']}").status == 204

    def caller(self, base_url: str, rpm: int = 0, credential: str = CREDENTIAL) -> "Caller":
        """Create a provider and a key, and return who calls with it."""
        provider = self.made("/admin/providers", name=f"p-{uuid4()}", base_url=base_url, api_key=credential)
        return self.caller_of(provider["id"], rpm)

    def caller_of(self, provider_id: str, rpm: int = 0) -> "Caller":
        """Create a key of an existing provider."""
        key = self.made("/admin/keys", name=f"k-{uuid4()}", provider_id=provider_id, rate_limit_rpm=rpm)
        self.secrets.add(key["key"])
        return Caller(self, provider_id, key["id"], key["key"])


@dataclass(frozen=True)
class Caller:
    """A client application with its own key."""

    gateway: Gateway
    provider_id: str
    key_id: str
    key: str

    def open(self, path: str, body: object = None, **more: Any) -> OpenCall:
        """Send a request and return the call under way."""
        method = more.pop("method", "GET" if body is None else "POST")
        headers = {"Authorization": f"Bearer {self.key}"} | more.pop("headers", {})
        return OpenCall(self.gateway.port, method, path, headers=headers, body=body, **more)

    def call(self, path: str, body: object = None, **more: Any) -> Answer:
        """Send a request and return the whole answer."""
        under_way = self.open(path, body, **more)
        try:
            under_way.start()
            return under_way.rest()
        finally:
            under_way.leave()

    def raw(self, *lines: str, body: bytes = b"") -> bytes:
        """Return a chat request as it stands on the wire: these header lines, Host and the key."""
        told = "\r\n".join([f"POST {CHAT} HTTP/1.1", "Host: gateway", f"Authorization: Bearer {self.key}", *lines])
        return f"{told}\r\n\r\n".encode("latin-1") + body

    def chat(self, text: str = "Say hello.", **more: Any) -> Answer:
        """Ask one question; keyword arguments are members of the body."""
        return self.call(CHAT, chat_body(text, **more))

    def usage(self, count: int = 1) -> list[dict[str, Any]]:
        """Return this key's usage records, oldest first, once there are ``count``; fails on any other number."""
        path = f"/admin/usage?api_key_id={self.key_id}&limit=1000"
        records = eventually(
            lambda: self.gateway.admin("GET", path).json()["records"], lambda found: len(found) >= count
        )
        assert len(records) == count, records
        return sorted(records, key=lambda record: str(record["created_at"]))

    def events(self, count: int = 1) -> list[dict[str, Any]]:
        """Return this key's guard-rail events, oldest first; they are durable before any answer, so none is awaited."""
        records = self.gateway.admin("GET", f"/admin/guardrail-events?api_key_id={self.key_id}&limit=1000").json()
        assert records["total"] == len(records["records"]) == count, records
        return sorted(records["records"], key=lambda record: str(record["created_at"]))


def chat_body(text: str = "Say hello.", **more: Any) -> dict[str, Any]:
    """Return a chat request's body."""
    return {"model": "mock-1", "messages": [{"role": "user", "content": text}]} | more
