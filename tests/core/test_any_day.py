"""Any order of requests and events at the desk: never two conversations on one microphone, never more than fit,
nobody starves."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from connector_gui.core import call as c
from connector_gui.core import call_commands, call_events
from connector_gui.core.call import CallState, Outcome
from connector_gui.core.call_commands import Connect, MoveLine, Release, SetHeld, StartTimer, StopTimer, Timer
from connector_gui.core.call_events import (
    AgentHangingUp,
    AgentReady,
    CloseFrame,
    Failure,
    Interrupted,
    LineFailed,
    LinkClosed,
    Party,
    PlayedOut,
    TimerExpired,
)
from connector_gui.core.call_request import CallRequest
from connector_gui.core.desk import TALKING, CallCommand, Command, Desk, RingVolume, SetRinging
from connector_gui.core.desk_rules import DeskRules
from connector_gui.core.errors import InvalidTransition, RefusedError
from connector_gui.core.hold import HoldLimitAction, HoldRules
from connector_gui.core.lines import LineDevices, LineRule, LineSettings
from connector_gui.core.moment import Moment

LINES = (
    LineSettings(LineDevices("Softphone", "Cable B", "Cable A"), (LineRule("billing"),), is_auto_answer=True),
    LineSettings(LineDevices("Conference", "Cable D", "Cable C"), (LineRule("sales"), LineRule(min_priority=2))),
    LineSettings(LineDevices("Other half", "Cable X", "Cable C"), (LineRule("sales"),), is_auto_answer=True),
)
"""The last two share a device, as they may when the settings are changed while calls run."""
HOLD = HoldRules("Wait.", "Back.", 60, HoldLimitAction.END)
NAMES = st.sampled_from([f"call-{number}" for number in range(7)])
WHERE = st.sampled_from(["desk", "Softphone", "Conference", "Other half", "nowhere"])
EVENTS = st.sampled_from(
    [
        AgentReady("conv"),
        Interrupted(1),
        AgentHangingUp(),
        LinkClosed(CloseFrame(1000)),
        LinkClosed(CloseFrame(1006), Failure("x", "y")),
        LineFailed(Failure("x", "y")),
        PlayedOut(),
        *(TimerExpired(timer) for timer in Timer),
    ]
)
REFUSALS = {"wrong_state", "desk_full", "line_busy", "invalid_request"}


def at(seconds: float) -> Moment:
    return Moment(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds), 1000.0 + seconds)


class AnyDay(RuleBasedStateMachine):
    """The desk, and what somebody knows of it who has only seen its commands."""

    def __init__(self) -> None:
        super().__init__()
        rules = DeskRules(max_concurrent_calls=4, ring_queue_size=5, auto_answer_delay_s=3, lines=LINES, hold=HOLD)
        self.desk = Desk(rules)
        self.now = 0.0
        self.ringing = RingVolume.OFF
        self.seen: dict[str, c.Call] = {}
        self.timers: dict[str, set[Timer]] = defaultdict(set)
        self.open: dict[str, LineDevices | None] = {}
        """Whose sound is open, and on which line; as the voice thread would know it."""
        self.paused: set[str] = set()

    def carry_out(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case SetRinging(volume):
                    self.ringing = volume
                case CallCommand(name, of_call):
                    self.carry_out_one(name, of_call)

    def carry_out_one(self, name: str, command: call_commands.Command) -> None:
        match command:
            case StartTimer(timer):
                self.timers[name].add(timer)
            case StopTimer(timer):
                self.timers[name].discard(timer)
            case Connect(_, line):
                self.open[name] = line
            case MoveLine(line):
                assert name in self.open
                self.open[name] = line
            case SetHeld(is_held):
                (self.paused.add if is_held else self.paused.discard)(name)
            case Release():
                self.open.pop(name, None)
                self.paused.discard(name)

    # --- what people do ---------------------------------------------------------------------------

    @rule(
        name=NAMES,
        priority=st.integers(-2, 2),
        agent=st.sampled_from(["billing", "sales", "support"]),
        caller=st.sampled_from(["crm", "sheet", "operator"]),
    )
    def place(self, name: str, priority: int, agent: str, caller: str) -> None:
        request = CallRequest(name, agent, ring_timeout_s=30, priority=priority, placed_by=caller)
        try:
            call, commands = self.desk.place(request, at(self.now))
        except RefusedError:
            return
        self.seen[name] = call
        self.carry_out(commands)

    @rule(name=NAMES, verb=st.sampled_from(["accept", "decline", "hold", "resume", "focus_on"]))
    def press(self, name: str, verb: str) -> None:
        try:
            self.carry_out(getattr(self.desk, verb)(name, at(self.now)))
        except RefusedError as error:
            assert error.code in REFUSALS  # noqa: PT017

    @rule(name=NAMES, where=WHERE, is_new=st.booleans())
    def put_on_a_line(self, name: str, where: str, is_new: bool) -> None:
        try:
            if is_new:
                self.carry_out(self.desk.accept(name, at(self.now), line=where))
            else:
                self.carry_out(self.desk.move(name, where, at(self.now)))
        except RefusedError as error:
            assert error.code in REFUSALS  # noqa: PT017

    @rule()
    def swap(self) -> None:
        try:
            self.carry_out(self.desk.swap(at(self.now)))
        except RefusedError as error:
            assert error.code == "wrong_state"  # noqa: PT017

    @rule(name=NAMES, by=st.sampled_from(Party))
    def end(self, name: str, by: Party) -> None:
        if self.desk.find(name):
            self.carry_out(self.desk.end(name, by, at(self.now)))

    @rule(name=NAMES)
    def let_ring(self, name: str) -> None:
        if self.desk.find(name):
            self.carry_out(self.desk.let_ring(name))

    @rule(size=st.integers(1, 5), count=st.integers(0, 3), limit_s=st.sampled_from([0.0, 60.0]))
    def rules_change(self, size: int, count: int, limit_s: float) -> None:
        rules = replace(self.desk.rules, ring_queue_size=size, lines=LINES[:count], hold=replace(HOLD, limit_s=limit_s))
        before, self.desk.rules = self.desk.rules, rules
        self.carry_out(self.desk.follow_rules(before, at(self.now)))

    # --- what the world does ----------------------------------------------------------------------

    @rule(name=NAMES, event=EVENTS, passed=st.floats(0, 40))
    def happens(self, name: str, event: call_events.Event, passed: float) -> None:
        self.now += passed
        try:
            self.carry_out(self.desk.handle(name, event, at(self.now)))
        except InvalidTransition:
            return

    @precondition(lambda self: any(Timer.AUTO_ANSWER in timers for timers in self.timers.values()))
    @rule()
    def answers_are_due(self) -> None:
        for name in [name for name, timers in self.timers.items() if Timer.AUTO_ANSWER in timers]:
            self.timers[name].discard(Timer.AUTO_ANSWER)
            self.carry_out(self.desk.handle(name, TimerExpired(Timer.AUTO_ANSWER), at(self.now)))

    # --- what always holds ------------------------------------------------------------------------

    @invariant()
    def no_microphone_has_two_conversations(self) -> None:
        heard = [name for name in self.open if self.desk.find(name) and name not in self.paused]
        ending = {name for name in heard if self.seen[name].state is CallState.ENDING}
        assert len([name for name in heard if self.open[name] is None and name not in ending]) <= 1
        lines = [line for name, line in self.open.items() if self.desk.find(name) and line is not None]
        assert not any(one.collides_with(other) for one, other in combinations(lines, 2))

    @invariant()
    def what_was_commanded_is_what_is(self) -> None:
        talking = {call.session_id: call for call in self.desk.talking}
        assert set(self.open) == set(talking)
        assert all(self.open[name] == call.line for name, call in talking.items())
        assert all((name in self.paused) == call.is_held for name, call in talking.items() if not call.is_over)

    @invariant()
    def no_more_than_fit(self) -> None:
        assert len(self.desk.talking) <= 4

    @invariant()
    def ringing_is_heard_unless_a_line_answers_now(self) -> None:
        audible = [call for call in self.desk.ringing if Timer.AUTO_ANSWER not in self.timers[call.session_id]]
        if audible:
            assert self.ringing is not RingVolume.OFF
        assert not (self.ringing is not RingVolume.OFF and not self.desk.ringing)

    @invariant()
    def whoever_waits_has_an_end_to_it(self) -> None:
        for call in self.desk.calls:
            timers = self.timers[call.session_id]
            assert (call.state is CallState.RINGING) == (Timer.RING in timers)
            if call.state is CallState.HELD and self.desk.rules.hold.limit_s:
                assert Timer.HOLD in timers

    @invariant()
    def no_free_line_leaves_its_call_waiting(self) -> None:
        desk = self.desk
        first = desk.ringing[0] if desk.ringing else None
        is_for_softphone = first is not None and first.request.agent_id == "billing"
        line = next((line for line in desk.rules.lines if line.name == "Softphone"), None)
        if first is None or line is None or not is_for_softphone or desk.is_full or line.devices in desk.busy_lines:
            return
        assert Timer.AUTO_ANSWER in self.timers[first.session_id] or first.session_id in desk._let_ring

    @invariant()
    def what_is_over_has_left(self) -> None:
        for name, call in self.seen.items():
            assert call.is_over == (self.desk.find(name) is not call)
            assert call.is_over == (call.outcome is not None and call.state is CallState.ENDED)
            assert call.outcome is not Outcome.INTERRUPTED
            if call.is_over:
                assert not self.timers[name] or self.desk.find(name)
        assert all(call.state in TALKING for call in self.desk.talking)


TestAnyDay = AnyDay.TestCase
TestAnyDay.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
