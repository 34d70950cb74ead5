"""Out of service with an end: the device comes back by itself, journalled, and somebody is told."""

import asyncio

import pytest

from controller.alarms.alarm import AlarmState
from controller.incident import SYSTEM
from controller.incidents.time_limits import TimeLimits
from controller.store.rows import ServiceGone, ServiceRow
from tests.unit.small_road import road
from tests.unit.virtual_room import Virtual, virtual_room

pytestmark = pytest.mark.looptime
HEAD = "H9000-1"


async def out_for(virtual: Virtual, seconds: int | None) -> None:
    key = virtual.key()
    until_ms = None if seconds is None else key.at_ms + seconds * 1000
    await virtual.commands.devices.out_of_service(HEAD, "lamp is being changed", key, until_ms)


async def test_a_device_is_back_at_the_end_of_its_time_and_a_notice_says_so():
    async with virtual_room(road(gantries=(9_000, 9_500))) as virtual:
        await out_for(virtual, 600)
        await asyncio.sleep(599)
        assert HEAD in virtual.room.book.services
        await asyncio.sleep(2)
        assert HEAD not in virtual.room.book.services
        assert ServiceGone(HEAD) in virtual.store.changes
        ended = [record for record in virtual.store.records if record.kind == "service"][-1]
        assert (ended.actor, ended.body["in_service"]) == (SYSTEM, True)
        notice = virtual.room.alarms.get(f"service:{HEAD}")
        assert notice is not None
        assert notice.state is AlarmState.CLEARED_UNACKED
        assert "lamp is being changed" in notice.text


async def test_a_renewed_time_counts_from_the_renewal_and_no_time_has_no_end():
    async with virtual_room(road(gantries=(9_000, 9_500))) as virtual:
        await out_for(virtual, 600)
        await asyncio.sleep(300)
        await out_for(virtual, 600)
        await asyncio.sleep(500)
        assert HEAD in virtual.room.book.services
        await out_for(virtual, None)
        await asyncio.sleep(3_600)
        assert HEAD in virtual.room.book.services


async def test_a_time_that_passed_while_nothing_ran_ends_at_the_start():
    async with virtual_room(road(gantries=(9_000, 9_500))) as virtual:
        now_ms = virtual.room.clock.wall_ms()
        row = ServiceRow(HEAD, "lamp", {"id": "li.na", "role": "dispatcher", "via": "test"}, 0, now_ms - 1)
        virtual.room.book.services[HEAD] = row  # as it was read from the store
        limits = asyncio.create_task(TimeLimits(virtual.room).keep())
        await asyncio.sleep(0.1)
        limits.cancel()
        assert HEAD not in virtual.room.book.services
