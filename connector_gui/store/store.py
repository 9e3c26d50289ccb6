"""The store as the rest of the program sees it: records in, records out.

What it promises: when `commit` returns, the whole change survives the death of the program and of the
machine (SQLite in WAL mode with full synchronous); when it raises, nothing of it was written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pydantic import SecretStr

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.history import AgentName, HistoryFilter, HistoryIndex
from connector_gui.core.record import CallRecord, Change, SessionEvent, TranscriptEntry
from connector_gui.store.copies import forget_copies

if TYPE_CHECKING:
    # Not for a cycle, but for time: SQLAlchemy takes a third of a second to load (see `_load`).
    from connector_gui.store.parts import Parts


class Store:
    """The record of calls. All methods belong to one event loop.

    Every method raises `StoreError`, or `StorageFullError` when there is no space left.

    Attributes:
        problem: What was wrong with the file at the start, in words; ``None`` if nothing.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._database = parts.database
        self.problem = parts.database.problem

    @classmethod
    async def open(cls, place: Path | SecretStr) -> Self:
        """Open the SQLite file or the database URL at *place*; make or upgrade its tables if needed.

        Before an upgrade the file is copied. A damaged one is kept aside, and a new one is started with what
        could be read of it; `problem` says so.

        Raises:
            StorageFullError: An upgrade has no room; nothing was changed.
            StoreError: It cannot be opened, or was written by a newer version of this program.
        """
        parts = await asyncio.to_thread(_load)
        return cls(await parts.open(place))

    async def check(self) -> str | None:
        """Look for damage, if the last run did not end as it should; to be run in the background after a start.

        A file that was closed is not looked through: that takes seconds for a large one. Damage that shows
        while reading or writing is an error of that moment; the file is put aside at the next start.

        Returns:
            What is wrong, in words; ``None`` if nothing is.
        """
        return await self._database.check() if self._database.was_left_open else None

    async def close(self) -> None:
        """Let go of the file. What was committed is in it already."""
        await self._database.close()

    # Calls

    async def commit(self, change: Change) -> tuple[SessionEvent, ...]:
        """Write *change* in one transaction: the record, its turns and its events, or nothing.

        A record replaces the one of its name, all but the transcript.

        Returns:
            Its events with their numbers, which grow from commit to commit.

        Raises:
            StoreError: Also when there is no call of that name, and none in *change*.
        """
        return await self._parts.calls.commit(change)

    async def amend(
        self, session_id: str, values: Mapping[str, object], events: Sequence[SessionEvent] = ()
    ) -> tuple[SessionEvent, ...]:
        """Replace single fields of a call that is over; see `commit`.

        Args:
            session_id: Whose.
            values: By the names of `CallRecord`; neither ``session_id`` nor ``transcript``.
            events: What there is to tell of it, in order.

        Raises:
            ValueError: There is no such field.
            StoreError: Also when there is no such call, or it is not over.
        """
        return await self._parts.calls.amend(session_id, values, events)

    async def save(self, record: CallRecord) -> None:
        """Insert or replace the call of *record*, all but its transcript."""
        await self.commit(Change(record.session_id, record))

    async def save_entry(self, session_id: str, position: int, entry: TranscriptEntry) -> None:
        """Insert or replace the entry at *position* (0 is the first) of a call's transcript.

        Raises:
            StoreError: Also when no call of that name was saved.
        """
        await self.commit(Change(session_id, entries={position: entry}))

    async def get(self, session_id: str) -> CallRecord | None:
        """The whole call, with its transcript; ``None`` if there is none of that name."""
        return await self._parts.calls.get(session_id)

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
        return await self._parts.calls.page(limit, cursor, status, outcome)

    async def recent(self, count: int) -> Sequence[CallRecord]:
        """The newest *count* calls that are over, newest first, as in `page`."""
        return (await self._parts.calls.page(count, None, CallState.ENDED, None))[0]

    async def recover(self, now: datetime) -> list[str]:
        """End the calls that a former run left open: ringing ones are `missed`, others `interrupted`.

        With the ending the report of it becomes due, as does the service's account of the conversation.

        Args:
            now: Taken as the end of those calls; timezone-aware.

        Returns:
            Their session ids, oldest first. A recording that was ``running`` still says so.
        """
        return await self._parts.recover(now)

    async def unfinished_recordings(self) -> Sequence[tuple[str, str]]:
        """Calls that are over and whose recording was never finished: session id and name of the recording."""
        return await self._parts.unfinished_recordings()

    # The history: calls that are over

    async def index(self, wanted: HistoryFilter) -> HistoryIndex:
        """What *wanted* finds, by day. A search whose caller is cancelled is broken off."""
        return await self._parts.history.index(wanted)

    async def window(self, wanted: HistoryFilter, offset: int, limit: int) -> Sequence[CallRecord]:
        """Calls *offset* to *offset* + *limit* of what *wanted* finds, newest first, as in `page`.

        For a text these are the calls that the last `index` of the same filter counted.
        """
        return await self._parts.history.window(wanted, offset, limit)

    async def agents(self) -> Sequence[AgentName]:
        """All agents that calls were placed to, by name."""
        return await self._parts.history.agents()

    async def unseen_count(self) -> int:
        """How many missed calls the operator has not seen."""
        return await self._parts.history.unseen_count()

    async def mark_seen(self, session_ids: Sequence[str] | None = None) -> None:
        """The operator has seen these missed calls; all of them without an argument."""
        await self._parts.history.mark_seen(session_ids)

    async def find_person(self, member: str, value: str) -> Sequence[str]:
        """Calls whose metadata (or its ``dynamic_variables``) has *value* as *member*; session ids, oldest first."""
        return await self._parts.history.find_person(member, value)

    async def older_than(self, day: date, limit: int) -> Sequence[str]:
        """Up to *limit* calls of a day before *day*, oldest first; session ids."""
        return await self._parts.history.older_than(day, limit)

    async def delete(self, session_ids: Sequence[str]) -> Sequence[str | None]:
        """Delete calls with transcripts, events and words, in one transaction; live ones stay.

        Commits wait meanwhile: a hundred at a time keep that short.

        Returns:
            For each call that was deleted the name of its recording, ``None`` where it has none.
        """
        return await self._parts.history.delete(session_ids)

    async def forget_copies(self, day: date) -> int:
        """Delete copies of the file, damaged or from before an upgrade, in which all calls are of a day before *day*.

        Returns:
            How many files there were; none where a server keeps the calls.
        """
        file = self._database.file
        return await asyncio.to_thread(forget_copies, file, day) if file is not None else 0

    # What follows a call

    async def callbacks_due(self, now: datetime, limit: int) -> Sequence[CallRecord]:
        """Up to *limit* calls whose ending is to be reported by *now*, the longest due first; as in `page`."""
        return await self._parts.outbox.callbacks_due(now, limit)

    async def next_callback_at(self) -> datetime | None:
        """When the next report of an ending is due, past or future; ``None`` when there is none to make."""
        return await self._parts.outbox.next_callback_at()

    async def details_pending(self) -> Sequence[str]:
        """Calls whose account by the service is still to be fetched, oldest first; session ids."""
        return await self._parts.outbox.details_pending()

    async def recent_request(self, placed_by: str, body_digest: str, since: datetime) -> CallRecord | None:
        """The newest call of that request since *since* whose answer its caller did not get; as in `page`."""
        return await self._parts.outbox.recent_request(placed_by, body_digest, since)

    async def events_after(self, event_id: int, session_id: str | None, limit: int) -> Sequence[SessionEvent]:
        """Up to *limit* events with a number over *event_id*, in order; of one call unless ``None``."""
        return await self._parts.outbox.events_after(event_id, session_id, limit)

    async def last_event_id(self) -> int:
        """The number of the newest event; 0 while there is none."""
        return await self._parts.outbox.last_event_id()


def _load() -> type[Parts]:
    """Import what is slow to import; runs in a thread, so that windows stay alive meanwhile."""
    from connector_gui.store.parts import Parts

    return Parts
