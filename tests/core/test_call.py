"""The call's state machine: every legal move, every refused one, and what holds for any order of events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from connector_gui.core import call_commands, call_events
from connector_gui.core.call import TIMERS_OF, TRANSITIONS, Call, CallState, Outcome
from connector_gui.core.call_commands import (
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

FAILURE = Failure("link_lost", "The connection was lost.")
REQUEST = CallRequest("crm-42", "agent_1", ring_timeout_s=30)
LINE = LineDevices("Softphone", "Cable B", "Cable A")
SAMPLES: dict[type[call_events.Event], call_events.Event] = {
    Accepted: Accepted(),
    Declined: Declined(),
    AgentReady: AgentReady("conv_1"),
    Interrupted: Interrupted(7),
    MuteChanged: MuteChanged(is_muted=True),
    PutOnHold: PutOnHold(),
    Resumed: Resumed(),
    Moved: Moved(LINE),
    HangUp: HangUp(Party.OPERATOR),
    AgentHangingUp: AgentHangingUp(),
    LinkClosed: LinkClosed(CloseFrame(1000)),
    LineFailed: LineFailed(FAILURE),
    PlayedOut: PlayedOut(),
}


def at(seconds: float) -> Moment:
    return Moment(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds), 1000.0 + seconds)


def call_in(state: CallState) -> Call:
    call = Call(REQUEST, at(0))
    paths: dict[CallState, list[call_events.Event]] = {
        CallState.RINGING: [],
        CallState.CONNECTING: [Accepted()],
        CallState.ACTIVE: [Accepted(), AgentReady("conv_1")],
        CallState.HELD: [Accepted(), AgentReady("conv_1"), PutOnHold()],
        CallState.ENDING: [Accepted(), AgentReady("conv_1"), AgentHangingUp()],
        CallState.ENDED: [Declined()],
    }
    for event in paths[state]:
        call.handle(event, at(1))
    assert call.state is state
    return call


def all_events(state: CallState) -> list[call_events.Event]:
    timers = [TimerExpired(timer) for timer in TIMERS_OF.get(state, frozenset())]
    return [*SAMPLES.values(), *(timers or [TimerExpired(Timer.RING)])]


def test_samples_cover_every_event() -> None:
    assert {*SAMPLES, TimerExpired} == set(get_args(call_events.Event))


@pytest.mark.parametrize("state", CallState)
def test_every_move_leads_where_the_table_says(state: CallState) -> None:
    for event in all_events(state):
        call = call_in(state)
        if (state, type(event)) in TRANSITIONS:
            call.handle(event, at(2))
            assert call.state in TRANSITIONS[state, type(event)]


@pytest.mark.parametrize("state", CallState)
def test_a_refused_move_changes_nothing(state: CallState) -> None:
    for event in all_events(state):
        if (state, type(event)) in TRANSITIONS:
            continue
        call = call_in(state)
        before = vars(call).copy()
        with pytest.raises(InvalidTransition, match=type(event).__name__):
            call.handle(event, at(2))
        assert vars(call) == before


def test_a_late_timer_of_another_state_is_refused() -> None:
    call = call_in(CallState.CONNECTING)
    with pytest.raises(InvalidTransition):
        call.handle(TimerExpired(Timer.RING), at(31))


def test_accepting_opens_everything_and_sets_a_deadline_for_the_agent() -> None:
    commands = Call(REQUEST, at(0)).handle(Accepted(), at(3))
    assert Connect() in commands
    assert StopTimer(Timer.RING) in commands
    assert commands[-1] == StartTimer(Timer.METADATA, 10.0)


@pytest.mark.parametrize(
    "ways",
    [
        (HangUp(Party.OPERATOR), LinkClosed(CloseFrame(1000))),
        (HangUp(Party.OPERATOR), TimerExpired(Timer.HANG_UP)),
        (AgentHangingUp(), PlayedOut()),
        (AgentHangingUp(), HangUp(Party.OPERATOR)),
        (LinkClosed(None, FAILURE),),
        (LineFailed(FAILURE),),
    ],
)
def test_the_end_is_heard_once_when_the_call_falls_silent(ways: tuple[call_events.Event, ...]) -> None:
    call = call_in(CallState.ACTIVE)
    commands = [command for event in ways for command in call.handle(event, at(2))]
    assert call.is_over
    assert commands.count(PlayCue(Cue.ENDED)) == 1
    silencing = HangUpLink() if HangUpLink() in commands else Release()
    assert abs(commands.index(PlayCue(Cue.ENDED)) - commands.index(silencing)) == 1
    assert commands[-1] == Release()


@pytest.mark.parametrize("state", [CallState.RINGING, CallState.HELD])
def test_a_call_that_nobody_talks_in_ends_without_a_sound(state: CallState) -> None:
    call = call_in(state)
    commands = call.handle(HangUp(Party.OPERATOR), at(2))
    if not call.is_over:
        commands += call.handle(LinkClosed(CloseFrame(1000)), at(3))
    assert call.is_over
    assert PlayCue(Cue.ENDED) not in commands


def test_ringing_out_is_a_missed_call() -> None:
    call = Call(REQUEST, at(0))
    assert call.ring() == [StartTimer(Timer.RING, 30)]
    call.handle(TimerExpired(Timer.RING), at(30))
    assert (call.outcome, call.ended_by) == (Outcome.MISSED, None)


@pytest.mark.parametrize(("by", "outcome"), [(Party.CALLER, Outcome.CANCELLED), (Party.OPERATOR, Outcome.DECLINED)])
def test_hanging_up_while_it_rings_depends_on_who(by: Party, outcome: Outcome) -> None:
    call = Call(REQUEST, at(0))
    commands = call.handle(HangUp(by), at(1))
    assert (call.outcome, call.ended_by) == (outcome, by)
    assert Release() not in commands  # nothing was open


def test_operator_hangs_up() -> None:
    call = call_in(CallState.ACTIVE)
    assert HangUpLink() in call.handle(HangUp(Party.OPERATOR), at(61))
    assert call.handle(LinkClosed(CloseFrame(1000)), at(62))[-1] == Release()
    assert (call.state, call.outcome, call.ended_by) == (CallState.ENDED, Outcome.COMPLETED, Party.OPERATOR)
    assert call.close == CloseFrame(1000)


def test_a_far_end_that_never_answers_the_hang_up_does_not_keep_the_call_open() -> None:
    call = call_in(CallState.ACTIVE)
    call.handle(HangUp(Party.OPERATOR), at(61))
    commands = call.handle(TimerExpired(Timer.HANG_UP), at(63))
    assert commands[-1] == Release()
    assert (call.state, call.outcome) == (CallState.ENDED, Outcome.COMPLETED)


@pytest.mark.parametrize("state", [s for s in CallState if s is not CallState.ENDED])
def test_end_reaches_ended_from_every_state_even_when_pressed_twice(state: CallState) -> None:
    call = call_in(state)
    call.handle(HangUp(Party.OPERATOR), at(2))
    if call.takes(HangUp(Party.OPERATOR)):
        call.handle(HangUp(Party.OPERATOR), at(2.1))
    if not call.is_over:
        call.handle(TimerExpired(Timer.HANG_UP), at(3.6))
    assert call.is_over


def test_the_agents_last_words_play_out_after_it_hung_up() -> None:
    call = call_in(CallState.ACTIVE)
    assert call.handle(LinkClosed(CloseFrame(1000)), at(10))[0] == PlayOut()
    assert call.state is CallState.ENDING
    call.handle(PlayedOut(), at(12))
    assert (call.outcome, call.ended_by) == (Outcome.COMPLETED, Party.AGENT)


def test_end_call_then_close_is_one_ending_by_the_agent() -> None:
    call = call_in(CallState.ACTIVE)
    call.handle(AgentHangingUp(), at(10))
    assert call.handle(LinkClosed(CloseFrame(1000)), at(11)) == []
    call.handle(PlayedOut(), at(12))
    assert (call.outcome, call.ended_by) == (Outcome.COMPLETED, Party.AGENT)


def test_the_operator_need_not_hear_the_agent_out() -> None:
    call = call_in(CallState.ENDING)
    assert call.handle(HangUp(Party.OPERATOR), at(11))[-1] == Release()
    assert (call.state, call.ended_by) == (CallState.ENDED, Party.AGENT)


def test_a_lost_connection_fails_the_call_with_its_reason() -> None:
    call = call_in(CallState.ACTIVE)
    call.handle(LinkClosed(CloseFrame(1006), FAILURE), at(20))
    assert (call.state, call.outcome, call.failure) == (CallState.ENDED, Outcome.FAILED, FAILURE)


def test_a_goodbye_before_the_conversation_began_is_a_failure() -> None:
    call = call_in(CallState.CONNECTING)
    call.handle(LinkClosed(CloseFrame(1000)), at(2))
    assert call.outcome is Outcome.FAILED
    assert call.failure is not None


def test_no_metadata_fails_the_call() -> None:
    call = call_in(CallState.CONNECTING)
    call.handle(TimerExpired(Timer.METADATA), at(11))
    assert call.failure is not None
    assert call.failure.code == "agent_timeout"


def test_durations_ignore_a_changed_wall_clock() -> None:
    call = call_in(CallState.ACTIVE)  # started at second 1
    yesterday = Moment(at(0).utc - timedelta(days=1), at(61).monotonic_s)
    call.handle(HangUp(Party.OPERATOR), yesterday)
    call.handle(LinkClosed(CloseFrame(1000)), yesterday)
    assert call.duration_s(at(500)) == pytest.approx(60)


def test_a_call_put_on_hold_while_connecting_starts_held() -> None:
    call = call_in(CallState.CONNECTING)
    assert call.handle(PutOnHold(), at(2)) == [SetHeld(is_held=True)]
    call.handle(AgentReady("conv_1"), at(3))
    assert call.state is CallState.HELD


def test_muting_twice_sends_one_command() -> None:
    call = call_in(CallState.ACTIVE)
    assert call.handle(MuteChanged(is_muted=True), at(2)) == [SetMuted(is_muted=True)]
    assert call.handle(MuteChanged(is_muted=True), at(2)) == []


def test_secrets_do_not_show_when_a_request_is_printed() -> None:
    request = CallRequest("a", "b", ring_timeout_s=1, dynamic_variables={"secret__token": "hunter2"})
    assert "hunter2" not in repr(request)


EVENTS = st.sampled_from([*SAMPLES.values(), *(TimerExpired(timer) for timer in Timer)])


class Streams(RuleBasedStateMachine):
    """Whatever the order of events: streams are open exactly while the call needs them."""

    def __init__(self) -> None:
        super().__init__()
        self.microphone = self.speaker = self.link = False
        self.endings = 0
        self.now = 0.0

    @initialize()
    def rings(self) -> None:
        self.call = Call(REQUEST, at(0))
        self.running = {command.timer for command in self.call.ring() if isinstance(command, StartTimer)}

    @rule(event=EVENTS, passed=st.floats(0, 60))
    def happens(self, event: call_events.Event, passed: float) -> None:
        self.now += passed
        was_over = self.call.is_over
        try:
            commands = self.call.handle(event, at(self.now))
        except InvalidTransition:
            return
        assert not was_over
        self.endings += self.call.is_over
        for command in commands:
            self.carry_out(command)

    def carry_out(self, command: call_commands.Command) -> None:
        match command:
            case Connect():
                assert not any((self.microphone, self.speaker, self.link))
                self.microphone = self.speaker = self.link = True
            case HangUpLink() | PlayOut():
                self.microphone = False
            case Release():
                self.microphone = self.speaker = self.link = False
            case StartTimer(timer):
                self.running.add(timer)
            case StopTimer(timer):
                self.running.discard(timer)
            case SetMuted() | SetHeld():
                assert self.microphone

    @invariant()
    def streams_follow_the_state(self) -> None:
        if not hasattr(self, "call"):
            return
        listening = {CallState.CONNECTING, CallState.ACTIVE, CallState.HELD}
        assert self.microphone == (self.call.state in listening)
        assert self.speaker == self.link == (self.call.state in {*listening, CallState.ENDING})

    @invariant()
    def an_ended_call_is_settled(self) -> None:
        if not hasattr(self, "call"):
            return
        assert self.call.is_over == (self.call.ended is not None) == (self.endings == 1)
        if self.call.is_over:
            assert self.call.outcome is not None
            assert (self.call.outcome is Outcome.FAILED) == (self.call.failure is not None)
            assert not self.running

    @invariant()
    def an_open_call_has_a_deadline_when_it_waits(self) -> None:
        if hasattr(self, "call") and self.call.state in TIMERS_OF:
            assert self.running & TIMERS_OF[self.call.state]


TestStreams = Streams.TestCase
TestStreams.settings = settings(max_examples=300, stateful_step_count=25, deadline=None)


@given(st.lists(EVENTS, max_size=30))
def test_the_first_cause_of_an_ending_stays(events: list[call_events.Event]) -> None:
    call = Call(REQUEST, at(0))
    cause: tuple[Outcome | None, Party | None] = (None, None)
    for event in events:
        if call.takes(event):
            call.handle(event, at(1))
        if cause[0] is not None:
            assert (call.outcome, call.ended_by) == cause
        cause = (call.outcome, call.ended_by)


def test_a_call_on_a_line_begins_and_ends_without_tones() -> None:
    call = Call(REQUEST, at(0))
    assert Connect(None, LINE) in call.handle(Accepted(by_rule=True, line=LINE), at(1))
    call.handle(AgentReady("conv_1"), at(2))
    assert not [one for one in call.handle(HangUp(Party.OPERATOR), at(3)) if isinstance(one, PlayCue)]


def test_a_call_moves_to_other_devices_and_back_and_not_twice() -> None:
    call = call_in(CallState.ACTIVE)
    assert call.handle(Moved(LINE), at(2)) == [MoveLine(LINE)]
    assert call.handle(Moved(LINE), at(2)) == []
    assert call.handle(Moved(None), at(3)) == [MoveLine(None)]
    assert call.line is None
