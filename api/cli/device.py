"""`onekey device`: devices as they are, locks, service, unexplained restrictions."""

import json
import time
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from api.cli import walk as walking
from api.cli.client import DEFAULT_URL, ActorName, Client, Reason, Token, Url
from api.cli.say import AsJson, Code, fail, page, say, say_json
from api.value_text import value_text
from devices.values import Aspect, DeviceType

group = typer.Typer(name="device", help="Devices and locks.", no_args_is_help=True, rich_markup_mode=None)

_PROOF_S = 6.0
"""Three writes of a model with the longest usual step deadline."""
_LOOK_S = 0.1

DeviceId = Annotated[str, typer.Argument(help="The device, e.g. LCS-FU-07-1.")]


@group.command("list", epilog="Example: onekey device list --unwell")
def list_(
    url: Url = DEFAULT_URL,
    token: Token = "",
    unwell: Annotated[bool, typer.Option("--unwell", help="Only those not as they should be.")] = False,
    as_json: AsJson = False,
) -> None:
    """List devices: what is desired, what was commanded, what is shown, and why."""
    with Client(url, token) as client:
        devices = client.get("/devices", **({"well": "false"} if unwell else {}))["devices"]
    if as_json:
        say_json(devices)
        return
    page().print(_table(devices))
    say(f"{len(devices)} devices")


