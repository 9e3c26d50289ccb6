"""What waits on both sides of the socket, and what gives way."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_gui.elevenlabs.inbox import Inbox
from connector_gui.elevenlabs.outbox import Outbox


def drain(outbox: Outbox) -> list[str]:
    taken = []
    while (text := outbox.take()) is not None:
        taken.append(text)
    return taken


def test_messages_keep_their_order_and_go_before_sound() -> None:
    outbox = Outbox()
    outbox.put_audio("a1", 0.0, is_blocked=False)
    outbox.put("m1")
    outbox.put_audio("a2", 0.0, is_blocked=False)
    outbox.put("m2")
    assert drain(outbox) == ["m1", "m2", "a1", "a2"]


def test_while_the_socket_is_blocked_stale_sound_gives_way() -> None:
    outbox = Outbox(max_audio_age_s=0.2)
    for number in range(10):
        outbox.put_audio(f"a{number}", number * 0.1, is_blocked=True)
    assert drain(outbox) == ["a7", "a8", "a9"]
    assert outbox.dropped_chunks == 7


def test_after_a_stall_of_our_own_no_sound_is_lost() -> None:
    # The loop stood still, the network did not: what comes late goes out late, and whole.
    outbox = Outbox(max_audio_age_s=0.2)
    for number in range(10):
        outbox.put_audio(f"a{number}", number * 0.1, is_blocked=False)
    assert len(drain(outbox)) == 10
    assert outbox.dropped_chunks == 0


def test_messages_that_find_no_room_are_counted() -> None:
    outbox = Outbox(max_messages=2)
    for text in ("m1", "m2", "m3"):
        outbox.put(text)
    assert drain(outbox) == ["m1", "m2"]
    assert outbox.dropped_messages == 1


def test_after_the_end_words_may_still_go_and_sound_may_not() -> None:
    outbox = Outbox()
    outbox.put("m1")
    outbox.put_audio("a1", 0.0, is_blocked=False)
    outbox.close()
    outbox.put("m2")
    outbox.put_audio("a2", 0.0, is_blocked=False)
    assert drain(outbox) == ["m1"]


@given(st.lists(st.floats(0.0, 0.5), max_size=60))
def test_a_blocked_outbox_never_holds_more_than_its_age(pauses_s: list[float]) -> None:
    outbox = Outbox(max_audio_age_s=0.2)
    now_s = 0.0
    put_s: list[float] = []
    for pause_s in pauses_s:
        now_s += pause_s
        outbox.put_audio(str(len(put_s)), now_s, is_blocked=True)
        put_s.append(now_s)
    kept = [int(text) for text in drain(outbox)]
    assert kept == list(range(len(put_s) - len(kept), len(put_s)))
    assert all(now_s - put_s[number] <= 0.2 for number in kept)
    assert len(kept) + outbox.dropped_chunks == len(put_s)


async def test_items_come_out_in_order_until_it_is_finished() -> None:
    inbox: Inbox[str] = Inbox()
    await inbox.put("a", 1)
    await inbox.put("b", 1)
    await inbox.finish()
    await inbox.put("c", 1)
    assert [await inbox.get(), await inbox.get(), await inbox.get(), await inbox.get()] == ["a", "b", None, None]


async def test_the_error_comes_after_what_was_there_before() -> None:
    inbox: Inbox[str] = Inbox()
    await inbox.put("a", 1)
    await inbox.finish(LookupError("why"))
    await inbox.finish()
    assert await inbox.get() == "a"
    with pytest.raises(LookupError, match="why"):
        await inbox.get()


async def test_a_full_inbox_makes_the_reader_wait() -> None:
    inbox: Inbox[str] = Inbox(max_bytes=10)
    await inbox.put("as big as it likes", 100)
    putting = asyncio.create_task(inbox.put("b", 1))
    await asyncio.sleep(0)
    assert not putting.done()
    assert await inbox.get() == "as big as it likes"
    await putting
    assert await inbox.get() == "b"


async def test_finishing_frees_a_reader_and_a_taker_that_wait() -> None:
    full: Inbox[str] = Inbox(max_bytes=1)
    empty: Inbox[str] = Inbox()
    await full.put("a", 1)
    waiting = [asyncio.create_task(full.put("b", 1)), asyncio.create_task(empty.get())]
    await asyncio.sleep(0)
    await full.finish()
    await empty.finish()
    assert await asyncio.gather(*waiting) == [None, None]
