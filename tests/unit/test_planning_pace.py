"""Nothing that plans or joins keeps the loop for more than 10 ms, on a corridor of 1,000 devices."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from benchmarks.corridor import corridor
from benchmarks.planning import exponent, work
from controller.book import Permit
from controller.incident import IncidentType, LaneImpact, Place, Report
from devices.values import Aspect
from tests.unit.api_room import Api, running_api

SITE = corridor(1_000)
MIDDLE_M = SITE.carriageways["E"].length_m // 2
LIMIT_MS = 10.0


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(tmp_path, SITE) as api:
        yield api


def crash(at_m: int, *lanes: int, kind: IncidentType = IncidentType.REAR_END) -> Report:
    bore = SITE.bore_at("E", at_m)
    place = Place("E", at_m, at_m, True, bore.tunnel if bore is not None else None)
    return Report(place, dict.fromkeys(lanes, LaneImpact.BLOCKED), kind)


def best_ms(work: Callable[[], object], times: int = 7) -> float:
    """Return the least processor time of this thread one call took: another process's work is not ours."""
    took = []
    for _ in range(times):
        began_s = time.thread_time()
        work()
        took.append((time.thread_time() - began_s) * 1000)
    return min(took)


async def test_a_plan_and_the_join_of_four_incidents_keep_the_loop_briefly(api: Api) -> None:
    reports = [crash(MIDDLE_M, 1), crash(MIDDLE_M + 4_000, 3), crash(MIDDLE_M // 2, 1, 2, 3)]
    reports.append(crash(MIDDLE_M + 1_500, 2, kind=IncidentType.FIRE))
    for report in reports:
        body = {
            "carriageway": "E",
            "chainage": str(SITE.carriageways["E"].chainage.at(report.place.from_m)),
            "lanes": sorted(report.blocked),
            "type": report.type.value,
            "separate": True,
        }
        answer = await api.post("/incidents", body)
        assert answer.status_code == 201, answer.text
    room = api.room
    assert len(room.book.open()) == 4
    assert max(best_ms(partial(api.commands.plan, report)) for report in reports) < LIMIT_MS
    (first, *_) = room.book.open()

    def joined_anew() -> None:
        first.plan = replace(first.plan)  # another object: nothing is remembered of it
        room.derive()

    assert best_ms(joined_anew) < LIMIT_MS
    assert best_ms(room.apply) < LIMIT_MS


async def test_targets_follow_once_for_all_the_looks_of_one_turn(api: Api) -> None:
    room, applied = api.room, list[None]()
    apply = room.apply
    cast(Any, room).apply = lambda: applied.append(apply())
    for device in list(SITE.devices)[:200]:
        room.book.permits[device] = Permit(Aspect.CLOSED, "I-1", 0)
        room.release_proved(device)
    await asyncio.sleep(0)
    assert len(applied) == 1


@pytest.mark.parametrize("size", [125, 500, 1_000])
def test_a_corridor_has_as_many_devices_as_asked_and_work_for_every_case(size: int) -> None:
    site = corridor(size)
    assert len(site.devices) == size
    assert all(0 <= d.at_m <= site.carriageways[d.carriageway].length_m for d in site.devices.values())
    assert all(call() for call in work(site).values())


def test_the_exponent_tells_linear_from_quadratic_growth() -> None:
    sizes = (125, 250, 500, 1_000)
    assert exponent(sizes, [3.0 * size for size in sizes]) == pytest.approx(1)
    assert exponent(sizes, [0.1 * size**2 for size in sizes]) == pytest.approx(2)
