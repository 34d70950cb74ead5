"""Devices left out of one incident by the person who presses (S14), unless the laws need them (S2, S3)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from controller.incidents.lifecycle import NotPossible
from controller.key import Unknown
from devices.values import Aspect
from tests.unit.api_room import PRESS, Api, running_api
from tests.unit.small_road import crash, road
from tests.unit.virtual_room import virtual_room

SITE = road(gantries=range(7_000, 11_001, 500), signs=(6_000, 6_800), beacons=(8_000, 9_000))


@pytest.mark.looptime
async def test_a_head_of_the_warning_band_hands_its_role_on() -> None:
    async with virtual_room(SITE) as virtual:
        with_it = virtual.commands.plan(crash(10_200))
        assert {d.device: d.value for d in with_it.demands}["H8500-1"] is Aspect.MERGE_RIGHT
        incident = await virtual.press(crash(10_200), drop=["H8500-1"])
        await asyncio.sleep(3)  # it is looked at again meanwhile
        assert virtual.shows("H8500-1") is Aspect.OPEN
        assert virtual.shows("H8000-1") is Aspect.MERGE_RIGHT
        assert incident.window is not None
        assert incident.window.verdict is not None
        assert incident.window.verdict.met
        assert list(incident.window.verdict.apart) == ["H8500-1"]
        (finding,) = [f for f in incident.plan.findings if f.code == "dropped"]
        assert finding.device == "H8500-1"
        assert "H8000-1" in finding.text
        # It stays left out of what this incident asks for later.
        await virtual.commands.correct(incident.id, crash(10_300), virtual.key())
        await virtual.until(lambda: incident.release is None)
        assert virtual.shows("H8500-1") is Aspect.OPEN
        other = await virtual.press(crash(10_200), separate=True)
        assert "H8500-1" in {d.device for d in other.plan.demands}, "only this incident is without it"


@pytest.mark.looptime
@pytest.mark.parametrize(
    ("drop", "says"),
    [
        pytest.param(["H9500-1"], r"S3 .* stay open between H9000-1 and H10000-1", id="inside-the-closure"),
        pytest.param(
            ["H9000-1", "H9500-1", "H10000-1", "H8500-1", "H8000-1", "H7500-1", "H7000-1"],
            r"S3 .* no head",
            id="the-whole-lane",
        ),
        pytest.param(["H8500-1", "H8000-1", "H7500-1", "H7000-1"], r"S3 .* merge band", id="the-whole-band"),
    ],
)
async def test_what_the_laws_need_is_refused_with_the_name_of_the_rule(drop: list[str], says: str) -> None:
    async with virtual_room(SITE) as virtual:
        with pytest.raises(NotPossible, match=says):
            await virtual.commands.raise_incident(crash(10_200), virtual.key(), drop=drop)
        assert virtual.room.book.incidents == {}
        with pytest.raises(Unknown, match="no device XYZ"):
            virtual.commands.plan(crash(10_200), ["XYZ"])


@pytest.mark.looptime
async def test_a_broken_head_inside_the_closure_may_be_left_out() -> None:
    async with virtual_room(SITE) as virtual:
        virtual.lamps["H9500-1"].dead = True
        reconciler = virtual.room.fleet.reconcilers["H9500-1"]
        await virtual.until(lambda: reconciler.condition.reachable is False)
        incident = await virtual.press(crash(10_200), drop=["H9500-1"])
        assert incident.window is not None
        assert incident.window.verdict is not None
        assert incident.window.verdict.met
        assert "H9500-1" in incident.window.verdict.apart


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(tmp_path) as api:
        yield api


async def test_over_http_it_is_a_field_of_the_press_the_plan_and_the_activation(api: Api) -> None:
    planned = await api.post("/plans", PRESS | {"drop": ["BCN-1"]})
    assert "BCN-1" not in [d["device"] for d in planned.json()["plan"]["demands"]]
    assert ("BCN-1", "dropped") in [(r["device"], r["problem"]) for r in planned.json()["readiness"]]
    prepared = (await api.post("/incidents", PRESS | {"activate": False})).json()
    answer = await api.post(f"/incidents/{prepared['id']}/activate?wait=verified", {"drop": ["BCN-1"]})
    told = answer.json()
    assert told["dropped"] == ["BCN-1"]
    assert told["verdict"]["outcome"] == "met"
    assert "BCN-1" in told["verdict"]["line"]
    unknown = await api.post("/incidents", PRESS | {"drop": ["nope"], "separate": True})
    assert unknown.status_code == 404
    refused = await api.post("/incidents", PRESS | {"drop": ["LCS-G3-1"], "separate": True})
    assert refused.status_code == 409
    assert "S3" in refused.json()["detail"]


async def test_what_was_left_out_stays_left_out_after_a_restart(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        told = (await api.post("/incidents?wait=verified", PRESS | {"drop": ["BCN-1"]})).json()
    async with running_api(tmp_path) as api:
        again = await api.get(f"/incidents/{told['id']}")
        assert again["dropped"] == ["BCN-1"]
        assert "BCN-1" in again["verdict"]["apart"]


@pytest.mark.looptime
async def test_a_joined_press_leaves_out_what_is_not_commanded_yet() -> None:
    """A second report puts the place farther upstream; of what that asks for besides, a head is left out."""
    async with virtual_room(SITE) as virtual:
        first = await virtual.press(crash(10_200))
        second = crash(9_950)
        asked = {demand.device for demand in first.plan.demands}
        assert "H7500-1" in {d.device for d in virtual.commands.plan(second).demands} - asked
        for drop, error, says in (("H8500-1", NotPossible, "commanded already"), ("X", Unknown, "no device")):
            with pytest.raises(error, match=says):
                await virtual.commands.raise_incident(second, virtual.key(), drop=[drop])
        assert first.course.dropped == ()
        raised = await virtual.commands.raise_incident(second, virtual.key(), drop=["H7500-1"])
        assert raised.joined
        assert raised.incident.course.dropped == ("H7500-1",)
        demanded = {demand.device for demand in first.plan.demands}
        assert demanded > asked
        assert "H7500-1" not in demanded
