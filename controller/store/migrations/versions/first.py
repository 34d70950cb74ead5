"""The first schema. Written out, so that later changes of the tables cannot change this step."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _text(name: str, *, key: bool = False, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=null)


def _int(name: str, *, key: bool = False, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=key, nullable=null)


def _big(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null)


def upgrade() -> None:
    """Create every table of the first version."""
    op.create_table(
        "incidents",
        *(_text("id", key=True), _text("section"), _text("carriageway"), _text("state"), _text("report")),
        *(_big("created_ms"), _big("updated_ms"), _int("revision"), _text("actor")),
        _text("release", null=True),
    )
    op.create_index("ix_incidents_created", "incidents", ["created_ms", "id"])
    op.create_index("ix_incidents_state", "incidents", ["state"])
    op.create_table(
        "revisions",
        *(_text("incident", key=True), _int("number", key=True), _text("kind"), _text("phase")),
        *(_text("actor"), _big("at_ms"), _int("budget_ms"), _text("site_digest"), _text("plan")),
    )
    op.create_table(
        "verdicts",
        *(_text("incident", key=True), _int("number", key=True), _big("at_ms"), _text("verdict")),
    )
    op.create_table(
        "steps",
        *(_text("incident", key=True), _int("number", key=True), _text("device", key=True)),
        *(_text("state"), _text("reason"), _big("t_ms"), _big("at_ms"), _text("times")),
    )
    op.create_table(
        "idempotency", _text("key", key=True), _text("body_hash"), _text("incident"), _big("at_ms")
    )
    op.create_table("adopted", _text("device", key=True), _text("value"), _big("since_ms"))
    op.create_table("permits", _text("device", key=True), _text("value"), _text("incident"), _big("at_ms"))
    op.create_table(
        "locks",
        *(_text("device", key=True), _text("value"), _text("reason"), _text("actor"), _big("at_ms")),
        _big("expires_ms", null=True),
    )
    op.create_table("services", _text("device", key=True), _text("reason"), _text("actor"), _big("at_ms"))
    op.create_table("epochs", _text("section", key=True), _big("epoch"))
    op.create_table(
        "journal",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False
        ),
        *(_big("at_ms"), _text("kind"), _text("actor"), _text("section"), _big("epoch")),
        *(_text("body"), _text("prev"), _text("hash")),
    )
    op.create_index("ix_journal_kind", "journal", ["kind", "seq"])
