"""Calls and transcripts: written with what there is to tell of them, and read."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.errors import StoreError
from connector_gui.core.record import CallRecord, Change, SessionEvent, TranscriptEntry
from connector_gui.core.webhook import foreign_cursor
from connector_gui.store.database import Database
from connector_gui.store.rows import IS_OPEN, LIST_COLUMNS, columns_of, entry_row, event_row, record_of, row_of, upsert
from connector_gui.store.search import keep_words
from connector_gui.store.tables import calls, fits_integer, session_events, transcript_entries

CURSOR_PREFIX: Final = "calls:"
MOST_ABSENT: Final = 100
"""Names that are remembered not to be there, the latest."""


class Calls:
    """The calls in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Names that were looked for and are no call's. A request to place one looks twice; only a file is ours alone.
        self._absent: dict[str, None] = {}
        self._commits = 0

    async def commit(self, change: Change) -> tuple[SessionEvent, ...]:
        """Write all of *change*, or nothing; its events with their numbers."""
        try:
            async with self._database.writing() as connection:
                if change.record is None:
                    call_id = await _id_of(connection, change.session_id)
                else:
                    call_id = await _write_record(connection, change.record)
                await _write_entries(connection, call_id, change.entries)
                return await write_events(connection, call_id, change.events)
        finally:
            self._commits += 1
            self._absent.pop(change.session_id, None)

    async def amend(
        self, session_id: str, values: Mapping[str, object], events: Sequence[SessionEvent]
    ) -> tuple[SessionEvent, ...]:
        """Replace single fields of a call that is over."""
        if unknown := values.keys() - CallRecord.model_fields.keys() | values.keys() & {"session_id", "transcript"}:
            raise ValueError(f"no fields to amend: {', '.join(sorted(unknown))}")
        async with self._database.writing() as connection:
            found = await connection.execute(select(calls).where(calls.c.session_id == session_id))
            row = found.mappings().first()
            if row is None:
                raise StoreError("What was to be kept belongs to a call that is not in the record.")
            record = record_of({**row, **values})
            if record.status is not CallState.ENDED:
                raise StoreError("What was to be kept belongs to a call that is not over.")
            if values:
                changed = columns_of(record, values)
                await connection.execute(update(calls).where(calls.c.id == row["id"]).values(changed))
                await keep_words(connection, row["id"], changed.get("search_text"), {})
            return await write_events(connection, row["id"], events)

    async def get(self, session_id: str) -> CallRecord | None:
        """The whole call, with its transcript."""
        if session_id in self._absent:
            return None
        commits = self._commits
        async with self._database.reading() as connection:
            found = await connection.execute(select(calls).where(calls.c.session_id == session_id))
            row = found.mappings().first()
            if row is None:
                # What was committed meanwhile may be this very call.
                if self._database.file is not None and commits == self._commits:
                    self._keep_absent(session_id)
                return None
            entries = await connection.execute(
                select(transcript_entries)
                .where(transcript_entries.c.call_id == row["id"])
                .order_by(transcript_entries.c.position)
            )
            return record_of(row, entries.mappings().all())

    def _keep_absent(self, session_id: str) -> None:
        if len(self._absent) >= MOST_ABSENT:
            del self._absent[next(iter(self._absent))]
        self._absent[session_id] = None

    async def page(
        self, limit: int, cursor: str | None, status: CallState | None, outcome: Outcome | None
    ) -> tuple[Sequence[CallRecord], str | None]:
        """Up to *limit* calls, newest first, and where the next page starts."""
        wanted = select(*LIST_COLUMNS).order_by(calls.c.id.desc()).limit(limit + 1)
        if cursor is not None:
            wanted = wanted.where(calls.c.id < _id_in(cursor))
        if status is not None:
            wanted = wanted.where(calls.c.status == status.value)
            if status is not CallState.ENDED:
                wanted = wanted.where(IS_OPEN)
        if outcome is not None:
            wanted = wanted.where(calls.c.outcome == outcome.value)
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).mappings().all()
        records = [record_of(row) for row in rows[:limit]]
        return records, _cursor_of(rows[limit - 1]["id"]) if len(rows) > limit else None


async def write_events(
    connection: AsyncConnection, call_id: int, events: Sequence[SessionEvent]
) -> tuple[SessionEvent, ...]:
    """Add *events* of one call, in their order; the same with their numbers."""
    # One by one: of many in one statement nobody promises that the numbers come back in order.
    numbered = []
    for event in events:
        added = await connection.execute(_ADD_EVENT, event_row(call_id, event))
        numbered.append(event.model_copy(update={"id": int(added.scalar_one())}))
    return tuple(numbered)


_ADD_EVENT: Final = insert(session_events).returning(session_events.c.id)


async def _id_of(connection: AsyncConnection, session_id: str) -> int:
    call_id = await connection.scalar(select(calls.c.id).where(calls.c.session_id == session_id))
    if call_id is None:
        raise StoreError("A transcript came for a call that is not in the record.")
    return int(call_id)


async def _write_record(connection: AsyncConnection, record: CallRecord) -> int:
    row = row_of(record)
    statement = upsert(connection.dialect.name, calls, ("session_id",)).returning(calls.c.id)
    call_id = int((await connection.execute(statement, row)).scalar_one())
    await keep_words(connection, call_id, row["search_text"], {})
    return call_id


async def _write_entries(connection: AsyncConnection, call_id: int, entries: Mapping[int, TranscriptEntry]) -> None:
    if not entries:
        return
    rows = [entry_row(call_id, position, entry) for position, entry in entries.items()]
    await connection.execute(upsert(connection.dialect.name, transcript_entries, ("call_id", "position")), rows)
    await keep_words(connection, call_id, None, {position: entry.text for position, entry in entries.items()})


def _cursor_of(call_id: int) -> str:
    return base64.urlsafe_b64encode(f"{CURSOR_PREFIX}{call_id}".encode()).decode().rstrip("=")


def _id_in(cursor: str) -> int:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        call_id = int(text.removeprefix(CURSOR_PREFIX)) if text.startswith(CURSOR_PREFIX) else None
    except (binascii.Error, ValueError):
        call_id = None
    if call_id is None or not fits_integer(call_id):
        raise foreign_cursor()
    return call_id
