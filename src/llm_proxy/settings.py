"""Every setting: name, type, default and one line of help. The environment, a TOML file and ``NAME_FILE`` feed it.

The same fields make the table in ``docs/configuration.md`` (a test compares them), so a fact stands here once.
"""

import os
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from llm_proxy.errors import SettingsError
from llm_proxy.records import Secret, Severity

MIN_TOKEN_CHARACTERS = 16
_RANDOM_TEXT = "python3 -c 'import secrets; print(secrets.token_hex(32))'"
PLACEHOLDERS = ("change-me", "changeme", "change_me", "replace-me", "replaceme", "your-admin-token", "<")
_ALLOWED_HOST = re.compile(r"\*|(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")

_ON, _OFF = {"on", "true", "yes", "1"}, {"off", "false", "no", "0"}
_RETENTION = re.compile(r"(?:(?P<severity>[a-z]+)=)?(?P<days>[0-9]{1,5})")

Source = Literal["environment", "secret file", "configuration file", "default"]


class Settings(BaseSettings):
    """The process's configuration, frozen. Build it with :func:`load`."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, case_sensitive=False, env_ignore_empty=False)

    addr: str = Field(":8080", description="Listen address, Go style: `:8080`, `127.0.0.1:8080` or `[::1]:8080`.")
    dsn: str = Field("llm-proxy.db", description="The database: the path of a SQLite file, created on first start.")
    admin_token: SecretStr = Field(
        SecretStr(""),
        description="Bearer token of `/admin`. Required; at least 16 characters and no placeholder.",
    )
    secret_key: SecretStr | None = Field(
        None,
        description="Seals credentials and audit texts at rest. Minted into `<DSN>.key` (0600) on first start.",
    )
    audit_text: Literal["sealed", "masked", "none"] = Field(
        "sealed",
        description="What an event keeps of the text: all of it, sealed; ±80 characters, findings masked; or nothing.",
    )
    self_defence: Literal["on", "off"] = Field(
        "on",
        description="Whether calls and answers that hold a key of this gateway, a provider's credential, the admin "
        "token or the sealing key are refused.",
    )
    guardrails_file: str = Field(
        "", description="A TOML file of guard rails and packs. At each start they are made what it says."
    )
    audit_retention_days: str = Field(
        "0",
        description="Days that guard-rail events are kept, 0 for ever; by severity too: `90,high=365,critical=0`.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe log line written."
    )
    log_format: Literal["json", "console"] = Field(
        "json", description="`json`: one object a line; `console`: text for a terminal."
    )

    session_idle_s: float = Field(
        3600, ge=120, le=31_536_000, description="Time without a request after which a dashboard session ends."
    )
    session_max_s: float = Field(
        43200, ge=120, le=31_536_000, description="Time after which a dashboard session ends in any case."
    )
    allowed_hosts: str = Field(
        "",
        description="Public host names of the dashboard, with commas; `*.example.com` and `*` too. "
        "Addresses and local names need none.",
    )

    private_upstreams: Literal["allow", "deny"] = Field(
        "allow",
        description="Whether providers may be on loopback or private addresses. Link-local and metadata ones never.",
    )
    proxy_from_env: bool = Field(
        default=False, description="Whether `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` are used towards providers."
    )

    max_body_bytes: int = Field(32 << 20, ge=1024, description="Largest request body; more is 413.")
    max_header_bytes: int = Field(64 << 10, ge=1024, description="Largest header block of a request; more is 431.")
    max_header_count: int = Field(100, ge=10, description="Most header fields of a request; more is 431.")
    max_request_line_bytes: int = Field(8 << 10, ge=256, description="Longest request line; more is 414.")
    max_json_depth: int = Field(128, ge=8, le=256, description="Deepest nesting of a JSON body; more is 400.")
    guardrail_deadline_s: float = Field(
        0.25,
        gt=0,
        description="Processor time that inspecting a call may take, and as much again for each MiB; more is 503.",
    )
    max_sse_event_bytes: int = Field(16 << 20, ge=4096, description="Largest event of a provider's stream.")
    max_answer_bytes: int = Field(64 << 20, ge=4096, description="Largest answer of a provider that is not a stream.")

    header_timeout_s: float = Field(
        15, gt=0, description="Time for a request's header block to arrive, however slowly."
    )
    body_grace_s: float = Field(10, gt=0, description="Time before a request body's minimum rate counts.")
    body_min_bytes_per_s: int = Field(1024, ge=1, description="Minimum rate of a request body after the grace time.")
    write_stall_s: float = Field(60, gt=0, description="Time a client may stop reading before it is dropped.")
    keep_alive_s: float = Field(75, gt=0, description="Time an idle client connection is kept.")
    upstream_connect_s: float = Field(5, gt=0, description="Time to connect to a provider.")
    upstream_first_byte_s: float = Field(600, gt=0, description="Time for a provider's first byte.")
    upstream_idle_s: float = Field(120, gt=0, description="Time a provider's answer may fall silent.")
    drain_s: float = Field(30, ge=0, description="Time open calls have to finish after SIGTERM.")

    max_calls: int = Field(2000, ge=1, description="Calls in flight for the process; more are 503.")
    max_calls_per_provider: int = Field(500, ge=1, description="Calls in flight for one provider; more are 503.")

    # Where each value came from; what is not in it has its default, or was given by the program (the demo).
    _sources: dict[str, Source] = PrivateAttr(default_factory=dict)

    @field_validator("admin_token")
    @classmethod
    def _admin_token_is_strong(cls, token: SecretStr) -> SecretStr:
        text = token.get_secret_value()
        if not text:
            raise ValueError(f"is required: set a random text of at least 16 characters ({_RANDOM_TEXT})")
        if len(text) < MIN_TOKEN_CHARACTERS:
            raise ValueError(f"is shorter than 16 characters: set a random text ({_RANDOM_TEXT})")
        if text.lower().startswith(PLACEHOLDERS):
            raise ValueError(f"is a placeholder: set a random text ({_RANDOM_TEXT})")
        if not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError("must be printable ASCII without spaces, as an HTTP header can carry it")
        return token

    @field_validator("secret_key")
    @classmethod
    def _secret_key_is_strong(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value()) < MIN_TOKEN_CHARACTERS:
            raise ValueError(f"is shorter than 16 characters: set a random text ({_RANDOM_TEXT}), or leave it unset")
        return key

    @field_validator("self_defence", mode="before")
    @classmethod
    def _self_defence_is_a_switch(cls, value: object) -> object:
        text = str(value).lower()
        return "on" if text in _ON else "off" if text in _OFF else value

    @field_validator("audit_retention_days", mode="before")
    @classmethod
    def _audit_retention_is_days(cls, text: object) -> str:
        retention(str(text))  # a file may have a number
        return str(text)

    @field_validator("allowed_hosts")
    @classmethod
    def _allowed_hosts_are_names(cls, text: str) -> str:
        for name in text.split(",") if text.strip() else ():
            if not _ALLOWED_HOST.fullmatch(name.strip()):
                raise ValueError("must be host names without ports, with commas: gateway.example.com, *.example.com")
        return text

    @property
    def admin_secret(self) -> Secret:
        """The admin token as the rest of the program handles secrets."""
        return Secret(self.admin_token.get_secret_value())

    @property
    def audit_retention(self) -> Mapping[Severity, int]:
        """The days that events are kept, by severity; what is not in it is kept for ever."""
        return retention(self.audit_retention_days)

    @property
    def sealing_secret(self) -> Secret | None:
        """The sealing key's text, or None when the file beside the database holds it."""
        return None if self.secret_key is None else Secret(self.secret_key.get_secret_value())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (pydantic's signature)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (pydantic's signature)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over ``NAME_FILE``, and both over the file's values (which come as arguments)."""
        return env_settings, NameFileSource(settings_cls), init_settings


