from __future__ import annotations

import asyncio
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from pydantic import SecretStr

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.errors import RefusedError, StoreError
from connector_gui.core.record import LIST_OMITS, CallRecord, TranscriptEntry
from connector_gui.store import Store
from connector_gui.store.calls import MOST_ABSENT
from tests.store.records import START, record, whole_record

Place = Path | SecretStr

ENTRY = TranscriptEntry(role="agent", text="Hello Mara")


async def test_a_call_comes_back_as_it_went(store: Store, place: Place) -> None:
    saved = whole_record()
    await store.save(saved)
    assert await store.get("crm-42") == saved
    await store.close()
    again = await Store.open(place)
    assert await again.get("crm-42") == saved
    await again.close()


async def test_the_least_a_call_can_have_comes_back(store: Store) -> None:
    await store.save(record())
    assert await store.get("crm-42") == record()


async def test_what_was_never_saved_is_none(store: Store) -> None:
    assert await store.get("nobody") is None


async def test_a_later_record_replaces_the_earlier_one_but_not_the_transcript(store: Store) -> None:
    await store.save(record())
    await store.save_entry("crm-42", 0, ENTRY)
    ended = whole_record()
    await store.save(ended)
    assert await store.get("crm-42") == ended.model_copy(update={"transcript": (ENTRY,)})


async def test_entries_are_replaced_by_position_and_come_in_order(store: Store) -> None:
    await store.save(record())
    corrected = TranscriptEntry(
        role="agent", text="Hello", said_text="Hello Mara, this is", at_ms=410, event_id=1, interrupted=True
    )
    note = TranscriptEntry(role="user", text="be brief", at_ms=3000, kind="contextual_update")
    for position, entry in ((1, note), (0, ENTRY), (0, corrected)):
        await store.save_entry("crm-42", position, entry)
    found = await store.get("crm-42")
    assert found is not None
    assert found.transcript == (corrected, note)


async def test_an_entry_without_its_call_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="not in the record"):
        await store.save_entry("nobody", 0, ENTRY)


async def test_calls_do_not_share_entries(store: Store) -> None:
    await store.save(record("one"))
    await store.save(record("two"))
    await store.save_entry("one", 0, ENTRY)
    two = await store.get("two")
    assert two is not None
    assert two.transcript == ()


@pytest.mark.parametrize(
    "text",
    ["", "\0nul", "lone \ud800 surrogate", "emoji 🦊 ok", "rtl \u202e", "'; DROP TABLE calls;--", "x" * 100_000],
    ids=["empty", "nul", "surrogate", "emoji", "bidi", "sql", "long"],
)
async def test_any_text_can_be_stored(store: Store, text: str) -> None:
    saved = record(agent_name=text, user_id=text, metadata={"name": text, "list": [text]}, notes=text)
    await store.save(saved)
    await store.save_entry("crm-42", 0, TranscriptEntry(role="user", text=text))
    found = await store.get("crm-42")
    assert found is not None
    readable = text.replace("\0", "\ufffd").replace("\ud800", "\ufffd")
    assert found.agent_name == found.notes == found.transcript[0].text == readable
    assert found.metadata == saved.metadata


async def test_a_number_beyond_all_bounds_does_not_lose_the_entry(store: Store) -> None:
    await store.save(record())
    await store.save_entry("crm-42", 0, TranscriptEntry(role="agent", text="x", event_id=10**30))
    found = await store.get("crm-42")
    assert found is not None
    assert found.transcript[0].event_id is None


async def test_times_are_kept_in_utc_to_the_microsecond(store: Store) -> None:
    elsewhere = (START + timedelta(microseconds=7)).astimezone(timezone(timedelta(hours=5, minutes=30)))
    await store.save(record(accepted_at=elsewhere))
    found = await store.get("crm-42")
    assert found is not None
    assert found.accepted_at == elsewhere
    assert found.accepted_at.utcoffset() == timedelta(0)


async def test_pages_are_newest_first_and_leave_out_what_lists_leave_out(store: Store) -> None:
    for number in range(5):
        await store.save(whole_record(f"call-{number}"))
        await store.save_entry(f"call-{number}", 0, ENTRY)
    (first, second), cursor = await store.page(2)
    assert (first.session_id, second.session_id) == ("call-4", "call-3")
    unset = CallRecord.model_fields
    assert {name: getattr(first, name) for name in LIST_OMITS} == {name: unset[name].default for name in LIST_OMITS}
    assert first.model_copy(
        update={"tool_calls": whole_record().tool_calls, "elevenlabs": {"status": "done", "cost": 120}}
    ) == (whole_record("call-4"))
    assert cursor is not None


