"""The store as the rest of the program sees it: records in, records out.

What it promises: when `save` or `save_entry` returns, the change survives the death of the program
and of the machine (SQLite in WAL mode with full synchronous, one transaction each).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pydantic import SecretStr

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.record import CallRecord, TranscriptEntry

if TYPE_CHECKING:
    # Not for a cycle, but for time: SQLAlchemy takes a third of a second to load (see `_load`).
    from connector_gui.store.calls import Calls
    from connector_gui.store.database import Database


class Store:
    """The record of calls. All methods belong to one event loop.

    Every method raises `StoreError`, or `StorageFullError` when there is no space left.

    Attributes:
        problem: What was wrong with the file at the start, in words; ``None`` if nothing.
    """

    def __init__(self, database: Database, calls: Calls) -> None:
        self._database = database
        self._calls = calls
        self.problem = database.problem

    @classmethod
    async def open(cls, place: Path | SecretStr) -> Self:
        """Open the SQLite file or the database URL at *place*; make or upgrade its tables if needed.

        A damaged SQLite file is kept aside and a new one is started; `problem` says so.

        Raises:
            StoreError: It cannot be opened, or was written by a newer version of this program.
        """
        database_class, calls_class = await asyncio.to_thread(_load)
        database = await database_class.open(place)
        return cls(database, calls_class(database))

    async def close(self) -> None:
        """Let go of the file. What was saved is in it already."""
        await self._database.close()

    async def save(self, record: CallRecord) -> None:
        """Insert or replace the call of *record*, all but its transcript."""
        await self._calls.save(record)

    async def save_entry(self, session_id: str, position: int, entry: TranscriptEntry) -> None:
        """Insert or replace the entry at *position* (0 is the first) of a call's transcript.

        Raises:
            StoreError: Also when no call of that name was saved.
        """
        await self._calls.save_entry(session_id, position, entry)

    async def get(self, session_id: str) -> CallRecord | None:
        """The whole call, with its transcript; ``None`` if there is none of that name."""
        return await self._calls.get(session_id)

    async def page(
        self,
        limit: int,
        cursor: str | None = None,
        status: CallState | None = None,
        outcome: Outcome | None = None,
    ) -> tuple[Sequence[CallRecord], str | None]:
        """Up to *limit* calls, newest first, without what lists leave out (`LIST_OMITS`).

        Args:
            limit: At least 1.
            cursor: Where the page before ended, as it said; ``None`` for the first page. New calls do not
                shift the pages that follow.
            status: Only calls in this state.
            outcome: Only calls that ended so.

        Returns:
            The records, and the cursor of the next page; ``None`` after the last.

        Raises:
            RefusedError: The cursor is not one that this method gave (``invalid_request``).
        """
        return await self._calls.page(limit, cursor, status, outcome)

    async def recent(self, count: int) -> Sequence[CallRecord]:
        """The newest *count* calls that are over, newest first, as in `page`."""
        return (await self._calls.page(count, None, CallState.ENDED, None))[0]

    async def recover(self, now: datetime) -> list[str]:
        """End the calls that a former run left open: ringing ones are `missed`, others `interrupted`.

        Args:
            now: Taken as the end of those calls; timezone-aware.

        Returns:
            Their session ids, oldest first.
        """
        return await self._calls.recover(now)


def _load() -> tuple[type[Database], type[Calls]]:
    """Import what is slow to import; runs in a thread, so that windows stay alive meanwhile."""
    from connector_gui.store.calls import Calls
    from connector_gui.store.database import Database

    return Database, Calls