def retention(text: str) -> dict[Severity, int]:
    """Read ``90,high=365``: days for all severities, then for some; 0 is for ever. Raises ValueError."""
    days: dict[Severity, int] = {}
    for part in text.split(","):
        match = _RETENTION.fullmatch(part.strip())
        chosen = [each for each in get_args(Severity) if match and match["severity"] in (None, each)]
        if match is None or not chosen or (days and not match["severity"]):
            raise ValueError("must be days, 0 for ever, then by severity where they differ: 90,high=365,critical=0")
        days |= dict.fromkeys(chosen, int(match["days"]))
    return {severity: count for severity, count in days.items() if count}


class NameFileSource(PydanticBaseSettingsSource):
    """``ADMIN_TOKEN_FILE=/run/secrets/admin``: a value kept in a file, as container secrets are."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 (pydantic's signature)
        """Return the file's text without its final newline, or None."""
        path = os.environ.get(f"{field_name.upper()}_FILE")
        if path is None:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").rstrip("\r\n"), field_name, False
        except (OSError, UnicodeDecodeError) as exc:
            raise SettingsError(
                f"{field_name.upper()}_FILE: {path} cannot be read ({exc.__class__.__name__})."
            ) from exc

    def __call__(self) -> dict[str, Any]:
        """Return the values of all fields that have a file."""
        values = (
            (name, self.get_field_value(field, name)[0]) for name, field in self.settings_cls.model_fields.items()
        )
        return {name: value for name, value in values if value is not None}


