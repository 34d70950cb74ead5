"""What people saw when they walked a device."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table of commissioned devices."""
    op.create_table(
        "commissioned",
        sa.Column("device", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("digest", "seen", "note", "actor")),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )
