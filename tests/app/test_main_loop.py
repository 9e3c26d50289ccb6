"""asyncio's promises, kept within Qt's loop; and Qt's own work goes on."""

from __future__ import annotations

import asyncio
import contextvars
import itertools
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from connector_gui.app.main_loop import FEW, TURN_S, MainLoop

BUSY_MACHINE_S = 2.0
T = TypeVar("T")


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[MainLoop]:
    made = MainLoop(qapp)
    yield made
    asyncio.set_event_loop(None)
    made.close()


def run(loop: MainLoop, coroutine: Coroutine[Any, Any, T]) -> T:
    result: T = loop.run_until_complete(coroutine)
    return result


# --- order ------------------------------------------------------------------------------------


def test_callbacks_run_in_the_order_they_came_in(loop: MainLoop) -> None:
    ran: list[int] = []

    async def main() -> None:
        for number in range(2_000):
            loop.call_soon(ran.append, number)
        done = loop.create_future()
        loop.call_soon(done.set_result, None)
        await done

    run(loop, main())
    assert ran == list(range(2_000))


def test_what_a_callback_brings_along_comes_after_what_was_there(loop: MainLoop) -> None:
    ran: list[str] = []

    def first(done: asyncio.Future[None]) -> None:
        ran.append("a")
        loop.call_soon(ran.append, "c")
        loop.call_soon(done.set_result, None)

    async def main() -> None:
        done: asyncio.Future[None] = loop.create_future()
        loop.call_soon(first, done)
        loop.call_soon(ran.append, "b")
        await done

    run(loop, main())
    assert ran == ["a", "b", "c"]


def test_timers_run_by_their_time_and_never_early(loop: MainLoop) -> None:
    ran: list[tuple[int, float]] = []

    async def main() -> None:
        began_s = loop.time()
        done = loop.create_future()
        for delay_ms in (40, 3, 21, 4, 20, 1, 0):
            loop.call_later(
                delay_ms / 1000, lambda due_ms=delay_ms: ran.append((due_ms, (loop.time() - began_s) * 1000))
            )
        loop.call_later(0.041, done.set_result, None)
        await done

    run(loop, main())
    assert [due_ms for due_ms, _ in ran] == [0, 1, 3, 4, 20, 21, 40]
    assert all(at_ms >= due_ms for due_ms, at_ms in ran), ran


def test_a_timer_set_for_before_the_next_one_is_not_late(loop: MainLoop) -> None:
    async def main() -> float:
        loop.call_later(60, pytest.fail, "nobody waits that long")
        began_s = loop.time()
        await asyncio.sleep(0.01)
        return float(loop.time() - began_s)

    assert 0.01 <= run(loop, main()) < BUSY_MACHINE_S


def test_calls_of_other_threads_keep_their_order_and_none_is_lost(loop: MainLoop) -> None:
    count, threads = 3_000, 3
    came: list[tuple[int, int]] = []

    async def main() -> None:
        done = asyncio.Event()

        def take(thread: int, number: int) -> None:
            came.append((thread, number))
            if len(came) == count * threads:
                done.set()

        def send(thread: int) -> None:
            for number in range(count):
                loop.call_soon_threadsafe(take, thread, number)

        senders = [threading.Thread(target=send, args=(thread,)) for thread in range(threads)]
        for sender in senders:
            sender.start()
        async with asyncio.timeout(20):
            await done.wait()
        for sender in senders:
            sender.join()

    run(loop, main())
    for thread in range(threads):
        assert [number for sender, number in came if sender == thread] == list(range(count))


def test_one_call_of_another_thread_wakes_a_loop_that_sleeps(loop: MainLoop) -> None:
    async def main() -> float:
        woken = loop.create_future()
        threading.Timer(0.05, lambda: loop.call_soon_threadsafe(woken.set_result, time.monotonic())).start()
        async with asyncio.timeout(BUSY_MACHINE_S):
            sent_s = await woken
        return time.monotonic() - float(sent_s)

    for _ in range(5):
        assert run(loop, main()) < BUSY_MACHINE_S


# --- handles ----------------------------------------------------------------------------------


def test_what_was_cancelled_does_not_run(loop: MainLoop) -> None:
    async def main() -> None:
        handles = [loop.call_soon(pytest.fail, "soon"), loop.call_later(0.01, pytest.fail, "later")]
        handles.append(loop.call_soon_threadsafe(pytest.fail, "from a thread"))
        for handle in handles:
            handle.cancel()
        await asyncio.sleep(0.05)

    run(loop, main())


def test_cancelled_timers_are_not_kept_until_they_would_have_been_due(loop: MainLoop) -> None:
    async def main() -> None:
        for _ in range(20 * FEW):
            loop.call_later(3600, pytest.fail, "in an hour").cancel()
            await asyncio.sleep(0)

    run(loop, main())
    assert len(loop._scheduled) <= FEW + 1


def test_callbacks_run_in_their_context(loop: MainLoop) -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")
    other = contextvars.copy_context()
    other.run(name.set, "other")
    seen: list[str] = []

    async def main() -> None:
        name.set("main")
        for call in (loop.call_soon, loop.call_soon_threadsafe):
            call(lambda: seen.append(name.get()))
            call(lambda: seen.append(name.get()), context=other)
        loop.call_later(0, lambda: seen.append(name.get()), context=other)
        await asyncio.sleep(0.01)

    run(loop, main())
    assert seen == ["main", "other", "main", "other", "other"]


