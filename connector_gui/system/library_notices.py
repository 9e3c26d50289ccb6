"""Notifications of Windows (toasts) and macOS (notification centre), by the library desktop-notifier.

Its coroutines run in the main loop; on macOS that needs the run loop of the main thread, which Qt turns. macOS lets
only a signed application show notifications: anywhere else the library has none, and says so once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from desktop_notifier import Button, Capability, DesktopNotifier, Notification, Urgency

from connector_gui.core.notice import CLICK, Notice
from connector_gui.system.notifications import NoticeError

PROGRAM: Final = "Agent Connector"
# In detail it writes down what each notification says: callers' names.
logging.getLogger("desktop_notifier").setLevel(logging.INFO)


class LibraryNotices:
    """A `NoticeService` around one `DesktopNotifier`."""

    def __init__(self) -> None:
        self.on_pressed: Callable[[str, str], None] = lambda _key, _button: None
        self.on_gone: Callable[[str], None] = lambda _key: None
        self.on_lost: Callable[[], None] = lambda: None
        self._notifier = DesktopNotifier(app_name=PROGRAM, app_icon=None)
        # Called by the library as soon as the system has taken a notification.
        self._notifier.on_dispatched = self._on_dispatched
        self._shown: dict[str, str] = {}
        self._dispatched: set[str] = set()

    async def send(self, notice: Notice) -> None:
        """See `NoticeService.send`."""
        await self.withdraw(notice.key)
        made = self._made(notice)
        try:
            can_show = Capability.TITLE in await self._notifier.get_capabilities()
            if can_show:
                await self._notifier.send_notification(made)
        except Exception as error:
            # Outermost of a library that passes on whatever its systems raise.
            raise NoticeError(f"The system refused: {type(error).__name__}") from error
        # A refusal it only writes into the log.
        if made.identifier not in self._dispatched:
            raise NoticeError("The system did not take it.")
        self._dispatched.discard(made.identifier)
        self._shown[notice.key] = made.identifier

    async def withdraw(self, key: str) -> None:
        """See `NoticeService.withdraw`."""
        identifier = self._shown.pop(key, None)
        if identifier is None:
            return
        try:
            await self._notifier.clear(identifier)
        except Exception as error:
            # The same; one that the operator has closed is unknown to it, which is no mistake.
            if not isinstance(error, KeyError):
                raise NoticeError(f"The system refused: {type(error).__name__}") from error

    async def aclose(self) -> None:
        """See `NoticeService.aclose`."""
        self._shown.clear()

    def _made(self, notice: Notice) -> Notification:
        buttons = tuple(
            Button(title=words, identifier=name, on_pressed=partial(self._press, notice.key, name))
            for name, words in notice.buttons
        )
        return Notification(
            title=notice.title,
            message=notice.text,
            urgency=Urgency.Critical if notice.stays else Urgency.Normal,
            buttons=buttons,
            on_clicked=partial(self._press, notice.key, CLICK),
            on_dismissed=partial(self._dismiss, notice.key),
            # In seconds; 0 is for ever.
            timeout=0 if notice.stays else -1,
        )

    def _on_dispatched(self, identifier: str) -> None:
        self._dispatched.add(identifier)

    def _press(self, key: str, button: str) -> None:
        self.on_pressed(key, button)

    def _dismiss(self, key: str) -> None:
        self._shown.pop(key, None)
        self.on_gone(key)
