"""``GET /events`` and ``GET /sessions/{id}/events``: following calls as they happen.

A stream is, in this order and without a gap or a double between them:

    snapshot ─▶ what was missed since Last-Event-ID, from the record ─▶ what happens, from the `feed`

Its place in the feed is taken before anything is read, so that nothing falls between. A caller who takes in nothing
is dropped by the `connection`'s sweep, and comes back with Last-Event-ID.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

from connector_gui.core.answers import session_body
from connector_gui.core.call import CallState
from connector_gui.core.errors import RefusedError
from connector_gui.core.record import CallRecord, SessionEvent
from connector_gui.core.service import DeskPort
from connector_gui.core.webhook import MAX_PAGE, EventsQuery, parse_query
from connector_gui.webhook.config import Limits
from connector_gui.webhook.feed import Feed, Follower
from connector_gui.webhook.held import HeldAnswers
from connector_gui.webhook.replies import Pieces, Reply
from connector_gui.webhook.route import Inquiry
from connector_gui.webhook.sessions import found, session_id_of
from connector_gui.webhook.sse import HEARTBEAT, event_text, levels_text, snapshot_text

PAGE: Final = 200
"""Missed events that are read at once."""
LEVELS_EVERY_S: Final = 1 / 30
HEADERS: Final = {"X-Accel-Buffering": "no"}
"""Keeps nginx from holding events back until a block of them is full."""


class Streams:
    """Opens event streams."""

    def __init__(self, desk: DeskPort, feed: Feed, held: HeldAnswers, limits: Limits) -> None:
        self._desk = desk
        self._feed = feed
        self._held = held
        self._limits = limits

    async def of_all(self, inquiry: Inquiry) -> Reply:
        """All calls."""
        return await self._open(inquiry, None)

    async def of_one(self, inquiry: Inquiry) -> Reply:
        """One call, until some seconds after its end."""
        record = found(await self._desk.session(session_id_of(inquiry)))
        return await self._open(inquiry, record.session_id)

    async def _open(self, inquiry: Inquiry, session_id: str | None) -> Reply:
        # Both ways: the header's value takes the place of the query's own, which has to be right all the same.
        parse_query(EventsQuery, inquiry.query)
        query = parse_query(EventsQuery, _with_header(inquiry))
        if not self._held.take():
            raise RefusedError(
                "Too many event streams are open at this desk. Close those that nobody reads, then try again.",
                code="too_many_streams",
                status=503,
                retry_after_s=10,
            )

        async def after(_is_delivered: bool) -> None:
            self._held.free()

        stream = _Stream(self._desk, self._feed, self._held, self._limits, inquiry, session_id, query)
        return Reply(200, Pieces("text/event-stream", stream.pieces), HEADERS, after)


@dataclass(slots=True)
class _Stream:
    """One of them while it runs.

    Attributes:
        last_id: Number of the newest event that is sent or in the snapshot.
    """

    desk: DeskPort
    feed: Feed
    held: HeldAnswers
    limits: Limits
    inquiry: Inquiry
    session_id: str | None
    query: EventsQuery
    last_id: int = 0
    levels_at_s: float = 0.0

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """All of it, bit by bit."""
        loop = asyncio.get_running_loop()
        connection = self.inquiry.connection
        with (
            self.feed.follow(self.session_id, wants_levels=self.query.levels) as follower,
            connection.telling_when_lost(follower.leave),
            self.held.ending_with(follower.leave),
        ):
            yield await self._snapshot(follower)
            if self.query.last_event_id is not None:
                async for piece in self._from_record(follower):
                    yield piece
            while not follower.is_over:
                follower.news.clear()
                async for piece in self._news(follower):
                    yield piece
                    follower.sent_at_s = loop.time()
                if not follower.is_over:
                    await follower.news.wait()

    async def _snapshot(self, follower: Follower) -> bytes:
        newest = await self.desk.last_event_id()
        asked = self.query.last_event_id
        self.last_id = newest if asked is None else min(asked, newest)
        if self.session_id is None:
            sessions = [session_body(record, self._base_url, whole=False) for record in await self._live()]
            return snapshot_text({"sessions": sessions}, self.last_id)
        record = found(await self.desk.session(self.session_id))
        self._look_for_the_end(record, follower)
        return snapshot_text(session_body(record, self._base_url, whole=True), self.last_id)

    async def _live(self) -> list[CallRecord]:
        """All calls that are not over, newest first."""
        pages = [
            await self.desk.sessions(MAX_PAGE, None, status, None)
            for status in CallState
            if status is not CallState.ENDED
        ]
        # One may have moved on between two of the questions.
        records = {record.session_id: record for page in pages for record in page.records}
        return sorted(records.values(), key=lambda record: record.created_at, reverse=True)

    async def _from_record(self, follower: Follower) -> AsyncIterator[bytes]:
        """What the record has after `last_id`."""
        while not follower.is_over:
            events = await self.desk.events_after(self.last_id, self.session_id, PAGE)
            records: dict[str, CallRecord | None] = {}
            for event in events:
                if event.session_id not in records:
                    records[event.session_id] = await self.desk.session(event.session_id)
                yield self._text(event, records[event.session_id])
                self.last_id = event.id
            if len(events) < PAGE:
                return

    async def _news(self, follower: Follower) -> AsyncIterator[bytes]:
        """What has happened since the last time, levels that are due, or a sign of life."""
        loop = asyncio.get_running_loop()
        happenings = self.feed.ahead_of(follower)
        if happenings is None:
            async for piece in self._from_record(follower):
                yield piece
        for happening in happenings or ():
            event = happening.event
            if event.id <= self.last_id or self.session_id not in {None, event.session_id}:
                continue
            text = await happening.text(self._base_url, whole=self.session_id is not None)
            self._look_for_the_end(happening.record, follower)
            self.last_id = event.id
            yield text
        levels, follower.levels = follower.levels, None
        if levels is not None and loop.time() - self.levels_at_s >= LEVELS_EVERY_S * 0.9:
            self.levels_at_s = loop.time()
            yield levels_text(*levels)
        if loop.time() - follower.sent_at_s >= self.limits.heartbeat_s:
            yield HEARTBEAT

    def _text(self, event: SessionEvent, record: CallRecord | None) -> bytes:
        return event_text(event, record, self._base_url, whole=self.session_id is not None)

    def _look_for_the_end(self, record: CallRecord | None, follower: Follower) -> None:
        is_over = record is None or record.status is CallState.ENDED
        if self.session_id is not None and is_over and follower.ends_at_s is None:
            follower.ends_at_s = asyncio.get_running_loop().time() + self.limits.goodbye_s

    @property
    def _base_url(self) -> str:
        return self.inquiry.base_url


def _with_header(inquiry: Inquiry) -> list[tuple[str, str]]:
    """The query, with the header ``Last-Event-ID`` in place of its own; browsers send it when they come back."""
    header: Any = inquiry.request.headers.get("Last-Event-ID")
    if not header:
        return list(inquiry.query)
    return [(name, value) for name, value in inquiry.query if name != "last_event_id"] + [("last_event_id", header)]
