"""`onekey activate|clear|undo|update|hold|cancel|reactivate`: what can be ordered of an incident."""

import time
from collections.abc import Callable
from typing import Annotated, Any

import typer

from api.cli.alert import Drop, achieved, say_outcome
from api.cli.client import DEFAULT_URL, ActorName, Client, Reason, Token, Url
from api.cli.say import AsJson, Code, Command, fail, say, say_json

_LOOK_S = 0.2
_STUCK_S = 5.0
"""A release that waits for the same devices so long waits for a person."""

IncidentId = Annotated[str, typer.Argument(help="The incident, e.g. I-20261122-0001.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it is proved.")]
ConfirmedBy = Annotated[
    list[str] | None,
    typer.Option("--confirmed-by", help="Twice, two names: needed while the journal is degraded."),
]


def clear(
    incident: IncidentId,
    reason: Reason = "",
    without_proof: Annotated[
        list[str] | None,
        typer.Option("--without-proof", help="Go on without this device; needs --reason. May be repeated."),
    ] = None,
    confirmed_by: ConfirmedBy = None,
    wait: Wait = True,
    url: Url = DEFAULT_URL,
    token: Token = "",
    actor: ActorName = "",
    as_json: AsJson = False,
) -> None:
    """Release an incident in stages: lanes reopen, proved, before the warnings go dark."""
    body = {"reason": reason, "without_proof": without_proof or [], "confirmed_by": confirmed_by or []}
    with Client(url, token, actor) as client:
        view = client.call("POST", f"/incidents/{incident}/clear", body)
        _end(client, view, wait, as_json)


def cancel(
    incident: IncidentId,
    reason: Reason = "false alarm",
    confirmed_by: ConfirmedBy = None,
    wait: Wait = True,
    url: Url = DEFAULT_URL,
    token: Token = "",
    actor: ActorName = "",
    as_json: AsJson = False,
) -> None:
    """End an incident as a false alarm: a release like any other; a prepared one just ends."""
    body = {"reason": reason, "confirmed_by": confirmed_by or []}
    with Client(url, token, actor) as client:
        view = client.call("POST", f"/incidents/{incident}/cancel", body)
        _end(client, view, wait, as_json)


def _end(client: Client, view: dict[str, Any], wait: bool, as_json: bool) -> None:
    quiet: Callable[[str], None] = (lambda _: None) if as_json else say
    if wait:
        view = follow_release(client, view, quiet, lambda v: v["state"] == "clearing")
    if as_json:
        say_json(view)
    release = view["release"] or {}
    stuck = release.get("waits_for", {})
    if view["state"] == "clearing" and wait:
        named = "; ".join(f"{device}: {why}" for device, why in stuck.items())
        devices = " ".join(f"--without-proof {device}" for device in stuck)
        fail(
            f"{view['id']} is still being cleared; it waits for "
            f"{named or release.get('paused') or 'devices'}. "
            f"Mend it, onekey hold {view['id']}, or onekey clear {view['id']} {devices} --reason …",
            Code.NOT_ACHIEVED,
        )
    verdict = view.get("clear_verdict")
    quiet(
        f"{view['id']}  {view['state']}" + (f"  {verdict['line']}" if verdict and "line" in verdict else "")
    )


def follow_release(
    client: Client,
    view: dict[str, Any],
    tell: Callable[[str], None],
    under_way: Callable[[dict[str, Any]], bool],
) -> dict[str, Any]:
    """Look until the release is no longer under way or waits for a person; tells each phase once."""
    said, since_s = "", time.monotonic()
    waits: dict[str, str] = {}
    while under_way(view):
        release = view["release"]
        phase = f"{release['done']}/{release['total']}  {release['phase']}"
        if phase != said:
            said = phase
            tell(phase)
        if release["waits_for"] != waits:
            waits, since_s = release["waits_for"], time.monotonic()
        if release["paused"] or (waits and time.monotonic() - since_s > _STUCK_S):
            break
        time.sleep(_LOOK_S)
        view = client.get(f"/incidents/{view['id']}")
    return view


def undo(
    incident: IncidentId,
    wait: Wait = True,
    url: Url = DEFAULT_URL,
    token: Token = "",
    actor: ActorName = "",
    as_json: AsJson = False,
) -> None:
    """Take back the newest press or correction, a few seconds after it at most; no questions asked."""
    with Client(url, token, actor) as client:
        view = client.call("POST", f"/incidents/{incident}/undo")
        if view["state"] == "clearing":
            _end(client, view, wait, as_json)
            return
        view = client.call("GET", f"/incidents/{incident}")
    if as_json:
        say_json(view)
    else:
        say_outcome(view)


def update(
    incident: IncidentId,
    url: Url = DEFAULT_URL,
    token: Token = "",
    actor: ActorName = "",
    as_json: AsJson = False,
) -> None:
    """Drive today's plan of an incident whose plan is outdated; what falls is released like a correction."""
    _drive("update", incident, url, token, actor, as_json)


def hold(
    incident: IncidentId,
    url: Url = DEFAULT_URL,
    token: Token = "",
    actor: ActorName = "",
    as_json: AsJson = False,
) -> None:
    """Stop a release where it is and close everything again."""
    _drive("hold", incident, url, token, actor, as_json)


def activate(
    incident: IncidentId,
    drop: Drop = None,
    url: Url = DEFAULT_URL,
    token: Token = "",
    actor: ActorName = "",
    as_json: AsJson = False,
) -> None:
    """Press the key of a prepared incident."""
    _drive("activate", incident, url, token, actor, as_json, {"drop": drop or []})


def reactivate(
    incident: IncidentId,
    url: Url = DEFAULT_URL,
    token: Token = "",
    actor: ActorName = "",
    as_json: AsJson = False,
) -> None:
    """Drive a just cleared incident again."""
    _drive("reactivate", incident, url, token, actor, as_json)


VERDICT_S = 60.0
"""Longer than any budget a site may set; the controller itself answers 2 s after it."""


def _drive(
    order: str,
    incident: str,
    url: str,
    token: str,
    actor: str,
    as_json: bool,
    body: dict[str, Any] | None = None,
) -> None:
    with Client(url, token, actor) as client:
        path = f"/incidents/{incident}/{order}"
        view = client.call("POST", path, body, params={"wait": "verified"}, timeout_s=VERDICT_S)
    if as_json:
        say_json(view)
    else:
        say_outcome(view)
    if not achieved(view):
        raise typer.Exit(Code.NOT_ACHIEVED)


COMMANDS: tuple[Command, ...] = (
    ("activate", activate, "onekey activate I-20261122-0001"),
    ("clear", clear, 'onekey clear I-20261122-0001 --reason "lanes are free"'),
    ("undo", undo, "onekey undo I-20261122-0001"),
    ("update", update, "onekey update I-20261122-0001"),
    ("hold", hold, "onekey hold I-20261122-0001"),
    ("cancel", cancel, 'onekey cancel I-20261122-0001 --reason "false alarm"'),
    ("reactivate", reactivate, "onekey reactivate I-20261122-0001"),
)
