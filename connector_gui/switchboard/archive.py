"""Calls that are over: looked through, annotated, deleted, and forgotten when their time has come.

The store keeps the rows, the recordings folder the files; they go together. Live calls are none of
its business: the ledger keeps those.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from connector_gui.core.errors import StoreError
from connector_gui.core.history import AgentName, Deleted, HistoryFilter, HistoryIndex
from connector_gui.core.record import CallRecord, SessionEvent
from connector_gui.switchboard.ports import Clock, Recordings, StorePort

log = logging.getLogger(__name__)

LOOK_INTERVAL_S: Final = 900.0
"""How often it is looked whether another day has come: a wait of a day would be one longer for each night asleep."""
LET_GO_S: Final = (0.1, 0.3, 0.6)
"""How long to wait for somebody to let go of a recording, as our own player is about to."""
CLOCK_DAYS: Final = 2
"""A clock that is set back while a call rings may date its recording before the call."""
DELETE_BATCH: Final = 200
"""Calls deleted in one transaction: the record must stay open to a call that rings meanwhile."""
NOTES_LIMIT: Final = 20_000
TAG_LIMIT: Final = 64
TAGS_LIMIT: Final = 32


class Archive:
    """The record of calls that are over; see `core.history.HistoryPort`.

    Attributes:
        retention_days: How long calls are kept; 0 for ever.
        on_change: Called after something changed that a list of calls shows.
        on_events: Called with what was written and is to be told.
    """

    def __init__(
        self,
        store: StorePort,
        recordings: Recordings,
        clock: Clock,
        *,
        call_again: Callable[[str], None],
        retention_days: int,
    ) -> None:
        self._store = store
        self._recordings = recordings
        self._clock = clock
        self._call_again = call_again
        self.retention_days = retention_days
        self._retention_changed = asyncio.Event()
        self._left: set[str] = set()  # recordings of calls that are gone, which the disk did not let go of
        self.on_change: list[Callable[[], None]] = []
        self.on_events: list[Callable[[tuple[SessionEvent, ...]], None]] = []

    # --- looking ------------------------------------------------------------------------------

    async def index(self, wanted: HistoryFilter) -> HistoryIndex:
        """What *wanted* finds, by day."""
        return await self._store.index(wanted)

    async def window(self, wanted: HistoryFilter, offset: int, limit: int) -> Sequence[CallRecord]:
        """Calls *offset* to *offset* + *limit* of what *wanted* finds, newest first."""
        return await self._store.window(wanted, offset, limit)

    async def call(self, session_id: str) -> CallRecord | None:
        """One call whole."""
        return await self._store.get(session_id)

    async def agents(self) -> Sequence[AgentName]:
        """All agents that calls were placed to."""
        return await self._store.agents()

    async def find_person(self, member: str, value: str) -> Sequence[str]:
        """Calls whose metadata has *value* as *member*."""
        return await self._store.find_person(member, value)

    async def details_pending(self) -> Sequence[str]:
        """Calls whose account by the service is still to be fetched."""
        return await self._store.details_pending()

    async def unfinished_recordings(self) -> Sequence[tuple[str, str]]:
        """Calls that are over and whose recording was never finished: session id and name of the recording."""
        return await self._store.unfinished_recordings()

    async def unseen_count(self) -> int:
        """How many missed calls the operator has not seen."""
        return await self._store.unseen_count()

    async def recording_path(self, session_id: str) -> Path | None:
        """Where the call's recording lies; ``None`` when there is none to hear."""
        record = await self._store.get(session_id)
        if record is None or record.recording_file is None or record.recording.state != "done":
            return None
        path = self._recordings.path(record.recording_file)
        return path if await asyncio.to_thread(path.is_file) else None

    # --- changing -----------------------------------------------------------------------------

    async def annotate(self, session_id: str, *, notes: str | None = None, tags: Sequence[str] | None = None) -> None:
        """Keep the operator's notes or tags with a call; blank and repeated tags are left out."""
        values: dict[str, object] = {}
        if notes is not None:
            values["notes"] = notes[:NOTES_LIMIT]
        if tags is not None:
            values["tags"] = _clean(tags)
        if values:
            await self.amend(session_id, values)

    async def amend(self, session_id: str, values: dict[str, object]) -> None:
        """Replace single fields of a call that is over, and tell who follows it."""
        told = {name: value for name, value in values.items() if name in {"tags", "details"}}
        event = SessionEvent(kind="session", session_id=session_id, at=self._clock().utc, data=told)
        events = await self._store.amend(session_id, values, [event])
        for listener in self.on_events:
            listener(events)
        self._tell()

    async def mark_seen(self, session_ids: Sequence[str] | None = None) -> None:
        """The operator has seen these missed calls, or all."""
        await self._store.mark_seen(session_ids)
        self._tell()

    async def delete(self, session_ids: Sequence[str]) -> Deleted:
        """Delete calls for good, with their recordings; what came of it. A file that is left is tried again."""
        calls = left = 0
        for start in range(0, len(session_ids), DELETE_BATCH):
            gone = await self._store.delete(session_ids[start : start + DELETE_BATCH])
            calls += len(gone)
            left += await self._remove(gone)
        log.info("archive.deleted", extra={"calls": calls})
        self._tell()
        return Deleted(calls, left)

    def call_again(self, session_id: str) -> None:
        """Place a call to the same agent with the same metadata, accepted at once."""
        self._call_again(session_id)

    # --- forgetting -----------------------------------------------------------------------------

    def set_retention(self, days: int) -> None:
        """Keep calls for *days* from now on, and forget at once what is older."""
        if days != self.retention_days:
            self.retention_days = days
            self._retention_changed.set()

    async def run(self) -> None:
        """Forget what is too old, now and then daily, until cancelled."""
        done_on: date | None = None
        while True:
            today = self._today()
            if self._retention_changed.is_set() or today != done_on:
                self._retention_changed.clear()
                done_on = today if await self._forget() else None
            if self._left:
                await self._remove([*self._left])
            try:
                async with asyncio.timeout(LOOK_INTERVAL_S):
                    await self._retention_changed.wait()
            except TimeoutError:
                continue

    async def _forget(self) -> bool:
        """Delete what is too old; false if that is to be tried again."""
        if not self.retention_days:
            return True
        oldest = self._today() - timedelta(days=self.retention_days)
        count = 0
        try:
            while session_ids := await self._store.older_than(oldest, DELETE_BATCH):
                await self._remove(await self._store.delete(session_ids))
                count += len(session_ids)
                await asyncio.sleep(0)
            # What a crash left without a call belongs to none that is still kept; nor does what copies have.
            await asyncio.to_thread(self._recordings.delete_before, oldest - timedelta(days=CLOCK_DAYS))
            await self._store.forget_copies(oldest - timedelta(days=CLOCK_DAYS))
            is_done = True
        except (StoreError, OSError) as error:
            log.warning("archive.not_forgotten", extra={"reason": str(error)})
            is_done = False
        if count:
            log.info("archive.forgotten", extra={"calls": count, "before": oldest.isoformat()})
            self._tell()
        return is_done

    def _today(self) -> date:
        return self._clock().utc.astimezone().date()

    async def _remove(self, recordings: Sequence[str | None]) -> int:
        """Delete those files; how many the disk did not let go of."""
        names = {name for name in recordings if name is not None}
        left = {name for name in names if not await self._removed(name)}
        self._left = self._left - names | left
        return len(left)

    async def _removed(self, name: str) -> bool:
        for pause_s in (*LET_GO_S, None):
            try:
                await asyncio.to_thread(self._recordings.delete, name)
            except ValueError:  # the record was changed by hand: there is no file of ours
                log.warning("archive.no_recording", extra={"file": name})
            except OSError as error:
                if pause_s is not None:
                    await asyncio.sleep(pause_s)
                    continue
                log.warning("archive.recording_left", extra={"file": name, "reason": error.strerror})
                return False
            break
        return True

    def _tell(self) -> None:
        for listener in self.on_change:
            listener()


def _clean(tags: Sequence[str]) -> tuple[str, ...]:
    trimmed = (" ".join(tag.split())[:TAG_LIMIT] for tag in tags)
    return tuple(dict.fromkeys(tag for tag in trimmed if tag))[:TAGS_LIMIT]
