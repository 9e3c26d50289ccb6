"""Looking through the record: what is asked for, and what comes back a window at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple, Protocol

from connector_gui.core.call import Outcome
from connector_gui.core.record import CallRecord


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """Which calls are wanted; what is left out does not restrict.

    Attributes:
        text: Words that all begin a word in the names, metadata, notes and tags of a call, or in one turn of it.
        outcomes: Any of these.
        agent_id: Calls of this agent.
        first_day: Calls of this day (at the desk) and later.
        last_day: Calls of this day and earlier.
        is_unseen: Missed calls that the operator has not seen.
    """

    text: str = ""
    outcomes: frozenset[Outcome] = frozenset()
    agent_id: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    is_unseen: bool = False


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many calls of one day were found."""

    day: date
    count: int


@dataclass(frozen=True, slots=True)
class HistoryIndex:
    """What a filter finds, without the calls themselves: enough to lay out a list of any length.

    Attributes:
        days: Newest first; the calls lie in this order too.
        is_cut: There are older matches of the text that are not counted.
    """

    days: tuple[DayCount, ...] = ()
    is_cut: bool = False

    @property
    def total(self) -> int:
        """How many calls there are in all."""
        return sum(day.count for day in self.days)


@dataclass(frozen=True, slots=True)
class AgentName:
    """An agent that calls were placed to, by the name it had last."""

    agent_id: str
    name: str


class Deleted(NamedTuple):
    """What a deletion came to.

    Attributes:
        calls: How many are gone.
        recordings_left: Files that the disk did not let go of, though their calls are gone.
    """

    calls: int
    recordings_left: int = 0


class HistoryPort(Protocol):
    """The record of calls that are over, as the history window knows it.

    Every method raises `StoreError` when the record cannot be read or written.
    """

    async def index(self, wanted: HistoryFilter) -> HistoryIndex:
        """What *wanted* finds, by day."""
        ...

    async def window(self, wanted: HistoryFilter, offset: int, limit: int) -> Sequence[CallRecord]:
        """Calls *offset* to *offset* + *limit* of what *wanted* finds, newest first, without transcripts."""
        ...

    async def call(self, session_id: str) -> CallRecord | None:
        """One call whole; ``None`` when there is none of that name."""
        ...

    async def agents(self) -> Sequence[AgentName]:
        """All agents that calls were placed to, by name."""
        ...

    async def annotate(self, session_id: str, *, notes: str | None = None, tags: Sequence[str] | None = None) -> None:
        """Keep the operator's notes or tags with a call."""
        ...

    async def mark_seen(self, session_ids: Sequence[str] | None = None) -> None:
        """The operator has seen these missed calls; all of them without an argument."""
        ...

    async def delete(self, session_ids: Sequence[str]) -> Deleted:
        """Delete calls for good: rows, transcripts and recordings. Live calls stay."""
        ...

    async def find_person(self, member: str, value: str) -> Sequence[str]:
        """Calls that are over whose metadata (or its ``dynamic_variables``) has *value* as *member*; session ids."""
        ...

    async def recording_path(self, session_id: str) -> Path | None:
        """Where the call's recording lies; ``None`` when there is none to hear."""
        ...

    def call_again(self, session_id: str) -> None:
        """Place a call to the same agent with the same metadata, accepted at once."""
        ...
