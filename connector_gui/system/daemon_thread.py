"""Wait in asyncio for something that blocks and cannot be cancelled.

`asyncio.to_thread` waits for its threads when the program ends; a keyring behind a password window
would hold it up for ever. A daemon thread is simply left behind.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def in_daemon_thread(work: Callable[[], T], *, name: str, timeout_s: float) -> T:
    """Run *work* in a daemon thread of its own and return its result, or raise what it raised.

    Raises:
        TimeoutError: It took longer than *timeout_s*. The thread goes on, its result is dropped.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def deliver(value: T | None, error: BaseException | None) -> None:
        if result.done():  # given up by now
            return
        if error is None:
            result.set_result(value)  # type: ignore[arg-type] # without an error there is a value
        else:
            result.set_exception(error)

    def run() -> None:
        value: T | None = None
        error: BaseException | None = None
        try:
            value = work()
        except Exception as exc:
            error = exc
        with suppress(RuntimeError):  # the loop has been closed meanwhile
            loop.call_soon_threadsafe(deliver, value, error)

    threading.Thread(target=run, name=name, daemon=True).start()
    async with asyncio.timeout(timeout_s):
        return await result
