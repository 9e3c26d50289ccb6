"""Who rings, who has the devices, and what a tray click means now.

The desk holds every call that is not over. Requests (of the operator, of a caller over HTTP)
and events (of a call's link, line and timers) come in; commands for the switchboard go out.
It decides across calls what `Call` cannot know alone:

- Room: at most ``max_concurrent_calls`` conversations are open; a call that arrives beyond that
  rings quietly and waits its turn, by priority, then age.
- Devices: the newest accepted or resumed call has them; the one before it is held.
- Ringing: aloud on a free desk, quietly beside a conversation, not at all when nothing rings.
- Answering by itself: only while there is no conversation and calls are taken; a call that had to wait for that is
  given the whole delay again. The operator can let it ring instead.
- Presence (`core.presence`): do not disturb refuses new calls, a wrap-up lets them wait as a conversation would.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from connector_gui.core import call as call_module
from connector_gui.core import presence as presences
from connector_gui.core.call import (
    Accepted,
    Call,
    CallRequest,
    CallState,
    Declined,
    Event,
    HangUp,
    MuteChanged,
    Party,
    PutOnHold,
    Resumed,
    StartTimer,
    StopTimer,
    Timer,
    TimerExpired,
)
from connector_gui.core.errors import RefusedError
from connector_gui.core.moment import Moment
from connector_gui.core.presence import Availability, Presence

OPERATOR: Final = "operator"
"""Who placed a call that was placed at the desk."""
CLICK_GUARD_S: Final = 1.0
"""A tray click this soon after accepting is the second half of a double click, not a hang-up."""

TALKING: Final = frozenset({CallState.CONNECTING, CallState.ACTIVE, CallState.HELD, CallState.ENDING})
"""States in which a call takes one of the desk's places."""


class WhenBusy(StrEnum):
    """What a call meets that arrives while the desk is full."""

    RING = "ring"
    REFUSE = "refuse"


class RingVolume(StrEnum):
    """How the desk rings now."""

    OFF = "off"
    QUIET = "quiet"
    LOUD = "loud"


class TrayAction(StrEnum):
    """What a click on the tray icon does now."""

    ACCEPT = "accept"
    END = "end"
    OPEN_PANEL = "open_panel"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class DeskRules:
    """The settings that the desk decides by; see `Settings` for what each means."""

    max_concurrent_calls: int = 1
    when_busy: WhenBusy = WhenBusy.RING
    ring_queue_size: int = 20
    auto_answer_delay_s: float | None = None
    click_ends_call: bool = True
    wrap_up_s: float = 0.0
    begins_muted: bool = False


@dataclass(frozen=True, slots=True)
class CallCommand:
    """A command of one call, for the switchboard to carry out."""

    session_id: str
    command: call_module.Command


@dataclass(frozen=True, slots=True)
class SetRinging:
    """Ring this loud from now on."""

    volume: RingVolume


Command = CallCommand | SetRinging | presences.Command


