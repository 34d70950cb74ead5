"""The tables. JSON lives in text columns as canonical JSON; times are UTC milliseconds."""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text

REVISION = "0006"
"""The newest migration; a test keeps it equal to Alembic's head, so a start need not load Alembic."""

metadata = MetaData()

incidents = Table(
    "incidents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("section", Text, nullable=False),
    Column("carriageway", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("report", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("actor", Text, nullable=False),
    Column("release", Text),
    Column("course", Text),
    Index("ix_incidents_created", "created_ms", "id"),
    Index("ix_incidents_state", "state"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("incident", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("budget_ms", Integer, nullable=False),
    Column("site_digest", Text, nullable=False),
    Column("plan", Text, nullable=False),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("incident", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("verdict", Text, nullable=False),
)

steps = Table(
    "steps",
    metadata,
    Column("incident", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("t_ms", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("times", Text, nullable=False),
    Index("ix_steps_device", "device", "at_ms"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("key", Text, primary_key=True),
    Column("body_hash", Text, nullable=False),
    Column("incident", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)

adopted = Table(
    "adopted",
    metadata,
    Column("device", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
)

permits = Table(
    "permits",
    metadata,
    Column("device", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("incident", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)

locks = Table(
    "locks",
    metadata,
    Column("device", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger),
)

services = Table(
    "services",
    metadata,
    Column("device", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger),
)

faults = Table(
    "faults",
    metadata,
    Column("device", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)

latches = Table(
    "latches",
    metadata,
    Column("interlock", Text, primary_key=True),
    Column("seen", Text, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
)

commissioned = Table(
    "commissioned",
    metadata,
    Column("device", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("seen", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)

alarms = Table(
    "alarms",
    metadata,
    Column("cause", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("group_name", Text, nullable=False),
    Column("first_up", Integer, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    Column("cleared_ms", BigInteger),
    Column("times_raised", Integer, nullable=False),
    Column("ack", Text, nullable=False),
    Column("shelf", Text, nullable=False),
)

epochs = Table(
    "epochs",
    metadata,
    Column("section", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    # INTEGER PRIMARY KEY without autoincrement: `seq` is given by the chain, never by the database.
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("section", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("prev", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("ix_journal_kind", "kind", "seq"),
)
