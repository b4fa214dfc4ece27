"""Settings: where they come from, which one wins, and what stops a start."""

from pathlib import Path

import pytest

from llm_proxy import settings
from llm_proxy.errors import SettingsError

TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in settings.Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("CONFIG_FILE", raising=False)
    monkeypatch.setenv("ADMIN_TOKEN", TOKEN)


@pytest.mark.parametrize(
    "token",
    ["", "short", "change-me-please-now", "CHANGE-ME-0123456789", "changeme12345678901", "with space 0123456789"],
)
def test_A13_a_weak_admin_token_stops_the_start(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_TOKEN", token)
    with pytest.raises(SettingsError, match="ADMIN_TOKEN"):
        settings.load()


def test_A13_no_admin_token_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ADMIN_TOKEN")
    with pytest.raises(SettingsError, match="ADMIN_TOKEN is required"):
        settings.load()


@pytest.mark.parametrize(
    ("text", "meant"),
    [("on", "on"), ("True", "on"), ("1", "on"), ("off", "off"), ("false", "off"), ("0", "off"), ("no", "off")],
)
def test_self_defence_is_a_switch_in_any_spelling(text: str, meant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SELF_DEFENCE", text)
    assert settings.load().self_defence == meant


def test_self_defence_is_not_switched_off_by_a_slip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SELF_DEFENCE", "of")
    with pytest.raises(SettingsError, match="SELF_DEFENCE"):
        settings.load()


def test_a_short_secret_key_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "short")
    with pytest.raises(SettingsError, match="SECRET_KEY"):
        settings.load()


def test_the_environment_wins_over_a_secret_file_and_both_over_the_configuration_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, secret = tmp_path / "c.toml", tmp_path / "dsn"
    config.write_text(
        'ADDR = "127.0.0.1:1"\nDSN = "from-config"\nDRAIN_S = 7\nadmin_token = "from-config-0123456789"\n'
    )
    secret.write_text("from-secret-file\n")
    monkeypatch.setenv("DSN_FILE", str(secret))
    monkeypatch.setenv("ADDR", ":2")
    chosen = settings.load(config)
    assert (chosen.addr, chosen.dsn, chosen.drain_s) == (":2", "from-secret-file", 7)
    assert chosen.admin_secret.reveal() == TOKEN


@pytest.mark.parametrize("content", ["ADDRESS = ':1'", "ADDR = [", "MAX_CALLS = 'many'", "MAX_CALLS = 0"])
def test_C09_a_wrong_configuration_file_stops_the_start(content: str, tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text(content)
    with pytest.raises(SettingsError):
        settings.load(config)


@pytest.mark.parametrize("name", ["absent.toml", "."])
def test_a_configuration_file_that_cannot_be_read_stops_the_start(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        settings.load(tmp_path / name)


def test_a_secret_file_that_cannot_be_read_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ADMIN_TOKEN")
    monkeypatch.setenv("ADMIN_TOKEN_FILE", str(tmp_path / "absent"))
    with pytest.raises(SettingsError, match="ADMIN_TOKEN_FILE"):
        settings.load()


def test_secrets_are_not_printed() -> None:
    chosen = settings.load()
    assert TOKEN not in f"{chosen} {chosen!r} {chosen.admin_secret} {chosen.admin_secret!r}"


@pytest.mark.parametrize("hosts", ["", " ", "gateway.example.com", "a.example.com, *.b.example.com,localhost", "*"])
def test_W13_allowed_hosts_are_names(hosts: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", hosts)
    assert settings.load().allowed_hosts == hosts


@pytest.mark.parametrize(
    "hosts",
    [
        "https://gateway.example.com",
        "gateway.example.com:443",
        "a b",
        "*.*",
        "*example.com",
        "a.*.b",
        "a,,b",
        ".a",
        "a/",
    ],
)
def test_W13_what_is_no_name_stops_the_start(hosts: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", hosts)
    with pytest.raises(SettingsError, match="ALLOWED_HOSTS must be host names without ports"):
        settings.load()


@pytest.mark.parametrize("name", ["SESSION_IDLE_S", "SESSION_MAX_S"])
@pytest.mark.parametrize("value", ["0", "119", "31536001", "nan", "inf"])
def test_W06_a_session_lasts_some_time_and_not_for_ever(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        settings.load()


def shown(chosen: settings.Settings) -> dict[str, settings.Effective]:
    return {each.name: each for each in settings.effective(chosen)}


def test_every_setting_tells_its_value_and_where_it_came_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, dsn, key = tmp_path / "c.toml", tmp_path / "dsn", tmp_path / "key"
    config.write_text('addr = "127.0.0.1:1"\nDSN = "c"\nPROXY_FROM_ENV = true\nDRAIN_S = 7\n')
    dsn.write_text("from-secret-file\n")
    key.write_text("canary-canary-canary")
    monkeypatch.setenv("DSN_FILE", str(dsn))
    monkeypatch.setenv("SECRET_KEY_FILE", str(key))
    monkeypatch.setenv("drain_s", "9")
    found = shown(settings.load(config))
    assert list(found) == [name.upper() for name in settings.Settings.model_fields]
    told = {name: (found[name].value, found[name].default, found[name].source) for name in found}
    assert told["ADDR"] == ("127.0.0.1:1", ":8080", "configuration file")
    assert told["DSN"] == ("from-secret-file", "llm-proxy.db", "secret file")
    assert told["DRAIN_S"] == ("9", "30", "environment")
    assert told["PROXY_FROM_ENV"] == ("true", "false", "configuration file")
    assert told["LOG_LEVEL"] == ("info", "info", "default")
    assert told["ALLOWED_HOSTS"] == ("", "", "default")
    assert told["ADMIN_TOKEN"] == (None, None, "environment")
    assert told["SECRET_KEY"] == (None, None, "secret file")
    assert [name for name in found if found[name].is_secret] == ["ADMIN_TOKEN", "SECRET_KEY"]
    assert [name for name in found if not found[name].is_set] == ["GUARDRAILS_FILE", "ALLOWED_HOSTS"]
    assert found["ADDR"].description == settings.Settings.model_fields["addr"].description
    assert "canary" not in str(found)
    assert TOKEN not in str(found)


def test_settings_that_the_program_made_are_told_too() -> None:
    found = shown(settings.Settings.model_construct(dsn="demo.db"))
    assert (found["DSN"].value, found["DSN"].source) == ("demo.db", "default")
    assert (found["SECRET_KEY"].value, found["SECRET_KEY"].is_set) == (None, False)
    assert not found["ADMIN_TOKEN"].is_set


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("0", {}),
        ("90", dict.fromkeys(("low", "medium", "high", "critical"), 90)),
        ("low=30, high=365", {"low": 30, "high": 365}),
        ("90,critical=0", dict.fromkeys(("low", "medium", "high"), 90)),
    ],
)
def test_how_long_events_are_kept_is_told_by_severity(text: str, days: dict[str, int], monkeypatch) -> None:
    monkeypatch.setenv("AUDIT_RETENTION_DAYS", text)
    assert settings.load().audit_retention == days


@pytest.mark.parametrize("text", ["", "-1", "1.5", "many", "90,", "urgent=3", "low=1,90", "=3", "low=", "999999"])
def test_a_retention_that_has_no_reading_stops_the_start(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_RETENTION_DAYS", text)
    with pytest.raises(SettingsError, match="AUDIT_RETENTION_DAYS"):
        settings.load()


def test_a_file_may_tell_the_retention_as_a_number(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text("AUDIT_RETENTION_DAYS = 7\n")
    assert settings.load(config).audit_retention["low"] == 7
