"""What of a plan lies before this site begins: told to whoever watches for the neighbour, and journalled."""

from collections.abc import Iterator

from controller.book import Incident
from controller.events import BeyondSite
from controller.incident import Actor, Beyond, Plan
from controller.plan.plan_json import beyond_to_json
from controller.room import ControlRoom
from controller.store.rows import Record


def beyond_of(plan: Plan) -> tuple[Beyond, ...]:
    """Return the stretches before this site that a plan would warn in, one a carriageway."""
    return tuple(finding.beyond for finding in plan.findings if finding.beyond is not None)


def records(room: ControlRoom, incident: Incident, plan: Plan, number: int, actor: Actor) -> Iterator[Record]:
    """Yield the journal record of a plan that reaches beyond the site, for the transaction of its intent.

    A stretch that the plan it follows already named is not told again.
    """
    if new := _new(incident, plan):
        body = {
            "incident": incident.id,
            "revision": number,
            "beyond": [beyond_to_json(one) for one in new],
        }
        yield room.record("beyond_site", actor, incident.section, body)


def tell(room: ControlRoom, incident: Incident, plan: Plan, number: int) -> None:
    """Publish what `records` journals; call it before the incident takes the plan over."""
    for one in _new(incident, plan):
        room.metrics.beyond_site.labels(one.carriageway).inc()
        room.events.publish(
            BeyondSite(incident.id, number, one.carriageway, one.from_post, one.to_post, one.length_m)
        )


def _new(incident: Incident, plan: Plan) -> tuple[Beyond, ...]:
    told = beyond_of(incident.plan)
    return tuple(one for one in beyond_of(plan) if one not in told)
