"""`onekey serve`: the controller process."""

import asyncio
import json
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from api.cli.say import Code, Command, fail
from config.settings import Settings


def serve(
    site: Annotated[
        Path | None, typer.Option("--site", help="Site file; ONEKEY_SITE, or the sample.")
    ] = None,
    db: Annotated[Path | None, typer.Option("--db", help="Store; ONEKEY_DB, or var/onekey.db.")] = None,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port; 0 takes a free one.")] = None,
    next_free: Annotated[
        bool, typer.Option("--next-free", help="Take one of the next ports where it is taken.")
    ] = False,
    endpoints: Annotated[
        str | None, typer.Option("--endpoints", help="File or JSON that `onekey simulate` printed.")
    ] = None,
    token: Annotated[
        str | None, typer.Option("--token", help="Bearer token; random where not given.")
    ] = None,
    log_level: Annotated[
        str | None, typer.Option("--log-level", help="debug, info, warning or error.")
    ] = None,
) -> None:
    """Run the controller of one site; prints one JSON line with URL and token when it drives devices."""
    given = {
        "site": site,
        "db": db,
        "host": host,
        "port": port,
        "token": token,
        "log_level": log_level,
    }
    settings = _settings({name: value for name, value in given.items() if value is not None})
    where = endpoints or (str(settings.endpoints) if settings.endpoints else None)
    configure_log(settings.log_level)
    from api.serve import ServeOptions  # noqa: PLC0415 - other commands start fast without the brain

    options = ServeOptions(
        site=settings.site,
        db=settings.db,
        host=settings.host,
        port=settings.port,
        next_free=next_free,
        endpoints=read_endpoints(where) if where else None,
        token=settings.token,
        tokens=settings.tokens,
        journal_key=settings.journal_key,
        checkpoints=settings.checkpoints,
        syslog=settings.syslog,
        intent_limit_ms=settings.intent_limit_ms,
    )
    _run(options)


def _run(options: Any) -> None:
    import uvloop  # noqa: PLC0415 - as above

    from api.serve import serve as run  # noqa: PLC0415 - late: the others start fast
    from config.finding import SiteError  # noqa: PLC0415 - late: the others start fast
    from controller.recovery import SiteLacksDevices  # noqa: PLC0415 - late: the others start fast
    from controller.store.errors import StoreError  # noqa: PLC0415 - late: the others start fast

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(options))
    except SiteError as err:
        for finding in err.findings:
            typer.echo(str(finding), err=True)
        fail("the site cannot be used; mend the lines above", Code.WRONG_USE)
    except SiteLacksDevices as err:
        fail(str(err), Code.NOT_ACHIEVED)
    except OSError as err:
        fail(
            f"{err.filename}: {err.strerror}" if err.filename else err.strerror or str(err), Code.NOT_ACHIEVED
        )
    except (StoreError, ValueError) as err:
        fail(str(err), Code.NOT_ACHIEVED)


def _settings(given: Mapping[str, Any]) -> Settings:
    try:
        return Settings(**given)
    except ValidationError as err:
        said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in err.errors())
        fail(f"{said} (options, or ONEKEY_… in the environment)", Code.WRONG_USE)


class _Endpoint(BaseModel):
    host: str = Field(min_length=1)
    port: int = Field(ge=1, le=65_535)


_LINKS = TypeAdapter(dict[str, _Endpoint])
_EXAMPLE = '{"links": {"PLC-1": {"host": "127.0.0.1", "port": 5020}}}'


def read_endpoints(given: str) -> dict[str, tuple[str, int]]:
    """Return link id → (host, port) from the line of `onekey simulate`, or its `links`: as JSON or a file."""
    try:
        raw = json.loads(given if given.lstrip().startswith("{") else Path(given).read_text("utf-8"))
        links = _LINKS.validate_json(json.dumps(raw.get("links", raw) if isinstance(raw, dict) else raw))
    except OSError as err:
        fail(f"--endpoints {given}: {err.strerror}", Code.WRONG_USE)
    except ValidationError as err:
        said = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'all'}: {e['msg']}" for e in err.errors()[:3])
        fail(f"--endpoints: {said}; it looks like {_EXAMPLE}", Code.WRONG_USE)
    except ValueError as err:  # no JSON, or no text
        fail(f"--endpoints: no JSON ({err}); it looks like {_EXAMPLE}", Code.WRONG_USE)
    return {link: (at.host, at.port) for link, at in links.items()}


def configure_log(level: str) -> None:
    """Have log lines go to stderr as key=value, from that level on; stdout is for the ready line."""
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(
        stream=sys.stderr, level=max(number, logging.WARNING), format="%(levelname)s %(message)s"
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


COMMANDS: tuple[Command, ...] = (
    ("serve", serve, "onekey serve --site config/sites/sanduling.yaml --port 8080"),
)
