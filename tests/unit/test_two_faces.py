"""A head with two faces in a control room: its back is held closed, an open one is a conflict (S8, T5)."""

from dataclasses import replace
from pathlib import Path

import pytest

from controller.alarms.alarm import AlarmKind
from controller.fleet.look import Look, Target, Written, look
from devices.driver import Reading
from devices.models import Proof
from devices.values import Aspect
from tests.simulated import until
from tests.unit.api_room import Api, Lamp, running_api

HEAD = "LCS-G1-1"
REST = Target(Aspect.OPEN, wanted=False)
CLOSED = Target(Aspect.CLOSED, wanted=True)
OFTEN = Written(3, -9.0)


class TwoFaces(Lamp):
    """A head whose back face closes with every command, unless it is stuck."""

    def __init__(self, front: Aspect, back: Aspect, *, stuck: bool = False) -> None:
        super().__init__(front)
        self.back, self.stuck = back, stuck

    async def drive(self, order, on_acked):
        if not self.stuck:
            self.back = Aspect.CLOSED
        return await super().drive(order, on_acked)

    def _reading(self) -> Reading:
        plain = super()._reading()
        assert isinstance(self.value, Aspect)
        proved = self.value if self.back is Aspect.CLOSED else None
        note = "" if proved else f"back face {self.back}, front {self.value}"
        return replace(plain, value=proved, note=note, faces=(self.value, self.back))


@pytest.mark.parametrize(
    ("target", "faces", "written", "expected"),
    [
        pytest.param(
            REST, (Aspect.OPEN, Aspect.OPEN), Written(), Look.WRITE, id="back-is-held-closed-at-rest"
        ),
        pytest.param(
            REST, (Aspect.CLOSED, Aspect.OPEN), Written(), Look.ADOPT, id="front-is-not-opened-for-it"
        ),
        pytest.param(CLOSED, (Aspect.CLOSED, Aspect.OPEN), Written(1, 0.0), Look.SETTLING, id="not-yet"),
        pytest.param(
            CLOSED, (Aspect.CLOSED, Aspect.OPEN), Written(3, -9.0), Look.MISMATCH, id="never-verified"
        ),
        pytest.param(
            CLOSED, (Aspect.CLOSED, Aspect.DARK), Written(3, -9.0), Look.MISMATCH, id="dark-is-not-closed"
        ),
    ],
)
def test_a_look_at_a_head_whose_back_is_not_closed(target, faces, written, expected) -> None:
    reading = Reading(None, 1.0, faces=faces)
    assert look(target, reading, written, proof=Proof.LAMP, step_deadline_s=2.0, now_s=1.0) is expected


def _conflicts(api: Api) -> dict[str, str]:
    standing = api.room.alarms.standing()
    return {alarm.subject: alarm.text for alarm in standing if alarm.kind is AlarmKind.CONFLICT}


async def test_an_open_back_at_rest_is_closed_and_the_api_shows_both_faces(tmp_path: Path) -> None:
    lamp = TwoFaces(Aspect.OPEN, Aspect.OPEN)
    async with running_api(tmp_path, own={HEAD: lamp}) as api:
        condition = api.room.fleet.reconcilers[HEAD].condition
        await until(lambda: condition.verdict in (Look.VERIFIED, Look.AT_REST))
        view = await api.get(f"/devices/{HEAD}")
        assert lamp.back is Aspect.CLOSED
        assert (view["shown"], view["back"], view["well"]) == ("open", "closed", True)
        assert (await api.get("/devices/LCS-G1-2"))["back"] is None
        assert _conflicts(api) == {}


async def test_a_back_that_stays_open_is_a_conflict_unknown_and_never_well(tmp_path: Path) -> None:
    lamp = TwoFaces(Aspect.CLOSED, Aspect.OPEN, stuck=True)
    async with running_api(tmp_path, own={HEAD: lamp}) as api:
        await until(lambda: bool(_conflicts(api)))
        view = await api.get(f"/devices/{HEAD}")
        said = "back face open, front closed: traffic may come from both sides"
        assert _conflicts(api) == {HEAD: said}
        assert (view["shown"], view["back"], view["well"]) == (None, "open", False)
        assert lamp.value is Aspect.CLOSED  # nobody ordered the front to leave its cross
        lamp.back = Aspect.CLOSED
        await until(lambda: not _conflicts(api))
        assert (await api.get(f"/devices/{HEAD}"))["shown"] == "closed"
