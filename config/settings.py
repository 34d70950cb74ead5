"""What one process is told from outside: environment variables named `ONEKEY_…`, or their defaults."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from config.loader import sample_site_path

INTENT_LIMIT_MS = 300
"""How long an order waits for its journal record at most; the rule of the product (P1)."""


class Settings(BaseSettings):
    """Settings of a process; the environment overrides defaults, arguments override both.

    Another `ONEKEY_` variable is left alone, so that a client's `ONEKEY_URL` may stand beside them.
    """

    model_config = SettingsConfigDict(
        env_prefix="ONEKEY_",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
    )

    site: Path = Field(default_factory=sample_site_path)
    """Site file; the packaged sample where not set."""
    db: Path = Path("var/onekey.db")
    """SQLite file of the store; its folder is made at the start."""
    journal_key: Path | None = None
    """Private key that signs checkpoints of the journal; made at the start; `<db>.key` where not set."""
    checkpoints: Path | None = None
    """Second file for checkpoints, better on another disk; `<db>.checkpoints` where not set."""
    syslog: str = "auto"
    """Where checkpoints also go: `auto` (/dev/log where there is one), `off`, a socket, `host:port` (UDP)."""
    host: str = Field(default="127.0.0.1", min_length=1)
    """Address the API listens on; loopback unless somebody says otherwise."""
    port: int = Field(default=8080, ge=0, le=65_535)
    """Port of the API; 0 takes a free one."""
    token: str | None = Field(default=None, min_length=16, repr=False)
    """Token of the role `configure`, which may do everything; a random one at each start where not set."""
    tokens: Path | None = None
    """File of further tokens, one a line: `ROLE TOKEN [NAME]`; see [who may do what](http.md#roles)."""
    endpoints: Path | None = None
    """File with the endpoints the simulators bound, laid over the site's links."""
    intent_limit_ms: int = Field(default=INTENT_LIMIT_MS, ge=50, le=10_000)
    """Slower than this, the journal of an intent is JOURNAL DEGRADED; a live site takes no more than 300."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level that is logged."""
