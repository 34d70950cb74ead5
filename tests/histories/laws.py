"""What must hold at every moment of a history; asked when something is told, recorded or looked at."""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from config.interlocks import Interlock
from config.showings import words_of
from config.site import Site
from controller.incident import OPEN_STATES
from controller.store.rows import IncidentRow, PermitRow, Record
from devices.driver import Order
from devices.values import ASPECT_RANK, Aspect, Value
from tests.histories.lamps import FaultyLamp, said

if TYPE_CHECKING:
    from tests.histories.controller import Life

ARROWS = (Aspect.MERGE_LEFT, Aspect.MERGE_RIGHT)
UNORDERED = frozenset({Aspect.CAUTION, Aspect.OPEN, Aspect.DARK})
"""What a head may leave by rule: an advisory (S6)."""


class Laws:
    """Judges one history; what is broken is kept, since whoever broke it is a supervised task."""

    def __init__(self, site: Site, lamps: dict[str, FaultyLamp]) -> None:
        self.site = site
        self.lamps = lamps
        self.life: Life | None = None
        self.broken: list[str] = []
        self._last: dict[str, tuple[int, int]] = {}
        self._told: dict[str, tuple[float, Value]] = {}

    def told(self, device: str, order: Order) -> None:
        """Every order: newer than the last, durable before, never milder than a plan or without a permit."""
        life = self.life
        if life is None:
            return
        if (order.epoch, order.seq) <= self._last.get(device, (0, 0)):
            self._break(f"{device}: an order is not newer than the one before")
        self._last[device] = order.epoch, order.seq
        self._told[device] = asyncio.get_running_loop().time(), order.value
        ours = (order.incident_id or "").startswith("I-")
        if ours and order.incident_id not in life.store.intended:
            self._break(f"{device}: told something before its intent was durable")
        for incident in life.room.book.open():
            for demand in incident.plan.demands:
                if demand.device == device and _milder(order.value, demand.value):
                    self._break(f"{device}: milder than {incident.id} demands")
        self._falls_by_order(device, order)

    def _falls_by_order(self, device: str, order: Order) -> None:
        """A head that controller and road know to be restricted falls by a durable order only (S6, S11)."""
        life, lamp = self.life, self.lamps[device]
        assert life is not None
        read = life.room.fleet.reconcilers[device].condition.reading
        known = read is not None and read.value == lamp.value and lamp.value not in UNORDERED
        if known and isinstance(order.value, Aspect) and _milder(order.value, lamp.value):
            # Two releases may meet: what they free together is permitted by the orders both are on disk for.
            permit = life.room.book.permits.get(device)
            owner = permit.owner if permit is not None else ""
            permitted = (device,) in life.store.landed.get(PermitRow, {}) or owner in life.store.released
            if not permitted:
                self._break(f"{device}: falls from {said(lamp.value)} without a durable order")

    def recorded(self, record: Record) -> None:
        """No step is verified but by a read-back after its write that the lamps agree with (T1)."""
        life = self.life
        if record.kind == "fault":
            self._break(f"a task crashed: {record.body}")
        if life is None or record.kind != "step" or record.body["state"] != "verified":
            return
        device = record.body["device"]
        reconciler = life.room.fleet.reconcilers[device]
        value, read = reconciler.target.value, reconciler.condition.reading
        told_s, told = self._told.get(device, (float("inf"), None))
        if value is None or read is None or value != told or read.at_s < told_s:
            self._break(f"{device}: verified {said(value)} without a write and a read-back after it")
        elif not self.lamps[device].showed(value, read.at_s, read.at_s):
            self._break(f"{device}: verified {said(value)}, the lamps showed {self.lamps[device].shown[-3:]}")

    def looked(self) -> None:
        """What is desired: no arrow into a cross (S2), no interlock violated (S9)."""
        life = self.life
        if life is None:
            return
        desired = {device: state.value for device, state in life.room.states.items()}
        for device, arrow in ((d, v) for d, v in desired.items() if v in ARROWS):
            beside = self._beside(device, -1 if arrow is Aspect.MERGE_LEFT else 1)
            if beside is None or desired.get(beside, Aspect.OPEN) is Aspect.CLOSED:
                self._break(f"{device} is desired {said(arrow)}, which leads into a cross or off the road")
        everything = {d.id: d.base for d in self.site.devices.values()} | desired
        out = life.room.book.services.keys()  # nothing is expected of these, so they are not raised (S14)
        for interlock in (one for one in violated(self.site, everything) if not out & one.never.keys()):
            self._break(
                f"desired against {interlock.id}: { ({d: said(everything[d]) for d in interlock.never}) }"
            )

    def _beside(self, head: str, step: int) -> str | None:
        """Return the head over the next lane of the same gantry."""
        device = self.site.devices[head]
        assert device.gantry is not None
        assert device.lane is not None
        beside = self.site.heads(device.gantry).get(device.lane + step)
        return beside.id if beside is not None else None

    def kept(self, acknowledged: Iterable[str]) -> None:
        """After a restart every press that was answered is known, and every open incident is open (P2)."""
        assert self.life is not None
        stored = {row.id: row.state for row in self.life.store.landed.get(IncidentRow, {}).values()}
        lost = [id_ for id_ in acknowledged if id_ not in stored]
        if lost:
            self._break(f"answered and lost: {', '.join(lost)}")
        is_open = {incident.id for incident in self.life.room.book.open()}
        forgotten = [id_ for id_, state in stored.items() if state in OPEN_STATES and id_ not in is_open]
        if forgotten:
            self._break(f"open and forgotten: {', '.join(forgotten)}")

    def ended(self) -> None:
        """Everything was mended and cleared: what has not ended or is not at rest is alarmed."""
        life = self.life
        assert life is not None
        alarmed = {alarm.subject for alarm in life.room.alarms.standing()}
        left = [i.id for i in life.room.book.open() if i.id not in alarmed]
        if left:
            self._break(f"{', '.join(left)} neither ended nor alarmed")
        if not life.room.book.open():
            odd = [one for one in self.odd() if one.name not in alarmed]
            if odd:
                self._break(f"not at rest and not alarmed: {odd}")

    def odd(self) -> list[FaultyLamp]:
        """Return the lamps that show something else than their base."""
        return [lamp for lamp in self.lamps.values() if lamp.value != lamp.base]

    def _break(self, law: str) -> None:
        self.broken.append(law)


def violated(site: Site, shown: dict[str, Value | None]) -> Iterable[Interlock]:
    """Yield the interlocks of a site that a set of showings violates."""
    for one in site.interlocks.values():
        names = {d: site.lane_names[site.devices[d].carriageway] for d in one.never}
        values = {d: shown[d] for d in one.never}
        if all(v is not None and words_of(v, names[d]) & one.never[d] for d, v in values.items()):
            yield one


def _milder(told: Value, demanded: Value) -> bool:
    heads = isinstance(told, Aspect) and isinstance(demanded, Aspect)
    return heads and ASPECT_RANK[told] < ASPECT_RANK[demanded]  # type: ignore[index]
