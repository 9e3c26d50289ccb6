"""Following calls over HTTP: nothing is missed, nothing comes twice, and a slow reader holds nobody up."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import psutil
import pytest

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.level import Level
from connector_gui.core.record import TranscriptEntry
from connector_gui.core.service import Action
from connector_gui.core.view import Levels
from connector_gui.webhook import Limits
from tests.fakes.desk import MemoryDesk
from tests.fakes.raw_http import connect, request
from tests.fakes.sse import EventReader, following
from tests.fakes.webhook import KEY_LINE, Served, assert_common, assert_error, serving

LOUD = Levels(Level(-3.0, -9.0), Level(-20.0, -30.0))


async def until(served: Served, held: int) -> None:
    async with asyncio.timeout(5):
        while served.server.held_count != held:
            await asyncio.sleep(0.01)


def say(desk: MemoryDesk, session_id: str, text: str) -> None:
    """The agent says *text*: written and told."""
    desk.say(session_id, TranscriptEntry(role="agent", text=text, at_ms=400, event_id=1))


# --- what is told -------------------------------------------------------------------------------


async def test_the_call_as_it_is_comes_first_and_then_every_change() -> None:
    async with serving() as served:
        await served.place(session_id="crm-42", metadata={"name": "Mara", "secret__pin": "4711"})
        async with following(served, "/sessions/crm-42/events") as reader:
            assert reader.answer.headers["Content-Type"] == "text/event-stream"
            assert reader.answer.headers["Cache-Control"] == "no-store"
            assert reader.answer.headers["X-Accel-Buffering"] == "no"
            assert reader.answer.headers["X-Request-ID"]
            snapshot = await reader.next()
            assert (snapshot.kind, snapshot.data) == ("snapshot", (await served.get("/sessions/crm-42")).json)
            assert snapshot.data["metadata"]["secret__pin"] == "***"
            await served.post("/sessions/crm-42/accept")
            told = await reader.next()
            assert (told.kind, told.data["status"], told.id) == ("session", "connecting", (snapshot.id or 0) + 1)
            assert told.data == (await served.get("/sessions/crm-42")).json
            assert told.data["links"]["self"] == f"http://127.0.0.1:{served.port}/sessions/crm-42"


async def test_each_kind_of_event_has_what_it_is_about() -> None:
    async with serving() as served:
        desk = served.desk
        await served.place(session_id="crm-42")
        async with following(served, "/events") as reader:
            await reader.next()
            say(desk, "crm-42", "Hello Mara")
            told = await reader.next()
            assert (told.kind, told.data["session_id"], told.data["position"]) == ("transcript", "crm-42", 0)
            assert (told.data["role"], told.data["text"], told.data["at_ms"]) == ("agent", "Hello Mara", 400)
            desk.tell("crm-42", "interruption", position=0, event_id=1, at_ms=900, heard_ms=350)
            told = await reader.next()
            assert (told.kind, told.data["text"]) == ("interruption", "Hello Mara")
            assert (told.data["at_ms"], told.data["heard_ms"]) == (900, 350)
            desk.tell("crm-42", "notice", code="microphone_lost", message="The microphone is gone.")
            told = await reader.next()
            assert told.kind == "notice"
            assert datetime.fromisoformat(told.data.pop("at")) <= datetime.now(UTC)
            assert told.data == {
                "session_id": "crm-42",
                "code": "microphone_lost",
                "message": "The microphone is gone.",
            }


async def test_all_live_calls_come_first_and_then_what_happens_to_any() -> None:
    async with serving() as served:
        for number in range(3):
            await served.place(session_id=f"crm-{number}")
        await served.post("/sessions/crm-1/decline")
        async with following(served, "/events") as reader:
            snapshot = await reader.next()
            assert [session["session_id"] for session in snapshot.data["sessions"]] == ["crm-2", "crm-0"]
            assert "transcript" not in snapshot.data["sessions"][0]
            await served.place(session_id="crm-3")
            await served.post("/sessions/crm-0/end")
            told = await reader.take(2)
            assert [(one.data["session_id"], one.data["status"]) for one in told] == [
                ("crm-3", "ringing"),
                ("crm-0", "ended"),
            ]
            assert "transcript" not in told[0].data


async def test_a_stream_of_one_call_is_silent_about_the_others() -> None:
    async with serving() as served:
        await served.place(session_id="crm-1")
        async with following(served, "/sessions/crm-1/events") as reader:
            await reader.next()
            await served.place(session_id="crm-2")
            await served.post("/sessions/crm-1/accept")
            told = await reader.next()
            assert (told.data["session_id"], told.data["status"]) == ("crm-1", "connecting")


async def test_levels_come_to_those_who_asked_and_no_more_than_thirty_a_second() -> None:
    async with serving() as served:
        await served.place(session_id="crm-1")
        async with (
            following(served, "/events?levels=true") as eager,
            following(served, "/events") as plain,
        ):
            await eager.next()
            await plain.next()
            started_s = time.monotonic()
            while time.monotonic() - started_s < 0.5:
                for listener in served.desk.on_levels:
                    listener("crm-1", LOUD)
                await asyncio.sleep(0.002)
            took_s = time.monotonic() - started_s
            served.desk.tell("crm-1", "notice", code="end", message="Now.")
            told = []
            while (one := await eager.next()).kind != "notice":
                told.append(one)
            assert 3 <= len(told) <= took_s * 30 * 1.15 + 2
            assert {one.kind for one in told} == {"level"}
            assert {one.id for one in told} == {None}
            assert told[0].data == {
                "session_id": "crm-1",
                "operator": {"peak_dbfs": -3.0, "rms_dbfs": -9.0, "is_clipping": False},
                "agent": {"peak_dbfs": -20.0, "rms_dbfs": -30.0, "is_clipping": False},
            }
            assert (await plain.next()).kind == "notice"


@pytest.mark.parametrize(
    ("target", "header", "field"),
    [
        ("/events?levels=maybe", None, "levels"),
        ("/events?last_event_id=-1", None, "last_event_id"),
        ("/events", "newest", "last_event_id"),
        ("/events?since=1", None, "since"),
    ],
)
async def test_a_wrong_wish_is_refused_by_name(target: str, header: str | None, field: str) -> None:
    async with serving() as served:
        lines = [f"Last-Event-ID: {header}"] if header else []
        assert_error(await served.ask("GET", target, KEY_LINE, *lines), 422, "invalid_request", field, field)
        assert served.server.held_count == 0


async def test_streams_need_a_key_a_call_and_no_body() -> None:
    async with serving() as served:
        assert_error(await served.ask("GET", "/events"), 401, "unauthorized")
        assert_error(await served.get("/sessions/unknown/events"), 404, "not_found")
        head = await served.ask("HEAD", "/events", KEY_LINE)
        assert_common(head)
        assert (head.status, head.headers["content-type"], head.body) == (200, "text/event-stream", b"")
        await until(served, 0)


# --- nothing missed, nothing twice --------------------------------------------------------------


@pytest.mark.parametrize("by_query", [False, True])
async def test_a_reader_who_comes_back_gets_what_it_missed_and_nothing_twice(by_query: bool) -> None:
    async with serving() as served:
        await served.place(session_id="crm-1")
        async with following(served, "/sessions/crm-1/events") as reader:
            last = (await reader.next()).id
        for number in range(450):  # More than two pages of the record.
            say(served.desk, "crm-1", str(number))
            served.desk.tell("other", "notice", code="x", message="y")
        target = "/sessions/crm-1/events"
        back = (
            following(served, f"{target}?last_event_id={last}")
            if by_query
            else following(served, target, last_event_id=last)
        )
        async with back as reader:
            snapshot = await reader.next()
            assert (snapshot.kind, snapshot.id) == ("snapshot", last), "whoever is cut off here must lose nothing"
            told = await reader.take(450)
            assert [one.data["text"] for one in told] == [str(number) for number in range(450)]
            say(served.desk, "crm-1", "live")
            assert (await reader.next()).data["text"] == "live"


async def test_events_that_happen_while_the_record_is_read_come_once_and_in_order() -> None:
    async with serving() as served:
        await served.place(session_id="crm-1")
        is_over = False

        async def talk() -> None:
            number = 0
            while not is_over:
                say(served.desk, "crm-1", str(number))
                number += 1
                await asyncio.sleep(0)

        talking = asyncio.create_task(talk())
        try:
            for _ in range(5):
                async with following(served, "/events", last_event_id=1) as reader:
                    await reader.next()
                    told = await reader.take(300)
                    assert [one.id for one in told] == list(range(2, 302))
        finally:
            is_over = True
            await talking


async def test_a_reader_that_fell_far_behind_reads_on_from_the_record() -> None:
    async with serving() as served:
        await served.place(session_id="crm-1")
        async with following(served, "/events") as reader:
            first = (await reader.next()).id or 0
            for number in range(2_000):  # Nobody gets to read in between: more than is kept for readers.
                say(served.desk, "crm-1", str(number))
            told = await reader.take(2_000)
            assert [one.id for one in told] == list(range(first + 1, first + 2_001))


async def test_a_number_from_another_record_starts_from_now() -> None:
    async with serving() as served:
        await served.place(session_id="crm-1")
        async with following(served, "/events", last_event_id=10**9) as reader:
            assert (await reader.next()).id == 1
            say(served.desk, "crm-1", "new")
            assert (await reader.next()).data["text"] == "new"


# --- how streams end ----------------------------------------------------------------------------


async def test_the_stream_of_a_call_ends_some_time_after_the_call() -> None:
    async with serving(limits=Limits(goodbye_s=0.3)) as served:
        await served.place(session_id="crm-1")
        async with following(served, "/sessions/crm-1/events") as reader, following(served, "/events") as all_calls:
            await reader.next()
            await served.post("/sessions/crm-1/decline")
            served.desk.tell("crm-1", "notice", code="late", message="After the end.")
            assert [one.kind for one in await reader.rest()] == ["session", "notice"]
            await all_calls.take(3)
            say(served.desk, "crm-1", "still there")
            assert (await all_calls.next()).data["text"] == "still there"
        async with following(served, "/sessions/crm-1/events") as late:
            assert [(one.kind, one.data["outcome"]) for one in await late.rest()] == [("snapshot", "declined")]
        await until(served, 0)


async def test_a_silent_stream_gives_signs_of_life() -> None:
    async with serving(limits=Limits(heartbeat_s=0.2)) as served, following(served, "/events") as reader:
        await reader.next()
        await asyncio.sleep(1.5)
        served.desk.tell("x", "notice", code="x", message="y")
        await reader.next()
        assert 1 <= reader.comments <= 5


async def test_a_reader_that_leaves_is_noticed_at_once() -> None:
    async with serving() as served:
        async with following(served, "/events") as reader:
            await reader.next()
            assert served.server.held_count == 1
        await until(served, 0)


async def test_all_streams_end_when_the_server_stops() -> None:
    async with serving() as served, AsyncExitStack() as stack:
        await served.place(session_id="crm-1")
        targets = ["/events", "/sessions/crm-1/events"] * 5
        readers = [await stack.enter_async_context(following(served, target)) for target in targets]
        for reader in readers:
            await reader.next()
        started_s = time.monotonic()
        await served.server.stop()
        assert time.monotonic() - started_s < 0.5
        for reader in readers:
            assert await reader.rest() == []
        assert not served.desk.on_events
        assert not served.desk.on_levels


# --- what streams may cost ----------------------------------------------------------------------


async def test_there_is_a_bound_to_streams_and_others_are_still_served() -> None:
    async with serving(limits=Limits(held=3)) as served, AsyncExitStack() as stack:
        for _ in range(3):
            reader = await stack.enter_async_context(following(served, "/events"))
            await reader.next()
        refused = await served.get("/events")
        assert_error(refused, 503, "too_many_streams", "Close those that nobody reads")
        assert (await served.place()).status == 202
        await stack.aclose()
        await until(served, 0)
        async with following(served, "/events") as reader:
            await reader.next()


async def test_streams_are_not_dropped_for_idle_connections() -> None:
    async with serving(limits=Limits(connections=4)) as served, AsyncExitStack() as stack:
        readers = [await stack.enter_async_context(following(served, "/events")) for _ in range(2)]
        for reader in readers:
            await reader.next()
        for _ in range(10):
            await stack.enter_async_context(connect(served.port))
        assert (await served.ask("GET", "/health")).status == 200
        served.desk.tell("x", "notice", code="x", message="y")
        for reader in readers:
            assert (await reader.next()).kind == "notice"


async def test_a_reader_that_takes_in_nothing_is_dropped_and_holds_no_memory() -> None:
    process = psutil.Process()
    async with serving(limits=Limits(stalled_s=0.5)) as served, AsyncExitStack() as stack:
        await served.place(session_id="crm-1")
        for _ in range(20):
            lazy = socket.socket()
            stack.callback(lazy.close)
            lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            lazy.setblocking(False)
            await asyncio.get_running_loop().sock_connect(lazy, ("127.0.0.1", served.port))
            await asyncio.get_running_loop().sock_sendall(lazy, request("GET", "/events", KEY_LINE))
        await until(served, 20)
        reader = await stack.enter_async_context(following(served, "/events"))
        await reader.next()
        gc.collect()
        before = process.memory_info().rss
        text = "x" * 10_000
        for number in range(3_000):  # 30 MB for each of them.
            served.desk.say("crm-1", TranscriptEntry(role="agent", text=text, at_ms=number), position=0)
            told = await reader.next()
            assert told.data["at_ms"] == number
            if served.server.held_count == 1:
                break
        await until(served, 1)
        assert process.memory_info().rss - before < 60e6
        assert (await served.ask("GET", "/health")).status == 200


async def test_an_answer_that_nobody_takes_in_is_dropped_too() -> None:
    """Requests one after the other, and not an answer of them read."""
    async with serving(limits=Limits(stalled_s=0.5)) as served:
        lazy = socket.socket()
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(lazy, ("127.0.0.1", served.port))

        async def ask_on() -> None:
            try:
                while True:
                    await loop.sock_sendall(lazy, request("GET", "/health") * 100)
            except ConnectionError:
                pass

        async with asyncio.timeout(10):
            await ask_on()
        lazy.close()
        async with asyncio.timeout(5):
            while served.server.connection_count:
                await asyncio.sleep(0.02)


async def test_two_hundred_readers_do_not_hold_the_desk_up() -> None:
    async with serving() as served, AsyncExitStack() as stack:
        await served.place(session_id="crm-1")
        streams = [following(served, "/sessions/crm-1/events") for _ in range(200)]
        readers: list[EventReader] = [await stack.enter_async_context(stream) for stream in streams]
        for reader in readers:
            await reader.next()
        told_s = []
        for number in range(20):
            started_s = time.perf_counter()
            say(served.desk, "crm-1", str(number))
            told_s.append(time.perf_counter() - started_s)
            await asyncio.sleep(0)
        assert sorted(told_s)[10] < 0.005, "telling them all is what a commit waits for"
        served.desk.change("crm-1", status=CallState.ENDED, outcome=Outcome.DECLINED)
        for reader in readers:
            assert [one.kind for one in await reader.take(21)] == ["transcript"] * 20 + ["session"]


async def test_what_happens_while_nobody_follows_costs_nothing() -> None:
    async with serving() as served:
        await served.place(session_id="crm-1")
        async with following(served, "/events") as reader:
            await reader.next()
        await until(served, 0)
        for number in range(1_000):
            say(served.desk, "crm-1", str(number))
        await served.desk.act("crm-1", Action.DECLINE)
        async with following(served, "/events") as reader:
            assert (await reader.next()).data == {"sessions": []}
            say(served.desk, "crm-1", "new")
            assert (await reader.next()).data["text"] == "new"
