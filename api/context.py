"""What the HTTP API is handed: the running brain, the site, the token, and whether it is ready."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from config.finding import Finding
from config.site import Site
from config.tokens import Tokens
from controller.commands import Commands
from controller.room import ControlRoom


@dataclass(frozen=True, slots=True)
class AppContext:
    """One process's control room as the API sees it.

    Attributes:
        tokens: one of them every call that is not a GET must carry; each has a role.
        started_ms: UTC milliseconds of this start.
        findings: what `config check` says of the site file.
        ready: whether devices are being driven; false again once the process is ending.
    """

    room: ControlRoom
    commands: Commands
    site: Site
    tokens: Tokens
    started_ms: int
    ready: Callable[[], bool]
    findings: Sequence[Finding] = ()
