"""How long sirens sound, what makes them sound again, and how they are silenced (S13)."""

import asyncio
from dataclasses import replace

import pytest

from config.site import QuietHours
from controller.alarms.alarm import AlarmKind
from controller.incident import IncidentState, Report, StepState
from controller.incidents.course import Course, Replaced
from controller.incidents.quiet import is_quiet, next_change_ms
from controller.incidents.sirens import silence
from devices.values import BeaconState, SpeakerState
from tests.unit.equipped_road import equipped
from tests.unit.small_road import crash, road
from tests.unit.virtual_room import START_MS, Virtual, virtual_room

SITE = road(gantries=range(8_000, 11_001, 500), signs=(7_000,), beacons=(8_000, 9_000))
SITE = replace(SITE, policy=replace(SITE.policy, siren_s=60, review_min=30))
LOUD, FLASH = BeaconState(flash=True, siren=True), BeaconState(flash=True)
B = "B9000"

pytestmark = pytest.mark.looptime


async def silent_after_its_time(virtual: Virtual) -> None:
    await virtual.until(lambda: virtual.shows(B) == LOUD, within_s=5)
    began_s = virtual.room.clock.mono_s()
    await virtual.until(lambda: virtual.shows(B) == FLASH, within_s=70)
    assert 54 < virtual.room.clock.mono_s() - began_s < 62


async def extended(virtual: Virtual, report: Report) -> str:
    incident = await virtual.press(report)
    await silent_after_its_time(virtual)
    return incident.id


async def test_a_siren_ends_after_its_time_and_the_flash_goes_on() -> None:
    async with virtual_room(SITE) as virtual:
        await virtual.press(crash(10_200))
        await silent_after_its_time(virtual)
        await asyncio.sleep(600)
        assert virtual.shows(B) == FLASH


async def test_it_sounds_again_when_the_incident_is_activated_again() -> None:
    async with virtual_room(SITE) as virtual:
        incident = await extended(virtual, crash(10_200))
        await virtual.commands.clear(incident, virtual.key())
        await virtual.until(lambda: not virtual.room.book.incidents[incident].state.open)
        assert virtual.shows(B) == BeaconState()
        await virtual.commands.reactivate(incident, virtual.key())
        await silent_after_its_time(virtual)


async def test_it_sounds_again_for_another_incident() -> None:
    async with virtual_room(SITE) as virtual:
        await extended(virtual, crash(10_200))
        await virtual.press(crash(10_600), separate=True)
        await silent_after_its_time(virtual)


async def test_it_sounds_again_when_the_closure_grows_and_not_for_other_corrections() -> None:
    async with virtual_room(SITE) as virtual:
        incident = await extended(virtual, crash(10_200))
        await virtual.commands.correct(incident, replace(crash(10_200), severity="major"), virtual.key())
        await asyncio.sleep(5)
        assert virtual.shows(B) == FLASH
        await virtual.commands.correct(incident, crash(10_200, lanes=(1, 2)), virtual.key())
        await silent_after_its_time(virtual)


async def test_silenced_sirens_stay_silent_until_there_is_a_new_reason() -> None:
    async with virtual_room(SITE) as virtual:
        incident = await virtual.press(crash(10_200))
        await virtual.until(lambda: virtual.shows(B) == LOUD)
        done = await silence(virtual.room, virtual.key(), "crew on the phone")
        assert (done.incidents, done.still) == ((incident.id,), ())
        await virtual.until(lambda: virtual.shows(B) == FLASH, within_s=3)
        assert "silenced" in virtual.store.kinds()
        await asyncio.sleep(120)
        assert virtual.shows(B) == FLASH
        assert (await silence(virtual.room, virtual.key(), "")).incidents == ()
        await virtual.commands.correct(incident.id, crash(10_200, lanes=(1, 2)), virtual.key())
        await silent_after_its_time(virtual)


async def test_a_siren_that_a_lock_wants_is_named_not_silenced() -> None:
    async with virtual_room(SITE) as virtual:
        await virtual.commands.devices.lock(B, LOUD, "test", virtual.key())
        await virtual.until(lambda: virtual.shows(B) == LOUD)
        done = await silence(virtual.room, virtual.key(), "")
        assert done.still == (B,)
        await asyncio.sleep(5)
        assert virtual.shows(B) == LOUD


async def test_an_open_incident_asks_whether_it_is_still_needed_and_is_never_released_for_it() -> None:
    async with virtual_room(SITE) as virtual:
        incident = await virtual.press(crash(10_200))
        asked = lambda: [a.subject for a in virtual.room.alarms.standing() if a.kind is AlarmKind.REVIEW]  # noqa: E731
        await asyncio.sleep(29 * 60)
        assert asked() == []
        await asyncio.sleep(2 * 60)
        assert asked() == [incident.id]
        await virtual.commands.correct(incident.id, crash(10_300), virtual.key())
        assert asked() == []
        await asyncio.sleep(29 * 60)
        assert asked() == []
        await asyncio.sleep(2 * 60)
        assert asked() == [incident.id]
        await asyncio.sleep(1800)
        assert incident.state.open
        assert str(virtual.shows("H10000-1")) == "closed"


