"""The practice server on a thread and loop of its own, so that a window that hangs is never heard."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import Future
from typing import Final

from connector_gui.core.errors import ConfigError
from connector_gui.practice.control import Control
from connector_gui.practice.server import PracticeServer

log = logging.getLogger(__name__)

START_TIMEOUT_S: Final = 5.0
STOP_TIMEOUT_S: Final = 5.0


class PracticeThread:
    """Runs one `PracticeServer`. Start and stop it from any other thread; both block for a moment."""

    def __init__(self, server: PracticeServer | None = None) -> None:
        """Run *server*, or a plain one."""
        self._server = server or PracticeServer()
        self._thread: threading.Thread | None = None
        self._started: Future[str] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    @property
    def control(self) -> Control:
        """The server's; may be used from any thread."""
        return self._server.control

    def start(self) -> str:
        """Start the thread, and wait until the server listens; its base URL.

        Raises:
            OSError: The port is taken.
            ConfigError: The agent's voice is missing.
            TimeoutError: It does not listen within five seconds.
            RuntimeError: It has been started before.
        """
        if self._thread is not None:
            raise RuntimeError("A practice thread starts once.")
        # A daemon, so that a hanging client never keeps the program from exiting; `stop` is the regular way.
        self._thread = threading.Thread(target=self._run, name="practice", daemon=True)
        self._thread.start()
        return self._started.result(START_TIMEOUT_S)

    def stop(self) -> None:
        """Stop the server, and wait for its end; may be called twice, or without a start."""
        thread, loop, stop = self._thread, self._loop, self._stop
        if thread is None or loop is None or stop is None:
            return
        if thread.is_alive():
            loop.call_soon_threadsafe(stop.set)
            thread.join(STOP_TIMEOUT_S)
        if thread.is_alive():
            log.warning("practice.still_running")

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        try:
            base_url = await self._server.start()
        except (OSError, ConfigError) as error:
            self._started.set_exception(error)
            return
        self._started.set_result(base_url)
        await self._stop.wait()
        await self._server.stop()
