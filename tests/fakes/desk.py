"""A desk in memory, on the real rules of `core.desk`, for the webhook to talk to."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

from connector_gui.core.call import CallRequest, CallState, Outcome, Party
from connector_gui.core.desk import Desk, DeskRules
from connector_gui.core.errors import ConnectorError, RefusedError
from connector_gui.core.moment import Moment
from connector_gui.core.record import CallRecord, facts_of, new_record
from connector_gui.core.service import Action, Health, Page, PlacedCall


def read_clocks() -> Moment:
    return Moment(datetime.now(UTC), time.monotonic())


class MemoryDesk:
    """Takes calls, knows them for ever, and never opens a device.

    Attributes:
        requests: What was placed, in order.
        refusal: Raised instead of taking a call.
        is_open: While cleared, a call is being placed for as long.
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
        self.health_now = Health("healthy", ready=True)

    async def place_call(self, request: CallRequest) -> PlacedCall:
        self.is_asked.set()
        name = request.session_id
        known = self._records.get(name)
        if known is not None:
            if known.digest != request.digest:
                raise RefusedError("This session_id names another call.", code="session_conflict", status=422)
            return PlacedCall(known, self._urls.get(name), is_replay=True)
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
        url = self._urls[request.session_id] = f"wss://agents.example/{request.agent_id}?token=secret"
        return PlacedCall(record, url)

    async def act(self, session_id: str, action: Action) -> CallRecord | None:
        record = self._records.get(session_id)
        if record is None:
            return None
        call = self._desk.find(session_id)
        now = read_clocks()
        match action:
            case Action.ACCEPT:
                self._desk.accept(session_id, now)
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
        if call is not None:
            self._records[session_id] = record.model_copy(update=facts_of(call, now))
        if action is not Action.ACCEPT:
            self._urls.pop(session_id, None)
        return self._records[session_id]

    async def session(self, session_id: str) -> CallRecord | None:
        return self._records.get(session_id)

    async def sessions(self, limit: int, cursor: str | None, status: CallState | None, outcome: Outcome | None) -> Page:
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
