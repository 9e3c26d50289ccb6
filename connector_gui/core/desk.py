"""Who rings, who has the devices, and who waits.

The desk holds every call that is not over. Requests (of the operator, of a caller over HTTP)
and events (of a call's link, line and timers) come in; commands for the switchboard go out.
It decides across calls what `Call` cannot know alone:

- Room: at most ``max_concurrent_calls`` conversations are open, wherever; a call that arrives beyond that
  rings quietly and waits its turn (`core.ring_order`).
- Devices: the newest accepted or resumed call has the desk's own, it is in focus; the one before it is held.
- Lines (`core.lines`): a call that a rule leads to a free line, or that somebody puts there, has devices of its own.
  Nobody is held for it; the operator's presence, wrap-up and ring know nothing of it. It keeps its line while it is
  held. A line set up so takes its calls by itself (`core.line_answering`).
- Holding (`core.hold`): the agent may be told, and after a limit told again, or the call ended.
- Ringing: aloud on a free desk, quietly beside a conversation, not at all when nothing rings.
- Answering by itself at the desk: only while there is no conversation and calls are taken; a call that had to wait
  for that is given the whole delay again, one that belongs on a line is left to it. The operator can let it ring.
- Presence (`core.presence`): do not disturb refuses new calls, a wrap-up lets them wait as a conversation would.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from connector_gui.core import call_commands
from connector_gui.core import desk_refusals as refusals
from connector_gui.core import hold as holding
from connector_gui.core import presence as presences
from connector_gui.core.call import Call, CallState
from connector_gui.core.call_commands import PlayCue, StartTimer, StopTimer, Timer
from connector_gui.core.call_events import (
    Accepted,
    Declined,
    Event,
    HangUp,
    Moved,
    MuteChanged,
    Party,
    PutOnHold,
    Resumed,
    TimerExpired,
)
from connector_gui.core.call_request import OPERATOR, CallRequest
from connector_gui.core.desk_rules import DeskRules, WhenBusy
from connector_gui.core.hold import HoldLimitAction
from connector_gui.core.line_answering import calls_to_answer
from connector_gui.core.lines import (
    DESK_LINE,
    LineDevices,
    choose_line,
    find_line,
    is_free,
    matching_lines,
)
from connector_gui.core.moment import Moment
from connector_gui.core.presence import Availability, Presence
from connector_gui.core.ring_order import RingOrder
from connector_gui.core.sentence import sentence

TALKING: Final = frozenset({CallState.CONNECTING, CallState.ACTIVE, CallState.HELD, CallState.ENDING})
"""States in which a call takes one of the desk's places."""


class RingVolume(StrEnum):
    """How the desk rings now."""

    OFF = "off"
    QUIET = "quiet"
    LOUD = "loud"


@dataclass(frozen=True, slots=True)
class CallCommand:
    """A command of one call, for the switchboard to carry out."""

    session_id: str
    command: call_commands.Command


@dataclass(frozen=True, slots=True)
class SetRinging:
    """Ring this loud from now on."""

    volume: RingVolume


Command = CallCommand | SetRinging | presences.Command