def read_file(path: Path) -> dict[str, Any]:
    """Read a TOML file whose keys are setting names (case does not matter).

    Unknown ones are refused with the file's name.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f"The configuration file {path} cannot be read ({exc.__class__.__name__}).") from exc
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(f"The configuration file {path} is not TOML: {exc}.") from exc
    lowered = {name.lower(): value for name, value in values.items()}
    unknown = sorted(set(lowered) - set(Settings.model_fields))
    if unknown:
        raise SettingsError(f"The configuration file {path} has unknown settings: {', '.join(unknown)}.")
    return lowered


def load(config: Path | None = None, **overrides: str) -> Settings:
    """Return the settings of this process, or raise SettingsError naming each one that is wrong and what to do.

    ``overrides`` stand in for absent values (the demo's minted token); the environment still wins.
    """
    path = config or (Path(os.environ["CONFIG_FILE"]) if os.environ.get("CONFIG_FILE") else None)
    written = read_file(path) if path else {}
    values = written | overrides
    values.setdefault("admin_token", "")  # validated like a given one: a default would not be
    try:
        chosen = Settings(**values)
    except ValidationError as exc:
        reasons = [
            f"{error['loc'][0]!s}".upper() + " " + error["msg"].removeprefix("Value error, ") for error in exc.errors()
        ]
        raise SettingsError("; ".join(reasons) + ".") from exc
    chosen._sources.update(_sources(written))  # noqa: SLF001 (this module's own; frozen is about the values)
    return chosen


@dataclass(frozen=True, slots=True)
class Effective:
    """One setting as it is in force, in the words of the documentation. A secret has no ``value`` here."""

    name: str
    value: str | None
    default: str | None
    source: Source
    is_secret: bool
    is_set: bool
    description: str


def effective(chosen: Settings) -> list[Effective]:
    """Return every setting, in the order of its field."""
    return [_effective(chosen, name, field) for name, field in Settings.model_fields.items()]


def _effective(chosen: Settings, name: str, field: FieldInfo) -> Effective:
    value = getattr(chosen, name)
    is_secret = SecretStr in (field.annotation, *getattr(field.annotation, "__args__", ()))
    text = _shown(value.get_secret_value() if isinstance(value, SecretStr) else value)
    return Effective(
        name=name.upper(),
        value=None if is_secret else text,
        default=None if is_secret else _shown(field.default),
        source=chosen._sources.get(name, "default"),  # noqa: SLF001 (this module's own)
        is_secret=is_secret,
        is_set=bool(text),
        description=field.description or "",
    )


def _shown(value: object) -> str | None:
    """Return a value as one would write it: 30 for 30.0, true for True."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return None if value is None else str(value)


def _sources(written: Collection[str]) -> dict[str, Source]:
    """Say where the values of :func:`load` came from, in the order in which one wins."""
    environment = {name.lower() for name in os.environ}
    found: dict[str, Source] = {}
    for name in Settings.model_fields:
        if name in environment:
            found[name] = "environment"
        elif f"{name.upper()}_FILE" in os.environ:
            found[name] = "secret file"
        elif name in written:
            found[name] = "configuration file"
    return found
