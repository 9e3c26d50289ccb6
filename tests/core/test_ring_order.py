"""Turns between callers: nobody's fifty rows keep another waiting."""

from __future__ import annotations

from datetime import UTC, datetime

import hypothesis.strategies as st
from hypothesis import given

from connector_gui.core.call import Call
from connector_gui.core.call_request import CallRequest
from connector_gui.core.moment import Moment
from connector_gui.core.ring_order import RingOrder

NOW = Moment(datetime(2026, 1, 1, tzinfo=UTC), 1000.0)


def ring(name: str, caller: str = "crm", priority: int = 0) -> Call:
    return Call(CallRequest(name, "agent_1", ring_timeout_s=30, priority=priority, placed_by=caller), NOW)


def names(calls: tuple[Call, ...]) -> list[str]:
    return [call.session_id for call in calls]


def served(order: RingOrder, waiting: list[Call], turns: int) -> list[Call]:
    taken = []
    for _ in range(min(turns, len(waiting))):
        call = order.sort(waiting)[0]
        order.took(call.request.placed_by)
        waiting.remove(call)
        taken.append(call)
    return taken


def test_a_single_caller_is_answered_by_priority_then_age() -> None:
    calls = [ring("old"), ring("new"), ring("urgent", priority=5)]
    assert names(RingOrder().sort(calls)) == ["urgent", "old", "new"]


def test_one_row_of_another_caller_comes_second_behind_fifty_older_ones() -> None:
    waiting = [*(ring(f"row-{number}", "sheet") for number in range(50)), ring("single", "crm")]
    assert names(tuple(served(RingOrder(), waiting, 3))) == ["row-0", "single", "row-1"]


def test_higher_priority_goes_before_anybodys_turn() -> None:
    order = RingOrder()
    order.took("crm")
    assert names(order.sort([ring("a", "sheet"), ring("b", "crm", priority=1)])) == ["b", "a"]


def test_a_caller_that_was_away_has_no_turns_saved_up() -> None:
    order = RingOrder()
    for _ in range(10):
        order.took("sheet")
    waiting = [ring("s1", "sheet"), ring("c1"), ring("c2"), ring("s2", "sheet")]
    assert names(tuple(served(order, waiting, 4))) == ["c1", "s1", "c2", "s2"]


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=40), st.integers(0, 3))
def test_between_two_turns_of_a_caller_every_other_has_one_at_most(callers: list[str], before: int) -> None:
    order = RingOrder()
    for caller in "abcd"[:before]:
        order.took(caller)
    taken = served(order, [ring(str(number), caller) for number, caller in enumerate(callers)], len(callers))
    for caller in set(callers):
        turns = [place for place, call in enumerate(taken) if call.request.placed_by == caller]
        assert [taken[place].session_id for place in turns] == [
            str(number) for number, one in enumerate(callers) if one == caller
        ]
        for first, second in zip([-1, *turns], turns, strict=False):
            between = [call.request.placed_by for call in taken[first + 1 : second]]
            assert len(between) == len(set(between))
