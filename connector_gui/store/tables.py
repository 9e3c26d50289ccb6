"""The tables of the record. Columns of `calls` bear the names of `CallRecord`'s fields.

What is filtered or sorted by has a column of its own type; small values that are read and written
as a whole are JSON. Transcripts are rows of their own: they grow while the call runs.

Beside them there is an index of words for each (`store.search`): ``call_words`` and ``entry_words``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)

metadata: Final = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_name)s"}
)

RowId = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column that is exactly INTEGER."""


class Utc(TypeDecorator[datetime]):
    """An instant as text in UTC with microseconds: sorts as it should, the same in every database."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """To the database."""
        del dialect
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        del dialect
        return None if value is None else datetime.fromisoformat(value)


class Words(TypeDecorator[str]):
    """Text from outside: what no database takes (lone surrogates, NUL) becomes U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database."""
        del dialect
        return None if value is None else readable(value)


def readable(value: str) -> str:
    """*value* with what no database takes replaced by U+FFFD."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")


def _partial(name: str, *columns: str, where: str, postgresql_where: str | None = None) -> Index:
    """An index of the few rows that *where* is true of; queries have to repeat it literally."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(postgresql_where or where))


calls: Final = Table(
    "calls",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("session_id", String(128), nullable=False, unique=True),
    Column("status", String(16), nullable=False),
    Column("outcome", String(16)),
    Column("ended_by", String(16)),
    Column("error", JSON(none_as_null=True)),
    Column("close", JSON(none_as_null=True)),
    Column("agent_id", Words, nullable=False),
    Column("agent_name", Words),
    Column("practice", Boolean, nullable=False),
    Column("conversation_id", Words),
    Column("user_id", Words),
    Column("metadata", JSON, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("ring_expires_at", Utc, nullable=False),
    Column("accepted_at", Utc),
    Column("started_at", Utc),
    Column("ended_at", Utc),
    Column("duration_s", Float, nullable=False),
    Column("muted", Boolean, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("line", Words),
    Column("tool_calls", JSON, nullable=False),
    Column("notices", JSON, nullable=False),
    Column("notes", Words, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("recording", JSON, nullable=False),
    Column("elevenlabs", JSON(none_as_null=True)),
    Column("callback", JSON, nullable=False),
    Column("priority", BigInteger, nullable=False),
    Column("placed_by", Words, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("callback_url", Words),
    Column("body_digest", String(64), nullable=False),
    Column("is_answer_delivered", Boolean, nullable=False),
    Column("callback_due_at", Utc),
    Column("recording_file", Words),
    Column("details", String(16), nullable=False),
    Column("day", String(10), nullable=False),
    Column("is_seen", Boolean, nullable=False),
    # What a search for words looks at; no field of the record (`store.words`).
    Column("search_text", Words, nullable=False),
    # Pages are read by id, newest first, within an outcome, or of the few calls that are open.
    Index(None, "outcome", "id"),
    _partial("ix_calls_open", "id", where="status <> 'ended'"),
    # The history window counts and skips in this one alone: it is twenty times smaller than the rows.
    _partial("ix_calls_history", "day", "id", "outcome", "agent_id", "status", where="status = 'ended'"),
    _partial("ix_calls_unseen", "id", where="is_seen = 0", postgresql_where="NOT is_seen"),
    # The outbox: calls whose ending is still to be reported.
    _partial("ix_calls_callback_due_at", "callback_due_at", where="callback_due_at IS NOT NULL"),
    _partial("ix_calls_details_pending", "id", where="details = 'pending'"),
    _partial(
        "ix_calls_unanswered",
        "body_digest",
        "id",
        where="is_answer_delivered = 0",
        postgresql_where="NOT is_answer_delivered",
    ),
    sqlite_autoincrement=True,  # an id is never given twice, so that a cursor never points at another call
)

transcript_entries: Final = Table(
    "transcript_entries",
    metadata,
    Column("call_id", RowId, ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("role", String(16), nullable=False),
    Column("text", Words, nullable=False),
    Column("said_text", Words),
    Column("at_ms", BigInteger, nullable=False),
    Column("event_id", BigInteger),
    Column("interrupted", Boolean, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("heard_ms", BigInteger),
    Column("rating", String(8)),
    sqlite_with_rowid=False,  # rows lie in the order of call and position, as they are read
)

session_events: Final = Table(
    "session_events",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("call_id", RowId, ForeignKey("calls.id", ondelete="CASCADE"), nullable=False),
    Column("at", Utc, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("data", JSON, nullable=False),
    Index(None, "call_id", "id"),
    sqlite_autoincrement=True,  # a number is never given twice: callers resume by it
)

MAX_INTEGER: Final = 2**63 - 1


def fits_integer(value: Any) -> bool:
    """Whether a number from outside can be kept in an integer column."""
    return isinstance(value, int) and -MAX_INTEGER <= value <= MAX_INTEGER
