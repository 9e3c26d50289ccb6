"""What the windows show: one immutable picture of the desk, made anew at each change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connector_gui.core.approvals import Approval
from connector_gui.core.level import SILENCE, Level
from connector_gui.core.presence import Wish
from connector_gui.core.record import CallRecord


class Speaker(StrEnum):
    """Who is heard now."""

    NOBODY = "nobody"
    AGENT = "agent"
    OPERATOR = "operator"


FULL_VOLUME = 100


@dataclass(frozen=True, slots=True)
class PendingApproval:
    """A tool that the operator is asked about; refused at *until_s* on the monotonic clock of the main thread."""

    approval: Approval
    until_s: float


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One measurement, in ms, with its moment on the monotonic clock of the main thread."""

    at_s: float
    ms: int


@dataclass(frozen=True, slots=True)
class CallView:
    """One live call with what only the moment knows.

    Attributes:
        record: Everything that is kept of it.
        rings_until_s: When its ring ends, on the monotonic clock of the main thread; ``None`` once it does not ring.
        started_s: When the conversation started, on the same clock, for the running duration.
        speaker: Who is heard now.
        tentative_text: What the service believes the operator is saying; replaced, never appended.
        round_trip_ms: Latest measured round trip to the agent, in ms.
        is_waiting_for_line: The service holds the call in its own queue.
        has_focus: It has the desk's devices.
        limits: What its sound cannot do now, in words that stand as long as it is so.
        round_trips: Measurements of the last minutes, oldest first.
        approvals: Tools that wait for the operator's word, the oldest question first.
        is_human: A person has taken over from the agent.
        types_until_s: Until when that person is typing, on the clock of *rings_until_s*; ``None``: not now.
        input_device, output_device: The devices it has now, by name; empty while none is open.
        volume: How loud the agent is played, in percent of how it came.
        line: The line that it runs on, by name; ``None``: the desk's own devices, unless it is held.
        held_since_s: When it was put on hold, on the clock of *rings_until_s*; ``None`` while it is not.
        hold_ends_s: When the limit for that is reached; ``None`` where there is none.
        waiting_s: How much of the agent's speech waits to be heard, in s.
        answers_at_s: When it is answered by itself, on the clock of *rings_until_s*; ``None``: it waits for somebody.
        has_place: A conversation more may be opened: it can be accepted, if it rings.
    """

    record: CallRecord
    rings_until_s: float | None = None
    started_s: float | None = None
    speaker: Speaker = Speaker.NOBODY
    tentative_text: str = ""
    round_trip_ms: int | None = None
    is_waiting_for_line: bool = False
    has_focus: bool = False
    limits: tuple[str, ...] = ()
    round_trips: tuple[RoundTrip, ...] = ()
    approvals: tuple[PendingApproval, ...] = ()
    is_human: bool = False
    types_until_s: float | None = None
    input_device: str = ""
    output_device: str = ""
    volume: int = FULL_VOLUME
    line: str | None = None
    held_since_s: float | None = None
    hold_ends_s: float | None = None
    waiting_s: float = 0.0
    answers_at_s: float | None = None
    has_place: bool = True


@dataclass(frozen=True, slots=True)
class WrapUp:
    """The operator has a while to themselves after a call.

    Attributes:
        until_s: When it ends, on the monotonic clock of the main thread.
        whole_s: How long it is in all.
        is_refusing: What comes meanwhile is refused; otherwise it rings quietly and waits.
    """

    until_s: float
    whole_s: float
    is_refusing: bool = False


@dataclass(frozen=True, slots=True)
class Levels:
    """Both meters of the conversation in focus."""

    operator: Level = SILENCE
    agent: Level = SILENCE


@dataclass(frozen=True, slots=True)
class DeskView:
    """The desk at one moment.

    Attributes:
        calls: Live calls: the one in focus first, then ringing ones in the order they will be answered, then held.
        last_ended: The call that ended last since the program started, with its reason; ``None`` before the first.
        recent: The newest calls of the record that are over, newest first, without transcripts.
        is_practice: Calls are answered by the practice agent because no key is stored (or it was asked for).
        is_do_not_disturb: New calls are refused.
        quiet: What was asked for, while they are.
        quiet_until: Until when they are, by the wall clock; ``None`` where nobody knows.
        wrap_up: New calls have to wait for a while, though nobody talks.
        is_busy: As many conversations run as may, and calls that come now are refused.
        problems: What is wrong with the program as a whole, in words with a cure (port taken, keyring locked …).
        webhook_url: Where callers POST, once the webhook listens; ``None`` while it does not.
        unseen_missed: How many missed calls of the record the operator has not seen yet.
    """

    calls: tuple[CallView, ...] = ()
    last_ended: CallRecord | None = None
    recent: tuple[CallRecord, ...] = ()
    is_practice: bool = False
    is_do_not_disturb: bool = False
    quiet: Wish | None = None
    quiet_until: datetime | None = None
    wrap_up: WrapUp | None = None
    is_busy: bool = False
    problems: tuple[str, ...] = ()
    webhook_url: str | None = None
    unseen_missed: int = 0

    @property
    def talking(self) -> CallView | None:
        """The conversation that has the devices."""
        return next((call for call in self.calls if call.has_focus), None)

    @property
    def is_at_desk(self) -> bool:
        """Whether a call rings, or there is one at the desk: calls on lines go their way beside it."""
        return any(call.line is None for call in self.calls)

    @property
    def ringing(self) -> tuple[CallView, ...]:
        """Calls that ring, the next one to answer first."""
        return tuple(call for call in self.calls if call.record.status == "ringing")
