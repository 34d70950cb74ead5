"""One seed judged: the plans of its incidents, joined, against the laws."""

from controller.arbitration import Source, desired_states
from controller.planner import plan_incident
from tests.prove.laws import broken
from tests.prove.roads import draw


def judge(seed: int, *, incidents: int = 1) -> list[str]:
    """Return every law the road of a seed breaks; empty where it keeps them all."""
    drawn = draw(seed, incidents=incidents)
    plans = [plan_incident(report, drawn.site, missing=drawn.missing) for report in drawn.reports]
    sources = [Source(f"I-{n}", plan, n) for n, plan in enumerate(plans, start=1)]
    states = desired_states(drawn.site, sources, now_ms=0, missing=drawn.missing)
    shown = {device: state.value for device, state in states.items()}
    return list(broken(drawn.site, drawn.reports, plans, shown, drawn.missing))