async def test_a_cursor_goes_on_where_the_page_ended_whatever_came_meanwhile(store: Store) -> None:
    for number in range(5):
        await store.save(record(f"call-{number}"))
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        records, cursor = await store.page(2, cursor)
        seen += [found.session_id for found in records]
        await store.save(record(f"new-{len(seen)}"))
    assert seen == ["call-4", "call-3", "call-2", "call-1", "call-0"]
    assert cursor is None


async def test_the_order_is_that_of_arrival_even_if_the_clock_jumps_back(store: Store) -> None:
    await store.save(record("first"))
    await store.save(record("second", created_at=START - timedelta(days=1)))
    assert [found.session_id for found in (await store.page(9))[0]] == ["second", "first"]


async def test_pages_can_be_filtered(store: Store) -> None:
    await store.save(record("ringing"))
    await store.save(record("missed", status="ended", outcome="missed"))
    await store.save(record("done", status="ended", outcome="completed"))

    async def names(status: CallState | None = None, outcome: Outcome | None = None) -> list[str]:
        return [found.session_id for found in (await store.page(9, None, status, outcome))[0]]

    assert await names(CallState.ENDED) == ["done", "missed"]
    assert await names(None, Outcome.MISSED) == ["missed"]
    assert await names(CallState.RINGING, Outcome.MISSED) == []
    assert [found.session_id for found in await store.recent(1)] == ["done"]


@pytest.mark.parametrize("cursor", ["", "x", "Y2FsbHM6", "Y2FsbHM6LTE0eA", "ü", "Y2FsbHM6" + "OTk5" * 30, "bm90OjE"])
async def test_a_foreign_cursor_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(RefusedError, match="cursor") as caught:
        await store.page(2, cursor)
    assert (caught.value.code, caught.value.status) == ("invalid_request", 422)


async def test_calls_left_open_are_ended_at_the_next_start(store: Store, place: Place) -> None:
    for status in CallState:
        await store.save(record(status, status=status, muted=True, held=True, duration_s=5))
    await store.save_entry("active", 0, ENTRY)
    await store.close()
    again = await Store.open(place)
    later = START + timedelta(hours=1)

    assert await again.recover(later) == ["ringing", "connecting", "active", "held", "ending"]
    assert await again.recover(later) == []

    for status in CallState:
        found = await again.get(status)
        assert found is not None
        assert found.status is CallState.ENDED
        if status is CallState.ENDED:
            assert (found.outcome, found.ended_at) == (None, None)
            continue
        assert found.outcome is (Outcome.MISSED if status is CallState.RINGING else Outcome.INTERRUPTED)
        assert (found.ended_at, found.muted, found.held, found.duration_s) == (later, False, False, 5)
    active = await again.get("active")
    assert active is not None
    assert active.transcript == (ENTRY,)
    await again.close()


async def test_a_rating_is_kept_with_its_turn_and_taken_back(store: Store) -> None:
    await store.save(whole_record())
    for score in ("like", "dislike", None):
        rated = ENTRY.model_copy(update={"rating": score})
        await store.save_entry("crm-42", 0, rated)
        found = await store.get("crm-42")
        assert found is not None
        assert found.transcript == (rated,)


async def test_a_name_that_was_not_there_is_found_once_it_is(store: Store) -> None:
    for number in range(MOST_ABSENT + 5):
        name = f"crm-{number}"
        assert await store.get(name) is None
        assert await store.get(name) is None
        await store.save(record(name))
        assert await store.get(name) is not None


async def test_who_looks_while_a_call_is_written_does_not_hide_it(store: Store) -> None:
    for number in range(20):
        name = f"crm-{number}"
        await asyncio.gather(store.get(name), store.save(record(name)), *(store.get(name) for _ in range(3)))
        assert await store.get(name) is not None


async def test_a_name_that_was_not_there_costs_no_second_look(file: Path) -> None:
    store = await Store.open(file)
    assert await store.get("crm-42") is None
    await store.close()
    assert await store.get("crm-42") is None  # nothing is left to look with
