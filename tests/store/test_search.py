"""Full text: what is found by which words."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from connector_gui.core.history import HistoryFilter
from connector_gui.core.record import Change, TranscriptEntry
from connector_gui.store import Store
from connector_gui.store.words import query_words, words_of
from tests.store.records import record


async def keep(store: Store, name: str, *turns: str, **values: Any) -> None:
    entries = {number: TranscriptEntry(role="agent", text=text) for number, text in enumerate(turns)}
    call = record(name, **{"status": "ended", "outcome": "completed", "day": "2026-11-22", **values})
    await store.commit(Change(name, call, entries))


async def found(store: Store, typed: str) -> set[str]:
    """Which calls *typed* finds, by index and window alike."""
    wanted = HistoryFilter(text=typed)
    index = await store.index(wanted)
    calls = {call.session_id for call in await store.window(wanted, 0, 99)}
    assert index.total == len(calls)
    return calls


@pytest.mark.parametrize(
    "typed",
    [
        "crm-42",
        "agent_123",
        "bill",
        "Billing",
        "customer-7",
        "lindq",
        "MARA lindqvist",
        "lindqvist mara",
        "12.5",
        "bread",
        "cheese",
        "inner",
        "call back",
        "uberfallig",
        "ÜBERFÄLLIG",
        "überfa",
        "zürich",
        "zuri",
        "invoice 4711",
    ],
)
async def test_a_call_is_found_by_what_is_in_it(store: Store, typed: str) -> None:
    metadata = {"name": "Mara Lindqvist", "balance": 12.5, "list": ["bread", {"deep": "cheese"}]}
    await keep(
        store,
        "crm-42",
        "Your invoice number is 4711.",
        "You live in Zürich?",
        agent_name="Billing",
        user_id="customer-7",
        metadata={**metadata, "dynamic_variables": {"x": "inner"}},
        notes="call back\nat five",
        tags=["überfällig"],
    )
    await keep(store, "other", "Good morning.", agent_id="x", metadata={"name": "Ove"})
    assert await found(store, typed) == {"crm-42"}


@pytest.mark.parametrize("typed", ["indqvist", "hunter2", "pin", "***", "goodbye", "invoice lindqvist", "four seven"])
async def test_a_call_is_not_found_by_what_is_not_in_it(store: Store, typed: str) -> None:
    metadata = {"name": "Mara Lindqvist", "secret__pin": "hunter2"}
    await keep(store, "crm-42", "Your invoice.", "Number four.", "Number seven.", metadata=metadata)
    expected = {"crm-42"} if not words_of(typed) else set()
    assert await found(store, typed) == expected


async def test_words_that_are_replaced_are_no_longer_found(store: Store) -> None:
    await keep(store, "crm-42", "Hello Mara, this is the billing desk", notes="first")
    await keep(store, "crm-42", "Hello Mara", notes="second")
    assert await found(store, "billing") == set()
    assert await found(store, "hello mara") == {"crm-42"}
    assert await found(store, "first") == set()
    await store.amend("crm-42", {"notes": "third", "tags": ["vip"]})
    assert await found(store, "second") == set()
    assert await found(store, "third vip") == {"crm-42"}
    await store.amend("crm-42", {"details": "done"})
    assert await found(store, "third vip") == {"crm-42"}


HOSTILE = [
    '"',
    "'",
    "'; DROP TABLE calls;--",
    "mara AND",
    "OR",
    "NEAR(mara, 5)",
    "mara NOT lindqvist",
    "text:mara",
    "mara*",
    "^mara",
    "-mara",
    "(mara",
    "{a b}",
    "mara & ! lindqvist | x:*",
    "<->",
    "\\",
    "%",
    "_",
    "\0",
    "mara\0lindqvist",
    "\ud800",
    "...!?",
    "   ",
    "x" * 10_000,
    "x " * 5_000,
    "🦊",
    "हिन्दी",
    "日本語",
    "ﬁ",
    "İ",
    "a\u0301\u0302\u0303",
    "\u202emara",
]


@pytest.mark.parametrize("typed", HOSTILE, ids=range(len(HOSTILE)))
async def test_nothing_that_can_be_typed_is_an_error(store: Store, typed: str) -> None:
    await keep(store, "crm-42", typed, "Mara Lindqvist", notes=typed)
    await found(store, typed)


@pytest.mark.parametrize("typed", ["हिन्दी", "日本語", "ﬁnd", "İstanbul", "Ελλάδα", "naïve", "1,234.50", "x" * 900])
async def test_what_was_said_is_found_as_it_was_said(store: Store, typed: str) -> None:
    await keep(store, "crm-42", f"so {typed} it is")
    assert await found(store, typed) == {"crm-42"}


async def test_very_common_words_find_the_newest(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector_gui.store.search.MOST_LINES", 5)
    for number in range(4):
        await keep(store, f"call-{number}", "the one", "the other", notes="rare" if number == 0 else "")
    index = await store.index(HistoryFilter(text="the"))
    assert index.is_cut
    assert [call.session_id for call in await store.window(HistoryFilter(text="the"), 0, 9)] == [
        "call-3",
        "call-2",
        "call-1",
    ]
    rare = await store.index(HistoryFilter(text="rare"))
    assert (rare.total, rare.is_cut) == (1, False)


async def test_a_search_that_nobody_waits_for_is_broken_off(store: Store) -> None:
    await keep(store, "crm-42", "hello")
    database = store._database
    slow = {
        "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
        "postgresql": "SELECT pg_sleep(600)",
    }[database.dialect]
    started = asyncio.Event()

    async def search(connection: Any) -> None:
        started.set()
        await connection.exec_driver_sql(slow)

    task = asyncio.create_task(database.read(search))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(10):
            await task
    assert await found(store, "hello") == {"crm-42"}


async def test_searches_do_not_make_a_commit_wait(store: Store) -> None:
    """All connections for reading are busy, and more wait for one."""
    await keep(store, "crm-42", "hello")
    database = store._database
    async with asyncio.TaskGroup() as tasks:
        release = asyncio.Event()
        reading = asyncio.Semaphore(0)

        async def read() -> None:
            async with database.reading() as connection:
                await connection.exec_driver_sql("SELECT count(*) FROM calls")
                reading.release()
                await release.wait()

        for _ in range(8):
            tasks.create_task(read())
        for _ in range(3):
            await reading.acquire()
        await store.amend("crm-42", {"notes": "written meanwhile"})
        release.set()
    assert await found(store, "meanwhile") == {"crm-42"}


def test_a_query_is_cut_to_what_narrows() -> None:
    assert query_words("the The THE Lindqvist") == ["lindqvist", "the"]
    assert len(query_words(" ".join(f"word{number}" for number in range(99)))) == 16
