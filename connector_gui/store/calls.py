"""Calls and transcripts: `CallRecord` to rows and back."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import Insert, RowMapping, Table, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.errors import RefusedError, StoreError
from connector_gui.core.record import LIST_OMITS, CallRecord, TranscriptEntry
from connector_gui.store.database import Database
from connector_gui.store.tables import Utc, calls, fits_integer, transcript_entries

TIME_COLUMNS: Final = frozenset(column.name for column in calls.c if isinstance(column.type, Utc))
CALL_COLUMNS: Final = tuple(column for column in calls.c if column.name != "id")
LIST_COLUMNS: Final = (calls.c.id, *(column for column in CALL_COLUMNS if column.name not in LIST_OMITS))
CURSOR_PREFIX: Final = "calls:"


class Calls:
    """The calls in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, record: CallRecord) -> None:
        """Insert or replace the call of *record*, all but its transcript."""
        row = _row_of(record)
        statement = _upsert(self._database.dialect, calls, row, key=("session_id",))
        async with self._database.writing() as connection:
            await connection.execute(statement)

    async def save_entry(self, session_id: str, position: int, entry: TranscriptEntry) -> None:
        """Insert or replace one entry of a call's transcript."""
        values = entry.model_dump(mode="json")
        if not fits_integer(values["event_id"]):
            values["event_id"] = None  # a number that no service of ours ever gave
        async with self._database.writing() as connection:
            call_id = await connection.scalar(select(calls.c.id).where(calls.c.session_id == session_id))
            if call_id is None:
                raise StoreError("A transcript came for a call that is not in the record.")
            row = {"call_id": call_id, "position": position, **values}
            key = ("call_id", "position")
            await connection.execute(_upsert(self._database.dialect, transcript_entries, row, key))

    async def get(self, session_id: str) -> CallRecord | None:
        """The whole call, with its transcript."""
        async with self._database.reading() as connection:
            found = await connection.execute(select(calls).where(calls.c.session_id == session_id))
            row = found.mappings().first()
            if row is None:
                return None
            entries = await connection.execute(
                select(transcript_entries)
                .where(transcript_entries.c.call_id == row["id"])
                .order_by(transcript_entries.c.position)
            )
            return _record_of(row, entries.mappings().all())

    async def page(
        self, limit: int, cursor: str | None, status: CallState | None, outcome: Outcome | None
    ) -> tuple[Sequence[CallRecord], str | None]:
        """Up to *limit* calls, newest first, and where the next page starts."""
        wanted = select(*LIST_COLUMNS).order_by(calls.c.id.desc()).limit(limit + 1)
        if cursor is not None:
            wanted = wanted.where(calls.c.id < _id_in(cursor))
        if status is not None:
            wanted = wanted.where(calls.c.status == status.value)
        if outcome is not None:
            wanted = wanted.where(calls.c.outcome == outcome.value)
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).mappings().all()
        records = [_record_of(row) for row in rows[:limit]]
        return records, _cursor_of(rows[limit - 1]["id"]) if len(rows) > limit else None

    async def recover(self, now: datetime) -> list[str]:
        """End the calls that a former run left open."""
        is_open = calls.c.status != CallState.ENDED.value
        was_ringing = calls.c.status == CallState.RINGING.value
        ending = {"status": CallState.ENDED.value, "ended_at": now, "muted": False, "held": False}
        async with self._database.writing() as connection:
            left = await connection.execute(select(calls.c.session_id).where(is_open).order_by(calls.c.id))
            session_ids = [str(session_id) for (session_id,) in left]
            await connection.execute(
                update(calls).where(was_ringing).values(**ending, outcome=literal(Outcome.MISSED.value))
            )
            await connection.execute(
                update(calls).where(is_open).values(**ending, outcome=literal(Outcome.INTERRUPTED.value))
            )
        return session_ids


def _upsert(dialect: str, table: Table, row: Mapping[str, Any], key: Sequence[str]) -> Insert:
    """Insert *row*, or replace the one with the same *key*; a row keeps its place and its id."""
    values = {name: value for name, value in row.items() if name not in key}
    if dialect == "postgresql":
        return postgresql.insert(table).values(row).on_conflict_do_update(index_elements=key, set_=values)
    if dialect == "sqlite":
        return sqlite.insert(table).values(row).on_conflict_do_update(index_elements=key, set_=values)
    return insert(table).values(row)


def _row_of(record: CallRecord) -> dict[str, Any]:
    row: dict[str, Any] = record.model_dump(mode="json", exclude={"transcript"})
    for name in TIME_COLUMNS:
        row[name] = getattr(record, name)
    return row


def _record_of(row: RowMapping, entries: Sequence[RowMapping] = ()) -> CallRecord:
    """The record in *row*; columns that were not read have their default.

    Raises:
        StoreError: What is stored is no call (the file was changed by hand, or is damaged).
    """
    try:
        return CallRecord.model_validate({**row, "transcript": [dict(entry) for entry in entries]})
    except ValidationError as exc:
        fields = ", ".join(sorted({str(error["loc"][0]) for error in exc.errors() if error["loc"]}))
        raise StoreError(f"A call in the record cannot be understood ({fields}).") from None


def _cursor_of(call_id: int) -> str:
    return base64.urlsafe_b64encode(f"{CURSOR_PREFIX}{call_id}".encode()).decode().rstrip("=")


def _id_in(cursor: str) -> int:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        call_id = int(text.removeprefix(CURSOR_PREFIX)) if text.startswith(CURSOR_PREFIX) else None
    except (binascii.Error, ValueError):
        call_id = None
    if call_id is None or not fits_integer(call_id):
        raise RefusedError(
            "The cursor is not one that this list has given. Ask for the first page without one.",
            code="invalid_request",
            status=422,
        )
    return call_id
