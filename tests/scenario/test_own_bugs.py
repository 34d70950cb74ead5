"""One bug in one driver, and what the rest of the road does."""

from benchmarks.press import ORIGIN
from controller.incident import IncidentState
from simulators.remote import Road
from tests.scenario.room_rig import room_rig

BROKEN = "LCS-FU-09-1"


class Broken:
    """A driver with a bug in it: everything is passed on but writes."""

    asks = True

    def __init__(self, inner):
        self._inner = inner

    async def drive(self, order, on_acked):
        return {}["no such key"]

    async def read_back(self, newer_than_s):
        return await self._inner.read_back(newer_than_s)

    def watch(self, wake):
        self._inner.watch(wake)

    def last(self):
        return self._inner.last()


async def test_a_key_error_in_one_driver_leaves_the_others_verified(tmp_path, short_budget_site):
    def wrap(drivers):
        return {**drivers, BROKEN: Broken(drivers[BROKEN])}

    async with (
        room_rig(tmp_path, site_path=short_budget_site, wrap=wrap) as rig,
        Road(rig.control_url) as road,
    ):
        await rig.until_well()
        incident = await rig.press(ORIGIN)
        verdict = incident.window.verdict
        assert verdict.outcome == "missed"
        assert set(verdict.failed) == {BROKEN}
        assert "KeyError" in verdict.failed[BROKEN]
        assert verdict.verified == verdict.total - 1
        assert incident.state is IncidentState.DEGRADED
        lamps = await road.lamps()
        assert lamps["LCS-FU-08-1"] == lamps["LCS-FU-10-1"] == "closed"
        assert lamps[BROKEN] == "open"
        assert any(BROKEN in alarm.subject for alarm in rig.room.alarms.standing())
