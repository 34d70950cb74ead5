"""The event hub: what a watching client is sent, and that it can neither grow nor hold up anything."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.types import Message

from api import sse
from api.sse import MAX_CLIENTS, EventHub
from controller.alarms.alarm import AlarmKind
from controller.events import DeviceChanged
from tests.simulated import until
from tests.unit.api_room import PRESS, Api, running_api


@dataclass(frozen=True)
class Frame:
    id: str
    event: str
    body: dict[str, Any]


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(tmp_path) as api:
        yield api


@asynccontextmanager
async def hub_of(api: Api, **limits: Any) -> AsyncIterator[EventHub]:
    hub = EventHub(api.room, running=lambda: api.ready, mark="m", **{"period_s": 0.01} | limits)
    task = asyncio.create_task(hub.run(), name="hub under test")
    await asyncio.sleep(0)  # it has subscribed
    try:
        yield hub
    finally:
        task.cancel()
        await asyncio.wait({task})


@asynccontextmanager
async def client_of(hub: EventHub, last_event_id: str | None = None) -> AsyncIterator["Reader"]:
    with hub.place() as client:
        assert client is not None
        frames = cast("AsyncGenerator[bytes, None]", hub.stream(client, last_event_id))
        async with aclosing(frames) as stream:
            yield Reader(stream)


class Reader:
    """Reads frames as a browser would: several may come in one piece."""

    def __init__(self, stream: AsyncGenerator[bytes, None]) -> None:
        self._stream = stream
        self._ready: list[Frame] = []

    async def next(self) -> Frame:
        async with asyncio.timeout(5):
            while not self._ready:
                for block in (await anext(self._stream)).decode().split("\n\n"):
                    lines = dict(
                        line.split(": ", 1) for line in block.splitlines() if not line.startswith(":")
                    )
                    if "event" in lines:
                        self._ready.append(Frame(lines["id"], lines["event"], json.loads(lines["data"])))
        return self._ready.pop(0)

    async def to_the_end(self) -> None:
        while True:
            await self.next()

    async def changes(self) -> Frame:
        frame = await self.next()
        assert frame.event == "changes"
        return frame


async def quiet(api: Api, *readers: Reader) -> None:
    """Read until the devices' first looks are told, so that only the test's own news follows."""
    await until(lambda: all(r.condition.reading for r in api.room.fleet.reconcilers.values()))
    api.room.alarms.raise_(AlarmKind.REVIEW, "quiet", "the last of the old news", 1)
    for reader in readers:
        while not (await reader.changes()).body["alarms"]["raised"]:
            pass


async def test_the_snapshot_comes_first_and_is_whole(api: Api) -> None:
    await api.post("/incidents?wait=verified", PRESS)
    api.room.alarms.raise_(AlarmKind.DEVICE, "LCS-G1-1", "does not answer", 1)
    async with hub_of(api) as hub, client_of(hub) as reader:
        frame = await reader.next()
    assert frame.event == "snapshot"
    assert [d["id"] for d in frame.body["devices"]] == list(api.room.site.devices)
    assert {"desired", "commanded", "shown"} <= frame.body["devices"][0].keys()
    assert [i["state"] for i in frame.body["incidents"]] == ["active"]
    assert "device:LCS-G1-1" in [a["cause"] for a in frame.body["alarms"]]
    assert frame.body["journal_degraded"] is None
    assert frame.body["now_ms"] > 1_700_000_000_000
    assert frame.body["kind"] == "simulated"


async def test_changes_of_one_period_are_one_frame_with_the_newest_facts(api: Api) -> None:
    async with hub_of(api, period_s=0.05) as hub, client_of(hub) as reader:
        await reader.next()
        await quiet(api, reader)
        for _ in range(20):
            api.room.events.publish(DeviceChanged("LCS-G1-1"))
            api.room.events.publish(DeviceChanged("LCS-G1-2"))
        api.room.alarms.raise_(AlarmKind.DEVICE, "LCS-G1-1", "does not answer", 1)
        frame = await reader.changes()
        assert [d["id"] for d in frame.body["devices"]] == ["LCS-G1-1", "LCS-G1-2"]
        assert [a["cause"] for a in frame.body["alarms"]["raised"]] == ["device:LCS-G1-1"]
        api.room.alarms.end(AlarmKind.DEVICE, "LCS-G1-1")
        (alarm,) = (await reader.changes()).body["alarms"]["raised"]
        assert alarm["state"] == "cleared_unacked"
        await api.post(f"/alarms/{alarm['id']}/ack")
        frame = await reader.changes()
        assert frame.body["alarms"] == {"raised": [], "ended": ["device:LCS-G1-1"]}


async def test_a_frame_waits_for_what_follows_soon(api: Api) -> None:
    async with hub_of(api, period_s=0.2) as hub, client_of(hub) as reader:
        await reader.next()
        await quiet(api, reader)
        for device in ("LCS-G1-1", "LCS-G1-2", "LCS-G2-1"):
            api.room.events.publish(DeviceChanged(device))
            await asyncio.sleep(0.001)  # the hub has looked at the first one
        frame = await reader.changes()
        assert [d["id"] for d in frame.body["devices"]] == ["LCS-G1-1", "LCS-G1-2", "LCS-G2-1"]


async def test_a_press_is_told_with_its_steps_and_its_verdict(api: Api) -> None:
    async with hub_of(api) as hub, client_of(hub) as reader:
        await reader.next()
        await api.post("/incidents", PRESS)
        state = ""
        steps: dict[str, str] = {}
        while state != "active":
            frame = await reader.changes()
            whole = {incident["id"] for incident in frame.body["incidents"]}
            assert not whole & {step["incident"] for step in frame.body["steps"]}, "told twice"
            for incident in frame.body["incidents"]:
                state = incident["state"]
                steps |= {s["device"]: s["state"] for s in incident["steps"]}
            steps |= {s["device"]: s["state"] for s in frame.body["steps"]}
    assert set(steps.values()) == {"verified"}


async def test_a_client_that_does_not_read_is_given_a_new_snapshot_and_no_queue(api: Api) -> None:
    async with hub_of(api, queue_frames=3) as hub, client_of(hub) as slow, client_of(hub) as fast:
        await slow.next()
        await fast.next()
        for _ in range(8):
            api.room.events.publish(DeviceChanged("VMS-1"))
            await fast.changes()
        frames = [await slow.next() for _ in range(2)]
        assert [f.event for f in frames] == ["resync", "snapshot"]
        api.room.events.publish(DeviceChanged("VMS-1"))
        assert (await slow.next()).event == "changes"


async def test_a_client_that_comes_back_gets_what_it_missed(api: Api) -> None:
    async with hub_of(api) as hub, client_of(hub) as other:
        async with client_of(hub) as reader:
            await reader.next()
            await other.next()
            await quiet(api, reader, other)
            api.room.events.publish(DeviceChanged("LCS-G1-1"))
            seen = await reader.changes()
        for device in ("LCS-G2-1", "LCS-G2-2"):
            api.room.events.publish(DeviceChanged(device))
            while device not in [d["id"] for d in (await other.next()).body["devices"]]:
                pass
        async with client_of(hub, seen.id) as reader:
            missed = [await reader.changes() for _ in range(2)]
        assert [[d["id"] for d in f.body["devices"]] for f in missed] == [["LCS-G2-1"], ["LCS-G2-2"]]


@pytest.mark.parametrize("last", ["m-999", "other-0", "m-", "m--1", "nonsense", "m-1e3"])
async def test_an_id_of_another_start_or_from_nowhere_gets_a_snapshot(api: Api, last: str) -> None:
    async with hub_of(api) as hub, client_of(hub, last) as reader:
        assert (await reader.next()).event == "snapshot"


async def test_what_nobody_watched_is_not_passed_over_on_return(api: Api) -> None:
    async with hub_of(api) as hub:
        async with client_of(hub) as reader:
            await reader.next()
            await quiet(api, reader)
            api.room.events.publish(DeviceChanged("LCS-G1-1"))
            seen = await reader.changes()
        known = hub._number
        api.room.events.publish(DeviceChanged("LCS-G2-1"))
        await until(lambda: hub._number > known)
        async with client_of(hub, seen.id) as reader:
            assert (await reader.next()).event == "snapshot"


async def test_streams_end_when_the_process_does(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.sse._CHECK_S", 0.02)
    async with hub_of(api) as hub, client_of(hub) as reader:
        await reader.next()
        api.room.events.publish(DeviceChanged("VMS-1"))
        await reader.next()
        api.ready = False
        with pytest.raises(StopAsyncIteration):
            await reader.to_the_end()


async def test_who_comes_at_once_is_given_one_snapshot_and_who_comes_after_a_change_another(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "SHARED_S", 60.0)
    async with hub_of(api) as hub, client_of(hub) as first, client_of(hub) as second:
        one, other = await asyncio.gather(first.next(), second.next())
        assert one == other  # its time too, and the ages of its readings
        assert one.body["incidents"] == []
        await api.post("/incidents", PRESS)
        changed = await first.next()
        async with client_of(hub) as late:
            snapshot = await late.next()
        assert int(snapshot.id.rpartition("-")[2]) >= int(changed.id.rpartition("-")[2])
        assert len(snapshot.body["incidents"]) == 1


async def test_no_more_streams_than_the_limit_though_all_come_at_once(api: Api) -> None:
    answers: list[Message] = []
    leave = asyncio.Event()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": "GET",
        "path": "/api/v1/events",
        "raw_path": b"/api/v1/events",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }

    async def come() -> None:
        asked = False

        async def receive() -> Message:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await leave.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answers.append(message)

        await api.app(dict(scope), receive, send)

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        for n in range(MAX_CLIENTS + 50):
            group.create_task(come(), name=f"client {n}")
        await until(lambda: len(answers) == MAX_CLIENTS + 50)
        statuses = Counter(answer["status"] for answer in answers)
        refused = next(answer for answer in answers if answer["status"] == 503)
        leave.set()
    assert statuses == {200: MAX_CLIENTS, 503: 50}
    assert (b"retry-after", b"5") in refused["headers"]
    with api.app.state.hub.place() as place:  # whoever left has left its place
        assert place is not None
