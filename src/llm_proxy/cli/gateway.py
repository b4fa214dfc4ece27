"""A running gateway's admin API, for the commands about what only its process knows."""

import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from llm_proxy import settings
from llm_proxy.cli.desk import refuse
from llm_proxy.errors import SettingsError
from llm_proxy.records import Secret
from llm_proxy.web.server.listen import parse_addr

Url = Annotated[
    str,
    typer.Option(
        "--url",
        help="The running gateway; by default this machine's at ADDR. ADMIN_TOKEN is its token.",
        envvar="LLM_PROXY_URL",
        show_default=False,
    ),
]

_TIMEOUT_S = 60


class Gateway:
    """One running gateway. No proxy is used and no redirect is followed: the token is for it alone."""

    def __init__(self, url: str, config: Path | None) -> None:
        """Read the token, and where no URL is given the address, from the settings; refuse what cannot be used."""
        try:
            chosen = settings.load(config)
            self.url = url.rstrip("/") or _url(chosen.addr)
        except SettingsError as exc:
            refuse(exc)
        self._token: Secret = chosen.admin_secret

    def ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 (JSON of any shape)
        """Return what the gateway answers below /admin, None for an empty answer; refuse with its reason."""
        try:
            status, content = self._sent(method, f"/admin{path}", body)
        except (OSError, HTTPException) as exc:
            reason = getattr(exc, "strerror", None) or exc or exc.__class__.__name__
            refuse(f"No gateway answers at {self.url}: {reason}. Name it with --url.")
        try:
            answer = json.loads(content) if content else None
        except ValueError:
            refuse(f"What answers at {self.url} is no gateway: it says {status}, and no JSON.")
        if status >= 300:
            refuse(_reason(answer) or f"{self.url} answers {status}.")
        return answer

    def _sent(self, method: str, path: str, body: object) -> tuple[int, bytes]:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            refuse(f"{self.url!r} is not a gateway's URL, such as http://127.0.0.1:8080.")
        try:
            port = parts.port
        except ValueError:
            refuse(f"{self.url!r} has a port that there is not.")
        make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = make(parts.hostname, port, timeout=_TIMEOUT_S)
        headers = {"Authorization": f"Bearer {self._token.reveal()}"}
        try:
            content = None if body is None else json.dumps(body).encode()
            connection.request(method, parts.path + path, content, headers | {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


def _reason(answer: object) -> str:
    """Return the message of an answer in the shape of our errors."""
    error = answer.get("error") if isinstance(answer, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    return message if isinstance(message, str) else ""


def _url(addr: str) -> str:
    """Return how this machine reaches what listens there."""
    host, port = parse_addr(addr)
    host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (read, not bound)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
