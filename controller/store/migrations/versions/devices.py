"""Out of service has an end; the commands of a device are found."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the end of a device's time out of service (null has none), and an index of steps by device."""
    op.add_column("services", sa.Column("until_ms", sa.BigInteger))
    op.create_index("ix_steps_device", "steps", ["device", "at_ms"])
