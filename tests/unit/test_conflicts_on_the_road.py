"""What the road shows against an interlock: alarmed, held at its strictest until a person resets it (S9)."""

import asyncio

import pytest

from controller.alarms.alarm import AlarmKind
from controller.incidents.lifecycle import NotPossible
from controller.interlocks.interlock_states import interlock_state
from controller.key import Unknown
from controller.plan.readiness import readiness
from controller.store.rows import LatchGone, LatchRow
from devices.values import Aspect
from tests.unit.api_room import running_api
from tests.unit.interlocks import rule, with_rules
from tests.unit.small_road import crash, road
from tests.unit.test_holding_back import A, B, lock, polled, unlock
from tests.unit.virtual_room import Virtual, virtual_room

PAIR = rule("pair", {A: "open", B: "closed"})
SITE = with_rules(polled(road(gantries=(9_000, 9_500), signs=(8_000,))), PAIR)


def alarms(virtual: Virtual) -> list[str]:
    return [a.subject for a in virtual.room.alarms.standing() if a.kind is AlarmKind.CONFLICT]


async def conflict(virtual: Virtual) -> None:
    """Close B while A's lamps are stuck at open: A is ordered caution, and does not follow."""
    virtual.lamps[A].stuck = True
    await lock(virtual, B, Aspect.CLOSED)


async def latched(virtual: Virtual) -> None:
    await conflict(virtual)
    await virtual.until(lambda: "pair" in virtual.room.book.latches, within_s=5)


@pytest.mark.looptime
async def test_a_conflict_that_outlasts_the_settle_time_is_alarmed_within_a_second_and_driven_shut():
    async with virtual_room(SITE) as virtual:
        await conflict(virtual)
        await virtual.until(lambda: virtual.shows(B) is Aspect.CLOSED)
        began_s = virtual.room.clock.mono_s()
        await asyncio.sleep(1.8)
        assert alarms(virtual) == [], "lamps that were ordered something may pass through it"
        await virtual.until(lambda: alarms(virtual) == ["pair"], within_s=5)
        assert virtual.room.clock.mono_s() - began_s <= PAIR.settle_ms / 1000 + 1.0
        await asyncio.sleep(0.1)
        states = virtual.room.states
        assert {d: states[d].value for d in (A, B)} == {A: Aspect.CLOSED, B: Aspect.CLOSED}
        assert virtual.lamps[A].orders[-1] is Aspect.CLOSED
        assert "interlock:pair" in states[A].sources
        assert virtual.store.kinds().count("conflict") == 1
        row = next(change for change in virtual.store.changes if isinstance(change, LatchRow))
        assert row.seen == {A: "open", B: "closed"}
        state = interlock_state(virtual.room, PAIR)
        assert (state["state"], state["stands"]) == ("latched", "conflict")


@pytest.mark.looptime
async def test_where_nothing_was_ordered_it_is_alarmed_within_a_second_of_the_read_that_shows_it():
    """Both lamps are switched at the cabinet while the panel is local: we may not write, and say so."""
    async with virtual_room(SITE) as virtual:
        for device, value in ((A, Aspect.OPEN), (B, Aspect.CLOSED)):
            virtual.lamps[device].local, virtual.lamps[device].value = True, value
        reader = virtual.room.fleet.reconcilers[B]
        await virtual.until(lambda: reader.condition.reading.value is Aspect.CLOSED, within_s=11)
        await asyncio.sleep(reader.condition.reading.at_s + 1.0 - virtual.room.clock.mono_s())
        assert alarms(virtual) == ["pair"]
        assert virtual.lamps[A].orders == virtual.lamps[B].orders == []


@pytest.mark.looptime
async def test_a_conflict_shorter_than_the_settle_time_is_no_alarm():
    async with virtual_room(SITE) as virtual:
        virtual.lamps[A].delay_s = 1.2  # B is closed for that long before A follows
        await lock(virtual, B, Aspect.CLOSED)
        await asyncio.sleep(30)
        assert virtual.shows(A) is Aspect.CAUTION
        assert (alarms(virtual), virtual.room.book.latches) == ([], {})


@pytest.mark.looptime
async def test_what_is_unknown_is_no_conflict_seen():
    async with virtual_room(SITE) as virtual:
        virtual.lamps[A].dead = True
        await asyncio.sleep(40)
        await lock(virtual, B, Aspect.CLOSED)
        await asyncio.sleep(60)
        assert alarms(virtual) == []
        assert interlock_state(virtual.room, PAIR)["state"] == "possible"


@pytest.mark.looptime
async def test_it_stays_latched_when_the_conflict_is_gone_and_is_neither_acked_nor_shelved_away():
    async with virtual_room(SITE) as virtual:
        await latched(virtual)
        virtual.lamps[A].stuck = False
        virtual.lamps[A].value = Aspect.CLOSED
        await asyncio.sleep(120)
        assert virtual.shows(A) is Aspect.CLOSED
        assert interlock_state(virtual.room, PAIR)["stands"] == "kept"
        alarm = next(a for a in virtual.room.alarms.listed() if a.kind is AlarmKind.CONFLICT)
        await virtual.commands.alarms.ack(alarm.id, virtual.key(), "crew 2 is on the way")
        with pytest.raises(NotPossible, match="never shelved"):
            await virtual.commands.alarms.shelve(alarm.id, virtual.key(), 30, "noise")
        assert alarms(virtual) == ["pair"]
        assert "pair" in virtual.room.book.latches


@pytest.mark.looptime
async def test_the_reset_is_refused_while_the_conflict_stands_and_then_lets_the_devices_go():
    async with virtual_room(SITE) as virtual:
        await latched(virtual)
        orders = virtual.commands.interlocks
        with pytest.raises(NotPossible, match=f"still stands .*{A} open"):
            await orders.reset("pair", virtual.key(), "looks fine to me")
        virtual.lamps[A].stuck = False
        virtual.lamps[A].value = Aspect.CAUTION
        await asyncio.sleep(5)
        await orders.reset("pair", virtual.key("wang.fang"), "lamp of A replaced")
        assert alarms(virtual) == []
        await virtual.until(lambda: virtual.shows(A) is Aspect.CAUTION, within_s=10)
        assert virtual.shows(B) is Aspect.CLOSED, "its lock still stands"
        record = next(r for r in virtual.store.records if r.kind == "conflict_reset")
        assert (record.actor.id, record.body["reason"]) == ("wang.fang", "lamp of A replaced")
        assert LatchGone("pair") in virtual.store.changes
        await unlock(virtual, B)
        await virtual.until(lambda: (virtual.shows(A), virtual.shows(B)) == (Aspect.OPEN, Aspect.OPEN))


@pytest.mark.looptime
async def test_a_conflict_that_returns_latches_again():
    async with virtual_room(SITE) as virtual:
        await latched(virtual)
        virtual.lamps[A].value = Aspect.CAUTION
        await asyncio.sleep(3)
        await virtual.commands.interlocks.reset("pair", virtual.key(), "seen")
        virtual.lamps[A].value = Aspect.OPEN  # still stuck, at what it was
        await virtual.until(lambda: alarms(virtual) == ["pair"], within_s=15)
        assert virtual.store.kinds().count("conflict") == 2


@pytest.mark.looptime
async def test_a_device_nobody_can_read_is_answered_for_by_name():
    async with virtual_room(SITE) as virtual:
        await latched(virtual)
        virtual.lamps[A].dead = True
        await asyncio.sleep(10)
        orders = virtual.commands.interlocks
        with pytest.raises(NotPossible, match=f"{A} cannot be read"):
            await orders.reset("pair", virtual.key(), "seen")
        with pytest.raises(NotPossible, match=f"{B} can be read"):
            await orders.reset("pair", virtual.key(), "seen", [A, B])
        await orders.reset("pair", virtual.key(), "lane shut by cones", [A])
        assert "pair" not in virtual.room.book.latches


@pytest.mark.looptime
async def test_what_cannot_be_reset_says_why():
    async with virtual_room(SITE) as virtual:
        orders = virtual.commands.interlocks
        with pytest.raises(Unknown, match="no interlock nonsense"):
            await orders.reset("nonsense", virtual.key(), "x")
        with pytest.raises(NotPossible, match="not latched"):
            await orders.reset("pair", virtual.key(), "x")
        await latched(virtual)
        virtual.lamps[A].value = Aspect.CLOSED
        await asyncio.sleep(3)
        virtual.store.degraded = "disk full"
        with pytest.raises(NotPossible, match="JOURNAL DEGRADED"):
            await orders.reset("pair", virtual.key(), "x")
        assert LatchGone("pair") not in virtual.store.changes, "nothing of it may reach the disk later"
        assert "pair" in virtual.room.book.latches


@pytest.mark.looptime
async def test_a_latch_and_an_incident_stand_beside_each_other():
    async with virtual_room(SITE) as virtual:
        await latched(virtual)
        plan = virtual.commands.plan(crash(9_700, lanes=(2,)))
        rows = {row["device"]: row["problem"] for row in readiness(virtual.room, plan)}
        assert rows[B] == "latched"
        incident = await virtual.press(crash(9_700, lanes=(2,)))
        await virtual.commands.clear(incident.id, virtual.key())
        await asyncio.sleep(60)
        assert {virtual.room.states[d].value for d in (A, B)} == {Aspect.CLOSED}


async def test_a_latch_survives_a_restart_and_is_reset_over_the_api(tmp_path):
    site = with_rules(polled(road(gantries=(9_000,))), rule("pair", {A: "open", B: "closed"}, settle_ms=100))
    async with running_api(tmp_path, site) as api:
        api.lamps[A].local = api.lamps[B].local = True
        api.lamps[B].value = Aspect.CLOSED
        for device in (A, B):
            api.room.fleet.reconcilers[device].refresh(api.room.clock.mono_s())
        async with asyncio.timeout(5):
            while "pair" not in api.room.book.latches:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    async with running_api(tmp_path, site) as api:
        assert "pair" in api.room.book.latches
        latch = api.room.book.latches["pair"]
        assert latch.seen == {A: Aspect.OPEN, B: Aspect.CLOSED}
        assert api.room.states[A].value is Aspect.CLOSED
        async with asyncio.timeout(5):
            while (await api.get("/interlocks"))["interlocks"][0]["stands"] != "kept":  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        listed = (await api.get("/alarms", kind="conflict"))["alarms"]
        assert [a["subject"] for a in listed] == ["pair"]
        refused = await api.post("/interlocks/pair/reset", {"reason": ""})
        assert refused.status_code == 422
        answer = await api.post("/interlocks/pair/reset", {"reason": "mended"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["state"] == "kept"
        assert (await api.post("/interlocks/none/reset", {"reason": "x"})).status_code == 404
        assert (await api.post("/interlocks/pair/reset", {"reason": "x"})).status_code == 409
    async with running_api(tmp_path, site) as api:
        assert api.room.book.latches == {}
