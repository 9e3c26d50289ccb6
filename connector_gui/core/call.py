"""What a call is: its states, and what every event means in each of them.

    ringing → connecting → active ⇄ held → ending → ended
       └────────────┴──────────────────────────────→ ended

A `Call` does nothing itself. It takes an event (`core.call_events`) and the moment it happened,
moves along `TRANSITIONS`, and returns commands (`core.call_commands`); the switchboard carries
them out in order, and whatever comes of that returns as the next event.

The streams follow from the state alone, whatever the order of events:

    state                        microphone   speaker   link
    ringing, ended               closed       closed    closed
    connecting, active, held     open         open      open (or opening)
    ending                       closed       open      closing

`Connect` opens all three, `HangUpLink` and `PlayOut` close the microphone, `Release` closes
what is left, once the speaker has finished its cue. A call runs on the desk's own devices, or on a
line (`core.lines`) that it keeps while it is held; a held call without one keeps its link alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from connector_gui.core.call_commands import (
    Command,
    Connect,
    Cue,
    HangUpLink,
    MoveLine,
    PlayCue,
    PlayOut,
    Release,
    SetHeld,
    SetMuted,
    StartTimer,
    StopTimer,
    Timer,
)
from connector_gui.core.call_events import (
    Accepted,
    AgentHangingUp,
    AgentReady,
    CloseFrame,
    Declined,
    Event,
    Failure,
    HangUp,
    Interrupted,
    LineFailed,
    LinkClosed,
    Moved,
    MuteChanged,
    Party,
    PlayedOut,
    PutOnHold,
    Resumed,
    TimerExpired,
)
from connector_gui.core.call_request import CallRequest
from connector_gui.core.errors import InvalidTransition
from connector_gui.core.lines import LineDevices
from connector_gui.core.moment import Moment
from connector_gui.core.sentence import sentence

METADATA_TIMEOUT_S: Final = 10.0
"""The agent must have announced itself by then."""
HANG_UP_TIMEOUT_S: Final = 1.5
"""A hang-up reaches `ENDED` by then, whether or not the far end answers (docs/faults.md, W12: under 2 s)."""
PLAY_OUT_TIMEOUT_S: Final = 10.0
"""How long queued audio may play after the agent hung up."""


class CallState(StrEnum):
    """Where a call is; the ``status`` of a session."""

    RINGING = "ringing"
    CONNECTING = "connecting"
    ACTIVE = "active"
    HELD = "held"
    ENDING = "ending"
    ENDED = "ended"


class Outcome(StrEnum):
    """How a call ended."""

    COMPLETED = "completed"
    DECLINED = "declined"
    MISSED = "missed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


S = CallState
TRANSITIONS: Final[Mapping[tuple[CallState, type[Event]], frozenset[CallState]]] = {
    (S.RINGING, Accepted): frozenset({S.CONNECTING}),
    (S.RINGING, Declined): frozenset({S.ENDED}),
    (S.RINGING, HangUp): frozenset({S.ENDED}),
    (S.RINGING, TimerExpired): frozenset({S.ENDED}),
    (S.CONNECTING, AgentReady): frozenset({S.ACTIVE, S.HELD}),
    (S.CONNECTING, MuteChanged): frozenset({S.CONNECTING}),
    # Another call can be accepted while this one still connects.
    (S.CONNECTING, PutOnHold): frozenset({S.CONNECTING}),
    (S.CONNECTING, Resumed): frozenset({S.CONNECTING}),
    (S.CONNECTING, Moved): frozenset({S.CONNECTING}),
    (S.CONNECTING, HangUp): frozenset({S.ENDING}),
    (S.CONNECTING, LinkClosed): frozenset({S.ENDED}),
    (S.CONNECTING, LineFailed): frozenset({S.ENDED}),
    (S.CONNECTING, TimerExpired): frozenset({S.ENDED}),
    (S.ACTIVE, Interrupted): frozenset({S.ACTIVE}),
    (S.ACTIVE, MuteChanged): frozenset({S.ACTIVE}),
    (S.ACTIVE, PutOnHold): frozenset({S.HELD}),
    (S.ACTIVE, Moved): frozenset({S.ACTIVE}),
    (S.ACTIVE, HangUp): frozenset({S.ENDING}),
    (S.ACTIVE, AgentHangingUp): frozenset({S.ENDING}),
    (S.ACTIVE, LinkClosed): frozenset({S.ENDING, S.ENDED}),
    (S.ACTIVE, LineFailed): frozenset({S.ENDED}),
    (S.HELD, Interrupted): frozenset({S.HELD}),
    (S.HELD, MuteChanged): frozenset({S.HELD}),
    (S.HELD, Resumed): frozenset({S.ACTIVE}),
    (S.HELD, Moved): frozenset({S.HELD}),
    (S.HELD, HangUp): frozenset({S.ENDING}),
    (S.HELD, AgentHangingUp): frozenset({S.ENDED}),
    (S.HELD, LinkClosed): frozenset({S.ENDED}),
    (S.HELD, LineFailed): frozenset({S.ENDED}),
    # Both ends can hang up at once: these are expected here.
    (S.ENDING, Interrupted): frozenset({S.ENDING}),
    (S.ENDING, AgentHangingUp): frozenset({S.ENDING}),
    (S.ENDING, LineFailed): frozenset({S.ENDED}),
    (S.ENDING, LinkClosed): frozenset({S.ENDING, S.ENDED}),
    (S.ENDING, PlayedOut): frozenset({S.ENDED}),
    (S.ENDING, HangUp): frozenset({S.ENDING, S.ENDED}),
    (S.ENDING, TimerExpired): frozenset({S.ENDED}),
}
"""Every legal move: state and event → the states it can lead to. What is not here is refused."""


class Call:
    """One call from its ring to its end.

    Attributes:
        request: What the caller asked for.
        state: Where the call is now.
        outcome, ended_by, failure, close: How it ended; ``None`` until known.
        created, accepted, started, ended: When it rang, was taken, was connected, was over.
        held_since: When it was put on hold; ``None`` while it is not.
        line: The line that it runs on; ``None``: the desk's own devices, unless it is held.
    """

    def __init__(self, request: CallRequest, now: Moment) -> None:
        self.request = request
        self.state = CallState.RINGING
        self.outcome: Outcome | None = None
        self.ended_by: Party | None = None
        self.failure: Failure | None = None
        self.close: CloseFrame | None = None
        self.conversation_id: str | None = None
        self.is_muted = False
        self.is_held = False
        self.held_since: Moment | None = None
        self.line: LineDevices | None = None
        self._is_playing_out = False
        self._has_end_cue = False
        self.created = now
        self.accepted: Moment | None = None
        self.started: Moment | None = None
        self.ended: Moment | None = None

    @property
    def session_id(self) -> str:
        """The caller's name for this call."""
        return self.request.session_id

    @property
    def is_over(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.state is CallState.ENDED

    def duration_s(self, now: Moment) -> float:
        """How long the conversation has lasted, in s; 0 before it started, fixed once it ended."""
        if self.started is None:
            return 0.0
        return (self.ended or now).since_s(self.started)

    def ring(self) -> list[Command]:
        """The commands that begin the ringing of a new call."""
        return [StartTimer(Timer.RING, self.request.ring_timeout_s)]

    def takes(self, event: Event) -> bool:
        """Whether *event* is a legal move now."""
        if (self.state, type(event)) not in TRANSITIONS:
            return False
        return not isinstance(event, TimerExpired) or event.timer in TIMERS_OF[self.state]

    def handle(self, event: Event, now: Moment) -> list[Command]:
        """Advance the call by one *event* that happened *now*.

        Returns:
            The commands to carry out, in order; often none.

        Raises:
            InvalidTransition: The call does not take *event* now. The state is unchanged.
        """
        if not self.takes(event):
            raise InvalidTransition(f"A call that is {self.state} does not take {type(event).__name__}.")
        before = self.state
        commands = _HANDLERS[type(event)](self, event, now)
        if self.state not in TRANSITIONS[before, type(event)]:
            raise AssertionError(f"{before} --{type(event).__name__}→ {self.state} is not in the table")
        return commands

    def _finish(self, outcome: Outcome, now: Moment, *, by: Party | None = None) -> list[Command]:
        """End the call for good. The first cause counts: an outcome set earlier stays."""
        held_streams = self.state is not CallState.RINGING
        self.state = CallState.ENDED
        self.outcome = self.outcome or outcome
        self.ended_by = self.ended_by or by
        self.ended = now
        timers: list[Command] = [StopTimer(timer) for timer in Timer]
        return [*timers, *self._end_cue(), Release()] if held_streams else timers

    def _end_cue(self) -> list[Command]:
        """Once, at the moment the call falls silent; not into another conversation, nor into what a line leads to."""
        if self._has_end_cue or self.is_held or self.line is not None:
            return []
        self._has_end_cue = True
        return [PlayCue(Cue.ENDED)]

    def _fail(self, failure: Failure, now: Moment) -> list[Command]:
        if self.outcome is None:
            self.failure = failure
        return self._finish(Outcome.FAILED, now)

    def _on_accepted(self, event: Accepted, now: Moment) -> list[Command]:
        self.state = CallState.CONNECTING
        self.accepted = now
        self.line = event.line
        cue = Cue.ANSWERED if event.by_rule else Cue.ACCEPTED
        return [
            StopTimer(Timer.RING),
            StopTimer(Timer.AUTO_ANSWER),
            Connect(cue if event.line is None else None, event.line),
            StartTimer(Timer.METADATA, METADATA_TIMEOUT_S),
        ]

    def _on_declined(self, _event: Declined, now: Moment) -> list[Command]:
        return self._finish(Outcome.DECLINED, now, by=Party.OPERATOR)

    def _on_agent_ready(self, event: AgentReady, now: Moment) -> list[Command]:
        self.state = CallState.HELD if self.is_held else CallState.ACTIVE
        self.conversation_id = event.conversation_id
        self.started = now
        return [StopTimer(Timer.METADATA)]

    def _on_interrupted(self, _event: Interrupted, _now: Moment) -> list[Command]:
        return []  # The voice thread has flushed the playout already: it does not wait for us.

    def _on_mute_changed(self, event: MuteChanged, _now: Moment) -> list[Command]:
        if event.is_muted == self.is_muted:
            return []
        self.is_muted = event.is_muted
        return [SetMuted(event.is_muted)]

    def _on_put_on_hold(self, _event: PutOnHold, now: Moment) -> list[Command]:
        if self.state is CallState.ACTIVE:
            self.state = CallState.HELD
        self.is_held = True
        self.held_since = now
        return [SetHeld(is_held=True)]

    def _on_resumed(self, _event: Resumed, _now: Moment) -> list[Command]:
        if self.state is CallState.HELD:
            self.state = CallState.ACTIVE
        self.is_held = False
        self.held_since = None
        return [SetHeld(is_held=False)]

    def _on_moved(self, event: Moved, _now: Moment) -> list[Command]:
        if event.line == self.line:
            return []
        self.line = event.line
        return [MoveLine(event.line)]

    def _on_hang_up(self, event: HangUp, now: Moment) -> list[Command]:
        if self.state is CallState.RINGING:
            outcome = Outcome.CANCELLED if event.by is Party.CALLER else Outcome.DECLINED
            return self._finish(outcome, now, by=event.by)
        if self.state is CallState.ENDING:
            # The operator need not hear the agent out; a second click while hanging up changes nothing.
            return self._finish(Outcome.COMPLETED, now) if self._is_playing_out else []
        self.state = CallState.ENDING
        self.outcome = Outcome.COMPLETED
        self.ended_by = event.by
        return [
            StopTimer(Timer.METADATA),
            HangUpLink(),
            *self._end_cue(),
            StartTimer(Timer.HANG_UP, HANG_UP_TIMEOUT_S),
        ]

    def _on_agent_hanging_up(self, _event: AgentHangingUp, now: Moment) -> list[Command]:
        if self.state is CallState.ENDING:
            return []
        if self.state is CallState.HELD:  # It has no speaker to play its last words on.
            return self._finish(Outcome.COMPLETED, now, by=Party.AGENT)
        return self._play_out()

    def _play_out(self) -> list[Command]:
        self.state = CallState.ENDING
        self.outcome = Outcome.COMPLETED
        self.ended_by = Party.AGENT
        self._is_playing_out = True
        return [PlayOut(), StartTimer(Timer.PLAY_OUT, PLAY_OUT_TIMEOUT_S)]

    def _on_link_closed(self, event: LinkClosed, now: Moment) -> list[Command]:
        self.close = self.close or event.close
        if self.state is CallState.ENDING:
            # After our own hang-up this is the answer we waited for; after the agent's, its words still play.
            return [] if self._is_playing_out else self._finish(Outcome.COMPLETED, now)
        if event.failure is not None:
            return self._fail(event.failure, now)
        if self.state is CallState.CONNECTING:
            message = sentence("The agent closed the connection before the conversation began.")
            return self._fail(Failure("closed_before_start", message), now)
        if self.state is CallState.HELD:
            return self._finish(Outcome.COMPLETED, now, by=Party.AGENT)
        return self._play_out()

    def _on_line_failed(self, event: LineFailed, now: Moment) -> list[Command]:
        return self._fail(event.failure, now)

    def _on_played_out(self, _event: PlayedOut, now: Moment) -> list[Command]:
        return self._finish(Outcome.COMPLETED, now, by=Party.AGENT)

    def _on_timer_expired(self, event: TimerExpired, now: Moment) -> list[Command]:
        if event.timer is Timer.RING:
            return self._finish(Outcome.MISSED, now)
        if event.timer is Timer.METADATA:
            message = sentence(
                "The agent did not answer within 10 seconds. Check the internet connection, then call again."
            )
            return self._fail(Failure("agent_timeout", message), now)
        return self._finish(Outcome.COMPLETED, now)


TIMERS_OF: Final[Mapping[CallState, frozenset[Timer]]] = {
    S.RINGING: frozenset({Timer.RING}),
    S.CONNECTING: frozenset({Timer.METADATA}),
    S.ENDING: frozenset({Timer.HANG_UP, Timer.PLAY_OUT}),
}
"""Which deadlines mean something in which state; a late one of another state is refused.
(`Timer.AUTO_ANSWER` and `Timer.HOLD` are the desk's: it turns them into events, or into nothing.)"""

_HANDLERS: Final[Mapping[type[Event], Callable[[Call, Any, Moment], list[Command]]]] = {
    Accepted: Call._on_accepted,  # noqa: SLF001 - the table below the class is part of it
    Declined: Call._on_declined,  # noqa: SLF001
    AgentReady: Call._on_agent_ready,  # noqa: SLF001
    Interrupted: Call._on_interrupted,  # noqa: SLF001
    MuteChanged: Call._on_mute_changed,  # noqa: SLF001
    PutOnHold: Call._on_put_on_hold,  # noqa: SLF001
    Resumed: Call._on_resumed,  # noqa: SLF001
    Moved: Call._on_moved,  # noqa: SLF001
    HangUp: Call._on_hang_up,  # noqa: SLF001
    AgentHangingUp: Call._on_agent_hanging_up,  # noqa: SLF001
    LinkClosed: Call._on_link_closed,  # noqa: SLF001
    LineFailed: Call._on_line_failed,  # noqa: SLF001
    PlayedOut: Call._on_played_out,  # noqa: SLF001
    TimerExpired: Call._on_timer_expired,  # noqa: SLF001
}