async def test_speakers_stop_after_their_time_are_silenced_too_and_speak_again_for_a_new_reason() -> None:
    site = equipped(SITE, speakers=(9_800,))
    site = replace(site, policy=replace(site.policy, speaker_s=90))

    def speaks(virtual: Virtual) -> bool:
        return virtual.shows("K9800") != SpeakerState()

    async with virtual_room(site) as virtual:
        incident = await virtual.press(crash(10_200))
        await asyncio.sleep(70)
        assert virtual.shows(B) == FLASH
        assert speaks(virtual)
        await virtual.until(lambda: not speaks(virtual), within_s=30)
        await virtual.commands.correct(incident.id, crash(10_200, lanes=(1, 2)), virtual.key())
        await virtual.until(lambda: speaks(virtual), within_s=5)
        assert (await silence(virtual.room, virtual.key(), "")).still == ()
        await virtual.until(lambda: not speaks(virtual), within_s=5)


def test_a_course_comes_back_as_it_was_stored() -> None:
    course = Course(1, 2, 3, 4, ("LCS-1", "VMS-1"), Replaced("correction", 3, crash(10_200), 7))
    assert Course.from_json(course.to_json()) == course


@pytest.mark.parametrize(
    ("course", "until_ms"),
    [
        pytest.param(Course(sounding_ms=1_000), 61_000, id="sounds"),
        pytest.param(Course(sounding_ms=1_000, silenced_ms=5_000), 1_000, id="silenced"),
        pytest.param(Course(sounding_ms=9_000, silenced_ms=5_000), 69_000, id="sounds-again"),
        pytest.param(Course(sounding_ms=5_000, silenced_ms=5_000), 5_000, id="silenced-at-once"),
    ],
)
def test_until_when_it_sounds(course: Course, until_ms: int) -> None:
    assert course.sounds_until_ms(60) == until_ms


NIGHT = QuietHours(22 * 60, 6 * 60, "Asia/Shanghai")  # 14:00 to 22:00 UTC
DAY_MS = START_MS  # 08:00 in Shanghai
HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("hours", "later_h", "quiet", "change_h"),
    [
        pytest.param(NIGHT, 0, False, 14, id="morning"),
        pytest.param(NIGHT, 14, True, 22, id="begins"),
        pytest.param(NIGHT, 17, True, 22, id="over-midnight"),
        pytest.param(NIGHT, 22, False, 38, id="ends"),
        pytest.param(QuietHours(12 * 60, 13 * 60, "UTC"), 12.5, True, 13, id="noon"),
        pytest.param(QuietHours(12 * 60, 13 * 60, "UTC"), 13, False, 36, id="after-noon"),
    ],
)
def test_quiet_hours(hours: QuietHours, later_h: float, quiet: bool, change_h: float) -> None:
    now_ms = DAY_MS + round(later_h * HOUR_MS)
    assert is_quiet(hours, now_ms) is quiet
    assert next_change_ms(hours, now_ms) == DAY_MS + round(change_h * HOUR_MS)


def test_without_quiet_hours_it_is_never_quiet() -> None:
    assert not is_quiet(None, DAY_MS + 17 * HOUR_MS)


async def test_in_quiet_hours_beacons_flash_and_do_not_sound_and_that_is_proved() -> None:
    noon = replace(SITE, policy=replace(SITE.policy, siren_s=600, quiet_hours=QuietHours(0, 5, "UTC")))
    async with virtual_room(noon) as virtual:
        incident = await virtual.press(crash(10_200))
        assert virtual.shows(B) == FLASH
        assert incident.window is not None
        assert incident.window.steps[B].state.proved
        await asyncio.sleep(295)
        assert virtual.shows(B) == FLASH
        await virtual.until(lambda: virtual.shows(B) == LOUD, within_s=10)
        await asyncio.sleep(280)
        assert virtual.shows(B) == LOUD
        await virtual.until(lambda: virtual.shows(B) == FLASH, within_s=30)


async def test_a_beacon_that_still_flashes_is_not_proved_to_be_released() -> None:
    async with virtual_room(SITE) as virtual:
        incident = await virtual.press(crash(10_200))
        head = next(d.device for d in incident.plan.demands if str(d.value) == "closed")
        virtual.lamps[head].dead = True
        await virtual.commands.clear(incident.id, virtual.key())
        await virtual.until(lambda: incident.release is not None and head in incident.release.waits_for)
        await asyncio.sleep(5)
        window = incident.clear_window
        assert window is not None
        assert virtual.shows(B) == FLASH
        assert window.steps[B].state is StepState.QUEUED
        assert "still to be released" in window.not_proved()[B]


async def test_a_release_does_not_end_before_its_beacons_are_dark() -> None:
    async with virtual_room(SITE) as virtual:
        incident = await virtual.press(crash(10_200))
        head = next(d.device for d in incident.plan.demands if str(d.value) == "closed")
        virtual.lamps[head].dead = True
        await virtual.commands.clear(incident.id, virtual.key())
        await virtual.until(lambda: incident.release is not None and head in incident.release.waits_for)
        assert virtual.shows(B) == FLASH
        virtual.lamps[B].dead, virtual.lamps[head].dead = True, False
        await virtual.until(lambda: incident.release is not None and B in incident.release.waits_for)
        assert incident.state is IncidentState.CLEARING
        virtual.lamps[B].dead = False
        await virtual.until(lambda: not incident.state.open)
        assert virtual.shows(B) == BeaconState()
        window = incident.clear_window
        assert window is not None
        assert window.steps[B].state is StepState.VERIFIED
