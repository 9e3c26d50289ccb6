"""A desk in memory, on the real rules of `core.desk`, for the webhook to talk to."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.call_events import Party
from connector_gui.core.call_request import CallRequest
from connector_gui.core.desk import Desk
from connector_gui.core.desk_rules import DeskRules
from connector_gui.core.errors import ConnectorError, RefusedError
from connector_gui.core.moment import Moment
from connector_gui.core.record import CallRecord, EventKind, SessionEvent, TranscriptEntry, facts_of, new_record
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
from connector_gui.core.webhook import foreign_cursor


def read_clocks() -> Moment:
    return Moment(datetime.now(UTC), time.monotonic())


class MemoryDesk:
    """Takes calls, knows them for ever, and never opens a device.

    Attributes:
        requests: What was placed, in order.
        refusal: Raised instead of taking a call.
        is_open: While cleared, a call is being placed for as long.
        asked_count: How often a call was asked for.
        look_ups: How often it was looked for an earlier one.
        health_now: What `health` says.
    """

    def __init__(self, rules: DeskRules | None = None) -> None:
        self._desk = Desk(rules or DeskRules(max_concurrent_calls=2))
        self._records: dict[str, CallRecord] = {}
        self._urls: dict[str, str] = {}
        self._in_flight: set[str] = set()
        self.requests: list[CallRequest] = []
        self.refusal: ConnectorError | Exception | None = None
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.is_asked = asyncio.Event()
        self.asked_count = 0
        self.look_ups = 0
        self.health_now = Health("healthy", ready=True)
        self.events: list[SessionEvent] = []
        self.delivered: list[str] = []
        self.messages: list[tuple[str, str, str]] = []
        self.recordings: dict[str, Path] = {}
        self.on_events: list[EventsListener] = []
        self.on_levels: list[LevelsListener] = []

    async def replay(self, request: CallRequest) -> PlacedCall | None:
        self.look_ups += 1
        known = self._records.get(request.session_id) or self._undelivered(request)
        if known is None:
            return None
        if known.digest != request.digest:
            raise RefusedError("This session_id names another call.", code="session_conflict", status=422)
        return PlacedCall(known, self._urls.get(known.session_id), is_replay=True)

    def _undelivered(self, request: CallRequest) -> CallRecord | None:
        for record in self._records.values():
            is_same = (record.placed_by, record.body_digest) == (request.placed_by, request.body_digest)
            if request.body_digest and is_same and record.session_id not in self.delivered:
                return record
        return None

    async def answered(self, session_id: str) -> None:
        self.delivered.append(session_id)

    async def message(self, session_id: str, text: str, kind: MessageKind) -> CallRecord | None:
        record = self._records.get(session_id)
        if record is not None and record.status is not CallState.ACTIVE:
            raise RefusedError("There is no conversation.", code="wrong_state", status=409)
        if record is not None:
            self.messages.append((session_id, text, kind))
        return record

    async def wait(self, session_id: str, milestone: Milestone, timeout_s: float) -> CallRecord | None:
        goals = {CallState.ENDED} if milestone is Milestone.ENDED else set(CallState) - {CallState.RINGING}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while (record := self._records.get(session_id)) and record.status not in goals:
                    await asyncio.sleep(0.005)
        return self._records.get(session_id)

    async def events_after(self, event_id: int, session_id: str | None, limit: int) -> Sequence[SessionEvent]:
        return [one for one in self.events if one.id > event_id and session_id in {None, one.session_id}][:limit]

    async def last_event_id(self) -> int:
        return len(self.events)

    async def recording_path(self, session_id: str) -> Path | None:
        return self.recordings.get(session_id)

    def tell(self, session_id: str, kind: EventKind = "session", **data: Any) -> SessionEvent:
        """Something happens to a call: written, then told."""
        at = read_clocks().utc
        event = SessionEvent(id=len(self.events) + 1, kind=kind, session_id=session_id, at=at, data=data)
        self.events.append(event)
        for listener in tuple(self.on_events):
            listener((event,))
        return event

    def say(self, session_id: str, entry: TranscriptEntry, *, position: int | None = None) -> None:
        """An entry is added to a call's transcript, or put in the place of one; told."""
        record = self._records[session_id]
        place = len(record.transcript) if position is None else position
        entries = (*record.transcript[:place], entry, *record.transcript[place + 1 :])
        self._records[session_id] = record.model_copy(update={"transcript": entries})
        self.tell(session_id, "transcript", position=place)

    def change(self, session_id: str, **values: Any) -> None:
        """Make a call's record another one, and tell it."""
        self._records[session_id] = self._records[session_id].model_copy(update=values)
        self.tell(session_id)

    async def place_call(self, request: CallRequest) -> PlacedCall:
        self.is_asked.set()
        self.asked_count += 1
        name = request.session_id
        replay = await self.replay(request)
        if replay is not None:
            return replay
        if name in self._in_flight:
            raise RefusedError("It is still being placed.", code="request_in_progress", status=409, retry_after_s=1)
        self._in_flight.add(name)
        try:
            await self.is_open.wait()
            return self._place(request)
        finally:
            self._in_flight.discard(name)

    def _place(self, request: CallRequest) -> PlacedCall:
        if self.refusal is not None:
            raise self.refusal
        now = read_clocks()
        call, _ = self._desk.place(request, now)
        self.requests.append(request)
        record = new_record(call, now, agent_name="Billing")
        self._records[request.session_id] = record
        self.tell(request.session_id, status="ringing")
        url = self._urls[request.session_id] = f"wss://agents.example/{request.agent_id}?token=secret"
        return PlacedCall(record, url)

    async def act(self, session_id: str, action: Action, line: str | None = None) -> CallRecord | None:
        record = self._records.get(session_id)
        if record is None:
            return None
        call = self._desk.find(session_id)
        now = read_clocks()
        match action:
            case Action.ACCEPT:
                self._desk.accept(session_id, now, line=line)
            case Action.DECLINE:
                self._desk.decline(session_id, now)
            case Action.END if call is not None:
                self._desk.end(session_id, Party.CALLER, now)
            case Action.MUTE | Action.UNMUTE:
                self._desk.mute(session_id, action is Action.MUTE, now)
            case Action.HOLD:
                self._desk.hold(session_id, now)
            case Action.RESUME:
                self._desk.resume(session_id, now)
            case Action.MOVE:
                self._desk.move(session_id, line or "desk", now)
        if call is not None:
            self.change(session_id, **facts_of(call, now))
        if action is not Action.ACCEPT:
            self._urls.pop(session_id, None)
        return self._records[session_id]

    async def session(self, session_id: str) -> CallRecord | None:
        return self._records.get(session_id)

    async def sessions(self, limit: int, cursor: str | None, status: CallState | None, outcome: Outcome | None) -> Page:
        if cursor is not None and not cursor.isdecimal():
            raise foreign_cursor()
        start = int(cursor or 0)
        found = [
            record
            for record in reversed(self._records.values())
            if status in {None, record.status} and outcome in {None, record.outcome}
        ]
        following = str(start + limit) if len(found) > start + limit else None
        return Page(tuple(found[start : start + limit]), following)

    def health(self) -> Health:
        return self.health_now
