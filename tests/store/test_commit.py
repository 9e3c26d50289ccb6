"""What is written together: records, turns, events; and single fields of calls that are over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connector_gui.core.errors import StoreError
from connector_gui.core.record import CallRecord, Change, SessionEvent, TranscriptEntry
from connector_gui.store import Store
from tests.store.records import START, record, whole_record

HELLO = TranscriptEntry(role="agent", text="Hello Mara", at_ms=410, event_id=1)
CUT = HELLO.model_copy(update={"text": "Hello", "said_text": "Hello Mara", "interrupted": True, "heard_ms": 350})


def event(session_id: str = "crm-42", kind: str = "session", **data: Any) -> SessionEvent:
    return SessionEvent.model_validate({"kind": kind, "session_id": session_id, "at": START, "data": data})


async def test_a_change_is_written_whole(store: Store) -> None:
    change = Change("crm-42", whole_record(), {0: HELLO, 1: CUT}, (event(status="ended"), event(kind="notice")))
    events = await store.commit(change)
    assert await store.get("crm-42") == whole_record().model_copy(update={"transcript": (HELLO, CUT)})
    assert await store.events_after(0, None, 9) == list(events)
    assert [(found.kind, dict(found.data)) for found in events] == [("session", {"status": "ended"}), ("notice", {})]


async def test_every_internal_field_comes_back(store: Store) -> None:
    kept = record(
        body_digest="1" * 64,
        is_answer_delivered=False,
        callback_due_at=START + timedelta(seconds=1),
        recording_file="crm-42.flac",
        details="pending",
        day="2026-11-22",
        is_seen=False,
    )
    await store.commit(Change("crm-42", kept))
    assert await store.get("crm-42") == kept


async def test_a_transcript_grows_without_its_record(store: Store) -> None:
    await store.commit(Change("crm-42", record()))
    (told,) = await store.commit(Change("crm-42", entries={0: HELLO}, events=(event(kind="transcript", position=0),)))
    assert told.data == {"position": 0}
    await store.commit(Change("crm-42", entries={0: CUT}))
    found = await store.get("crm-42")
    assert found is not None
    assert found.transcript == (CUT,)


async def test_a_change_that_cannot_be_written_leaves_nothing(store: Store) -> None:
    await store.commit(Change("crm-42", record()))
    unwritable = event().model_copy(update={"kind": None})
    with pytest.raises(StoreError, match="cannot be written"):
        await store.commit(Change("crm-42", whole_record(), {0: HELLO}, (event(), unwritable)))
    assert await store.get("crm-42") == record()
    assert await store.last_event_id() == 0


async def test_numbers_of_events_grow_over_all_calls_and_are_never_given_twice(store: Store) -> None:
    ended = {"status": "ended", "outcome": "missed"}
    await store.commit(Change("one", record("one", **ended), events=(event("one"),)))
    (two,) = await store.commit(Change("two", record("two", **ended), events=(event("two"),)))
    assert await store.last_event_id() == two.id == 2
    await store.delete(["two"])
    (third,) = await store.commit(Change("one", events=(event("one"),)))
    assert third.id == 3


async def test_events_are_followed_from_where_one_left_off(store: Store) -> None:
    for name in ("one", "two", "one", "two"):
        await store.commit(Change(name, record(name), events=(event(name, at=name),)))

    async def numbers(after: int, name: str | None, limit: int = 9) -> list[int]:
        return [found.id for found in await store.events_after(after, name, limit)]

    assert await numbers(0, None) == [1, 2, 3, 4]
    assert await numbers(2, None) == [3, 4]
    assert await numbers(0, None, 3) == [1, 2, 3]
    assert await numbers(1, "one") == [3]
    assert await numbers(4, None) == []
    assert await numbers(0, "nobody") == []


async def test_single_fields_of_a_call_that_is_over_are_replaced(store: Store) -> None:
    before = whole_record()
    await store.commit(Change("crm-42", before, {0: HELLO}))
    values = {"notes": "called twice", "tags": ("vip",), "elevenlabs": {"status": "done"}, "details": "done"}
    (told,) = await store.amend("crm-42", values, [event(notes="called twice")])
    assert told.id == 1
    found = await store.get("crm-42")
    expected = before.model_copy(update={"transcript": (HELLO,), **values})
    assert found == expected
    again = {"callback": {"state": "delivered", "attempts": 3}, "callback_due_at": None, "close": None}
    assert await store.amend("crm-42", again) == ()
    found = await store.get("crm-42")
    assert found is not None
    assert (found.callback.attempts, found.callback_due_at, found.close, found.notes) == (3, None, None, "called twice")


async def test_nothing_is_amended_where_nothing_is_over(store: Store) -> None:
    await store.commit(Change("crm-42", record()))
    with pytest.raises(StoreError, match="not over"):
        await store.amend("crm-42", {"notes": "x"})
    with pytest.raises(StoreError, match="not in the record"):
        await store.amend("nobody", {"notes": "x"})
    assert await store.get("crm-42") == record()


@pytest.mark.parametrize("name", ["transcript", "session_id", "search_text", "id", "nothing"])
async def test_only_fields_of_a_record_can_be_amended(store: Store, name: str) -> None:
    await store.commit(Change("crm-42", whole_record()))
    with pytest.raises(ValueError, match=name):
        await store.amend("crm-42", {name: "x"})


async def test_reports_are_due_by_their_time_once_the_call_is_over(store: Store) -> None:
    async def keep(name: str, due_s: float | None, status: str = "ended") -> None:
        due = None if due_s is None else START + timedelta(seconds=due_s)
        await store.commit(Change(name, record(name, status=status, callback_due_at=due)))

    assert await store.next_callback_at() is None
    for name, due_s in (("later", 9.5), ("now", 0), ("long ago", -86_400), ("never", None)):
        await keep(name, due_s)
    await keep("running", -5, status="active")

    async def due(limit: int = 9) -> list[str]:
        return [found.session_id for found in await store.callbacks_due(START, limit)]

    assert await due() == ["long ago", "now"]
    assert await due(1) == ["long ago"]
    assert await store.next_callback_at() == START - timedelta(days=1)
    await store.amend("long ago", {"callback_due_at": None})
    await store.amend("now", {"callback_due_at": START + timedelta(seconds=2)})
    assert await due() == []
    assert await store.next_callback_at() == START + timedelta(seconds=2)


async def test_accounts_to_fetch_are_remembered_until_they_are_there(store: Store) -> None:
    for name, details in (("first", "pending"), ("second", "pending"), ("third", "none")):
        await store.commit(Change(name, record(name, status="ended", details=details)))
    await store.commit(Change("running", record("running", status="active", details="pending")))
    assert await store.details_pending() == ["first", "second"]
    await store.amend("first", {"details": "done"})
    assert await store.details_pending() == ["second"]


async def test_a_request_is_known_again_until_its_answer_was_delivered(store: Store) -> None:
    async def keep(name: str, **values: Any) -> None:
        usual = {"placed_by": "crm", "body_digest": "d", "is_answer_delivered": False}
        await store.commit(Change(name, record(name, **{**usual, **values})))

    async def known(placed_by: str = "crm", body_digest: str = "d", since_s: float = -60) -> str | None:
        found = await store.recent_request(placed_by, body_digest, START + timedelta(seconds=since_s))
        return found.session_id if found else None

    assert await known() is None
    await keep("first")
    await keep("second")
    await keep("another key's", placed_by="n8n")
    await keep("another body", body_digest="e")
    await keep("answered", is_answer_delivered=True)
    assert await known() == "second"
    assert await known(placed_by="n8n") == "another key's"
    assert await known(body_digest="f") is None
    assert await known(since_s=1) is None


async def test_order_is_that_of_arrival_when_the_clock_is_set_back_a_day(store: Store) -> None:
    for number in range(4):
        at = START - timedelta(days=1 if number >= 2 else 0) + timedelta(seconds=number)
        told = SessionEvent(kind="session", session_id=f"call-{number}", at=at)
        values = {"created_at": at, "duration_s": 61.2, "day": at.date()}
        await store.commit(Change(f"call-{number}", record(f"call-{number}", **values), events=(told,)))
    assert [found.session_id for found in (await store.page(9))[0]] == ["call-3", "call-2", "call-1", "call-0"]
    assert [found.session_id for found in await store.events_after(0, None, 9)] == [f"call-{n}" for n in range(4)]
    found = await store.get("call-3")
    assert isinstance(found, CallRecord)
    assert found.duration_s == 61.2
