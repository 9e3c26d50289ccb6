"""A record of any number of calls, made as they are asked for: for the history window, its pictures and its bench."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.call_events import Failure, Party
from connector_gui.core.errors import StoreError
from connector_gui.core.history import AgentName, DayCount, Deleted, HistoryFilter, HistoryIndex
from connector_gui.core.record import CallRecord, Recording
from tests.fakes.desk_views import TRANSCRIPT

PER_DAY: Final = 140
AGENTS: Final = (
    AgentName("agent_1", "Billing"),
    AgentName("agent_2", "Orders"),
    AgentName("agent_3", "Support"),
    AgentName("agent_4", "Survey"),
)
PEOPLE: Final = ("Mara Lindqvist", "Jo Park", "Ana Ruiz", "Yusuf Demir", "Chiara Conti", "Sam O’Neil", "دانا كرم")
TOPICS: Final = ({"invoice": 4711, "balance": 12.5}, {"order": 90210}, {"ticket": "A-77"}, {"appointment": "Tuesday"})
_OUTCOMES: Final = (
    Outcome.MISSED, Outcome.COMPLETED, Outcome.COMPLETED, Outcome.DECLINED, Outcome.COMPLETED,
    Outcome.FAILED, Outcome.COMPLETED, Outcome.CANCELLED, Outcome.COMPLETED, Outcome.INTERRUPTED,
)  # fmt: skip
_FAILURE: Final = Failure(
    "connection_lost",
    "The connection to the agent was lost. Check the internet connection, then call again: "
    "a conversation cannot be taken up where it broke off.",
)


def made(number: int, now: datetime, *, per_day: int = PER_DAY, **values: Any) -> CallRecord:
    """Call *number* before *now*, without its transcript; always the same one."""
    outcome = _OUTCOMES[number % len(_OUTCOMES)]
    agent = AGENTS[number % len(AGENTS)]
    day, place = divmod(number, per_day)
    start = now - timedelta(days=day, minutes=4 + place * (600 // per_day or 1))
    has_talked = outcome in {Outcome.COMPLETED, Outcome.FAILED, Outcome.INTERRUPTED}
    facts: dict[str, Any] = {
        "session_id": f"call-{number}",
        "status": CallState.ENDED,
        "outcome": outcome,
        "ended_by": Party.AGENT if outcome is Outcome.COMPLETED else None,
        "error": _FAILURE if outcome is Outcome.FAILED else None,
        "agent_id": agent.agent_id,
        "agent_name": agent.name,
        "metadata": {"name": PEOPLE[number % len(PEOPLE)], **TOPICS[number % len(TOPICS)]},
        "created_at": start,
        "ring_expires_at": start + timedelta(seconds=30),
        "accepted_at": start + timedelta(seconds=6) if has_talked else None,
        "started_at": start + timedelta(seconds=7) if has_talked else None,
        "ended_at": start + timedelta(seconds=168 if has_talked else 30),
        "duration_s": 41.0 + number * 37 % 600 if has_talked else 0.0,
        "conversation_id": f"conv_{number:08x}" if has_talked else None,
        "recording": Recording(state="done", duration_s=41.0 + number * 37 % 600) if has_talked else Recording(),
        "placed_by": "n8n",
        "is_seen": outcome is not Outcome.MISSED or number > 12,
        "notes": "Wants a copy of the invoice by post." if number % 7 == 1 else "",
        "tags": ("vip", "follow-up")[: number % 3] if number % 4 == 1 else (),
        "day": start.astimezone().date(),
    }
    return CallRecord.model_construct(None, **{**facts, **values})


def index_of(calls: Sequence[CallRecord]) -> HistoryIndex:
    """Their number, by day; they are newest first."""
    days = groupby(calls, key=lambda call: call.day)
    return HistoryIndex(tuple(DayCount(day, len(list(of_day))) for day, of_day in days))


class MadeCalls(Sequence[CallRecord]):
    """*count* calls, newest first, of which none exists before it is looked at.

    They are copies of those of two days, so that making them does not pass for work of the window.
    """

    def __init__(self, count: int, now: datetime) -> None:
        self._count, self._now = count, now
        self._patterns = [made(number, now) for number in range(2 * PER_DAY)]

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: Any) -> Any:
        if isinstance(number, slice):
            return [self._copy(one) for one in range(*number.indices(self._count))]
        return self._copy(number)

    def _copy(self, number: int) -> CallRecord:
        pattern = self._patterns[number % len(self._patterns)]
        earlier = timedelta(days=number // len(self._patterns) * 2)
        start = pattern.created_at - earlier
        changes = {"session_id": f"call-{number}", "created_at": start, "day": pattern.day - earlier}
        return pattern.model_copy(update=changes)

    def days(self) -> tuple[DayCount, ...]:
        """How many there are a day."""
        today = self._now.astimezone().date()
        whole, rest = divmod(self._count, PER_DAY)
        counts = [PER_DAY] * whole + [rest] * bool(rest)
        return tuple(DayCount(today - timedelta(days=number), count) for number, count in enumerate(counts))


class FakeHistory:
    """A `HistoryPort` over calls in memory, or over any number of made ones that nobody filters.

    Attributes:
        asked: What was called, in order, with what.
        problem: Raised by every method while set.
        gate: Waited for by `index`, once per call, while set.
    """

    def __init__(self, calls: Sequence[CallRecord] = (), recording: Path | None = None) -> None:
        self.calls: Sequence[CallRecord] = calls
        self.recording = recording
        self.recordings_left = 0
        self.asked: list[tuple[str, Any]] = []
        self.problem: StoreError | None = None
        self.gate: asyncio.Event | None = None

    @classmethod
    def of(cls, count: int, now: datetime | None = None, **values: Any) -> FakeHistory:
        """*count* calls that can be changed, *values* the same in all of them."""
        now = now or datetime.now(UTC)
        return cls([made(number, now, per_day=8, **values) for number in range(count)])

    @property
    def names(self) -> list[str]:
        """What was called, in order."""
        return [name for name, _ in self.asked]

    def _note(self, name: str, what: Any = None) -> None:
        self.asked.append((name, what))
        if self.problem is not None:
            raise self.problem

    def _found(self, wanted: HistoryFilter) -> Sequence[CallRecord]:
        if wanted == HistoryFilter():
            return self.calls
        return [call for call in self.calls if _fits(call, wanted)]

    async def index(self, wanted: HistoryFilter) -> HistoryIndex:
        self._note("index", wanted)
        if self.gate is not None:
            await self.gate.wait()
        found = self._found(wanted)
        if isinstance(found, MadeCalls):
            return HistoryIndex(found.days())
        return index_of(found)

    async def window(self, wanted: HistoryFilter, offset: int, limit: int) -> Sequence[CallRecord]:
        self._note("window", (offset, limit))
        await asyncio.sleep(0)  # no database answers before others had their turn
        return list(self._found(wanted)[offset : offset + limit])

    async def call(self, session_id: str) -> CallRecord | None:
        self._note("call", session_id)
        call = self._find(session_id)
        if call is None or not call.duration_s or call.transcript:
            return call
        return call.model_copy(update={"transcript": TRANSCRIPT})

    async def agents(self) -> Sequence[AgentName]:
        self._note("agents")
        return AGENTS

    async def annotate(self, session_id: str, *, notes: str | None = None, tags: Sequence[str] | None = None) -> None:
        self._note("annotate", (session_id, notes, tags))
        values: dict[str, Any] = {} if notes is None else {"notes": notes}
        self._change([session_id], values | ({} if tags is None else {"tags": tuple(tags)}))

    async def mark_seen(self, session_ids: Sequence[str] | None = None) -> None:
        self._note("mark_seen", session_ids)
        self._change(session_ids or [call.session_id for call in self.calls], {"is_seen": True})

    async def delete(self, session_ids: Sequence[str]) -> Deleted:
        self._note("delete", tuple(session_ids))
        before, gone = len(self.calls), set(session_ids)
        self.calls = [call for call in self.calls if call.session_id not in gone]
        return Deleted(before - len(self.calls), self.recordings_left)

    async def find_person(self, member: str, value: str) -> Sequence[str]:
        self._note("find_person", (member, value))
        return [call.session_id for call in self.calls if str(call.metadata.get(member)) == value]

    async def recording_path(self, session_id: str) -> Path | None:
        self._note("recording_path", session_id)
        call = self._find(session_id)
        return self.recording if call is not None and call.recording.state == "done" else None

    def call_again(self, session_id: str) -> None:
        self._note("call_again", session_id)

    def add(self, call: CallRecord) -> None:
        """A call has just ended."""
        self.calls = [call, *self.calls]

    def _find(self, session_id: str) -> CallRecord | None:
        if isinstance(self.calls, MadeCalls):
            return self.calls[int(session_id.removeprefix("call-"))]  # type: ignore[no-any-return]  # one, not a slice
        return next((call for call in self.calls if call.session_id == session_id), None)

    def _change(self, session_ids: Sequence[str], values: dict[str, Any]) -> None:
        if not isinstance(self.calls, MadeCalls):
            changed = set(session_ids)
            self.calls = [call.model_copy(update=values) if call.session_id in changed else call for call in self.calls]


def _fits(call: CallRecord, wanted: HistoryFilter) -> bool:
    words = {word.lower() for text in _texts(call) for word in text.split()}
    return (
        all(any(word.startswith(one) for word in words) for one in wanted.text.lower().split())
        and (not wanted.outcomes or call.outcome in wanted.outcomes)
        and wanted.agent_id in {None, call.agent_id}
        and (wanted.first_day is None or call.day >= wanted.first_day)
        and (wanted.last_day is None or call.day <= wanted.last_day)
        and (not wanted.is_unseen or (call.outcome is Outcome.MISSED and not call.is_seen))
    )


def _texts(call: CallRecord) -> Iterator[str]:
    yield from (call.agent_name or "", call.notes, *call.tags)
    yield from (str(value) for value in call.metadata.values())


def wave(columns: int = 1200, *, is_agent: bool = False) -> list[tuple[float, float]]:
    """Peaks of somebody who speaks in turns."""
    extremes = []
    for column in range(columns):
        turn = (column // 90) % 2 == int(is_agent)
        place = (column % 90) / 90
        syllable = abs(math.sin(column / 3.1)) * abs(math.sin(column / 17.0)) * (1 - place * place)
        height = 0.004 + (0.05 + 0.28 * syllable) * (turn and 0.04 < place < 0.9)
        extremes.append((-height * 0.85, height))
    return extremes
