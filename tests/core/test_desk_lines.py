"""Several calls at once: lines, holding, changing over, and whose turn it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector_gui.core import call as c
from connector_gui.core import call_commands
from connector_gui.core.call import Call, CallState
from connector_gui.core.call_commands import (
    Connect,
    GiveNotice,
    HangUpLink,
    MoveLine,
    SetHeld,
    StartTimer,
    StopTimer,
    TellAgent,
    Timer,
)
from connector_gui.core.call_events import AgentReady, CloseFrame, Failure, LineFailed, LinkClosed, Party, TimerExpired
from connector_gui.core.call_request import CallRequest
from connector_gui.core.desk import CallCommand, Command, Desk, RingVolume, SetRinging
from connector_gui.core.desk_rules import DeskRules
from connector_gui.core.errors import RefusedError
from connector_gui.core.hold import HOLD_LIMIT_HINT, HoldLimitAction, HoldRules
from connector_gui.core.lines import LineDevices, LineRule, LineSettings
from connector_gui.core.moment import Moment
from connector_gui.core.presence import Availability
from connector_gui.core.tray_click import TrayAction, tray_action

CABLE = LineDevices("Softphone", "Cable B", "Cable A")
ROOM = LineDevices("Conference", "Cable D", "Cable C")
BY_ITSELF = LineSettings(CABLE, (LineRule(agent_id="billing"),), is_auto_answer=True)
BY_HAND = LineSettings(ROOM, (LineRule(agent_id="sales"),))
ANSWER = TimerExpired(Timer.AUTO_ANSWER)


def at(seconds: float) -> Moment:
    return Moment(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds), 1000.0 + seconds)


def desk_with(*names: str, **rules: Any) -> Desk:
    """A desk where ``billing:a`` rings for agent ``billing`` under the name ``a``."""
    desk = Desk(DeskRules(**{"max_concurrent_calls": 4, "lines": (BY_ITSELF, BY_HAND), **rules}))
    for name in names:
        ring(desk, name)
    return desk


def ring(desk: Desk, name: str, now: float = 0) -> list[Command]:
    agent, _, session_id = name.rpartition(":")
    return desk.place(CallRequest(session_id, agent or "support", ring_timeout_s=30), at(now))[1]


def talk(desk: Desk, name: str, now: float = 1, line: str | None = None) -> Call:
    desk.accept(name, at(now), line=line)
    desk.handle(name, AgentReady(f"conv_{name}"), at(now))
    call = desk.find(name)
    assert call is not None
    return call


def change_rules(desk: Desk, rules: DeskRules, now: float) -> list[Command]:
    before, desk.rules = desk.rules, rules
    return desk.follow_rules(before, at(now))


def of(commands: list[Command], name: str) -> list[call_commands.Command]:
    return [one.command for one in commands if isinstance(one, CallCommand) and one.session_id == name]


# --- lines -------------------------------------------------------------------------------------


def test_a_line_takes_its_call_by_itself_and_nobody_hears_it_ring() -> None:
    desk = desk_with()
    commands = ring(desk, "billing:a")
    assert StartTimer(Timer.AUTO_ANSWER, 0.0) in of(commands, "a")
    assert not [one for one in commands if isinstance(one, SetRinging)]
    assert Connect(None, CABLE) in of(desk.handle("a", ANSWER, at(0)), "a")
    assert desk.focus is None
    assert tray_action(desk, at(5)) is TrayAction.OPEN_PANEL


def test_a_call_whose_line_is_busy_rings_as_any_and_gets_the_line_when_it_is_free() -> None:
    desk = desk_with("billing:a")
    desk.handle("a", ANSWER, at(0))
    assert SetRinging(RingVolume.LOUD) in ring(desk, "billing:b", 1)
    assert desk.handle("b", ANSWER, at(1)) == []
    commands = desk.handle("a", LineFailed(Failure("x", "y")), at(2))
    assert StartTimer(Timer.AUTO_ANSWER, 0.0) in of(commands, "b")
    assert Connect(None, CABLE) in of(desk.handle("b", ANSWER, at(2)), "b")


def test_a_call_whose_line_is_busy_can_be_taken_at_the_desk() -> None:
    desk = desk_with("billing:a", "billing:b")
    desk.handle("a", ANSWER, at(0))
    desk.accept("b", at(1))
    assert desk.focus is desk.find("b")


def test_a_line_with_somebody_at_it_waits_for_the_operator_even_where_the_desk_answers_by_itself() -> None:
    desk = desk_with("sales:a", auto_answer_delay_s=3)
    assert desk.handle("a", ANSWER, at(3)) == []
    assert Connect(None, ROOM) in of(desk.accept("a", at(4)), "a")


def test_a_call_on_a_line_holds_nobody_and_the_desk_rings_as_if_it_were_free() -> None:
    desk = desk_with("desk", "sales:a")
    focus = talk(desk, "desk")
    on_line = talk(desk, "a", 2)
    assert focus.state is on_line.state is CallState.ACTIVE
    assert desk.focus is focus
    desk.end("desk", Party.OPERATOR, at(3))
    desk.handle("desk", LinkClosed(CloseFrame(1000)), at(3))
    assert SetRinging(RingVolume.LOUD) in ring(desk, "next", 4)


def test_the_operator_or_the_api_chooses_the_line_or_the_desk() -> None:
    desk = desk_with("a", "sales:b")
    assert Connect(None, ROOM) in of(desk.accept("a", at(1), line="CONFERENCE"), "a")
    desk.accept("b", at(2), line="desk")
    assert desk.focus is desk.find("b")


@pytest.mark.parametrize(("line", "code", "status"), [("Conference", "line_busy", 409), ("x", "invalid_request", 422)])
def test_a_line_that_is_busy_or_unknown_is_refused_and_the_call_goes_on_ringing(
    line: str, code: str, status: int
) -> None:
    desk = desk_with("sales:a", "b")
    talk(desk, "a")
    with pytest.raises(RefusedError) as refused:
        desk.accept("b", at(2), line=line)
    assert (refused.value.code, refused.value.status) == (code, status)
    assert [call.session_id for call in desk.ringing] == ["b"]


def test_a_held_call_keeps_its_line() -> None:
    desk = desk_with("sales:a", "b")
    talk(desk, "a")
    desk.hold("a", at(2))
    with pytest.raises(RefusedError, match="in use"):
        desk.accept("b", at(3), line="Conference")
    assert of(desk.resume("a", at(4)), "a") == [SetHeld(is_held=False), StopTimer(Timer.HOLD)]


def test_settings_changed_meanwhile_give_nobody_a_device_that_a_call_still_has() -> None:
    desk = desk_with("billing:a", "b")
    desk.handle("a", ANSWER, at(0))
    renamed = LineSettings(LineDevices("New name", "Cable B", "Elsewhere"))
    change_rules(desk, replace(desk.rules, lines=(renamed,)), 1)
    with pytest.raises(RefusedError, match="in use"):
        desk.accept("b", at(2), line="New name")


def test_lines_do_not_take_the_last_place_before_a_call_that_the_operator_is_to_answer() -> None:
    desk = desk_with("first", "billing:a", max_concurrent_calls=1)
    assert desk.handle("a", ANSWER, at(0)) == []
    desk.decline("first", at(1))
    desk.handle("a", ANSWER, at(1))
    assert desk.busy_lines == (CABLE,)


def test_a_call_the_operator_lets_ring_is_not_taken_by_a_line_either() -> None:
    desk = desk_with("billing:a")
    desk.let_ring("a")
    assert desk.handle("a", ANSWER, at(0)) == []


def test_the_wrap_up_is_for_conversations_at_the_desk_alone() -> None:
    desk = desk_with("billing:a", wrap_up_s=60)
    desk.handle("a", ANSWER, at(0))
    desk.handle("a", AgentReady("conv"), at(1))
    desk.end("a", Party.CALLER, at(2))
    desk.handle("a", LinkClosed(CloseFrame(1000)), at(2))
    assert desk.presence.availability is Availability.AVAILABLE


def test_push_to_talk_mutes_no_line() -> None:
    desk = desk_with("billing:a", begins_muted=True)
    desk.handle("a", ANSWER, at(0))
    call = desk.find("a")
    assert call is not None
    assert not call.is_muted


# --- moving and changing over ------------------------------------------------------------------


def test_a_running_call_moves_to_a_line_and_the_desk_is_free() -> None:
    desk = desk_with("a", "b")
    talk(desk, "a")
    commands = desk.move("a", "Conference", at(2))
    assert of(commands, "a") == [MoveLine(ROOM)]
    assert SetRinging(RingVolume.LOUD) in commands
    assert desk.focus is None


def test_moving_to_the_desk_holds_whom_the_operator_talks_to() -> None:
    desk = desk_with("sales:a", "b")
    talk(desk, "a")
    talk(desk, "b", 2)
    commands = desk.move("a", "desk", at(3))
    assert of(commands, "b")[0] == SetHeld(is_held=True)
    assert of(commands, "a") == [MoveLine(None)]
    assert desk.focus is desk.find("a")


def test_a_held_call_that_moves_goes_on_there() -> None:
    desk = desk_with("a", "b")
    talk(desk, "a")
    talk(desk, "b", 2)
    moved = of(desk.move("a", "Conference", at(3)), "a")
    assert moved[:2] == [MoveLine(ROOM), SetHeld(is_held=False)]
    assert desk.focus is desk.find("b")


def test_a_held_call_that_moves_to_where_it_is_goes_on() -> None:
    desk = desk_with("a")
    talk(desk, "a")
    desk.hold("a", at(2))
    assert SetHeld(is_held=False) in of(desk.move("a", "desk", at(3)), "a")
    assert desk.move("a", "desk", at(4)) == []


def test_what_cannot_move_is_told_why() -> None:
    desk = desk_with("a", "sales:b")
    with pytest.raises(RefusedError, match="ringing cannot be moved"):
        desk.move("a", "Conference", at(1))
    talk(desk, "b")
    talk(desk, "a", 2)
    with pytest.raises(RefusedError, match="in use"):
        desk.move("a", "Conference", at(3))
    assert desk.move("b", "conference", at(3)) == []


def test_changing_over_goes_round_all_held_calls() -> None:
    desk = desk_with("a", "b", "c")
    for second, name in enumerate("abc", 1):
        talk(desk, name, second)
    rounds = []
    for second in range(10, 14):
        desk.swap(at(second))
        assert desk.focus is not None
        rounds.append(desk.focus.session_id)
    assert rounds == ["a", "b", "c", "a"]


def test_with_nobody_held_there_is_nothing_to_change_over_to() -> None:
    desk = desk_with("a")
    with pytest.raises(RefusedError, match="on hold"):
        desk.swap(at(1))


def test_a_call_is_brought_to_the_front_and_one_on_a_line_stays_where_it_is() -> None:
    desk = desk_with("a", "b", "sales:c", "d")
    for name in "abc":
        talk(desk, name)
    desk.focus_on("a", at(5))
    assert desk.focus is desk.find("a")
    assert desk.focus_on("c", at(6)) == []
    with pytest.raises(RefusedError, match="accept it first"):
        desk.focus_on("d", at(7))


# --- holding -----------------------------------------------------------------------------------

HOLD = HoldRules("The person is on another line.", "The person is back.", limit_s=300)


def test_the_agent_is_told_of_hold_and_return() -> None:
    desk = desk_with("a", hold=HOLD)
    talk(desk, "a")
    assert of(desk.hold("a", at(2)), "a") == [
        SetHeld(is_held=True),
        TellAgent("The person is on another line."),
        StartTimer(Timer.HOLD, 300),
    ]
    assert TellAgent("The person is back.") in of(desk.resume("a", at(3)), "a")


def test_a_call_that_is_held_while_it_connects_is_told_once_there_is_somebody_to_tell() -> None:
    desk = desk_with("a", hold=HOLD)
    desk.accept("a", at(1))
    assert of(desk.hold("a", at(2)), "a") == [SetHeld(is_held=True)]
    assert TellAgent(HOLD.hint) in of(desk.handle("a", AgentReady("conv"), at(3)), "a")


def test_without_texts_and_limit_nothing_is_told() -> None:
    desk = desk_with("a")
    talk(desk, "a")
    assert of(desk.hold("a", at(2)), "a") == [SetHeld(is_held=True)]


def test_after_the_limit_the_agent_is_told_and_the_call_goes_on() -> None:
    desk = desk_with("a", hold=HOLD)
    call = talk(desk, "a")
    desk.hold("a", at(2))
    told, noted = of(desk.handle("a", TimerExpired(Timer.HOLD), at(302)), "a")
    assert told == TellAgent(HOLD_LIMIT_HINT)
    assert isinstance(noted, GiveNotice)
    assert "5 minutes" in noted.message
    assert call.state is CallState.HELD


def test_nobody_is_said_to_have_been_told_where_the_settings_have_no_words_for_it() -> None:
    desk = desk_with("a", hold=replace(HOLD, limit_hint=" "))
    talk(desk, "a")
    desk.hold("a", at(2))
    (notice,) = of(desk.handle("a", TimerExpired(Timer.HOLD), at(302)), "a")
    assert notice == GiveNotice("hold_limit", "The call has been on hold for 5 minutes.")


def test_after_the_limit_the_call_ends_where_that_is_set_and_says_why() -> None:
    desk = desk_with("a", hold=replace(HOLD, limit_action=HoldLimitAction.END))
    call = talk(desk, "a")
    desk.hold("a", at(2))
    commands = of(desk.handle("a", TimerExpired(Timer.HOLD), at(302)), "a")
    assert isinstance(commands[0], GiveNotice)
    assert HangUpLink() in commands
    assert (call.outcome, call.ended_by) == (c.Outcome.COMPLETED, Party.OPERATOR)


def test_a_limit_that_comes_late_finds_the_call_resumed() -> None:
    desk = desk_with("a", hold=HOLD)
    talk(desk, "a")
    desk.hold("a", at(2))
    desk.resume("a", at(3))
    assert desk.handle("a", TimerExpired(Timer.HOLD), at(302)) == []


def test_a_new_limit_counts_what_the_call_has_waited_already() -> None:
    desk = desk_with("a", hold=HOLD)
    talk(desk, "a")
    desk.hold("a", at(10))
    longer = replace(desk.rules, hold=replace(HOLD, limit_s=600))
    assert StartTimer(Timer.HOLD, 500) in of(change_rules(desk, longer, 110), "a")
    assert StopTimer(Timer.HOLD) in of(
        change_rules(desk, replace(longer, hold=HoldRules()), 120),
        "a",
    )
