"""The sender over a record and real receivers: what is sent, when it is sent again, and what is kept of it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from connector_gui.core.callback_url import CallbackRules
from connector_gui.core.errors import KeyringError, KeyringReason
from connector_gui.core.moment import Moment
from connector_gui.core.record import CallbackState, Change, TranscriptEntry
from connector_gui.store import Store
from connector_gui.webhook.callback_answer import Verdict
from connector_gui.webhook.callback_post import CallbackPost, PostTiming
from connector_gui.webhook.callback_queue import PARALLEL_PER_RECEIVER
from connector_gui.webhook.callbacks import LIFETIME_S, LOOK_S, CallbackSender
from tests.fakes.receiver import START, Clocks, OutboxStore, real_clocks, receiving
from tests.fakes.webhook import serving

KEYS: Mapping[str, SecretStr] = {"other": SecretStr("k-other"), "n8n": SecretStr("k-schlüssel")}
BASE_URL = "http://127.0.0.1:8000"
RUNNING = (409, b'{"code":409,"message":"The execution \\"8\\" is running already."}')
FINISHED = (409, b'{"code":409,"message":"The execution \\"8 has finished already."}')
OK = (200, b"")


@asynccontextmanager
async def sending(
    store: OutboxStore | Store,
    clock: Callable[[], Moment] = real_clocks,
    *,
    keys: Callable[[], Mapping[str, SecretStr]] = lambda: KEYS,
    **options: Any,
) -> AsyncIterator[CallbackSender]:
    """A sender at work."""
    post = CallbackPost(CallbackRules, timing=PostTiming(total_s=options.pop("total_s", 15.0)))
    sender = CallbackSender(
        store, store.amend, keys, post, base_url=lambda: BASE_URL, clock=clock, chance=lambda: 0.5, **options
    )
    async with asyncio.TaskGroup() as tasks:
        work = tasks.create_task(sender.run())
        try:
            yield sender
        finally:
            work.cancel()
    await post.aclose()


async def looked_again(store: OutboxStore, sender: CallbackSender) -> None:
    """Until the sender has taken in all there was, and rests."""
    looks = store.looks
    sender.wake()
    async with asyncio.timeout(10):
        while store.looks == looks:
            await asyncio.sleep(0.005)


# --- what is sent ---------------------------------------------------------------------------------


async def test_the_report_is_signed_with_the_key_that_placed_the_call() -> None:
    store, clocks = OutboxStore(), Clocks()
    async with receiving() as receiver:
        store.add("crm-42", receiver.url())
        async with sending(store, clocks):
            await receiver.until(1)
    [got] = receiver.got
    sent_s, v0 = (part.split("=")[1] for part in got.headers["x-connector-signature"].split(","))
    assert int(sent_s) == int(START.timestamp())
    expected = hmac.new("k-schlüssel".encode(), sent_s.encode() + b"." + got.body, hashlib.sha256).hexdigest()
    assert v0 == expected


async def test_the_report_is_the_session_as_the_webhook_gives_it() -> None:
    store = OutboxStore()
    async with receiving() as receiver, serving(keys=KEYS) as served:
        record = store.add(
            "crm-42",
            receiver.url(),
            metadata={"customer_name": "Måra “x”", "secret__pin": "1234", "n": 12.5},
            transcript=(TranscriptEntry(role="agent", text="Hällo \U0001f600", at_ms=410),),
        )
        served.desk._records["crm-42"] = record
        answer = await served.ask("GET", "/sessions/crm-42", "X-API-Key: k-other")
        async with sending(store):
            await receiver.until(1)
    [got] = receiver.got
    host = f"http://127.0.0.1:{served.port}"
    assert got.json == json.loads(answer.body.decode().replace(host, BASE_URL))
    assert got.json["metadata"]["secret__pin"] == "***"
    assert got.json["transcript"][0]["text"] == "Hällo \U0001f600"
    assert got.json["links"]["self"] == f"{BASE_URL}/sessions/crm-42"


async def test_a_delivered_report_is_kept_as_such_and_not_sent_again() -> None:
    store, clocks = OutboxStore(), Clocks()
    async with receiving() as receiver:
        store.add("crm-42", receiver.url())
        async with sending(store, clocks) as sender:
            record = await store.until_amended(1)
            assert record.callback == CallbackState(state="delivered", attempts=1)
            assert record.callback_due_at is None
            clocks.advance(LIFETIME_S)
            await looked_again(store, sender)
            assert sender.backlog == 0
    assert len(receiver.got) == 1


async def test_an_ending_is_reported_as_soon_as_it_is_told() -> None:
    store = OutboxStore()
    async with receiving() as receiver, sending(store) as sender:
        await looked_again(store, sender)
        sender.wake(store.add("crm-42", receiver.url()))
        await receiver.until(1)


async def test_a_call_without_a_callback_is_none_of_its_business() -> None:
    store = OutboxStore()
    async with sending(store) as sender:
        sender.wake(store.add("crm-42", "", callback_url=None, callback_due_at=None))
        await looked_again(store, sender)
        assert sender.backlog == 0
    assert store.amended == []


# --- when it is sent again --------------------------------------------------------------------------


async def test_n8n_that_has_not_reached_its_wait_node_is_asked_again_until_it_has() -> None:
    store, clocks = OutboxStore(), Clocks()
    async with receiving(answers=[RUNNING, RUNNING, OK]) as receiver:
        store.add("crm-42", receiver.url())
        async with sending(store, clocks) as sender:
            for attempts, wait_s in ((1, 1.0), (2, 2.0)):
                record = await store.until_amended(attempts)
                assert record.callback.state == "pending"
                assert record.callback.attempts == attempts
                assert "Wait node" in (record.callback.last_error or "")
                assert record.callback_due_at == clocks.utc + timedelta(seconds=wait_s)
                clocks.advance(wait_s)
                sender.wake()
            record = await store.until_amended(3)
    assert record.callback == CallbackState(state="delivered", attempts=3)
    assert len(receiver.got) == 3
    stamps = {got.headers["x-connector-signature"] for got in receiver.got}
    assert len(stamps) == 3, "each try is signed anew"


@pytest.mark.parametrize(
    ("answer", "words"), [(FINISHED, "finished already"), ((404, b""), "POST"), ((410, b""), "gone")]
)
async def test_an_answer_that_says_never_ends_it(answer: tuple[int, bytes], words: str) -> None:
    store, clocks = OutboxStore(), Clocks()
    async with receiving(answers=[answer]) as receiver:
        store.add("crm-42", receiver.url())
        async with sending(store, clocks) as sender:
            record = await store.until_amended(1)
            clocks.advance(600)
            await looked_again(store, sender)
    assert record.callback.state == "failed"
    assert words in (record.callback.last_error or "")
    assert record.callback_due_at is None
    assert len(receiver.got) == 1


async def test_a_receiver_that_is_away_for_a_day_is_given_up() -> None:
    store, clocks = OutboxStore(), Clocks()
    async with receiving(answers=[(503, b"")]) as receiver:
        store.add("crm-42", receiver.url())
        async with sending(store, clocks) as sender:
            assert (await store.until_amended(1)).callback.state == "pending"
            clocks.advance(LIFETIME_S - 1)
            sender.wake()
            assert (await store.until_amended(2)).callback.state == "pending"
            clocks.advance(300)
            sender.wake()
            record = await store.until_amended(3)
    assert record.callback.state == "failed"
    assert record.callback.attempts == 3
    assert "503" in (record.callback.last_error or "")


async def test_after_a_long_absence_of_ours_it_is_tried_once_more() -> None:
    store, clocks = OutboxStore(), Clocks()
    clocks.advance(3 * LIFETIME_S)
    async with receiving(answers=[(503, b"")]) as receiver:
        store.add("late", receiver.url())
        async with sending(store, clocks):
            assert (await store.until_amended(1)).callback.state == "failed"
            receiver.answers = [OK]
    async with receiving() as receiver:
        store.add("late", receiver.url())
        async with sending(store, clocks):
            assert (await store.until_amended(2)).callback.state == "delivered"


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=400)])
async def test_a_wall_clock_that_jumps_neither_hurries_nor_delays_nor_ends_a_report(jump: timedelta) -> None:
    store, clocks = OutboxStore(), Clocks()
    async with receiving(answers=[(503, b"")]) as receiver:
        store.add("crm-42", receiver.url())
        async with sending(store, clocks) as sender:
            await store.until_amended(1)
            clocks.utc += jump
            for _ in range(3):
                await looked_again(store, sender)
            assert len(receiver.got) == 1, "it has to wait for another second"
            clocks.advance(1.0)
            sender.wake()
            record = await store.until_amended(2)
            assert record.callback.state == "pending"
            assert len(receiver.got) == 2
            sender.wake(store.add("new", receiver.url(), ended_at=clocks.utc, callback_due_at=clocks.utc))
            await receiver.until(3)


# --- what goes wrong at our end -----------------------------------------------------------------------


async def test_without_its_key_a_report_waits_and_says_so() -> None:
    store, clocks = OutboxStore(), Clocks()
    keys: dict[str, SecretStr] = {"other": SecretStr("k")}
    async with receiving() as receiver:
        store.add("crm-42", receiver.url())
        async with sending(store, clocks, keys=lambda: keys) as sender:
            record = await store.until_amended(1)
            assert record.callback.state == "pending"
            assert record.callback.attempts == 0, "nothing was sent"
            assert "“n8n”" in (record.callback.last_error or "")
            assert receiver.connections == 0
            keys["n8n"] = SecretStr("k-new")
            sender.keys_changed()
            assert (await store.until_amended(2)).callback == CallbackState(state="delivered", attempts=1)


async def test_keys_that_are_read_again_and_are_the_same_hurry_nobody() -> None:
    store, clocks = OutboxStore(), Clocks()
    async with receiving() as receiver:
        store.add("crm-42", receiver.url(), placed_by="gone")
        async with sending(store, clocks) as sender:
            sender.keys_changed()
            tries = len(store.amended)
            while len(store.amended) == tries:
                await asyncio.sleep(0.005)
            tries = len(store.amended)
            for _ in range(5):
                sender.keys_changed()
                await looked_again(store, sender)
            assert len(store.amended) == tries


async def test_a_backlog_larger_than_a_look_is_worked_off_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector_gui.webhook.callbacks.BATCH", 5)
    store, clocks = OutboxStore(), Clocks()
    async with receiving(answers=[(503, b"")]) as receiver, sending(store, clocks) as sender:
        for number in range(12):
            store.add(f"call-{number}", receiver.url(f"/{number}"))
        async with asyncio.timeout(10):
            while len({got.target for got in receiver.got}) < 12:
                await looked_again(store, sender)


async def test_while_the_keyring_is_locked_a_report_waits_and_says_so() -> None:
    store, clocks = OutboxStore(), Clocks()
    is_locked = True

    def keys() -> Mapping[str, SecretStr]:
        if is_locked:
            raise KeyringError(KeyringReason.LOCKED, "The keyring is locked. Unlock it.")
        return KEYS

    async with receiving() as receiver:
        store.add("crm-42", receiver.url())
        async with sending(store, clocks, keys=keys) as sender:
            record = await store.until_amended(1)
            assert record.callback.last_error == "The report cannot be signed. The keyring is locked. Unlock it."
            for _ in range(3):
                sender.keys_changed()
            await looked_again(store, sender)
            assert len(store.amended) == 1, "it is still locked: nothing to try"
            is_locked = False
            sender.keys_changed()
            assert (await store.until_amended(2)).callback.state == "delivered"


async def test_what_was_delivered_while_the_disk_was_full_is_not_sent_again() -> None:
    store, clocks = OutboxStore(), Clocks()

    async with receiving() as receiver:
        store.add("crm-42", receiver.url())
        is_taken = asyncio.Event()

        async def fill_the_disk(_: object, writer: asyncio.StreamWriter) -> None:
            store.is_full = True
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            is_taken.set()

        receiver.misbehave = fill_the_disk
        async with sending(store, clocks) as sender:
            tried: list[Verdict] = []
            sender.on_attempt.append(tried.append)
            async with asyncio.timeout(10):
                await is_taken.wait()
                while not tried:
                    await asyncio.sleep(0.005)
            store.is_full = False
            async with asyncio.timeout(10):
                while not store.amended:
                    clocks.advance(1)
                    sender.wake()
                    await asyncio.sleep(0.005)
    assert store.amended[-1].callback == CallbackState(state="delivered", attempts=1)
    assert receiver.connections == 1


async def test_an_ending_that_a_full_disk_held_back_is_found_later() -> None:
    store, clocks = OutboxStore(), Clocks()
    async with receiving() as receiver, sending(store, clocks) as sender:
        await looked_again(store, sender)
        told = store.add("crm-42", receiver.url())
        del store.records["crm-42"]
        sender.wake(told)
        async with asyncio.timeout(10):
            while sender.backlog:
                await asyncio.sleep(0.005)
        store.records["crm-42"] = told
        clocks.advance(LOOK_S)
        sender.keys_changed()  # anything that makes it go round
        await receiver.until(1)


async def test_a_record_that_cannot_be_read_at_the_start_is_read_later() -> None:
    store = OutboxStore()
    store.is_full = True
    async with receiving() as receiver, sending(store) as sender:
        store.add("crm-42", receiver.url(), callback_due_at=START + timedelta(days=300))
        await asyncio.sleep(0)
        store.is_full = False
        sender.wake()
        await receiver.until(1)


async def test_a_deleted_call_is_not_reported() -> None:
    store, clocks = OutboxStore(), Clocks()
    async with receiving(answers=[(503, b"")]) as receiver:
        store.add("crm-42", receiver.url())
        async with sending(store, clocks) as sender:
            await store.until_amended(1)
            del store.records["crm-42"]
            clocks.advance(2)
            await looked_again(store, sender)
            async with asyncio.timeout(10):
                while sender.backlog:
                    await asyncio.sleep(0.005)
    assert len(receiver.got) == 1


# --- many at once ---------------------------------------------------------------------------------------


async def test_a_receiver_that_hangs_holds_nobody_else_up() -> None:
    async def hang(_: object, __: object) -> None:
        await asyncio.Event().wait()

    store = OutboxStore()
    async with receiving(misbehave=hang) as dead, receiving() as alive:
        for number in range(40):
            store.add(f"dead-{number}", dead.url())
        for number in range(40):
            store.add(f"alive-{number}", alive.url(), callback_due_at=START + timedelta(seconds=1))
        async with sending(store, total_s=60.0) as sender:
            await alive.until(40)
            async with asyncio.timeout(10):
                while sender.backlog > 40:
                    await asyncio.sleep(0.005)
    assert dead.most_at_once == PARALLEL_PER_RECEIVER
    assert alive.most_at_once <= PARALLEL_PER_RECEIVER
    assert len(alive.got) == 40, "each once"


async def test_before_the_program_ends_everything_is_tried_once_but_nobody_is_waited_for_long() -> None:
    async def hang(_: object, __: object) -> None:
        await asyncio.Event().wait()

    store = OutboxStore()
    async with receiving() as receiver, receiving(misbehave=hang) as dead, sending(store) as sender:
        sender.wake(store.add("last", receiver.url()))
        await sender.settle(5.0)
        assert store.records["last"].callback.state == "delivered"
        sender.wake(store.add("hangs", dead.url()))
        async with asyncio.timeout(10):
            await sender.settle(0.1)
    assert store.records["hangs"].callback.state == "pending"


async def test_tries_are_told() -> None:
    store, clocks = OutboxStore(), Clocks()
    tried: list[Verdict] = []
    async with receiving(answers=[RUNNING, FINISHED]) as receiver:
        store.add("crm-42", receiver.url())
        async with sending(store, clocks) as sender:
            sender.on_attempt.append(tried.append)
            await store.until_amended(1)
            assert sender.backlog == 1
            clocks.advance(1.0)
            sender.wake()
            await store.until_amended(2)
    assert tried == [Verdict.LATER, Verdict.NEVER]


# --- restarts, on the real record -------------------------------------------------------------------------


async def test_after_a_restart_it_is_tried_at_once(tmp_path: Path) -> None:
    outbox, place = OutboxStore(), tmp_path / "connector.db"
    async with receiving(answers=[(503, b""), (503, b""), OK]) as receiver:
        record = outbox.add("crm-42", receiver.url(), ended_at=real_clocks().utc, callback_due_at=real_clocks().utc)
        store = await Store.open(place)
        await store.commit(Change("crm-42", record))
        for attempts in (1, 2, 3):
            async with sending(store), asyncio.timeout(10):
                while (found := await store.get("crm-42")) is not None and found.callback.attempts < attempts:
                    await asyncio.sleep(0.01)
            # It died before it could try again.
            await store.close()
            store = await Store.open(place)
        await store.close()
    assert found is not None
    assert found.callback == CallbackState(state="delivered", attempts=3)
    assert found.callback_due_at is None


async def test_the_report_of_a_call_that_a_crash_cut_off_goes_out_at_the_next_start(tmp_path: Path) -> None:
    outbox = OutboxStore()
    async with receiving() as receiver:
        live: dict[str, Any] = {"status": "active", "outcome": None, "ended_at": None, "callback_due_at": None}
        record = outbox.add("crm-42", receiver.url(), **live)
        store = await Store.open(tmp_path / "connector.db")
        await store.commit(Change("crm-42", record))
        await store.recover(real_clocks().utc)
        async with sending(store):
            await receiver.until(1)
        await store.close()
    assert receiver.got[0].json["outcome"] == "interrupted"
    assert receiver.got[0].json["status"] == "ended"


async def test_neither_keys_nor_addresses_get_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    store, clocks = OutboxStore(), Clocks()
    async with receiving(answers=[RUNNING, OK]) as receiver:
        store.add("crm-42", receiver.url("/webhook-waiting/8?signature=sekrit-canary"))
        async with sending(store, clocks) as sender:
            await store.until_amended(1)
            clocks.advance(1.0)
            sender.wake()
            await store.until_amended(2)
    messages = [record.getMessage() for record in caplog.records]
    assert "callback.not_delivered" in messages
    assert "callback.delivered" in messages
    for record in caplog.records:
        for secret in ("sekrit-canary", "k-schlüssel", "webhook-waiting"):
            assert secret not in record.getMessage() + repr(record.__dict__)
