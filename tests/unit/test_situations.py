"""24 situations on the sample site, device by device: `docs/reference/situations.md` is the snapshot."""

from typing import TypeAlias

import pytest

from config.sign_meaning import Level, level
from controller.incident import LaneFact
from controller.plan.planner import plan_incident
from controller.states.arbitration import DesiredStates
from controller.states.interlock import violations
from devices.values import Aspect, DeviceType, Message
from docs.generate import FOLDER, text_of
from docs.pages.situations import Situation, sample, situations, states

Words: TypeAlias = dict[str, str]
CASES = [pytest.param(case, id=f"{n}-{case.title}") for n, case in enumerate(situations(), start=1)]


def test_there_are_24_and_the_page_shows_what_the_planner_gives() -> None:
    assert len(situations()) == 24
    page = (FOLDER / "situations.md").read_text("utf-8")
    assert page == text_of("situations.md"), "run python -m docs.generate and read what changed"


def test_every_situation_has_one_sentence() -> None:
    sentences = [case.because for case in situations()]
    assert len(set(sentences)) == 24
    assert all(sentence.endswith(".") for sentence in sentences)


@pytest.mark.parametrize("case", CASES)
def test_what_stands_is_lawful(case: Situation) -> None:
    site = sample()
    plans = [plan_incident(report, site, since_s=case.since_s) for report in case.reports]
    facts: list[LaneFact] = [fact for plan in plans for fact in plan.lane_facts]
    shown = {device: state.value for device, state in states(case).items()}
    assert violations(site, shown, facts) == ()


@pytest.mark.parametrize("case", CASES)
def test_a_carriageway_with_no_lane_open_says_so_on_every_sign_before_it(case: Situation) -> None:
    site, shown = sample(), states(case)
    for road in site.carriageways:
        stops = [g.at_m for g in site.gantries_along(road) if crosses(shown, g.id)]
        if not stops:
            continue
        for sign in site.devices_along(road, DeviceType.SIGN):
            if min(stops) - 15_000 <= sign.at_m <= max(stops):
                value = shown[sign.id].value
                assert isinstance(value, Message)
                assert level(value.multi) is Level.CLOSURE, sign.id


def crosses(shown: DesiredStates, gantry: str) -> bool:
    """Return whether every head of a cross-section is closed."""
    heads = [head.id for head in sample().heads(gantry).values()]
    return all(head in shown and shown[head].value is Aspect.CLOSED for head in heads)
