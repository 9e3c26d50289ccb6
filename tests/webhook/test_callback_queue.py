from __future__ import annotations

import pytest

from connector_gui.webhook.callback_queue import PARALLEL, PARALLEL_PER_RECEIVER, CallbackQueue, Waiting, wait_s


def waiting(name: str, receiver: str = "n8n:5678", due_s: float = 0.0) -> Waiting:
    return Waiting(name, receiver, due_s, give_up_s=1e9)


def names(begun: list[Waiting]) -> list[str]:
    return [one.session_id for one in begun]


def test_waits_double_up_to_five_minutes() -> None:
    waits = [wait_s(tries, lambda: 0.5) for tries in range(1, 12)]
    assert waits == pytest.approx([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
    assert wait_s(100_000, lambda: 0.5) == pytest.approx(300)


def test_waits_are_spread_by_a_fifth() -> None:
    assert wait_s(4, lambda: 0.0) == pytest.approx(8 * 0.8)
    assert wait_s(4, lambda: 1.0) == pytest.approx(8 * 1.2)


def test_the_longest_due_goes_first_and_what_is_not_due_stays() -> None:
    queue = CallbackQueue()
    for name, due_s in (("late", 9.0), ("second", 2.0), ("first", 1.0)):
        queue.add(waiting(name, name, due_s))
    assert names(queue.begin(5.0)) == ["first", "second"]
    assert queue.next_s(5.0) == 9.0
    assert len(queue) == 3


def test_a_receiver_gets_a_few_at_once_and_others_are_not_held_up() -> None:
    queue = CallbackQueue()
    for number in range(50):
        queue.add(waiting(f"hangs-{number}", "hangs"))
    queue.add(waiting("other", "other", due_s=1.0))
    begun = queue.begin(2.0)
    assert names(begun) == [*(f"hangs-{number}" for number in range(PARALLEL_PER_RECEIVER)), "other"]
    queue.finish(begun[0], is_done=True)
    assert names(queue.begin(2.0)) == [f"hangs-{PARALLEL_PER_RECEIVER}"]


def test_all_receivers_together_get_no_more_than_the_limit() -> None:
    queue = CallbackQueue()
    for number in range(100):
        queue.add(waiting(f"{number}", f"receiver-{number}"))
    assert len(queue.begin(1.0)) == PARALLEL
    assert queue.begin(1.0) == []


def test_a_report_is_never_under_way_twice() -> None:
    queue = CallbackQueue()
    queue.add(waiting("a"))
    begun = queue.begin(1.0)
    queue.add(waiting("a"))
    assert queue.begin(1.0) == []
    queue.finish(begun[0], is_done=False)
    assert names(queue.begin(1.0)) == ["a"]
    queue.finish(begun[0], is_done=True)
    assert len(queue) == 0


def test_keys_that_come_back_hurry_only_those_that_wait_for_one() -> None:
    queue = CallbackQueue()
    for name in ("signed", "unsigned"):
        queue.add(waiting(name, due_s=300.0))
    signed, unsigned = queue.begin(300.0)
    unsigned.is_without_key = True
    for one in (signed, unsigned):
        one.due_s = 600.0
        queue.finish(one, is_done=False)
    queue.hurry_keyless(301.0)
    assert names(queue.begin(301.0)) == ["unsigned"]
