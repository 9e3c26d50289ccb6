"""An archive with its stand-ins, and calls to put into it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.moment import Moment
from connector_gui.core.record import CallRecord, Change, SessionEvent
from connector_gui.switchboard.archive import Archive
from tests.fakes.rooms import MemoryStore, RecordingsFolder

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


class Shelf:
    """An archive with its stand-ins."""

    def __init__(self, folder: Path, retention_days: int = 0) -> None:
        self.store = MemoryStore()
        self.recordings = RecordingsFolder(folder)
        self.now = NOW
        self.called_again: list[str] = []
        self.changes = 0
        self.events: list[SessionEvent] = []
        self.archive = Archive(
            self.store,
            self.recordings,
            lambda: Moment(self.now, time.monotonic()),
            call_again=self.called_again.append,
            retention_days=retention_days,
        )
        self.archive.on_change.append(self._count)
        self.archive.on_events.append(self.events.extend)

    def _count(self) -> None:
        self.changes += 1

    async def add(self, name: str, days_ago: int = 0, **values: object) -> None:
        at = self.now - timedelta(days=days_ago)
        record = CallRecord(
            session_id=name,
            status=CallState.ENDED,
            outcome=Outcome.COMPLETED,
            agent_id="billing",
            created_at=at,
            ring_expires_at=at,
            ended_at=at,
            day=at.astimezone().date(),
        )
        await self.store.commit(Change(name, record.model_copy(update=values)))

    @asynccontextmanager
    async def forgetting(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            work = tasks.create_task(self.archive.run())
            yield
            work.cancel()

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not holds():
                await asyncio.sleep(0.005)

    async def until_left(self, *names: str) -> None:
        await self.until(lambda: set(self.store.records) == set(names))
