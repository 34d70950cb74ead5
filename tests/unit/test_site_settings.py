"""Settings come from `ONEKEY_…` variables, and nonsense in them is refused."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from config.loader import sample_site_path
from config.settings import Settings


@pytest.fixture(autouse=True)
def _no_variables_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(f"ONEKEY_{field.upper()}", raising=False)


def test_defaults_are_the_sample_on_loopback() -> None:
    settings = Settings()
    assert settings.site == sample_site_path()
    assert (settings.db, settings.host, settings.port) == (Path("var/onekey.db"), "127.0.0.1", 8080)
    assert (settings.token, settings.endpoints, settings.log_level) == (None, None, "info")
    assert settings.intent_limit_ms == 300


def test_arguments_override_variables_override_defaults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ONEKEY_PORT", "0")
    monkeypatch.setenv("ONEKEY_SITE", "my.yaml")
    monkeypatch.setenv("ONEKEY_TOKEN", "")
    monkeypatch.setenv("ONEKEY_URL", "http://127.0.0.1:8080")
    settings = Settings(host="127.0.0.2")
    assert (settings.port, settings.site, settings.host) == (0, Path("my.yaml"), "127.0.0.2")
    assert settings.token is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "99999"),
        ("LOG_LEVEL", "loud"),
        ("TOKEN", "short"),
        ("INTENT_LIMIT_MS", "0"),
        ("INTENT_LIMIT_MS", "10001"),
    ],
)
def test_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"ONEKEY_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_the_token_is_not_printed() -> None:
    assert "a-very-secret-token" not in repr(Settings(token="a-very-secret-token"))
