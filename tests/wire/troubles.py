"""What goes wrong in a trial: switches of the simulators, cuts of the line, and words that are too old."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import aiomqtt

from devices.values import Aspect
from simulators.mqtt_face import MqttDevice
from tests.simulated import until

if TYPE_CHECKING:
    from tests.wire.rig import Wire

MARK = Aspect.CAUTION
"""Nobody orders it in a trial: only a command that is too old asks for it."""
WRONG = Aspect.DARK
LATE_MS = (30, 700)
"""Some of it lies beyond the step deadline of the rig, so that an answer comes for an order given up."""


class Troubles:
    """Makes one trouble for one device; `heal` of the rig ends it."""

    def __init__(self, wire: "Wire", chance: random.Random) -> None:
        self._wire = wire
        self._chance = chance

    def kinds(self, device: str) -> list[str]:
        """Return the names of what can happen to it."""
        both = ["offline", "late", "lamps_late", "stuck", "wrong", "local", "reboot", "cut"]
        words = [
            "silent",
            "no_state",
            "old_epoch",
            "old_number",
            "expired",
            "retained",
            "old_ack",
            "old_state",
        ]
        return [*both, *words] if device in self._wire.faces else [*both, "refusing"]

    async def make(self, kind: str, device: str) -> None:
        """Let it happen."""
        made: Callable[[str], Awaitable[None]] = getattr(self, f"_{kind}")
        await made(device)

    def _switch(self, device: str, **faults: Any) -> None:
        self._wire.simulation.set_device_faults(device, **faults)

    async def _offline(self, device: str) -> None:
        self._switch(device, offline=True)

    async def _silent(self, device: str) -> None:
        self._switch(device, silent=True)

    async def _no_state(self, device: str) -> None:
        self._switch(device, drop_state=True)

    async def _late(self, device: str) -> None:
        self._switch(device, latency_ms=self._chance.randint(*LATE_MS))

    async def _lamps_late(self, device: str) -> None:
        self._switch(device, lamp_delay_ms=self._chance.randint(*LATE_MS))

    async def _stuck(self, device: str) -> None:
        self._switch(device, stuck=True)

    async def _wrong(self, device: str) -> None:
        self._switch(device, wrong=WRONG)

    async def _local(self, device: str) -> None:
        self._switch(device, local=True)

    async def _refusing(self, device: str) -> None:
        self._switch(device, exception=self._chance.choice((4, 6)))

    async def _reboot(self, device: str) -> None:
        self._wire.simulation.devices[device].reboot()

    async def _cut(self, device: str) -> None:
        """The controller's own connection, with that of every device behind it."""
        self._wire.cut(device)

    # Words that are too old ---------------------------------------------------------------------------

    async def _old_epoch(self, device: str) -> None:
        await self._command(device, epoch=1, seq=self._chance.randint(1, 10**6))

    async def _old_number(self, device: str) -> None:
        applied = self._wire.faces[device].applied
        if applied is not None:  # without memory no number is old: that is what the expiry is for
            await self._command(device, epoch=applied.epoch, seq=applied.seq - 1)

    async def _expired(self, device: str) -> None:
        await self._command(device, epoch=99, seq=1, left_ms=-1_000)

    async def _retained(self, device: str) -> None:
        """Left at the broker while the device is away, and replayed when it comes back."""
        face = self._wire.faces[device]
        self._switch(device, offline=True)
        await until(lambda: not face.connected)
        await self._command(device, epoch=99, seq=1, retain=True)

    async def _old_ack(self, device: str) -> None:
        await self._say(device, "ack", cmd_id=self._older(device), ok=True)

    async def _old_state(self, device: str) -> None:
        """An earlier command shown is said late, with the value that is wanted now."""
        wanted = self._wire.reconcilers[device].target.value
        assert isinstance(wanted, Aspect)
        more = {"shown": wanted.value, "mode": "remote", "fault": False}
        await self._say(
            device, "state", cmd_id=self._older(device), retain=self._chance.random() < 0.5, **more
        )

    def _older(self, device: str) -> str:
        """Return the id of an order that is no longer the newest."""
        given = self._wire.desk.given[device]
        return given[-2 if self._wire.underway(device) and len(given) > 1 else -1].cmd_id

    async def _command(
        self, device: str, *, epoch: int, seq: int, left_ms: int = 60_000, retain: bool = False
    ) -> None:
        now_ms = self._wire.clock.wall_ms()
        body = {
            "v": 1,
            "cmd_id": f"{epoch}.{seq}",
            "incident_id": "I-1",
            "device": self._wire.faces[device].name,
            "epoch": epoch,
            "seq": seq,
            "issued_at": now_ms + left_ms - 60_000,
            "expires_at": now_ms + left_ms,
            "desired": MARK.value,
        }
        await self._publish(device, "cmd", body, retain=retain)

    async def _say(self, device: str, what: str, *, retain: bool = False, **body: Any) -> None:
        more = {"v": 1, "device": self._wire.faces[device].name, "at": self._wire.clock.wall_ms()}
        await self._publish(device, what, more | body, retain=retain)

    async def _publish(self, device: str, what: str, body: dict[str, Any], *, retain: bool) -> None:
        name = self._wire.faces[device].name
        topic = f"onekey/{self._wire.site.id}/{name}/{what}"
        await self._wire.stranger.publish(topic, json.dumps(body), qos=1, retain=retain)


async def forget_retained(stranger: aiomqtt.Client, site: str, face: MqttDevice) -> None:
    """Take a retained command away from the broker."""
    await stranger.publish(f"onekey/{site}/{face.name}/cmd", b"", qos=1, retain=True)
    await asyncio.sleep(0)
