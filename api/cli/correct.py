"""`onekey correct`: the whole report of an open incident said again, better."""

from typing import Annotated

import typer

from api.cli.alert import achieved, say_outcome
from api.cli.clear import VERDICT_S, IncidentId, Wait, follow_release
from api.cli.client import DEFAULT_URL, ActorName, Client, Token, Url
from api.cli.plan import Shoulder
from api.cli.say import AsJson, Code, Command, fail, say, say_json


def correct(
    incident: IncidentId,
    text: Annotated[str, typer.Argument(help="The whole corrected report as one line of chat.")],
    shoulder: Shoulder = False,
    wait: Wait = True,
    url: Url = DEFAULT_URL,
    token: Token = "",
    actor: ActorName = "",
    as_json: AsJson = False,
) -> None:
    """Correct an open incident: what is new is proved before what it replaces opens, gantry by gantry.

    Wrong? `onekey undo` takes it back within a few seconds.
    """
    body = {"text": text, "shoulder": shoulder}
    with Client(url, token, actor) as client:
        path, params = f"/incidents/{incident}", {"wait": "verified"}
        view = client.call("PATCH", path, body, params=params, timeout_s=VERDICT_S)
        if not as_json:
            say_outcome(view)
        if wait:
            quiet = (lambda _: None) if as_json else say
            view = follow_release(client, view, quiet, lambda v: v["release"] is not None)
    if as_json:
        say_json(view)
    if (release := view["release"]) is not None and wait:
        waits = "; ".join(f"{device}: {why}" for device, why in release["waits_for"].items())
        fail(
            f"{incident}: what the correction replaced still stands; it waits for "
            f"{waits or release['paused'] or 'devices'}. Mend it, or onekey clear {incident} "
            "--without-proof DEVICE --reason …",
            Code.NOT_ACHIEVED,
        )
    if not achieved(view):
        raise typer.Exit(Code.NOT_ACHIEVED)


COMMANDS: tuple[Command, ...] = (
    ("correct", correct, 'onekey correct I-20261122-0001 "福向三都岭隧道内慢车道追尾,启动预警"'),
)
