"""detect-secrets: all of its plugins and filters, as ``detect-secrets scan`` uses them on a file."""

import tempfile
from importlib.metadata import version
from pathlib import Path

try:
    from detect_secrets import SecretsCollection
    from detect_secrets.settings import default_settings
except ImportError:
    SecretsCollection = None

from bench.guardrails.corpus import Span
from bench.guardrails.detectors import Body, NotInstalled, cut


class DetectSecrets:
    """Reads files: each text is one. Says line and value, so a span is where the value stands in its line."""

    name = "detect-secrets"
    kinds = frozenset({"secret"})

    def __init__(self) -> None:
        if SecretsCollection is None:
            raise NotInstalled(self.name)
        self.version = version("detect-secrets")
        self._folder = tempfile.TemporaryDirectory()
        self._file = Path(self._folder.name) / "text.txt"

    def found(self, text: str) -> list[Span]:
        """Return where each value stands, every time it stands in the line it was found in."""
        self._file.write_text(text, encoding="utf-8", newline="")
        secrets = SecretsCollection()
        with default_settings():
            secrets.scan_file(str(self._file))
        lines = text.split("\n")
        spans = []
        for _, secret in secrets:
            before = sum(len(line) + 1 for line in lines[: secret.line_number - 1])
            line, value = lines[secret.line_number - 1], secret.secret_value or ""
            start = line.find(value)
            while value and start >= 0:
                spans.append((before + start, before + start + len(value)))
                start = line.find(value, start + len(value))
        return spans

    def replaced(self, text: str) -> str | None:
        """Cut the values out, as gateways do that are built on it."""
        return cut(text, self.found(text), "[REDACTED]")

    def sent(self, endpoint: str, body: Body) -> Body | None:
        """It knows nothing of requests."""
        raise NotImplementedError
