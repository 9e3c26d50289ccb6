"""After the death of the program: what it left open is brought to an end."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.errors import StoreError
from connector_gui.core.moment import iso
from connector_gui.core.record import CallRecord, SessionEvent
from connector_gui.store.calls import write_events
from connector_gui.store.database import Database
from connector_gui.store.rows import IS_OPEN, by_index, columns_of, record_of
from connector_gui.store.tables import calls

log = logging.getLogger(__name__)

LOOKED_AT: Final = 200
"""Of the newest calls only: the program dies with a handful of recordings open, and looks at every start."""


async def recover(database: Database, now: datetime) -> list[str]:
    """End all calls that are open, in one transaction: ringing ones are `missed`, others `interrupted`.

    What has to follow a call is set too: its report to the caller is due, and so is the service's account of it.
    """
    session_ids = []
    async with database.writing() as connection:
        left = await connection.execute(by_index(select(calls), "ix_calls_open").where(IS_OPEN).order_by(calls.c.id))
        for row in left.mappings().all():
            await _end(connection, row, now)
            session_ids.append(row["session_id"])
    return session_ids


async def unfinished_recordings(database: Database) -> list[tuple[str, str]]:
    """Calls that are over and whose recording was never finished, with the recording's name; oldest first."""
    newest = select(calls).order_by(calls.c.id.desc()).limit(LOOKED_AT).subquery()
    torn = (
        select(newest.c.session_id, newest.c.recording_file)
        .where(newest.c.status == CallState.ENDED.value, newest.c.recording_file.is_not(None))
        .where(newest.c.recording["state"].as_string() == "running")
        .order_by(newest.c.id)
    )
    async with database.reading() as connection:
        return [(row.session_id, row.recording_file) for row in await connection.execute(torn)]


async def _end(connection: AsyncConnection, row: RowMapping, now: datetime) -> None:
    try:
        record = record_of(row)
    except StoreError:
        # Damaged, or changed by hand: it may not keep the program from starting.
        log.exception("store.recover.unreadable", extra={"session_id": row["session_id"]})
        record = CallRecord.model_validate({name: row[name] for name in _NEEDED} | {"status": CallState.ACTIVE})
    ending = _ending(record, now)
    ended = columns_of(record.model_copy(update=ending), ending)
    await connection.execute(update(calls).where(calls.c.id == row["id"]).values(ended))
    await write_events(connection, row["id"], [_event(record, ending, now)])


_NEEDED: Final = ("session_id", "agent_id", "created_at", "ring_expires_at")


def _ending(record: CallRecord, now: datetime) -> dict[str, Any]:
    is_missed = record.status is CallState.RINGING
    return {
        "status": CallState.ENDED,
        "outcome": Outcome.MISSED if is_missed else Outcome.INTERRUPTED,
        "ended_at": now,
        "muted": False,
        "held": False,
        "is_seen": not is_missed,
        "callback_due_at": now if record.callback.state == "pending" else None,
        "details": "pending" if record.conversation_id and not record.practice else record.details,
    }


def _event(record: CallRecord, ending: dict[str, Any], now: datetime) -> SessionEvent:
    """Says what callers see of the ending, as far as it is new."""
    names = ("status", "outcome", "muted", "held")
    shown = {name: ending[name] for name in names if ending[name] != getattr(record, name)}
    return SessionEvent(kind="session", session_id=record.session_id, at=now, data={**shown, "ended_at": iso(now)})
