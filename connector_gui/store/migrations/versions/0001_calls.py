"""Calls and their transcripts.

Written out instead of taken from `store.tables`: a migration says what the schema was then.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "calls",
        sa.Column("id", ROW_ID, primary_key=True, autoincrement=True),
        sa.Column("session_id", sa.String(128), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16)),
        sa.Column("ended_by", sa.String(16)),
        sa.Column("error", sa.JSON),
        sa.Column("close", sa.JSON),
        sa.Column("agent_id", sa.Text, nullable=False),
        sa.Column("agent_name", sa.Text),
        sa.Column("practice", sa.Boolean, nullable=False),
        sa.Column("conversation_id", sa.Text),
        sa.Column("user_id", sa.Text),
        sa.Column("metadata", sa.JSON, nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("ring_expires_at", sa.String(32), nullable=False),
        sa.Column("accepted_at", sa.String(32)),
        sa.Column("started_at", sa.String(32)),
        sa.Column("ended_at", sa.String(32)),
        sa.Column("duration_s", sa.Float, nullable=False),
        sa.Column("muted", sa.Boolean, nullable=False),
        sa.Column("held", sa.Boolean, nullable=False),
        sa.Column("tool_calls", sa.JSON, nullable=False),
        sa.Column("notices", sa.JSON, nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("recording", sa.JSON, nullable=False),
        sa.Column("elevenlabs", sa.JSON),
        sa.Column("callback", sa.JSON, nullable=False),
        sa.Column("priority", sa.BigInteger, nullable=False),
        sa.Column("placed_by", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("callback_url", sa.Text),
        sa.UniqueConstraint("session_id", name="uq_calls_session_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_calls_status_id", "calls", ["status", "id"])
    op.create_index("ix_calls_outcome_id", "calls", ["outcome", "id"])
    op.create_table(
        "transcript_entries",
        sa.Column("call_id", ROW_ID, sa.ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("said_text", sa.Text),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("event_id", sa.BigInteger),
        sa.Column("interrupted", sa.Boolean, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sqlite_with_rowid=False,
    )
