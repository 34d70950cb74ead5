"""Devices that have failed, and what was decided of an incident on its way."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the table of failed devices and the course of incidents."""
    op.create_table(
        "faults",
        sa.Column("device", sa.Text, primary_key=True, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )
    op.add_column("incidents", sa.Column("course", sa.Text))
