"""The desk's rules between calls: room, devices and ringing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connector_gui.core.call import CallState
from connector_gui.core.call_commands import Connect, Cue, PlayCue, Release, SetHeld, SetMuted, StartTimer, Timer
from connector_gui.core.call_events import (
    AgentHangingUp,
    AgentReady,
    CloseFrame,
    Failure,
    LinkClosed,
    Party,
    PlayedOut,
    TimerExpired,
)
from connector_gui.core.call_request import CallRequest
from connector_gui.core.desk import CallCommand, Desk, RingVolume, SetRinging
from connector_gui.core.desk_rules import DeskRules, WhenBusy
from connector_gui.core.errors import RefusedError
from connector_gui.core.moment import Moment
from connector_gui.core.presence import Wish, Wished


def at(seconds: float) -> Moment:
    return Moment(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds), 1000.0 + seconds)


def request(name: str, priority: int = 0) -> CallRequest:
    return CallRequest(name, "agent_1", ring_timeout_s=30, priority=priority)


def desk_with(*names: str, rules: DeskRules | None = None) -> Desk:
    desk = Desk(rules or DeskRules())
    for name in names:
        desk.place(request(name), at(0))
    return desk


def talk(desk: Desk, name: str, now: float = 1) -> None:
    desk.accept(name, at(now))
    desk.handle(name, AgentReady("conv_1"), at(now))


def test_the_first_call_rings_aloud_until_it_is_taken() -> None:
    desk = Desk(DeskRules())
    _, commands = desk.place(request("a"), at(0))
    assert commands == [CallCommand("a", StartTimer(Timer.RING, 30)), SetRinging(RingVolume.LOUD)]
    assert SetRinging(RingVolume.OFF) in desk.accept("a", at(1))


def test_a_call_beside_a_conversation_rings_quietly_and_aloud_once_that_is_over() -> None:
    desk = desk_with("a")
    talk(desk, "a")
    assert desk.place(request("b"), at(2))[1][-1] == SetRinging(RingVolume.QUIET)
    commands = desk.handle("a", LinkClosed(CloseFrame(1006), Failure("x", "y")), at(3))
    assert commands[-1] == SetRinging(RingVolume.LOUD)


def test_calls_wait_by_priority_then_age() -> None:
    desk = Desk(DeskRules())
    for name, priority in (("old", 0), ("new", 0), ("urgent", 5)):
        desk.place(request(name, priority), at(0))
    assert [call.session_id for call in desk.ringing] == ["urgent", "old", "new"]


def test_accepting_beyond_the_limit_is_refused() -> None:
    desk = desk_with("a", "b")
    talk(desk, "a")
    with pytest.raises(RefusedError) as refused:
        desk.accept("b", at(2))
    assert (refused.value.code, refused.value.status) == ("desk_full", 409)
    assert desk.find("b").state is CallState.RINGING  # type: ignore[union-attr]


def test_accepting_twice_changes_nothing() -> None:
    desk = desk_with("a")
    talk(desk, "a")
    assert desk.accept("a", at(2)) == []


def test_the_newest_accepted_call_has_the_devices_and_the_one_before_is_held() -> None:
    desk = desk_with("a", "b", rules=DeskRules(max_concurrent_calls=2))
    talk(desk, "a")
    assert CallCommand("a", SetHeld(is_held=True)) in desk.accept("b", at(2))
    assert desk.focus is desk.find("b")
    desk.handle("b", AgentReady("conv_2"), at(3))
    assert CallCommand("b", SetHeld(is_held=True)) in desk.resume("a", at(4))
    assert desk.focus is desk.find("a")


def test_a_held_call_waits_for_the_operator_when_the_active_one_ends() -> None:
    desk = desk_with("a", "b", rules=DeskRules(max_concurrent_calls=2))
    talk(desk, "a")
    talk(desk, "b", 2)
    desk.handle("b", LinkClosed(CloseFrame(1006), Failure("x", "y")), at(3))
    assert desk.focus is None
    assert desk.find("a").state is CallState.HELD  # type: ignore[union-attr]


def test_the_queue_is_bounded() -> None:
    desk = desk_with("a", "b", rules=DeskRules(ring_queue_size=2))
    with pytest.raises(RefusedError) as refused:
        desk.place(request("c"), at(0))
    assert (refused.value.code, refused.value.status) == ("queue_full", 503)
    assert refused.value.retry_after_s


def test_do_not_disturb_refuses_new_calls_only() -> None:
    desk = desk_with("a")
    desk.attend(Wished(Wish.UNTIL_BACK), at(0))
    with pytest.raises(RefusedError, match="disturbed"):
        desk.place(request("b"), at(0))
    assert desk.accept("a", at(1))


def test_a_busy_desk_refuses_when_it_is_told_to() -> None:
    desk = desk_with("a", rules=DeskRules(when_busy=WhenBusy.REFUSE))
    desk.check_room(at(0))  # ringing is not busy
    talk(desk, "a")
    with pytest.raises(RefusedError) as refused:
        desk.check_room(at(2))
    assert (refused.value.code, refused.value.status) == ("desk_full", 503)


def test_a_name_is_used_once_at_a_time() -> None:
    desk = desk_with("a")
    with pytest.raises(RefusedError, match="session_id"):
        desk.place(request("a"), at(0))


@pytest.mark.parametrize("verb", ["accept", "decline", "hold", "resume"])
def test_what_makes_no_sense_now_is_refused_as_wrong_state(verb: str) -> None:
    desk = desk_with("a")
    talk(desk, "a")
    desk.handle("a", AgentHangingUp(), at(2))
    with pytest.raises(RefusedError) as refused:
        getattr(desk, verb)("a", at(3))
    assert refused.value.code == "wrong_state"


def test_an_unknown_call_cannot_be_muted() -> None:
    with pytest.raises(RefusedError) as refused:
        Desk(DeskRules()).mute("nobody", is_muted=True, now=at(0))
    assert refused.value.code == "wrong_state"


def test_stragglers_of_a_call_that_is_over_are_ignored() -> None:
    desk = desk_with("a")
    desk.decline("a", at(1))
    assert desk.handle("a", PlayedOut(), at(2)) == []


def test_auto_answer_takes_the_call_when_the_desk_is_free() -> None:
    desk = Desk(DeskRules(auto_answer_delay_s=3))
    _, commands = desk.place(request("a"), at(0))
    assert CallCommand("a", StartTimer(Timer.AUTO_ANSWER, 3)) in commands
    desk.handle("a", TimerExpired(Timer.AUTO_ANSWER), at(3))
    assert desk.find("a").state is CallState.CONNECTING  # type: ignore[union-attr]
    desk.place(request("b"), at(4))
    assert desk.handle("b", TimerExpired(Timer.AUTO_ANSWER), at(7)) == []
    assert desk.find("b").state is CallState.RINGING  # type: ignore[union-attr]


def test_a_call_that_answers_itself_says_so_before_the_microphone_opens() -> None:
    desk = Desk(DeskRules(auto_answer_delay_s=3))
    desk.place(request("a"), at(0))
    assert CallCommand("a", Connect(Cue.ANSWERED)) in desk.handle("a", TimerExpired(Timer.AUTO_ANSWER), at(3))
    desk = desk_with("b")
    assert CallCommand("b", Connect(Cue.ACCEPTED)) in desk.accept("b", at(1))


def test_nothing_is_answered_by_itself_beside_a_conversation_or_while_nobody_wants_to_be_disturbed() -> None:
    desk = Desk(DeskRules(auto_answer_delay_s=3, max_concurrent_calls=3))
    desk.place(request("a"), at(0))
    desk.attend(Wished(Wish.UNTIL_BACK), at(0))
    assert desk.handle("a", TimerExpired(Timer.AUTO_ANSWER), at(3)) == []
    desk.attend(Wished(Wish.TAKE_CALLS), at(3))
    desk.accept("a", at(4))
    desk.place(request("b"), at(5))
    assert desk.handle("b", TimerExpired(Timer.AUTO_ANSWER), at(8)) == []
    assert desk.find("b").state is CallState.RINGING  # type: ignore[union-attr]


def test_a_call_that_waited_for_a_conversation_is_answered_by_itself_after_it() -> None:
    desk = Desk(DeskRules(auto_answer_delay_s=3))
    desk.place(request("a"), at(0))
    desk.accept("a", at(1))
    desk.place(request("b"), at(2))
    desk.handle("b", TimerExpired(Timer.AUTO_ANSWER), at(5))
    desk.end("a", Party.OPERATOR, at(6))
    assert CallCommand("b", StartTimer(Timer.AUTO_ANSWER, 3)) in desk.handle("a", LinkClosed(None), at(7))
    assert CallCommand("b", Connect(Cue.ANSWERED)) in desk.handle("b", TimerExpired(Timer.AUTO_ANSWER), at(10))


def test_taking_the_next_call_over_the_last_words_of_one_is_one_cue() -> None:
    desk = Desk(DeskRules(max_concurrent_calls=2))
    desk.place(request("a"), at(0))
    desk.accept("a", at(1))
    desk.handle("a", AgentReady("conv"), at(2))
    desk.handle("a", AgentHangingUp(), at(3))
    desk.place(request("b"), at(4))
    commands = [command.command for command in desk.accept("b", at(5)) if isinstance(command, CallCommand)]
    assert Release() in commands
    assert Connect(Cue.ACCEPTED) in commands
    assert PlayCue(Cue.ENDED) not in commands


def test_accepting_the_next_call_cuts_the_last_words_of_the_one_before() -> None:
    desk = desk_with("a", "b", rules=DeskRules(max_concurrent_calls=2))
    talk(desk, "a")
    desk.handle("a", AgentHangingUp(), at(2))
    desk.accept("b", at(3))
    assert desk.find("a") is None
    assert desk.focus is desk.find("b")


@pytest.mark.parametrize("by_rule", [False, True])
def test_with_push_to_talk_a_call_is_muted_before_it_is_connected(by_rule: bool) -> None:
    desk = desk_with("a", rules=DeskRules(begins_muted=True))
    commands = desk.accept("a", at(1), by_rule=by_rule)
    assert CallCommand("a", SetMuted(is_muted=True)) in commands
    call = desk.find("a")
    assert call is not None
    assert call.is_muted
    assert desk.mute("a", False, at(2)) == [CallCommand("a", SetMuted(is_muted=False))]