def _table(devices: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("device", "at", "desired", "commanded", "shown", "mode", "verdict", "reason"):
        table.add_column(name)
    for d in devices:
        values = [value_text(d[key]) for key in ("desired", "commanded", "shown")]
        marks = [word for word in ("lock", "failed", "out_of_service") if d[word]]
        reason = "; ".join(filter(None, [d["reason"] or d["because"], *marks]))
        table.add_row(*map(Text, (d["id"], d["chainage"], *values, d["mode"], d["verdict"], reason)))
    return table


@group.command("show", epilog="Example: onekey device show LCS-FU-07-1")
def show(device: DeviceId, url: Url = DEFAULT_URL, token: Token = "", as_json: AsJson = False) -> None:
    """Show everything known of one device."""
    with Client(url, token) as client:
        _say_device(client.get(f"/devices/{device}"), as_json)


@group.command("lock", epilog='Example: onekey device lock LCS-FU-07-1 closed --reason "crew on the gantry"')
def lock(
    device: DeviceId,
    value: Annotated[
        str,
        typer.Argument(
            help="closed | caution | … for a head, red | yellow | green for a portal signal, a text for a "
            "sign, flash+siren for a beacon, CLIP[:REPEATS[:VOLUME]] for a speaker, km/h for a speed sign."
        ),
    ],
    reason: Reason,
    expires_s: Annotated[int | None, typer.Option("--expires-s", help="Seconds until it asks again.")] = None,
    url: Url = DEFAULT_URL,
    token: Token = "",
    actor: ActorName = "",
    as_json: AsJson = False,
) -> None:
    """Put a demand of your own on a device; it may restrict more than the incidents, never less."""
    with Client(url, token, actor) as client:
        kind = client.get(f"/devices/{device}")["type"]
        body = {"value": typed_value(kind, value), "reason": reason, "expires_s": expires_s}
        _say_proved(client, client.call("PUT", f"/devices/{device}/lock", body), as_json)


@group.command("unlock", epilog="Example: onekey device unlock LCS-FU-07-1")
def unlock(
    device: DeviceId,
    url: Url = DEFAULT_URL,
    token: Token = "",
    actor: ActorName = "",
    as_json: AsJson = False,
) -> None:
    """End a lock; of a restricting one this is the release."""
    with Client(url, token, actor) as client:
        _say_proved(client, client.call("DELETE", f"/devices/{device}/lock"), as_json)


@group.command(
    "release", epilog='Example: onekey device release LCS-FU-07-1 --reason "left by the old system"'
)
def release(
    device: DeviceId,
    reason: Reason,
    url: Url = DEFAULT_URL,
    token: Token = "",
    actor: ActorName = "",
    as_json: AsJson = False,
) -> None:
    """Order away a restriction that nobody ordered here (an `unexplained` alarm)."""
    with Client(url, token, actor) as client:
        view = client.call("POST", f"/devices/{device}/release", {"reason": reason})
        _say_proved(client, view, as_json)


@group.command("out", epilog='Example: onekey device out LCS-FU-07-1 --reason "lamp broken"')
def out(
    device: DeviceId,
    reason: Reason,
    expires_s: Annotated[
        int | None, typer.Option("--expires-s", help="Seconds until it is back by itself.")
    ] = None,
    url: Url = DEFAULT_URL,
    token: Token = "",
    actor: ActorName = "",
    as_json: AsJson = False,
) -> None:
    """Take a device out of service: new plans treat it as missing."""
    with Client(url, token, actor) as client:
        body = {"reason": reason, "expires_s": expires_s}
        _say_device(client.call("PUT", f"/devices/{device}/service", body), as_json)


@group.command("back", epilog="Example: onekey device back LCS-FU-07-1")
def back(
    device: DeviceId,
    url: Url = DEFAULT_URL,
    token: Token = "",
    actor: ActorName = "",
    as_json: AsJson = False,
) -> None:
    """Put a device back into service."""
    with Client(url, token, actor) as client:
        _say_device(client.call("DELETE", f"/devices/{device}/service"), as_json)


@group.command("repaired", epilog='Example: onekey device repaired LCS-FU-07-1 --reason "lamp replaced"')
def repaired(
    device: DeviceId,
    reason: Reason,
    url: Url = DEFAULT_URL,
    token: Token = "",
    actor: ActorName = "",
    as_json: AsJson = False,
) -> None:
    """Say that a failed device works again: it is driven and proved anew, and planned with."""
    with Client(url, token, actor) as client:
        view = client.call("DELETE", f"/devices/{device}/fault", {"reason": reason})
        _say_proved(client, view, as_json)


def _say_proved(client: Client, view: dict[str, Any], as_json: bool) -> None:
    """Wait until the device shows what it was ordered, print it, and end with 1 if it does not."""
    end_s = time.monotonic() + _PROOF_S
    while not (view["well"] and view["shown"] == view["desired"]) and time.monotonic() < end_s:
        time.sleep(_LOOK_S)
        view = client.get(f"/devices/{view['id']}")
    _say_device(view, as_json)
    if not view["well"]:
        fail(f"{view['id']} is not proved: {view['reason'] or view['verdict']}", Code.NOT_ACHIEVED)


def typed_value(kind: str, text: str) -> Any:
    """Return the JSON value of what a person typed for a device of that kind."""
    if text.startswith("{"):
        try:
            return json.loads(text)
        except ValueError as err:
            fail(f"{text!r} is no JSON: {err}", Code.WRONG_USE)
    match DeviceType(kind):
        case DeviceType.HEAD | DeviceType.PORTAL:
            return text
        case DeviceType.SIGN:
            if text in set(Aspect):
                fail(f"{text!r} is an aspect of a head; a sign would show it as a text", Code.WRONG_USE)
            return {"multi": text}
        case DeviceType.SPEAKER:
            return _spoken(text)
        case DeviceType.SPEED:
            kmh = "0" if text == "blank" else text.removesuffix("km/h").strip()
            if not kmh.isdecimal():
                fail(f"{text!r}: a speed sign takes km/h in digits, or blank", Code.WRONG_USE)
            return {"kmh": int(kmh)}
        case DeviceType.BEACON:
            return _signalled(text)


def _spoken(text: str) -> Any:
    clip, *numbers = [""] if text in ("silent", "off") else text.split(":")
    if len(numbers) > 2 or not all(number.isdecimal() for number in numbers):
        fail(f"{text!r}: a speaker takes CLIP, CLIP:REPEATS, CLIP:REPEATS:VOLUME, or silent", Code.WRONG_USE)
    repeats, volume = [*map(int, numbers), *(1, 80)[len(numbers) :]] if clip else (0, 0)
    return {"clip": clip, "repeats": repeats, "volume": volume}


def _signalled(text: str) -> Any:
    words = set(text.split("+")) - {"off", ""}
    if stray := words - {"flash", "siren"}:
        fail(f"{', '.join(sorted(stray))}: a beacon takes flash, siren, flash+siren or off", Code.WRONG_USE)
    return {"flash": "flash" in words, "siren": "siren" in words}


def _say_device(view: dict[str, Any], as_json: bool) -> None:
    if as_json:
        say_json(view)
        return
    say(f"{view['id']}  {view['type']}  {view['chainage']}  {view['link']}  {view['model']}")
    for key in ("desired", "commanded", "shown"):
        say(f"{key:<14} {value_text(view[key])}")
    for key in ("because", "mode", "verdict", "reason", "round_trip_ms"):
        if view[key] not in (None, ""):
            say(f"{key:<14} {view[key]}")
    if view["service"]:
        say(f"{'out_of_service':<14} {view['out_of_service']}{_until(view['service']['until_ms'])}")
    if view["failed"]:
        reason = view["failed"]["reason"]
        say(f"{'failed':<14} {reason}; when mended: onekey device repaired {view['id']}")
    if view["lock"]:
        by = view["lock"]["actor"]["id"]
        until = _until(view["lock"]["expires_ms"])
        say(f"{'lock':<14} {value_text(view['lock']['value'])}: {view['lock']['reason']} ({by}){until}")


def _until(at_ms: int | None) -> str:
    if at_ms is None:
        return ""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime(", until %m-%d %H:%M:%S UTC")


group.command("walk", epilog='Example: onekey device walk LCS-FU-07-1 --note "seen from the hard shoulder"')(
    walking.walk
)
group.command("probe", epilog="Example: onekey device probe LCS-FU-07-1")(walking.probe)
