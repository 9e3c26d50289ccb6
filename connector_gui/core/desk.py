"""Who rings, who has the devices, and what a tray click means now.

The desk holds every call that is not over. Requests (of the operator, of a caller over HTTP)
and events (of a call's link, line and timers) come in; commands for the switchboard go out.
It decides across calls what `Call` cannot know alone:

- Room: at most ``max_concurrent_calls`` conversations are open; a call that arrives beyond that
  rings quietly and waits its turn, by priority, then age.
- Devices: the newest accepted or resumed call has them; the one before it is held.
- Ringing: aloud on a free desk, quietly beside a conversation, not at all when nothing rings.
- Answering by itself: only while there is no conversation; a call that had to wait for one is given
  the whole delay again once the desk is free.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from connector_gui.core import call as call_module
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
    Timer,
    TimerExpired,
)
from connector_gui.core.errors import RefusedError
from connector_gui.core.moment import Moment

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


@dataclass(frozen=True, slots=True)
class CallCommand:
    """A command of one call, for the switchboard to carry out."""

    session_id: str
    command: call_module.Command


@dataclass(frozen=True, slots=True)
class SetRinging:
    """Ring this loud from now on."""

    volume: RingVolume


Command = CallCommand | SetRinging


class Desk:
    """All calls that are not over, and the rules between them.

    Attributes:
        rules: May be replaced at any time; running calls are not touched.
        is_do_not_disturb: New calls are refused while set.
    """

    def __init__(self, rules: DeskRules) -> None:
        self.rules = rules
        self.is_do_not_disturb = False
        self._calls: dict[str, Call] = {}
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

    def check_room(self) -> None:
        """Make sure that a new call may ring now; asked before anything is fetched for it.

        Raises:
            RefusedError: ``do_not_disturb``, ``queue_full`` or ``desk_full``, with when to ask again.
        """
        if self.is_do_not_disturb:
            raise RefusedError(
                "The operator does not want to be disturbed now. Try again later.",
                code="do_not_disturb",
                status=503,
                retry_after_s=60,
            )
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

    def place(self, request: CallRequest, now: Moment, *, at_desk: bool = False) -> tuple[Call, list[Command]]:
        """Let a new call ring.

        Args:
            at_desk: The operator places it: their own presence does not keep it away.

        Raises:
            RefusedError: As `check_room`; or ``session_conflict`` while a live call has that name.
        """
        if not at_desk:
            self.check_room()
        if request.session_id in self._calls:
            raise RefusedError(
                "A call with this session_id is going on. Use another session_id for another call.",
                code="session_conflict",
                status=422,
            )
        call = Call(request, now)
        self._calls[call.session_id] = call
        return call, [*self._tag(call, call.ring()), *self._answer_by_itself(call), *self._ring()]

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
        return [*freed, *self.handle(session_id, Accepted(by_rule), now)]

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

    def set_do_not_disturb(self, is_on: bool) -> None:
        """Refuse new calls, or take them again; what rings already goes on ringing."""
        self.is_do_not_disturb = is_on

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
            may_answer = call.state is CallState.RINGING and not self.talking and not self.is_do_not_disturb
            return self.accept(session_id, now, by_rule=True) if may_answer else []
        had_place = call.state in TALKING
        commands = self._tag(call, call.handle(event, now))
        if call.is_over:
            del self._calls[session_id]
            if had_place and not self.talking:
                commands += [command for waiting in self.ringing for command in self._answer_by_itself(waiting)]
        return commands + self._ring()

    # --- inside -----------------------------------------------------------------------------

    def _live(self, session_id: str, verb: str) -> Call:
        call = self._calls.get(session_id)
        if call is None:
            raise RefusedError(f"This call is over: there is nothing to {verb}.", code="wrong_state", status=409)
        return call

    def _answer_by_itself(self, call: Call) -> list[Command]:
        """Let a ringing call be answered after the delay, if that is the rule."""
        delay_s = self.rules.auto_answer_delay_s
        return [] if delay_s is None else self._tag(call, [StartTimer(Timer.AUTO_ANSWER, delay_s)])

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
            volume = RingVolume.QUIET if self.talking else RingVolume.LOUD
        if volume is self._ringing:
            return []
        self._ringing = volume
        return [SetRinging(volume)]

    @staticmethod
    def _tag(call: Call, commands: list[call_module.Command]) -> list[Command]:
        return [CallCommand(call.session_id, command) for command in commands]


def _is_cue(command: Command) -> bool:
    return isinstance(command, CallCommand) and isinstance(command.command, call_module.PlayCue)


def _wrong_state(call: Call, verb: str) -> RefusedError:
    return RefusedError(f"A call that is {call.state} cannot be {verb}.", code="wrong_state", status=409)
