"""`onekey device walk` and `probe`: commissioning at the device, with somebody who looks at the lamps."""

import json
import sys
import threading
import time
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from api.cli.client import DEFAULT_URL, ActorName, Client, Token, Url
from api.cli.say import AsJson, Code, fail, page, say, say_json
from api.value_text import value_text

_BEAT_S = 0.8
_PROOF_S = 8.0
"""Time a value gets to be proved before the person is asked all the same: a dead read-back hides no lamp."""
_LOOK_S = 0.1
DeviceId = Annotated[str, typer.Argument(help="The device, e.g. LCS-FU-07-1.")]


class _Hold:
    """Keeps asking for the lit value while a person looks; nothing is asked once the command has ended."""

    def __init__(self, url: str, token: str, actor: str, device: str) -> None:
        self._client = Client(url, token, actor)
        self._device = device
        self._path = f"/devices/{device}/walk"
        self._value: Any = None
        self._ended = threading.Event()
        self._turn = threading.Lock()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def show(self, value: Any) -> str:
        """Light the next value; return what the device says of it, once it is proved or time is up."""
        end_s = time.monotonic() + _PROOF_S
        with self._turn:
            self._value = value
            view: dict[str, Any] = self._client.call("POST", self._path, {"value": value})
        if not self._thread.is_alive():
            self._thread.start()
        while not _proved(view, value) and not self._ended.is_set() and time.monotonic() < end_s:
            time.sleep(_LOOK_S)
            with self._turn:
                view = self._client.get(f"/devices/{self._device}")
        return _reads_back(view, value)

    def let_go(self) -> None:
        """Have the base restored."""
        self._ended.set()
        with self._turn:
            self._client.call("DELETE", self._path)

    def _beat(self) -> None:
        while not self._ended.wait(_BEAT_S):
            with self._turn:
                try:
                    self._client.call("POST", self._path, {"value": self._value})
                except typer.Exit:
                    self._ended.set()  # the reason was printed: an incident has opened, or the link is gone


def walk(
    device: DeviceId,
    note: Annotated[str, typer.Option("--note", help="Who looked from where; journalled.")] = "",
    url: Url = DEFAULT_URL,
    token: Token = "",
    actor: ActorName = "",
) -> None:
    """Light each value of a device in turn and record what you see; the base is restored afterwards.

    A value stands only while this command runs. Refused while an incident is open.
    """
    with Client(url, token, actor) as client:
        values = client.get(f"/devices/{device}/walk")["values"]
        if not values:
            fail(f"{device} has nothing to look at", Code.WRONG_USE)
        hold, seen = _Hold(url, token, actor, device), {}
        try:
            for value in values:
                said = hold.show(value)
                seen[_name(value)] = _asked(
                    f"{device} is told to show {value_text(value)}, {said}. Do you see it? [y/n] "
                )
        finally:
            if seen:
                hold.let_go()
        client.call("PUT", f"/devices/{device}/commissioning", {"seen": seen, "note": note})
    wrong = [value for value, good in seen.items() if not good]
    if wrong:
        fail(f"{device}: not seen: {', '.join(wrong)}; recorded, look at its wiring", Code.NOT_ACHIEVED)
    say(f"{device}: {len(seen)} of {len(seen)} seen; recorded")


def _proved(view: dict[str, Any], value: Any) -> bool:
    return view["desired"] == value and view["verdict"] in ("verified", "acked")


def _reads_back(view: dict[str, Any], value: Any) -> str:
    if _proved(view, value):
        return "reads it back" if view["verdict"] == "verified" else "acknowledged it (no read-back)"
    shown = "nothing" if view["shown"] is None else value_text(view["shown"])
    return f"reads back {shown} after {_PROOF_S:g} s: {view['reason'] or view['verdict']}"


def _name(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _asked(question: str) -> bool:
    while True:
        sys.stdout.write(question)
        sys.stdout.flush()
        answer = sys.stdin.readline()
        if not answer:
            fail("nobody answered; nothing was recorded", Code.NOT_ACHIEVED)
        if answer.strip().lower() in ("y", "yes", "j", "是"):
            return True
        if answer.strip().lower() in ("n", "no", "否"):
            return False


def probe(device: DeviceId, url: Url = DEFAULT_URL, token: Token = "", as_json: AsJson = False) -> None:
    """Read one device now and explain every bit."""
    with Client(url, token) as client:
        found = client.get(f"/devices/{device}/probe")
    if as_json:
        say_json(found)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("point", "raw", "means"):
        table.add_column(name)
    for point in found["points"]:
        table.add_row(*(Text(point[key]) for key in ("name", "raw", "means")))
    page().print(table)
    say(f"{device}  {found['model']}  shows {value_text(found['shown'])}  {found['note']}".rstrip())