def test_an_error_in_a_callback_is_told_and_stops_nobody(loop: MainLoop) -> None:
    told: list[object] = []
    loop.set_exception_handler(lambda _loop, context: told.append(context["exception"]))

    async def main() -> str:
        loop.call_soon(lambda: 1 / 0)
        done = loop.create_future()
        loop.call_soon(done.set_result, "went on")
        return str(await done)

    assert run(loop, main()) == "went on"
    assert isinstance(told[0], ZeroDivisionError)


def test_the_debug_mode_names_what_is_slow_and_refuses_coroutines(
    loop: MainLoop, caplog: pytest.LogCaptureFixture
) -> None:
    loop.set_debug(True)
    loop.slow_callback_duration = 0.01

    async def main() -> None:
        loop.call_soon(time.sleep, 0.02)
        await asyncio.sleep(0.03)
        with pytest.raises(TypeError):
            loop.call_soon(main)

    run(loop, main())
    assert "loop.slow" in [record.message for record in caplog.records]


def test_a_closed_loop_takes_nothing(qapp: QApplication) -> None:
    loop = MainLoop(qapp)
    loop.close()
    for call in (loop.call_soon, loop.call_soon_threadsafe):
        with pytest.raises(RuntimeError, match="closed"):
            call(print)


# --- with Qt ----------------------------------------------------------------------------------


def test_qt_has_its_turns_while_callbacks_never_end(loop: MainLoop) -> None:
    """Counted in callbacks between two looks of Qt's: a slow machine has fewer of them in a turn, not more."""
    ran = 0
    at_ticks: list[int] = []
    timer = QTimer()
    timer.timeout.connect(lambda: at_ticks.append(ran))

    async def main() -> None:
        timer.start(0)
        ends_s = loop.time() + 0.3

        def go_on() -> None:
            nonlocal ran
            ran += 1
            time.sleep(TURN_S / 10)
            if loop.time() < ends_s:
                loop.call_soon(go_on)

        for _ in range(200):
            loop.call_soon(go_on)
        await asyncio.sleep(0.5)
        timer.stop()

    run(loop, main())
    between = [after - before for before, after in itertools.pairwise(at_ticks) if before < ran]
    assert len(between) > 5
    assert max(between) <= 2 * 10 + 1, "not more than those of two turns"


def test_others_go_on_while_a_callback_keeps_a_dialog_open(loop: MainLoop) -> None:
    ran: list[str] = []

    async def main() -> None:
        dialog = QEventLoop()

        def open_dialog() -> None:
            ran.append("opened")
            dialog.exec()
            ran.append("closed")

        loop.call_soon(open_dialog)
        loop.call_soon(ran.append, "beside it")
        loop.call_later(0.01, ran.append, "later")
        closing = ("later", "from a thread")

        def close_after_both() -> None:
            loop.call_later(0.01, dialog.quit if set(closing) <= set(ran) else close_after_both)

        close_after_both()
        threading.Timer(0.02, lambda: loop.call_soon_threadsafe(ran.append, "from a thread")).start()
        while "closed" not in ran:
            await asyncio.sleep(0.01)

    run(loop, main())
    assert ran[:2] == ["opened", "beside it"]
    assert set(ran[2:4]) == {"later", "from a thread"}
    assert ran[4] == "closed"


def test_sockets_and_threads_serve(loop: MainLoop) -> None:
    gone = asyncio.Event()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.close()
        await writer.wait_closed()
        gone.set()

    async def main() -> bytes:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        sent = await asyncio.to_thread(os.urandom, 1_000_000)
        writer.write(sent)
        came = await reader.readexactly(len(sent))
        writer.close()
        await writer.wait_closed()
        await gone.wait()
        server.close()
        await server.wait_closed()
        assert came == sent
        return came

    assert run(loop, main())


@pytest.mark.skipif(sys.platform == "win32", reason="asyncio has no signals there")
def test_signals_come_in(loop: MainLoop) -> None:
    async def main() -> None:
        came = asyncio.Event()
        loop.add_signal_handler(signal.SIGUSR1, came.set)
        os.kill(os.getpid(), signal.SIGUSR1)
        async with asyncio.timeout(BUSY_MACHINE_S):
            await came.wait()
        loop.remove_signal_handler(signal.SIGUSR1)

    run(loop, main())


def test_what_is_left_at_the_end_of_a_run_waits_for_the_next(loop: MainLoop) -> None:
    ran: list[str] = []

    async def first() -> None:
        loop.call_later(0.01, ran.append, "later")

    run(loop, first())
    loop.call_soon(ran.append, "between")
    QCoreApplication.processEvents()
    assert ran == []
    run(loop, asyncio.sleep(0.05))
    assert ran == ["between", "later"]


def test_a_runner_ends_all_that_runs(qapp: QApplication) -> None:
    ended: list[str] = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("endless")

    async def main() -> str:
        task = asyncio.create_task(endless(), name="test.endless")
        await asyncio.sleep(0)
        assert not task.done()
        return "result"

    with asyncio.Runner(loop_factory=lambda: MainLoop(qapp)) as runner:
        assert runner.run(main()) == "result"
    assert ended == ["endless"]


def test_a_pair_of_sockets_is_read_as_fast_as_it_is_written(loop: MainLoop) -> None:
    """Readers are Qt's, callbacks are asyncio's: neither may wait for the other."""
    left, right = socket.socketpair()
    left.setblocking(False)
    right.setblocking(False)

    async def main() -> None:
        async with asyncio.timeout(20):
            for number in range(300):
                data = bytes([number % 256])
                await loop.sock_sendall(left, data)
                assert await loop.sock_recv(right, 10) == data

    run(loop, main())
    left.close()
    right.close()
