"""`reference/situations/*.svg`: a few of the 24 situations drawn on the road, to scale."""

from collections.abc import Callable, Mapping

from api.strip import Picture, draw
from controller.incident import LaneFact
from controller.plan.bands import settle
from controller.plan.planner import plan_incident
from docs.pages.situations import DRAWN, FOLDER, Situation, sample, situations, states


def file_of(number: int) -> str:
    """Return the name of a situation's picture."""
    return f"{FOLDER}/{number:02}.svg"


def pictures() -> Mapping[str, Callable[[], str]]:
    """Return file name → what draws it."""
    return {file_of(number): lambda number=number: picture(number) for number in DRAWN}  # type: ignore[misc]


def picture(number: int) -> str:
    """Return the drawing of one situation: the final desired state of everything in it."""
    situation = situations()[number - 1]
    shown = {device: state.value for device, state in states(situation).items()}
    return draw(
        sample(),
        Picture(f"{number}. {situation.title}", situation.reports, _facts(situation), shown),
    )


def _facts(situation: Situation) -> list[LaneFact]:
    """Return the closed stretches of all its incidents joined."""
    plans = [plan_incident(report, sample(), since_s=situation.since_s) for report in situation.reports]
    facts = [fact for plan in plans for fact in plan.lane_facts]
    return [
        LaneFact(road, stretch.lane, stretch.from_m, stretch.to_m)
        for road in sample().carriageways
        for stretch in settle(sample(), road, facts)
    ]
