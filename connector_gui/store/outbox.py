"""What is still to be told or asked after a call, and the events that callers follow.

The outbox is no table of its own: a call whose ending is to be reported has a time when that is due, so that
the ending and the duty to report it are one row, written at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, false, func, literal_column, select

from connector_gui.core.record import CallRecord, SessionEvent
from connector_gui.store.database import Database
from connector_gui.store.rows import IS_OVER, LIST_COLUMNS, by_index, record_of
from connector_gui.store.tables import calls, session_events

IS_DUE_SOMETIME: Final[ColumnElement[bool]] = calls.c.callback_due_at.is_not(None)
ARE_DETAILS_PENDING: Final = calls.c.details == literal_column("'pending'")
"""Literally as in the index."""


class Outbox:
    """The duties in one database, and its events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def callbacks_due(self, now: datetime, limit: int) -> Sequence[CallRecord]:
        """Calls whose ending is to be reported at *now* or before, the longest due first; as in lists."""
        query = by_index(select(*LIST_COLUMNS), "ix_calls_callback_due_at")
        query = query.where(IS_OVER, IS_DUE_SOMETIME, calls.c.callback_due_at <= now)
        async with self._database.reading() as connection:
            found = await connection.execute(query.order_by(calls.c.callback_due_at, calls.c.id).limit(limit))
            return [record_of(row) for row in found.mappings()]

    async def next_callback_at(self) -> datetime | None:
        """When the next report is due; may be past."""
        query = by_index(select(calls.c.callback_due_at), "ix_calls_callback_due_at").where(IS_OVER, IS_DUE_SOMETIME)
        async with self._database.reading() as connection:
            due: datetime | None = await connection.scalar(query.order_by(calls.c.callback_due_at).limit(1))
            return due

    async def details_pending(self) -> Sequence[str]:
        """Calls whose account by the service is still to be fetched, oldest first."""
        query = by_index(select(calls.c.session_id), "ix_calls_details_pending")
        query = query.where(IS_OVER, ARE_DETAILS_PENDING).order_by(calls.c.id)
        async with self._database.reading() as connection:
            return (await connection.execute(query)).scalars().all()

    async def recent_request(self, placed_by: str, body_digest: str, since: datetime) -> CallRecord | None:
        """The newest call of that request whose answer did not reach its caller."""
        query = by_index(select(*LIST_COLUMNS), "ix_calls_unanswered").where(
            calls.c.is_answer_delivered == false(),
            calls.c.body_digest == body_digest,
            calls.c.placed_by == placed_by,
            calls.c.created_at >= since,
        )
        async with self._database.reading() as connection:
            found = await connection.execute(query.order_by(calls.c.id.desc()).limit(1))
            row = found.mappings().first()
            return None if row is None else record_of(row)

    async def events_after(self, event_id: int, session_id: str | None, limit: int) -> Sequence[SessionEvent]:
        """Up to *limit* events with a number over *event_id*, in order; of one call unless ``None``."""
        query = select(session_events, calls.c.session_id).join(calls).where(session_events.c.id > event_id)
        if session_id is not None:
            query = query.where(calls.c.session_id == session_id)
        async with self._database.reading() as connection:
            found = await connection.execute(query.order_by(session_events.c.id).limit(limit))
            return [SessionEvent.model_validate(dict(row)) for row in found.mappings()]

    async def last_event_id(self) -> int:
        """The number of the newest event; 0 while there is none."""
        async with self._database.reading() as connection:
            return int(await connection.scalar(select(func.max(session_events.c.id))) or 0)
