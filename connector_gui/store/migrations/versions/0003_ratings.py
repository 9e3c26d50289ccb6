"""What the operator thinks of single turns of the agent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add a column; turns that are there were never rated."""
    op.add_column("transcript_entries", sa.Column("rating", sa.String(8)))
