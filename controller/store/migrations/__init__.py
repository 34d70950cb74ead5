"""Alembic's side of the schema: how an older database becomes a present one."""
