"""The line that a call ran on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add a column; calls that are there had the desk's own devices."""
    op.add_column("calls", sa.Column("line", sa.Text))
