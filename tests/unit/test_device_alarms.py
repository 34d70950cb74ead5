"""One alarm a cause: a lost link, unit or broker is one alarm with its devices, not one a device."""

from collections import Counter

import pytest

from config.loader import load_site, sample_site_path
from config.site import ModbusAddress
from controller.alarms.alarm import Alarm, AlarmKind, Priority
from controller.alarms.alarms import Alarms
from controller.alarms.device_alarms import DeviceAlarms
from controller.fleet.desk import Condition
from controller.fleet.look import Look
from devices.clock import SystemClock

SITE = load_site(sample_site_path())
LINK, MANY = Counter(d.link for d in SITE.devices.values()).most_common(1)[0]
BEHIND = [d.id for d in SITE.devices.values() if d.link == LINK]


class Room:
    """The decision with a list of alarms and a set of devices out of service."""

    def __init__(self) -> None:
        self.service: set[str] = set()
        self.raised = 0
        clock = SystemClock()
        self.alarms = Alarms(self._told, now_ms=clock.wall_ms)
        self.devices = DeviceAlarms(SITE, self.alarms, clock, self.service.__contains__)

    def _told(self, alarm: Alarm, what: str) -> None:
        self.raised += what == "raised"

    def lost(
        self, device: str, shared: str = "", failures: int = 2, *, wanted: bool = False, heard: bool = True
    ) -> None:
        condition = Condition(
            0, reachable=False, failures=failures, lost=shared, reason="no answer", heard=heard
        )
        self.devices.judge(device, condition, Look.READ, wanted=wanted)

    def well(self, device: str, verdict: Look = Look.AT_REST) -> None:
        self.devices.judge(device, Condition(0, reachable=True, reason="bad"), verdict, wanted=False)

    def standing(self) -> list[tuple[str, str, int]]:
        return [(a.kind.value, a.subject, len(a.devices)) for a in self.alarms.standing()]


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_dead_link_is_one_alarm(room: Room) -> None:
    assert MANY >= 3
    for device in BEHIND:
        room.lost(device, LINK, wanted=True)
    assert room.standing() == [("link", LINK, MANY)]
    assert room.raised == 1
    assert room.alarms.standing()[0].priority is Priority.HIGH
    for device in BEHIND[:-1]:
        room.well(device, Look.WRITE)  # it answers: it is no longer lost, whatever it shows
    assert room.standing() == [("link", LINK, 1)]
    room.well(BEHIND[-1])
    assert room.standing() == []


def test_one_lost_exchange_is_no_alarm(room: Room) -> None:
    room.lost(BEHIND[0], LINK, failures=1)
    assert room.standing() == []


def test_what_was_never_heard_gets_one_more_try(room: Room) -> None:
    room.lost(BEHIND[0], LINK, failures=2, heard=False)
    assert room.standing() == []
    room.lost(BEHIND[0], LINK, failures=3, heard=False)
    assert room.standing() == [("link", LINK, 1)]


def test_a_device_lost_alone_is_its_own_alarm(room: Room) -> None:
    room.lost(BEHIND[0])
    room.lost(BEHIND[1])
    assert room.standing() == [("device", BEHIND[0], 0), ("device", BEHIND[1], 0)]
    room.well(BEHIND[0], Look.MISMATCH)
    assert len(room.standing()) == 2
    room.well(BEHIND[0])
    room.well(BEHIND[1], Look.VERIFIED)
    assert room.standing() == []


def test_devices_that_fall_silent_one_after_the_other_become_one_alarm(room: Room) -> None:
    """A frozen broker refuses nothing: each order just stays unanswered."""
    for device in BEHIND[:-1]:
        room.lost(device)
    assert len(room.standing()) == MANY - 1
    room.lost(BEHIND[-1])
    assert room.standing() == [("link", LINK, MANY)]
    assert len(room.alarms.listed()) == 1  # nobody acknowledges the twenty


def test_a_unit_with_several_devices_is_one_alarm_and_moves_to_its_link(room: Room) -> None:
    by_unit: dict[str, list[str]] = {}
    for d in SITE.devices.values():
        if isinstance(d.address, ModbusAddress):
            by_unit.setdefault(f"{d.link}/{d.address.unit}", []).append(d.id)
    unit, members = next((u, m) for u, m in by_unit.items() if len(m) >= 2)
    link = unit.partition("/")[0]
    behind = [d.id for d in SITE.devices.values() if d.link == link]
    for device in members:
        room.lost(device, unit)
    if len(members) < len(behind):
        assert room.standing() == [("link", unit, len(members))]
    for device in behind:
        room.lost(device, link)
    assert room.standing() == [("link", link, len(behind))]


def test_out_of_service_raises_nothing_and_ends_what_stood(room: Room) -> None:
    room.lost(BEHIND[0])
    room.service.add(BEHIND[0])
    room.devices.forget(BEHIND[0])
    room.lost(BEHIND[0])
    room.devices.complain(BEHIND[0], "refused", wanted=True)
    room.well(BEHIND[0], Look.FAULT)
    assert room.standing() == []
    room.service.clear()
    room.lost(BEHIND[0])
    assert [kind for kind, *_ in room.standing()] == [AlarmKind.DEVICE]
