"""Whether there is a newer version: asked once a day where an address is set, said in a line of the panel."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from connector_gui import __version__
from connector_gui.core.update import Update, UpdateError
from connector_gui.core.versions import is_news
from connector_gui.system.update_check import Asked, UpdateFile, ask_for_update

log = logging.getLogger(__name__)

FIRST_S: Final = 30.0
"""After the start, which has better things to do."""
LOOK_S: Final = 3600.0
DAILY: Final = timedelta(days=1)


def read_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class UpdateWatch:
    """Asks and tells.

    Args:
        url: The address that is set; empty: nobody is asked.
        show: Tells the operator; ``None``: there is no news (any more).
    """

    def __init__(
        self,
        url: Callable[[], str],
        file: UpdateFile,
        show: Callable[[Update | None], None],
        *,
        ask: Callable[[str], Awaitable[Update]] = ask_for_update,
        clock: Callable[[], datetime] = read_clock,
        first_s: float = FIRST_S,
        look_s: float = LOOK_S,
        current: str = __version__,
    ) -> None:
        self._url = url
        self._file = file
        self._show = show
        self._ask = ask
        self._clock = clock
        self._first_s = first_s
        self._look_s = look_s
        self._current = current
        self._asked_url: str | None = None
        self._changed = asyncio.Event()

    def settings_changed(self) -> None:
        """The address may be another one."""
        if self._url() != self._asked_url:
            self._changed.set()

    async def run(self) -> None:
        """Work until cancelled."""
        await self._wait(self._first_s)
        while True:
            self._changed.clear()
            await self._look()
            await self._wait(self._look_s)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            pass

    async def _look(self) -> None:
        url = self._asked_url = self._url()
        if not url:
            self._show(None)
            return
        asked = await asyncio.to_thread(self._file.read)
        if asked is None or asked.url != url or not timedelta() <= self._clock() - asked.at < DAILY:
            asked = await self._ask_now(url)
            await asyncio.to_thread(self._file.write, asked)
        self._show(asked.update if asked.update is not None and self._is_news(asked.update) else None)

    async def _ask_now(self, url: str) -> Asked:
        try:
            update = await self._ask(url)
        except UpdateError as error:
            # No concern of the operator: the log has it, and tomorrow is another day.
            log.info("update.unknown", extra={"reason": str(error)})
            return Asked(self._clock(), url)
        log.info("update.known", extra={"version": update.version})
        return Asked(self._clock(), url, update)

    def _is_news(self, update: Update) -> bool:
        try:
            return is_news(update.version, self._current)
        except ValueError:
            return False  # the file was changed by hand
