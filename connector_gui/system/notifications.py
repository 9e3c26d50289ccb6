"""Notifications: what is wanted is brought in line with what the system shows, beside the main work.

    show(notices) ──► wanted ──► run(): withdraw what is not wanted, send what is new ──► a `NoticeService`
    on_pressed ◄── a button, or a click     on_unseen ◄── the system cannot show it

Each system has one service: freedesktop.org's by D-Bus on Linux (`freedesktop_notices`), Windows' toasts and
macOS' notification centre by a library (`library_notices`). A service that is missing, slow, hostile or dies is a
reason to show the same in another way, never to wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from connector_gui.core.errors import ConnectorError
from connector_gui.core.notice import Notice
from connector_gui.core.sentence import sentence

log = logging.getLogger(__name__)

ANSWER_S: Final = 3.0
"""A service that takes longer has not shown it, as far as the operator's call is concerned."""
LAST_WORD_S: Final = 1.0
"""How long the end of the program waits for notifications to be taken away."""
ATTEMPTS: Final = 3
"""How often one notice is sent: a service that dies of it is not started for ever."""


class NoticeError(ConnectorError):
    """The system does not show notifications now."""


class NoticeService(Protocol):
    """The system's notifications.

    Attributes:
        on_pressed: Called with the key of a notice and the name of the button that was pressed.
        on_gone: Called with the key of a notice that the operator or the system took away.
        on_lost: Called when all notices are gone because the service ended or began anew.
    """

    on_pressed: Callable[[str, str], None]
    on_gone: Callable[[str], None]
    on_lost: Callable[[], None]

    async def send(self, notice: Notice, /) -> None:
        """Show *notice*, in place of one with the same key.

        Raises:
            NoticeError: It is not shown.
        """
        ...

    async def withdraw(self, key: str, /) -> None:
        """Take the notice of *key* away; one that is gone already is no mistake.

        Raises:
            NoticeError: Nobody can be asked to.
        """
        ...

    async def aclose(self) -> None:
        """Let go of the system."""
        ...


class NoNotices:
    """A `NoticeService` for systems that have none."""

    def __init__(self) -> None:
        self.on_pressed: Callable[[str, str], None] = lambda _key, _button: None
        self.on_gone: Callable[[str], None] = lambda _key: None
        self.on_lost: Callable[[], None] = lambda: None

    async def send(self, _notice: Notice) -> None:
        """See `NoticeService.send`."""
        raise NoticeError(sentence("This system shows no notifications."))

    async def withdraw(self, _key: str) -> None:
        """See `NoticeService.withdraw`."""

    async def aclose(self) -> None:
        """See `NoticeService.aclose`."""


class Notifications:
    """Keeps what the system shows in line with what is wanted.

    Attributes:
        on_pressed: Called with key and button, once for each notice that is answered.
        on_unseen: Called with a notice that the system does not show.
    """

    def __init__(self, open_service: Callable[[], NoticeService]) -> None:
        """*open_service* is called when the work begins, in the main loop."""
        self.on_pressed: list[Callable[[str, str], None]] = []
        self.on_unseen: list[Callable[[Notice], None]] = []
        self._open_service = open_service
        self._service: NoticeService = NoNotices()
        self._wanted: dict[str, Notice] = {}
        # What was done about each wanted notice, whether or not it can be seen.
        self._handled: dict[str, Notice] = {}
        # Those that can still be pressed.
        self._open: set[str] = set()
        self._attempts: dict[str, int] = {}
        self._changed = asyncio.Event()
        self._can_show = True

    @property
    def can_show(self) -> bool:
        """Whether the last notice could be shown; assumed before the first."""
        return self._can_show

    def show(self, notices: Sequence[Notice]) -> None:
        """Let exactly *notices* be shown; returns at once."""
        wanted = {notice.key: notice for notice in notices}
        if wanted != self._wanted:
            self._wanted = wanted
            self._changed.set()

    async def run(self) -> None:
        """Do it, until cancelled; then take all away."""
        self._service = self._open_service()
        self._service.on_pressed = self._pressed
        self._service.on_gone = self._open.discard
        self._service.on_lost = self._lost
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                await self._catch_up()
        finally:
            await self._take_down()

    async def _catch_up(self) -> None:
        for key in [key for key in self._handled if key not in self._wanted]:
            self._handled.pop(key)
            self._open.discard(key)
            self._attempts.pop(key, None)
            await self._withdraw(key)
        for notice in list(self._wanted.values()):
            # While one was on its way, another may have been answered or withdrawn.
            if self._wanted.get(notice.key) == notice and self._handled.get(notice.key) != notice:
                await self._send(notice)

    async def _send(self, notice: Notice) -> None:
        self._handled[notice.key] = notice
        self._open.add(notice.key)
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._service.send(notice)
        except (NoticeError, TimeoutError) as error:
            self._tell_unseen(notice, error)
        else:
            self._can_show = True

    def _tell_unseen(self, notice: Notice, error: Exception) -> None:
        if self._can_show:
            log.info("notice.unseen", extra={"reason": str(error) or type(error).__name__})
        self._can_show = False
        for listener in self.on_unseen:
            listener(notice)

    async def _withdraw(self, key: str) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._service.withdraw(key)
        except (NoticeError, TimeoutError) as error:
            log.info("notice.not_withdrawn", extra={"reason": str(error) or type(error).__name__})

    async def _take_down(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORD_S):
                for key in list(self._handled):
                    await self._withdraw(key)
        await self._service.aclose()

    # --- what the service says -----------------------------------------------------------------

    def _pressed(self, key: str, button: str) -> None:
        notice = self._handled.get(key)
        if key not in self._open or notice is None or self._wanted.get(key) != notice or not notice.offers(button):
            return
        self._open.discard(key)
        for listener in self.on_pressed:
            listener(key, button)

    def _lost(self) -> None:
        for key, notice in list(self._handled.items()):
            self._attempts[key] = self._attempts.get(key, 1) + 1
            if notice.stays and self._attempts[key] <= ATTEMPTS:
                del self._handled[key]
        self._changed.set()
