"""Commissioning: each value lit while somebody holds on, the base restored, what was seen recorded."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from config.site import ModbusAddress, SiteKind
from controller import walking
from controller.walking import digest_of
from devices.values import Aspect
from tests.contract.store_samples import until
from tests.sites import tiny_site
from tests.unit.api_room import PRESS, Api, running_api

HEAD = "LCS-G1-1"
HOLD_S = 0.6


@pytest.fixture
async def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    monkeypatch.setattr(walking, "HOLD_S", HOLD_S)
    async with running_api(tmp_path) as made:
        await until(lambda: all(r.condition.reading for r in made.room.fleet.reconcilers.values()))
        yield made


async def show(api: Api, value: str, status: int = 200) -> str:
    answer = await api.post(f"/devices/{HEAD}/walk", {"value": value})
    assert answer.status_code == status, answer.text
    return answer.text


async def lit(api: Api, aspect: Aspect) -> None:
    await until(lambda: api.lamps[HEAD].value is aspect)


async def test_every_value_is_lit_in_turn_and_the_base_restored(api: Api) -> None:
    values = (await api.get(f"/devices/{HEAD}/walk"))["values"]
    assert set(values) == {a.value for a in api.room.site.devices[HEAD].aspects}
    others = {device: lamp.value for device, lamp in api.lamps.items() if device != HEAD}
    for value in values:
        await show(api, value)
        await lit(api, Aspect(value))
    assert {device: lamp.value for device, lamp in api.lamps.items() if device != HEAD} == others
    assert (await api.client.delete(f"/api/v1/devices/{HEAD}/walk")).status_code == 200
    await lit(api, Aspect.OPEN)
    await until(lambda: HEAD not in api.room.fleet.walks)
    assert api.room.alarms.standing() == ()  # nothing was adopted, nothing is unexplained
    assert not api.room.book.adopted
    kinds = [r.kind for r in await api.room.store.journal(kinds=("walk", "walk_step"))]
    assert kinds[0] == "walk"
    await api.room.store.commit([], [])
    (end,) = await api.room.store.journal(kinds=["walk_ended"])
    assert end.body["restored"] is True


async def test_what_nobody_holds_goes_out(api: Api) -> None:
    await show(api, "closed")
    await lit(api, Aspect.CLOSED)
    for _ in range(4):  # held for longer than one hold
        await asyncio.sleep(HOLD_S / 2)
        await show(api, "closed")
    assert api.lamps[HEAD].value is Aspect.CLOSED
    await lit(api, Aspect.OPEN)


async def test_nothing_is_walked_while_an_incident_is_open(api: Api) -> None:
    await api.post("/incidents?wait=verified", PRESS)
    before = api.lamps[HEAD].value
    assert "is open" in await show(api, "open", 409)
    assert api.lamps[HEAD].value is before


async def test_an_incident_ends_a_walk_at_once_and_has_its_way(api: Api) -> None:
    await show(api, "dark")
    await lit(api, Aspect.DARK)
    incident = (await api.post("/incidents?wait=verified", PRESS)).json()
    assert incident["verdict"]["outcome"] == "met"
    wanted = {d["device"]: d["value"] for d in incident["plan"]["demands"]}
    assert str(api.lamps[HEAD].value) == wanted[HEAD]
    await until(lambda: not api.room.fleet.walks)
    assert str(api.lamps[HEAD].value) == wanted[HEAD]
    assert "is open" in await show(api, "dark", 409)


async def test_a_locked_device_is_not_walked(api: Api) -> None:
    await api.client.put(f"/api/v1/devices/{HEAD}/lock", json={"value": "closed", "reason": "works"})
    assert "locked" in await show(api, "open", 409)


async def test_what_was_seen_is_recorded_and_survives_a_restart(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        seen = {"open": True, "closed": True}
        answer = await api.client.put(
            f"/api/v1/devices/{HEAD}/commissioning", json={"seen": seen, "note": "from the shoulder"}
        )
        assert answer.json()["commissioned"]["seen"] == seen
        (row,) = await api.room.store.journal(kinds=["commissioned"])
        assert row.body["digest"] == digest_of(api.room.site.devices[HEAD])
        assert row.body["model"] == "plc-lane-light"
    async with running_api(tmp_path) as api:
        assert (await api.get(f"/devices/{HEAD}"))["commissioned"]["note"] == "from the shoulder"
        assert (await api.get(f"/devices/{HEAD}"))["uncommissioned"] == ""


@pytest.mark.parametrize(
    ("seen", "moved", "says"),
    [
        pytest.param(None, False, "never walked", id="never"),
        pytest.param({"closed": True}, True, "changed since", id="another-address"),
        pytest.param({"closed": False}, False, "not seen when it was walked: closed", id="crossed-wires"),
    ],
)
async def test_an_uncommissioned_device_is_driven_and_named(
    tmp_path: Path, seen: dict[str, bool] | None, moved: bool, says: str
) -> None:
    site = tiny_site()
    async with running_api(tmp_path, site) as api:
        for device in site.devices:
            good = {"any": True} if device != HEAD else seen
            if good is not None:
                await api.client.put(f"/api/v1/devices/{device}/commissioning", json={"seen": good})
    head = site.devices[HEAD]
    assert isinstance(head.address, ModbusAddress)
    if moved:
        head = replace(head, address=replace(head.address, command=head.address.command + 40))
    live = replace(site, kind=SiteKind.LIVE, devices=dict(site.devices) | {HEAD: head})
    async with running_api(tmp_path, live) as api:
        await until(lambda: all(r.condition.reading for r in api.room.fleet.reconcilers.values()))
        plan = (await api.post("/plans", PRESS)).json()
        named = {r["device"]: r for r in plan["readiness"] if r["problem"] == "uncommissioned"}
        assert set(named) == {HEAD}
        assert says in named[HEAD]["reason"]
        incident = (await api.post("/incidents?wait=verified", PRESS)).json()
        assert incident["verdict"]["outcome"] == "met"
        assert says in incident["uncommissioned"][HEAD]


async def test_a_lamp_without_a_driver_that_explains_says_so(api: Api) -> None:
    answer = await api.client.get(f"/api/v1/devices/{HEAD}/probe")
    assert answer.status_code == 409
