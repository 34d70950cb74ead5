"""Alarms survive a restart with what people have seen of them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table of listed alarms."""
    op.create_table(
        "alarms",
        sa.Column("cause", sa.Text, primary_key=True),
        *(sa.Column(n, sa.Text, nullable=False) for n in ("id", "kind", "subject", "text", "priority")),
        sa.Column("group_name", sa.Text, nullable=False),
        sa.Column("first_up", sa.Integer, nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("cleared_ms", sa.BigInteger),
        sa.Column("times_raised", sa.Integer, nullable=False),
        *(sa.Column(n, sa.Text, nullable=False) for n in ("ack", "shelf")),
    )
