"""The desk with all that belongs to it: live calls, those that are over, and what callers see of both."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from connector_gui.core.desk import Desk
from connector_gui.core.moment import Moment
from connector_gui.core.settings import Settings
from connector_gui.switchboard import Switchboard
from connector_gui.switchboard.aftercare import Aftercare
from connector_gui.switchboard.archive import Archive
from connector_gui.switchboard.callers import CallerDesk
from connector_gui.switchboard.ports import AgentServices, Recordings, StorePort, VoicePort
from connector_gui.switchboard.timers import seconds_through_sleep


def read_clocks() -> Moment:
    """Both clocks, now."""
    monotonic_s = time.monotonic()
    return Moment(datetime.now(UTC), monotonic_s, seconds_through_sleep() - monotonic_s)


@dataclass(frozen=True, slots=True)
class Office:
    """The parts of the switchboard, introduced to each other.

    Attributes:
        desk: The rules between calls.
        board: Live calls.
        archive: Calls that are over.
        aftercare: What is done about those in its own time.
        callers: The desk as HTTP knows it.
    """

    desk: Desk
    board: Switchboard
    archive: Archive
    aftercare: Aftercare
    callers: CallerDesk

    @classmethod
    def open(
        cls, settings: Settings, store: StorePort, voice: VoicePort, services: AgentServices, recordings: Recordings
    ) -> Office:
        """Build it, by *settings*."""
        desk = Desk(settings.desk_rules)
        board = Switchboard(desk, store, voice, services, recordings, read_clocks)
        archive = Archive(
            store, recordings, read_clocks, call_again=board.call_again, retention_days=settings.retention_days
        )
        aftercare = Aftercare(archive, services, recordings)
        board.on_ended.append(aftercare.ended)
        archive.on_change.append(board.refresh)
        return cls(desk, board, archive, aftercare, CallerDesk(board, archive, store))

    def set_rules(self, settings: Settings) -> None:
        """Work by *settings* from now on."""
        self.board.set_rules(settings.desk_rules)
        self.board.records_calls = settings.record_calls
        self.archive.set_retention(settings.retention_days)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.board.run(), name="office.board")
            tasks.create_task(self.archive.run(), name="office.archive")
            tasks.create_task(self.aftercare.run(), name="office.aftercare")
