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
