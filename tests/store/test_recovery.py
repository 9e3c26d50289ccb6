"""After the death of the program."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connector_gui.core.call import CallState
from connector_gui.core.errors import StoreError
from connector_gui.core.record import Change
from connector_gui.store import Store
from tests.store.records import START, record

LATER = START + timedelta(hours=1)


async def keep(store: Store, name: str, **values: Any) -> None:
    await store.commit(Change(name, record(name, **values)))


async def test_reports_of_what_was_left_open_are_due_at_once(store: Store) -> None:
    pending = {"callback_url": "http://127.0.0.1/x", "callback": {"state": "pending"}}
    await keep(store, "ringing", **pending)
    await keep(store, "active", status="active", **pending)
    await keep(store, "silent", status="active")
    await keep(store, "ended before", status="ended", callback_due_at=START, **pending)
    await keep(store, "delivered before", status="ended", callback={"state": "delivered"})
    assert await store.recover(LATER) == ["ringing", "active", "silent"]
    due = {call.session_id: call.callback_due_at for call in await store.callbacks_due(LATER, 9)}
    assert due == {"ended before": START, "ringing": LATER, "active": LATER}


async def test_accounts_of_real_conversations_are_to_be_fetched(store: Store) -> None:
    await keep(store, "real", status="active", conversation_id="conv_1")
    await keep(store, "practice", status="active", conversation_id="conv_2", practice=True)
    await keep(store, "never connected", status="connecting")
    await store.recover(LATER)
    assert await store.details_pending() == ["real"]


async def test_missed_calls_are_to_be_seen(store: Store) -> None:
    await keep(store, "ringing")
    await keep(store, "active", status="active")
    await store.recover(LATER)
    assert await store.unseen_count() == 1


async def test_a_recording_is_left_as_it_was(store: Store) -> None:
    values = {"recording": {"state": "running"}, "recording_file": "x.flac", "duration_s": 4.5}
    await keep(store, "active", status="active", **values)
    await store.recover(LATER)
    found = await store.get("active")
    assert found is not None
    assert (found.recording.state, found.recording_file, found.duration_s) == ("running", "x.flac", 4.5)


async def test_callers_are_told(store: Store) -> None:
    await keep(store, "ringing")
    await keep(store, "held", status="held", held=True)
    await store.recover(LATER)
    ended_at = "2026-11-22T13:41:00.250Z"
    told = [(event.kind, event.session_id, event.at, event.data) for event in await store.events_after(0, None, 9)]
    assert told == [
        ("session", "ringing", LATER, {"status": "ended", "outcome": "missed", "ended_at": ended_at}),
        ("session", "held", LATER, {"status": "ended", "outcome": "interrupted", "held": False, "ended_at": ended_at}),
    ]


async def test_it_is_one_transaction(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await keep(store, "first", status="active")
    await keep(store, "second", status="active")
    async with store._database.writing() as connection:
        await connection.exec_driver_sql("UPDATE calls SET created_at = 'never' WHERE session_id = 'second'")
    with pytest.raises((StoreError, ValueError)):
        await store.recover(LATER)
    async with store._database.reading() as connection:
        left = await connection.exec_driver_sql("SELECT status FROM calls")
        assert [status for (status,) in left] == ["active", "active"]


async def test_a_call_that_cannot_be_understood_is_ended_too(store: Store) -> None:
    await keep(store, "odd", status="active", notes="kept")
    async with store._database.writing() as connection:
        await connection.exec_driver_sql("UPDATE calls SET close = '{\"code\": \"x\"}' WHERE session_id = 'odd'")
    assert await store.recover(LATER) == ["odd"]
    async with store._database.reading() as connection:
        rows = await connection.exec_driver_sql("SELECT status, outcome, notes FROM calls")
        assert [tuple(row) for row in rows] == [(CallState.ENDED.value, "interrupted", "kept")]
