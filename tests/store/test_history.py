"""Looking through the calls that are over."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from connector_gui.core.call import Outcome
from connector_gui.core.history import AgentName, DayCount, HistoryFilter
from connector_gui.core.record import LIST_OMITS, Change, SessionEvent, TranscriptEntry
from connector_gui.store import Store
from tests.store.records import START, record, whole_record

MONDAY = date(2026, 11, 16)
EVERYTHING = HistoryFilter()


async def keep(store: Store, name: str, day: int = 0, **values: Any) -> None:
    """A call that is over, *day* days after Monday."""
    usual = {"status": "ended", "outcome": "completed", "day": MONDAY + timedelta(days=day)}
    await store.commit(Change(name, record(name, **{**usual, **values})))


async def names(store: Store, wanted: HistoryFilter = EVERYTHING, offset: int = 0, limit: int = 99) -> list[str]:
    return [found.session_id for found in await store.window(wanted, offset, limit)]


async def test_calls_are_counted_by_day_and_read_by_window(store: Store) -> None:
    for number in range(7):
        await keep(store, f"call-{number}", day=number // 3)
    index = await store.index(EVERYTHING)
    assert index.days == tuple(DayCount(MONDAY + timedelta(days=day), count) for day, count in ((2, 1), (1, 3), (0, 3)))
    assert (index.total, index.is_cut) == (7, False)
    everything = [f"call-{number}" for number in (6, 5, 4, 3, 2, 1, 0)]
    assert await names(store) == everything
    assert await names(store, offset=2, limit=3) == everything[2:5]
    assert await names(store, offset=6, limit=3) == ["call-0"]
    assert await names(store, offset=7) == []


async def test_a_day_is_in_one_piece_even_if_the_clock_was_set_back(store: Store) -> None:
    for number, day in enumerate((1, 2, 1, 2)):
        await keep(store, f"call-{number}", day)
    assert [day.count for day in (await store.index(EVERYTHING)).days] == [2, 2]
    assert await names(store) == ["call-3", "call-1", "call-2", "call-0"]


async def test_calls_that_run_are_no_history(store: Store) -> None:
    for status in ("ringing", "connecting", "active", "held", "ending"):
        await store.commit(Change(status, record(status, status=status, is_seen=False, agent_name="Mara")))
    assert (await store.index(EVERYTHING)).total == (await store.index(HistoryFilter(text="Mara"))).total == 0
    assert await names(store) == []
    assert await store.agents() == []
    assert await store.unseen_count() == 0


async def test_a_window_has_what_lists_have(store: Store) -> None:
    await store.commit(Change("crm-42", whole_record(), {0: TranscriptEntry(role="agent", text="Hello")}))
    (found,) = await store.window(EVERYTHING, 0, 9)
    left_out = {name: getattr(found, name) for name in LIST_OMITS}
    assert left_out == {"transcript": (), "tool_calls": (), "elevenlabs": None}
    assert found == whole_record().model_copy(update=left_out)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (HistoryFilter(outcomes=frozenset({Outcome.MISSED})), ["c"]),
        (HistoryFilter(outcomes=frozenset({Outcome.MISSED, Outcome.FAILED})), ["d", "c"]),
        (HistoryFilter(agent_id="agent_2"), ["d", "b"]),
        (HistoryFilter(agent_id="agent_2", outcomes=frozenset({Outcome.FAILED})), ["d"]),
        (HistoryFilter(first_day=MONDAY + timedelta(days=1)), ["d", "c", "b"]),
        (HistoryFilter(last_day=MONDAY + timedelta(days=1)), ["b", "a"]),
        (HistoryFilter(first_day=MONDAY + timedelta(days=1), last_day=MONDAY + timedelta(days=1)), ["b"]),
        (HistoryFilter(first_day=MONDAY + timedelta(days=9)), []),
        (HistoryFilter(is_unseen=True), ["c"]),
        (HistoryFilter(text="mara"), ["d", "b"]),
        (HistoryFilter(text="mara", agent_id="agent_2", last_day=MONDAY + timedelta(days=1)), ["b"]),
        (HistoryFilter(text="mara", outcomes=frozenset({Outcome.MISSED})), []),
        (HistoryFilter(text="mara", first_day=MONDAY + timedelta(days=9)), []),
    ],
)
async def test_filters_restrict_together(store: Store, wanted: HistoryFilter, expected: list[str]) -> None:
    await keep(store, "a", 0)
    await keep(store, "b", 1, agent_id="agent_2", notes="Mara")
    await keep(store, "c", 2, outcome="missed", is_seen=False)
    await keep(store, "d", 2, outcome="failed", agent_id="agent_2", user_id="mara")
    index = await store.index(wanted)
    assert index.total == len(expected)
    assert await names(store, wanted) == expected
    assert await names(store, wanted, 1, 1) == expected[1:2]


async def test_a_found_list_stays_as_it_was_counted_until_it_is_counted_anew(store: Store) -> None:
    wanted = HistoryFilter(text="mara")
    await keep(store, "first", user_id="mara")
    assert (await store.index(wanted)).total == 1
    await keep(store, "second", user_id="mara")
    assert await names(store, wanted) == ["first"]
    assert (await store.index(wanted)).total == 2
    assert await names(store, wanted) == ["second", "first"]


async def test_a_found_list_needs_no_count_before_it(store: Store) -> None:
    await keep(store, "first", user_id="mara")
    await keep(store, "second", user_id="mara")
    assert await names(store, HistoryFilter(text="mara"), 1, 5) == ["first"]


async def test_agents_have_the_name_they_had_last(store: Store) -> None:
    await keep(store, "1", agent_id="b", agent_name="Old name")
    await keep(store, "2", agent_id="a", agent_name="zebra")
    await keep(store, "3", agent_id="b", agent_name="Billing")
    await keep(store, "4", agent_id="c")
    assert await store.agents() == [AgentName("b", "Billing"), AgentName("c", "c"), AgentName("a", "zebra")]


async def test_missed_calls_are_marked_until_seen(store: Store) -> None:
    for name in ("one", "two", "three"):
        await keep(store, name, outcome="missed", is_seen=False)
    assert await store.unseen_count() == 3
    await store.mark_seen(["two", "nobody"])
    assert await names(store, HistoryFilter(is_unseen=True)) == ["three", "one"]
    await store.mark_seen([])
    assert await store.unseen_count() == 2
    await store.mark_seen()
    assert await store.unseen_count() == 0


@pytest.mark.parametrize(
    ("member", "value", "expected"),
    [
        ("customer", "Mara", ["plain", "inner"]),
        ("customer", "mara", []),
        ("customer", "Mar", []),
        ("custom", "Mara", []),
        ("number", "42", ["numbers"]),
        ("number", "4", []),
        ("share", "12.5", ["numbers"]),
        ("vip", "true", ["numbers"]),
        ('quo"ted', 'O\'Neill "Mo" Ünal', ["odd"]),
        ("list", "Mara", []),
        ("dynamic_variables", "Mara", ["odd"]),
        ("nul", "\0", ["odd"]),
        ("spaced", "Jo  Park", ["odd"]),
    ],
)
async def test_a_person_is_found_by_a_value_of_the_metadata(
    store: Store, member: str, value: str, expected: list[str]
) -> None:
    await keep(store, "plain", metadata={"customer": "Mara", "list": ["Mara"]})
    await keep(store, "inner", metadata={"source": "crm", "dynamic_variables": {"customer": "Mara"}})
    await keep(store, "numbers", metadata={"number": 42, "share": 12.5, "vip": True})
    await keep(
        store,
        "odd",
        metadata={'quo"ted': 'O\'Neill "Mo" Ünal', "nul": "\0", "spaced": " Jo  Park ", "dynamic_variables": "Mara"},
    )
    await keep(store, "running", status="active", metadata={"customer": "Mara"})
    assert await store.find_person(member, value) == expected


async def test_deleted_calls_leave_nothing(store: Store) -> None:
    said = {0: TranscriptEntry(role="user", text="canary in the turn")}
    for name in ("gone", "kept", "running"):
        values: dict[str, Any] = {"status": "active"} if name == "running" else {"recording_file": f"{name}.flac"}
        values |= {"notes": "canary in the notes"}
        told = SessionEvent(kind="session", session_id=name, at=START)
        await keep(store, name, **values)
        await store.commit(Change(name, entries=said, events=(told,)))
    await keep(store, "silent")

    gone = await store.delete(["gone", "running", "silent", "nobody"])
    assert sorted(gone, key=str) == [None, "gone.flac"]

    assert await names(store) == ["kept"]
    assert await store.get("gone") is None
    assert await store.get("running") is not None
    assert {found.session_id for found in await store.events_after(0, None, 9)} == {"kept", "running"}
    assert await names(store, HistoryFilter(text="canary notes")) == ["kept"]
    assert await names(store, HistoryFilter(text="canary turn")) == ["kept"]
    assert await store.delete([]) == []
    # The words have no content of their own: a wrong one taken out would show here.
    assert await store.delete(["kept"]) == ["kept.flac"]
    assert (await store.index(HistoryFilter(text="canary"))).total == 0


async def test_a_name_can_be_used_again_once_its_call_is_deleted(store: Store) -> None:
    await keep(store, "crm-42", notes="before")
    await store.delete(["crm-42"])
    await keep(store, "crm-42", notes="after")
    assert await names(store, HistoryFilter(text="before")) == []
    assert await names(store, HistoryFilter(text="after")) == ["crm-42"]


async def test_many_are_deleted_at_once(store: Store) -> None:
    for number in range(3):
        await keep(store, f"call-{number}")
    gone = await store.delete([*(f"other-{number}" for number in range(1500)), "call-0", "call-1"])
    assert len(gone) == 2
    assert await names(store) == ["call-2"]


async def test_old_calls_are_named_oldest_first(store: Store) -> None:
    for number, day in enumerate((2, 0, 1, 3)):
        await keep(store, f"call-{number}", day)
    await keep(store, "running", 0, status="active")
    assert await store.older_than(MONDAY + timedelta(days=3), 9) == ["call-1", "call-2", "call-0"]
    assert await store.older_than(MONDAY + timedelta(days=3), 2) == ["call-1", "call-2"]
    assert await store.older_than(MONDAY, 9) == []
