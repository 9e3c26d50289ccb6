"""What happens at the desk, kept for a moment so that many can follow, each at a pace of its own.

    desk ── on_events ──▶ the last RING events ◀── readers, each with a place of its own in them
    desk ── on_levels ──▶ the latest levels    ◀── those who asked for them

Taking an event in costs the desk next to nothing: it is looked up and written out by the first reader that comes to
it, once for all. No reader holds anything that waits: one who falls behind further than RING reads on from the
record. One timer beats for all of them (see `connection`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from connector_gui.core.record import CallRecord, SessionEvent
from connector_gui.core.service import DeskPort
from connector_gui.core.view import Levels
from connector_gui.webhook.config import Limits
from connector_gui.webhook.sse import event_text

RING: Final = 512
TICK_S: Final = 0.5


class Happening:
    """One event, with the texts that readers get of it."""

    def __init__(self, event: SessionEvent, number: int, desk: DeskPort) -> None:
        self.event = event
        self.number = number
        self.record: CallRecord | None = None
        self._desk = desk
        self._texts: dict[tuple[str, bool], bytes] = {}
        self._one_at_a_time = asyncio.Lock()
        self._is_looked_up = False

    async def text(self, base_url: str, *, whole: bool) -> bytes:
        """It as a message; the call as it is when somebody first asks."""
        async with self._one_at_a_time:
            if not self._is_looked_up:
                self.record = await self._desk.session(self.event.session_id)
                self._is_looked_up = True
            key = (base_url, whole)
            if key not in self._texts:
                self._texts[key] = event_text(self.event, self.record, base_url, whole=whole)
            return self._texts[key]


@dataclass(eq=False, slots=True)
class Follower:
    """A reader's place.

    Attributes:
        session_id: The call that it follows; ``None`` for all.
        news: Set when there is something to look at.
        place: Number of the next event that it has not looked at.
        levels: The latest ones that it has not sent yet.
        sent_at_s: When something was sent to it last, on the loop's clock.
        ends_at_s: When its stream is to end; ``None`` while it is not.
        is_over: The stream is to end now.
    """

    session_id: str | None
    wants_levels: bool
    news: asyncio.Event
    place: int
    levels: tuple[str, Levels] | None = None
    sent_at_s: float = 0.0
    ends_at_s: float | None = None
    is_over: bool = False

    def leave(self) -> None:
        """End the stream."""
        self.is_over = True
        self.news.set()


class Feed:
    """Takes in what the desk tells, for all readers."""

    def __init__(self, desk: DeskPort, limits: Limits) -> None:
        self._desk = desk
        self._limits = limits
        self._ring: deque[Happening] = deque(maxlen=RING)
        self._next = 0
        self._followers: set[Follower] = set()
        self._ticking: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Listen to the desk."""
        self._desk.on_events.append(self._take)
        self._desk.on_levels.append(self._take_levels)

    def close(self) -> None:
        """Listen no more, and end every stream."""
        if self._take in self._desk.on_events:
            self._desk.on_events.remove(self._take)
            self._desk.on_levels.remove(self._take_levels)
        for follower in self._followers:
            follower.leave()

    @contextmanager
    def follow(self, session_id: str | None, *, wants_levels: bool) -> Iterator[Follower]:
        """A place in what happens from now on."""
        now_s = asyncio.get_running_loop().time()
        follower = Follower(session_id, wants_levels, asyncio.Event(), self._next, sent_at_s=now_s)
        self._followers.add(follower)
        if self._ticking is None:
            self._tick()
        try:
            yield follower
        finally:
            self._followers.discard(follower)

    def ahead_of(self, follower: Follower) -> Sequence[Happening] | None:
        """What *follower* has not looked at yet, which it counts as having done; ``None`` when some is lost to it."""
        first = self._next - len(self._ring)
        place, follower.place = follower.place, self._next
        if place < first:
            return None
        return [self._ring[number - first] for number in range(place, self._next)]

    def _take(self, events: tuple[SessionEvent, ...]) -> None:
        if not self._followers:
            # Whoever comes later starts from the record.
            self._next += len(events)
            self._ring.clear()
            return
        for event in events:
            self._ring.append(Happening(event, self._next, self._desk))
            self._next += 1
        for follower in self._followers:
            follower.news.set()

    def _take_levels(self, session_id: str, levels: Levels) -> None:
        for follower in self._followers:
            if follower.wants_levels and follower.session_id in {None, session_id}:
                follower.levels = (session_id, levels)
                follower.news.set()

    def _tick(self) -> None:
        """Wake those who have to say something for the sake of it, or whose time is over."""
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        for follower in self._followers:
            if follower.ends_at_s is not None and follower.ends_at_s <= now_s:
                follower.leave()
            elif now_s - follower.sent_at_s >= self._limits.heartbeat_s:
                follower.news.set()
        self._ticking = loop.call_later(TICK_S, self._tick) if self._followers else None
