"""The desk as callers over HTTP know it: see `core.service.DeskPort`.

What they do goes to the board, what they read comes from the record; waiting is done here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.call_request import CallRequest
from connector_gui.core.record import CallRecord, SessionEvent
from connector_gui.core.service import (
    Action,
    EventsListener,
    Health,
    LevelsListener,
    MessageKind,
    Milestone,
    Page,
    PlacedCall,
)
from connector_gui.core.view import Levels
from connector_gui.switchboard.archive import Archive
from connector_gui.switchboard.board import Switchboard
from connector_gui.switchboard.ports import StorePort

REACHED = {
    Milestone.ACCEPTED: frozenset(CallState) - {CallState.RINGING},
    Milestone.ENDED: frozenset({CallState.ENDED}),
}


class CallerDesk:
    """Implements `DeskPort` over the board and the record."""

    def __init__(self, board: Switchboard, archive: Archive, store: StorePort) -> None:
        self._board = board
        self._archive = archive
        self._store = store
        self.on_events: list[EventsListener] = []
        self.on_levels: list[LevelsListener] = []
        board.on_events.append(self._pass_on)
        archive.on_events.append(self._pass_on)

    def show_levels(self, levels: Levels) -> None:
        """Levels of the conversation in focus, for those who follow it."""
        talking = self._board.views.current.talking
        if talking is not None:
            for listener in self.on_levels:
                listener(talking.record.session_id, levels)

    def show_line_levels(self, session_id: str, levels: Levels) -> None:
        """Levels of a conversation on a line, for those who follow it."""
        for listener in self.on_levels:
            listener(session_id, levels)

    def _pass_on(self, events: tuple[SessionEvent, ...]) -> None:
        for listener in tuple(self.on_events):
            listener(events)

    # --- calls ----------------------------------------------------------------------------------

    async def replay(self, request: CallRequest) -> PlacedCall | None:
        """The first answer to an equal, earlier request; ``None`` when this is the first."""
        return await self._board.replay(request)

    async def place_call(self, request: CallRequest) -> PlacedCall:
        """Let a call ring."""
        return await self._board.place_call(request)

    async def answered(self, session_id: str) -> None:
        """The answer to the request that placed this call has reached its caller."""
        await self._board.answered(session_id)

    async def act(self, session_id: str, action: Action, line: str | None = None) -> CallRecord | None:
        """Do what a button does."""
        return await self._board.act(session_id, action, line=line)

    async def message(self, session_id: str, text: str, kind: MessageKind) -> CallRecord | None:
        """Send text to the agent of a running conversation."""
        return await self._board.message(session_id, text, kind)

    async def wait(self, session_id: str, milestone: Milestone, timeout_s: float) -> CallRecord | None:
        """The call once it has got so far or is over, or as it is after *timeout_s*."""
        async with self._news_of(session_id) as news:
            try:
                async with asyncio.timeout(timeout_s):
                    while True:
                        news.clear()
                        record = await self._board.session(session_id)
                        if record is None or record.status in REACHED[milestone]:
                            return record
                        await news.wait()
            except TimeoutError:
                return await self._board.session(session_id)

    @asynccontextmanager
    async def _news_of(self, session_id: str) -> AsyncIterator[asyncio.Event]:
        news = asyncio.Event()

        def listen(events: tuple[SessionEvent, ...]) -> None:
            if any(event.session_id == session_id for event in events):
                news.set()

        self.on_events.append(listen)
        try:
            yield news
        finally:
            self.on_events.remove(listen)

    # --- the record -----------------------------------------------------------------------------

    async def session(self, session_id: str) -> CallRecord | None:
        """One call whole."""
        return await self._board.session(session_id)

    async def sessions(self, limit: int, cursor: str | None, status: CallState | None, outcome: Outcome | None) -> Page:
        """A page of calls, newest first, without transcripts."""
        return await self._board.sessions(limit, cursor, status, outcome)

    async def events_after(self, event_id: int, session_id: str | None, limit: int) -> Sequence[SessionEvent]:
        """Written events that came after *event_id*, oldest first."""
        return await self._store.events_after(event_id, session_id, limit)

    async def last_event_id(self) -> int:
        """The number of the newest event."""
        return await self._store.last_event_id()

    async def recording_path(self, session_id: str) -> Path | None:
        """Where the call's finished recording lies."""
        return await self._archive.recording_path(session_id)

    def health(self) -> Health:
        """Whether calls can be taken now, and why not."""
        return self._board.health()