class Desk:
    """All calls that are not over, and the rules between them.

    Attributes:
        rules: May be replaced at any time; `follow_rules` applies them to calls that are there.
        presence: Whether the operator takes calls.
    """

    def __init__(self, rules: DeskRules) -> None:
        self.rules = rules
        self.presence = Presence()
        self._calls: dict[str, Call] = {}
        self._answers: dict[str, Moment] = {}
        """Since when the delay runs of those that are answered by themselves."""
        self._let_ring: set[str] = set()
        self._answered_by_line: set[str] = set()
        """Calls that a line is about to take: their timer runs out at once."""
        self._order = RingOrder()
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
    def at_desk(self) -> tuple[Call, ...]:
        """Those of them that the operator has or holds at the desk, rather than on a line."""
        return tuple(call for call in self.talking if call.line is None)

    @property
    def busy_lines(self) -> tuple[LineDevices, ...]:
        """The lines that calls have."""
        return tuple(call.line for call in self.talking if call.line is not None)

    @property
    def ringing(self) -> tuple[Call, ...]:
        """Calls that ring, the next one to answer first: see `core.ring_order`."""
        return self._order.sort(self._that_ring())

    @property
    def focus(self) -> Call | None:
        """The conversation that has the desk's devices; one that is ending only while nobody else has them."""
        free = [call for call in self.at_desk if not call.is_held]
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

    def has_line_for(self, request: CallRequest) -> bool:
        """Whether a rule leads *request* to a line: it needs no devices of the desk."""
        return bool(matching_lines(request, self.rules.lines))

    # --- requests ---------------------------------------------------------------------------

    def check_room(self, now: Moment) -> None:
        """Make sure that a new call may ring *now*; asked before anything is fetched for it.

        Raises:
            RefusedError: ``do_not_disturb``, ``queue_full`` or ``desk_full``, with when to ask again.
        """
        if self.is_do_not_disturb and not self.presence.is_up(now):
            raise refusals.by_presence(sentence("The operator does not want to be disturbed now"), self.presence, now)
        if len(self._that_ring()) >= self.rules.ring_queue_size:
            raise refusals.queue_full(self.rules.ring_queue_size)
        if self.is_full and self.rules.when_busy is WhenBusy.REFUSE:
            raise refusals.busy()
        is_finishing = self.is_wrapping_up and not self.presence.is_up(now)
        if is_finishing and self.rules.when_busy is WhenBusy.REFUSE:
            raise refusals.by_presence(sentence("The operator is finishing up after a call"), self.presence, now)

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
            raise refusals.name_taken()
        call = Call(request, now)
        self._calls[call.session_id] = call
        if at_desk:
            self._let_ring.add(call.session_id)  # whoever places it here takes it here
        return call, [*self._tag(call, call.ring()), *self._answer_by_itself(call, now), *self._settle()]

    def accept(self, session_id: str, now: Moment, *, by_rule: bool = False, line: str | None = None) -> list[Command]:
        """Take a ringing call; at the desk, the conversation in focus is held. Accepting twice is no error.

        Args:
            by_rule: The call is answered by itself.
            line: Name of the line to take it on, or `DESK_LINE`; ``None``: where the rules lead it.

        Raises:
            RefusedError: ``desk_full``, ``line_busy``, ``invalid_request`` (there is no such line), or ``wrong_state``
                when the call cannot be accepted (any more).
        """
        call = self._live(session_id, "accept")
        if call.state in {CallState.CONNECTING, CallState.ACTIVE, CallState.HELD}:
            return []
        if call.state is not CallState.RINGING:
            raise refusals.wrong_state(call, "accepted")
        if self.is_full:
            raise refusals.no_place()
        chosen = choose_line(call.request, self.rules.lines, self.busy_lines) if line is None else self._line(line)
        self._order.took(call.request.placed_by)
        if chosen is not None:
            return self.handle(session_id, Accepted(by_rule, chosen), now)
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
            raise refusals.wrong_state(call, "declined")
        self._order.took(call.request.placed_by)
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
            raise refusals.wrong_state(call, "muted")
        return self.handle(session_id, event, now)

    def hold(self, session_id: str, now: Moment) -> list[Command]:
        """Take the devices from a call, or let its line wait; a held one stays held.

        Raises:
            RefusedError: ``wrong_state``: there is no conversation to hold.
        """
        call = self._live(session_id, "hold")
        if call.is_held and call.state in TALKING:
            return []
        if not call.takes(PutOnHold()):
            raise refusals.wrong_state(call, "held")
        return self.handle(session_id, PutOnHold(), now)

    def resume(self, session_id: str, now: Moment) -> list[Command]:
        """Let a held call go on: on its line, or with the desk's devices; then the one that has them is held.

        Raises:
            RefusedError: ``wrong_state``: the call is not held.
        """
        call = self._live(session_id, "resume")
        if not call.is_held and call.state in {CallState.CONNECTING, CallState.ACTIVE}:
            return []
        if not call.takes(Resumed()):
            raise refusals.wrong_state(call, "resumed")
        freed = self._free_devices(now) if call.line is None else []
        return [*freed, *self.handle(session_id, Resumed(), now)]

    def focus_on(self, session_id: str, now: Moment) -> list[Command]:
        """Let the operator talk in that conversation: one that is held is resumed, one on a line runs already.

        Raises:
            RefusedError: ``wrong_state``: it is no conversation (any more).
        """
        call = self._live(session_id, "talk in")
        if call.state is CallState.RINGING:
            raise refusals.wrong_state(call, "brought to the front")
        return self.resume(session_id, now)

    def swap(self, now: Moment) -> list[Command]:
        """Change over to the call that has been held at the desk for longest; again and again: to all in turn.

        Raises:
            RefusedError: ``wrong_state``: none is held there.
        """
        held = [call for call in self.at_desk if call.takes(Resumed()) and call.held_since is not None]
        if not held:
            raise refusals.nothing_held()
        longest = max(held, key=lambda call: now.since_s(call.held_since or now))
        return self.resume(longest.session_id, now)

    def move(self, session_id: str, line: str, now: Moment) -> list[Command]:
        """Let a running call go on on the line of that name, or at the desk (`DESK_LINE`); a held one is resumed there.

        Raises:
            RefusedError: ``wrong_state``, ``line_busy`` or ``invalid_request`` (there is no such line).
        """
        call = self._live(session_id, "move")
        if not call.takes(Moved(None)):
            raise refusals.wrong_state(call, "moved")
        target = self._line(line, mover=call)
        if target == call.line:
            return self.resume(session_id, now) if call.is_held else []
        freed = self._free_devices(now) if target is None else []
        moved = self.handle(session_id, Moved(target), now)
        resumed = self.handle(session_id, Resumed(), now) if call.is_held else []
        if target is None:
            return [*freed, *moved, *resumed, *self._move(presences.CallTaken(), now)]
        return [*moved, *resumed, *(self._answer_all(now) if not self.at_desk else [])]

    def let_ring(self, session_id: str) -> list[Command]:
        """Do not answer this call by itself, now or later; it goes on ringing for somebody to decide."""
        call = self._live(session_id, "let ring")
        self._let_ring.add(session_id)
        self._answers.pop(session_id, None)
        self._answered_by_line.discard(session_id)
        return [*self._tag(call, [StopTimer(Timer.AUTO_ANSWER)]), *self._settle()]

    def attend(self, event: presences.Event, now: Moment) -> list[Command]:
        """Something happened to the operator's presence; what rings already goes on ringing."""
        return [*self._move(event, now), *self._settle()]

    def follow_rules(self, before: DeskRules, now: Moment) -> list[Command]:
        """The rules were others *before*: calls that ring or are held are looked at anew."""
        hold, held_by = self.rules.hold, before.hold
        is_hold_new = (hold.limit_s, hold.limit_action) != (held_by.limit_s, held_by.limit_action)
        held = [call for call in self.talking if call.state is CallState.HELD] if is_hold_new else []
        limits = [command for call in held for command in self._tag(call, holding.limit_changed(hold, call, now))]
        return [*limits, *self._settle()]

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
            return self._answer(call, now)
        if isinstance(event, TimerExpired) and event.timer is Timer.HOLD:
            return self._end_of_patience(call, now)
        before, was_full = call.state, self.is_full
        commands = self._tag(call, [*call.handle(event, now), *self._hold_follows(call, before)])
        if call.is_over:
            self._forget(session_id)
            if before in TALKING:
                commands += self._leave_place(call, now, was_full=was_full)
        return commands + self._settle()

    # --- inside -----------------------------------------------------------------------------

    def _live(self, session_id: str, verb: str) -> Call:
        call = self._calls.get(session_id)
        if call is None:
            raise refusals.over(verb)
        return call

    def _line(self, name: str, mover: Call | None = None) -> LineDevices | None:
        """The line called *name*, free but for *mover*; ``None``: the desk's own devices are meant."""
        if name.casefold() == DESK_LINE:
            return None
        line = find_line(name, self.rules.lines)
        if line is None:
            raise refusals.no_such_line(name, tuple(line.name for line in self.rules.lines))
        others = [call.line for call in self.talking if call.line is not None and call is not mover]
        if not is_free(line.devices, others):
            raise refusals.line_busy(line.name)
        return line.devices

    def _hold_follows(self, call: Call, before: CallState) -> list[call_commands.Command]:
        """What is told because *call* is on hold from now on, or no longer."""
        if call.state is CallState.HELD and before is not CallState.HELD:
            return holding.hold_began(self.rules.hold)
        if call.state is CallState.ACTIVE and before is CallState.HELD:
            return holding.hold_ended(self.rules.hold)
        return []

    def _end_of_patience(self, call: Call, now: Moment) -> list[Command]:
        """A call has been on hold for as long as it may."""
        if call.state is not CallState.HELD or self.rules.hold.limit_s <= 0:
            return []
        told = self._tag(call, holding.limit_reached(self.rules.hold))
        is_to_end = self.rules.hold.limit_action is HoldLimitAction.END
        return [*told, *(self.handle(call.session_id, HangUp(Party.OPERATOR), now) if is_to_end else [])]

    def _answer(self, call: Call, now: Moment) -> list[Command]:
        """Somebody's patience with a ringing call is over: a line takes it, or it is answered at the desk."""
        self._answered_by_line.discard(call.session_id)
        line = self._calls_for_lines().get(call.session_id)
        if line is not None:
            return self.accept(call.session_id, now, by_rule=True, line=line.name)
        if self._may_answer(call):
            return self.accept(call.session_id, now, by_rule=True, line=DESK_LINE)
        return self._settle()

    def _that_ring(self) -> list[Call]:
        """Calls that ring, oldest first."""
        return [call for call in self._calls.values() if call.state is CallState.RINGING]

    def _calls_for_lines(self) -> dict[str, LineDevices]:
        if not self.rules.lines:
            return {}
        places = self.rules.max_concurrent_calls - len(self.talking)
        return calls_to_answer(self.ringing, self.rules.lines, self.busy_lines, places, by_hand=self._let_ring)

    def _may_answer(self, call: Call) -> bool:
        """Whether *call* may be answered by itself now."""
        has_room = not self.at_desk and not self.is_full and self.presence.availability is Availability.AVAILABLE
        is_asked_for = self.rules.auto_answer_delay_s is not None and call.session_id in self._answers
        return has_room and is_asked_for and call.state is CallState.RINGING and not self.has_line_for(call.request)

    def _answer_by_itself(self, call: Call, now: Moment) -> list[Command]:
        """Let a ringing call be answered after the delay, if that is the rule."""
        delay_s = self.rules.auto_answer_delay_s
        if delay_s is None or call.session_id in self._let_ring or self.has_line_for(call.request):
            return []
        self._answers[call.session_id] = now
        return self._tag(call, [StartTimer(Timer.AUTO_ANSWER, delay_s)])

    def _answer_all(self, now: Moment) -> list[Command]:
        """The desk is free again: whatever waits for that gets its whole delay."""
        return [command for waiting in self.ringing for command in self._answer_by_itself(waiting, now)]

    def _leave_place(self, call: Call, now: Moment, *, was_full: bool) -> list[Command]:
        """A conversation is over: if it was the desk's last, wrap it up, if that is the rule and there was any."""
        if self.at_desk or (call.line is not None and not was_full):
            return []
        is_own_practice = call.request.is_practice and call.request.placed_by == OPERATOR
        commands: list[Command] = []
        if call.line is None and call.started is not None and not is_own_practice:
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
        return commands + self._answer_all(now) if is_back and not self.at_desk else commands

    def _forget(self, session_id: str) -> None:
        del self._calls[session_id]
        self._answers.pop(session_id, None)
        self._let_ring.discard(session_id)
        self._answered_by_line.discard(session_id)

    def _free_devices(self, now: Moment) -> list[Command]:
        """Hold the conversation in focus; one that plays its last words is over now."""
        focus = self.focus
        if focus is None:
            return []
        event = HangUp(Party.OPERATOR) if focus.state is CallState.ENDING else PutOnHold()
        return self.handle(focus.session_id, event, now)

    def _settle(self) -> list[Command]:
        """What the present calls ask for: lines that take one, and a change of ringing."""
        wanted = [name for name in self._calls_for_lines() if name not in self._answered_by_line]
        self._answered_by_line.update(wanted)
        # Not at once: each is told of as ringing first, as its caller expects.
        answers: list[Command] = [CallCommand(name, StartTimer(Timer.AUTO_ANSWER, 0.0)) for name in wanted]
        return answers + self._ring()

    def _ring(self) -> list[Command]:
        volume = RingVolume.OFF
        if any(call.session_id not in self._answered_by_line for call in self._that_ring()):
            volume = RingVolume.QUIET if self.at_desk or self.is_wrapping_up else RingVolume.LOUD
        if volume is self._ringing:
            return []
        self._ringing = volume
        return [SetRinging(volume)]

    @staticmethod
    def _tag(call: Call, commands: list[call_commands.Command]) -> list[Command]:
        return [CallCommand(call.session_id, command) for command in commands]


def _is_cue(command: Command) -> bool:
    return isinstance(command, CallCommand) and isinstance(command.command, PlayCue)