class Desk:
    """All calls that are not over, and the rules between them.

    Attributes:
        rules: May be replaced at any time; running calls are not touched.
        presence: Whether the operator takes calls.
    """

    def __init__(self, rules: DeskRules) -> None:
        self.rules = rules
        self.presence = Presence()
        self._calls: dict[str, Call] = {}
        self._answers: dict[str, Moment] = {}
        """Since when the delay runs of those that are answered by themselves."""
        self._let_ring: set[str] = set()
        self._ringing = RingVolume.OFF

    # --- what is the case -------------------------------------------------------------------

    @property
    def calls(self) -> tuple[Call, ...]:
        """All calls that are not over, oldest first."""
        return tuple(self._calls.values())

    @property
    def talking(self) -> tuple[Call, ...]:
        """Calls that take a place at the desk, oldest first."""
        return tuple(call for call in self._calls.values() if call.state in TALKING)

    @property
    def ringing(self) -> tuple[Call, ...]:
        """Calls that ring, the next one to answer first: by priority, then age."""
        ringing = [call for call in self._calls.values() if call.state is CallState.RINGING]
        return tuple(sorted(ringing, key=lambda call: -call.request.priority))

    @property
    def focus(self) -> Call | None:
        """The conversation that has the devices, if one has; one that is ending only while nobody else has them."""
        free = [call for call in self.talking if not call.is_held]
        return next((call for call in free if call.state is not CallState.ENDING), free[0] if free else None)

    @property
    def is_full(self) -> bool:
        """Whether no further conversation may be opened."""
        return len(self.talking) >= self.rules.max_concurrent_calls

    @property
    def is_do_not_disturb(self) -> bool:
        """Whether new calls are refused."""
        return self.presence.availability is Availability.DO_NOT_DISTURB

    @property
    def is_wrapping_up(self) -> bool:
        """Whether new calls have to wait although nobody talks."""
        return self.presence.availability is Availability.WRAP_UP

    def answers_at_s(self, call: Call) -> float | None:
        """When *call* is answered by itself, on the monotonic clock, as things are; ``None``: it is not."""
        since, delay_s = self._answers.get(call.session_id), self.rules.auto_answer_delay_s
        if since is None or delay_s is None or not self._may_answer(call):
            return None
        return since.monotonic_s + delay_s

    def find(self, session_id: str) -> Call | None:
        """The live call of that name; ``None`` when it is over or unknown."""
        return self._calls.get(session_id)

    def tray_action(self, now: Moment) -> TrayAction:
        """What a click on the tray icon means *now* (DESIGN section 4)."""
        if self.ringing and not self.is_full:
            return TrayAction.ACCEPT
        if self.focus is None:
            return TrayAction.OPEN_PANEL
        accepted = self.focus.accepted
        if accepted is not None and now.since_s(accepted) < CLICK_GUARD_S:
            return TrayAction.IGNORE
        return TrayAction.END if self.rules.click_ends_call else TrayAction.OPEN_PANEL

    # --- requests ---------------------------------------------------------------------------

    def check_room(self, now: Moment) -> None:
        """Make sure that a new call may ring *now*; asked before anything is fetched for it.

        Raises:
            RefusedError: ``do_not_disturb``, ``queue_full`` or ``desk_full``, with when to ask again.
        """
        if self.is_do_not_disturb and not self.presence.is_up(now):
            raise _refused_by_presence("The operator does not want to be disturbed now", self.presence, now)
        if len(self.ringing) >= self.rules.ring_queue_size:
            raise RefusedError(
                f"{self.rules.ring_queue_size} calls are ringing already. Try again when some are answered.",
                code="queue_full",
                status=503,
                retry_after_s=10,
            )
        if self.is_full and self.rules.when_busy is WhenBusy.REFUSE:
            raise RefusedError(
                "The operator is in a call. Try again when it is over.", code="desk_full", status=503, retry_after_s=30
            )
        is_finishing = self.is_wrapping_up and not self.presence.is_up(now)
        if is_finishing and self.rules.when_busy is WhenBusy.REFUSE:
            raise _refused_by_presence("The operator is finishing up after a call", self.presence, now)

    def place(self, request: CallRequest, now: Moment, *, at_desk: bool = False) -> tuple[Call, list[Command]]:
        """Let a new call ring.

        Args:
            at_desk: The operator places it: their own presence does not keep it away.

        Raises:
            RefusedError: As `check_room`; or ``session_conflict`` while a live call has that name.
        """
        if not at_desk:
            self.check_room(now)
        if request.session_id in self._calls:
            raise RefusedError(
                "A call with this session_id is going on. Use another session_id for another call.",
                code="session_conflict",
                status=422,
            )
        call = Call(request, now)
        self._calls[call.session_id] = call
        return call, [*self._tag(call, call.ring()), *self._answer_by_itself(call, now), *self._ring()]

    def accept(self, session_id: str, now: Moment, *, by_rule: bool = False) -> list[Command]:
        """Take a ringing call; the conversation that had the devices is held. Accepting twice is no error.

        Args:
            by_rule: The call is answered by itself.

        Raises:
            RefusedError: ``desk_full``, or ``wrong_state`` when the call cannot be accepted (any more).
        """
        call = self._live(session_id, "accept")
        if call.state in {CallState.CONNECTING, CallState.ACTIVE, CallState.HELD}:
            return []
        if call.state is not CallState.RINGING:
            raise _wrong_state(call, "accepted")
        if self.is_full:
            raise RefusedError(
                "The desk is full: end a call before you accept the next one.", code="desk_full", status=409
            )
        # Of a call that is cut short for this one the end is not told: this one's beginning is.
        freed = [command for command in self._free_devices(now) if not _is_cue(command)]
        taken = self.handle(session_id, Accepted(by_rule), now)
        if self.rules.begins_muted:
            taken += self.handle(session_id, MuteChanged(is_muted=True), now)
        return [*freed, *taken, *self._move(presences.CallTaken(), now)]

    def decline(self, session_id: str, now: Moment) -> list[Command]:
        """Refuse a ringing call.

        Raises:
            RefusedError: ``wrong_state``: it does not ring.
        """
        call = self._live(session_id, "decline")
        if call.state is not CallState.RINGING:
            raise _wrong_state(call, "declined")
        return self.handle(session_id, Declined(), now)

    def end(self, session_id: str, by: Party, now: Moment) -> list[Command]:
        """End a call in whatever state it is; one that rings is declined (operator) or cancelled (caller)."""
        self._live(session_id, "end")
        return self.handle(session_id, HangUp(by), now)

    def mute(self, session_id: str, is_muted: bool, now: Moment) -> list[Command]:
        """Mute or unmute the operator's microphone.

        Raises:
            RefusedError: ``wrong_state``: the call has no microphone.
        """
        call = self._live(session_id, "mute")
        event = MuteChanged(is_muted)
        if not call.takes(event):
            raise _wrong_state(call, "muted")
        return self.handle(session_id, event, now)

    def hold(self, session_id: str, now: Moment) -> list[Command]:
        """Take the devices from a call; a held one stays held.

        Raises:
            RefusedError: ``wrong_state``: there is no conversation to hold.
        """
        call = self._live(session_id, "hold")
        if call.is_held and call.state in TALKING:
            return []
        if not call.takes(PutOnHold()):
            raise _wrong_state(call, "held")
        return self.handle(session_id, PutOnHold(), now)

    def resume(self, session_id: str, now: Moment) -> list[Command]:
        """Give a held call the devices; the one that has them is held.

        Raises:
            RefusedError: ``wrong_state``: the call is not held.
        """
        call = self._live(session_id, "resume")
        if not call.is_held and call.state in {CallState.CONNECTING, CallState.ACTIVE}:
            return []
        if not call.takes(Resumed()):
            raise _wrong_state(call, "resumed")
        return [*self._free_devices(now), *self.handle(session_id, Resumed(), now)]

    def let_ring(self, session_id: str) -> list[Command]:
        """Do not answer this call by itself, now or later; it goes on ringing for somebody to decide."""
        call = self._live(session_id, "let ring")
        self._let_ring.add(session_id)
        self._answers.pop(session_id, None)
        return self._tag(call, [StopTimer(Timer.AUTO_ANSWER)])

    def attend(self, event: presences.Event, now: Moment) -> list[Command]:
        """Something happened to the operator's presence; what rings already goes on ringing."""
        return [*self._move(event, now), *self._ring()]

    # --- events -----------------------------------------------------------------------------

    def handle(self, session_id: str, event: Event, now: Moment) -> list[Command]:
        """Feed one *event* to its call and settle what follows for the desk.

        An event for a call that is over is a straggler of its link or timers: it changes nothing.

        Raises:
            InvalidTransition: The call does not take it in its present state.
        """
        call = self._calls.get(session_id)
        if call is None:
            return []
        if isinstance(event, TimerExpired) and event.timer is Timer.AUTO_ANSWER:
            return self.accept(session_id, now, by_rule=True) if self._may_answer(call) else []
        had_place = call.state in TALKING
        commands = self._tag(call, call.handle(event, now))
        if call.is_over:
            self._forget(session_id)
            if had_place and not self.talking:
                commands += self._leave_conversation(call, now)
        return commands + self._ring()

    # --- inside -----------------------------------------------------------------------------

    def _live(self, session_id: str, verb: str) -> Call:
        call = self._calls.get(session_id)
        if call is None:
            raise RefusedError(f"This call is over: there is nothing to {verb}.", code="wrong_state", status=409)
        return call

    def _may_answer(self, call: Call) -> bool:
        """Whether *call* may be answered by itself now."""
        is_free = not self.talking and self.presence.availability is Availability.AVAILABLE
        is_asked_for = self.rules.auto_answer_delay_s is not None and call.session_id in self._answers
        return is_free and is_asked_for and call.state is CallState.RINGING

    def _answer_by_itself(self, call: Call, now: Moment) -> list[Command]:
        """Let a ringing call be answered after the delay, if that is the rule."""
        delay_s = self.rules.auto_answer_delay_s
        if delay_s is None or call.session_id in self._let_ring:
            return []
        self._answers[call.session_id] = now
        return self._tag(call, [StartTimer(Timer.AUTO_ANSWER, delay_s)])

    def _answer_all(self, now: Moment) -> list[Command]:
        """The desk is free again: whatever waits for that gets its whole delay."""
        return [command for waiting in self.ringing for command in self._answer_by_itself(waiting, now)]

    def _leave_conversation(self, call: Call, now: Moment) -> list[Command]:
        """The last conversation is over: wrap it up, if that is the rule and there was anything to wrap up."""
        is_own_practice = call.request.is_practice and call.request.placed_by == OPERATOR
        commands: list[Command] = []
        if call.started is not None and not is_own_practice:
            commands = self._move(presences.ConversationOver(), now)
        if self.presence.availability is Availability.AVAILABLE:
            commands += self._answer_all(now)
        return commands

    def _move(self, event: presences.Event, now: Moment) -> list[Command]:
        """Let the presence take *event*; who waited for calls to be taken again is told."""
        before = self.presence.availability
        self.presence, decided = presences.decide(self.presence, event, now, wrap_up_s=self.rules.wrap_up_s)
        commands: list[Command] = list(decided)
        is_back = before is not self.presence.availability and self.presence.availability is Availability.AVAILABLE
        return commands + self._answer_all(now) if is_back and not self.talking else commands

    def _forget(self, session_id: str) -> None:
        del self._calls[session_id]
        self._answers.pop(session_id, None)
        self._let_ring.discard(session_id)

    def _free_devices(self, now: Moment) -> list[Command]:
        """Hold the conversation in focus; one that plays its last words is over now."""
        focus = self.focus
        if focus is None:
            return []
        event = HangUp(Party.OPERATOR) if focus.state is CallState.ENDING else PutOnHold()
        return self.handle(focus.session_id, event, now)

    def _ring(self) -> list[Command]:
        """The change of ringing that the present calls ask for, if any."""
        volume = RingVolume.OFF
        if self.ringing:
            volume = RingVolume.QUIET if self.talking or self.is_wrapping_up else RingVolume.LOUD
        if volume is self._ringing:
            return []
        self._ringing = volume
        return [SetRinging(volume)]

    @staticmethod
    def _tag(call: Call, commands: list[call_module.Command]) -> list[Command]:
        return [CallCommand(call.session_id, command) for command in commands]


def _is_cue(command: Command) -> bool:
    return isinstance(command, CallCommand) and isinstance(command.command, call_module.PlayCue)


def _refused_by_presence(reason: str, presence: Presence, now: Moment) -> RefusedError:
    """*reason* in words with when to ask again; ``desk_full`` while they finish up."""
    code = "do_not_disturb" if presence.availability is Availability.DO_NOT_DISTURB else "desk_full"
    left_s = presence.left_s(now)
    when = "later" if left_s is None else f"in {_in_words(left_s)}"
    return RefusedError(
        f"{reason}. Try again {when}.", code=code, status=503, retry_after_s=presence.retry_after_s(now)
    )


def _in_words(seconds: float) -> str:
    """A while for a sentence to a caller, never too short: ``25 s``, ``5 minutes``, ``15 hours``."""
    if seconds <= 90:
        return f"{max(1, math.ceil(seconds))} s"
    if seconds <= 90 * 60:
        return f"{math.ceil(seconds / 60)} minutes"
    return f"{math.ceil(seconds / 3600)} hours"


def _wrong_state(call: Call, verb: str) -> RefusedError:
    return RefusedError(f"A call that is {call.state} cannot be {verb}.", code="wrong_state", status=409)
