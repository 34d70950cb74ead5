"""A revision as the store keeps it."""

from controller.book import actor_to_json
from controller.incident import Revision
from controller.plan import plan_json
from controller.store.rows import RevisionRow


def revision_row(revision: Revision) -> RevisionRow:
    """Return the stored form of a revision."""
    return RevisionRow(
        revision.incident_id,
        revision.number,
        revision.kind.value,
        revision.phase,
        actor_to_json(revision.actor),
        revision.at_ms,
        revision.budget_ms,
        revision.site_digest,
        plan_json.plan_to_json(revision.plan),
    )
