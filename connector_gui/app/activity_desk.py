"""Webhook activity, joined to the webhook: what came is shown while somebody looks, and a test can be run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer

from connector_gui.app.keys import Keys
from connector_gui.app.webhook_check import Finding, check_webhook
from connector_gui.core.sentence import sentence
from connector_gui.core.view import DeskView
from connector_gui.system.window_places import WindowPlaces
from connector_gui.ui.activity.window import ActivityWindow
from connector_gui.ui.theme import Theme
from connector_gui.webhook.activity import Activity
from connector_gui.webhook.server import WebhookServer

log = logging.getLogger(__name__)

WINDOW: Final = "activity"
SHOW_AFTER_MS: Final = 250
"""A thousand requests a second are four pictures a second."""
LOOK_EVERY_MS: Final = 1_000
"""Of requests that were not meant for us there is only the count."""
NOT_LISTENING: Final = sentence("The webhook is not listening.")


class ActivityDesk(QObject):
    """Keeps the requests from the start of the program; the window is made when the operator first wants it.

    Attributes:
        on_check: Told what came of a test, whoever asked for it.
    """

    def __init__(
        self,
        theme: Theme,
        places: WindowPlaces,
        keys: Keys,
        hide: Callable[[str], str],
        certificate: Callable[[], Path | None],
    ) -> None:
        """*hide* takes known secrets out of a text; *certificate* gives that of the webhook, if it has one."""
        super().__init__()
        self._theme = theme
        self._places = places
        self._keys = keys
        self._certificate = certificate
        self._view = DeskView()
        self._window: ActivityWindow | None = None
        self._shown_strangers = 0
        self._tests: asyncio.Queue[None] = asyncio.Queue()
        self.on_check: list[Callable[[str, bool], None]] = []
        self.activity = Activity(hide)
        self.activity.on_change.append(self._show_soon)
        self._soon, self._look = QTimer(self), QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SHOW_AFTER_MS)
        self._look.setInterval(LOOK_EVERY_MS)
        self._soon.timeout.connect(self._show)
        self._look.timeout.connect(self._show_strangers)

    def watch(self, server: WebhookServer) -> None:
        """Keep what comes to *server*."""
        self.activity.follow(server)
        server.on_exchange.append(self.activity.note)

    async def run(self) -> None:
        """Test the webhook when asked to, until cancelled."""
        while True:
            await self._tests.get()
            while not self._tests.empty():  # asked twice while the first one ran
                self._tests.get_nowait()
            try:
                finding = await self._check()
            except Exception:
                # The outermost frame of the job: a test that fails is a finding, too.
                log.exception("webhook.check_failed")
                finding = Finding(sentence("The test itself failed; the log has more."), False)
            for listener in self.on_check:
                listener(finding.text, finding.is_good)

    def test(self) -> None:
        """Try the webhook out."""
        if self._window is not None:
            self._window.show_testing()
        self._tests.put_nowait(None)

    def open(self) -> None:
        """Show the window."""
        if self._window is None:
            self._window = self._make_window()
        self._window.open()

    def show_view(self, view: DeskView) -> None:
        """Follow the webhook's address."""
        has_moved = view.webhook_url != self._view.webhook_url
        self._view = view
        if has_moved and self._window is not None:
            self._window.show_address(view.webhook_url)

    # --- inside ----------------------------------------------------------------------------------

    def _make_window(self) -> ActivityWindow:
        window = ActivityWindow(self._theme)
        place = self._places.place(WINDOW)
        if place is not None:
            window.restore(place)
        window.show_address(self._view.webhook_url)
        window.opened.connect(self._on_opened)
        for timer in (self._soon, self._look):
            window.left.connect(timer.stop)
        window.test_requested.connect(self.test)
        window.geometry_changed.connect(lambda place: self._places.keep(WINDOW, place))
        self.on_check.append(window.show_test)
        return window

    async def _check(self) -> Finding:
        url = self._view.webhook_url
        if url is None:
            return Finding(next(iter(self._view.problems), NOT_LISTENING), False)
        return await check_webhook(url, self._keys.webhook, self._certificate())

    def _on_opened(self) -> None:
        self._show()
        self._look.start()

    def _show_soon(self) -> None:
        if self._window is not None and self._window.isVisible() and not self._soon.isActive():
            self._soon.start()

    def _show(self) -> None:
        if self._window is not None:
            now = self.activity.now
            self._shown_strangers = now.strangers
            self._window.show_activity(now)

    def _show_strangers(self) -> None:
        if self.activity.strangers != self._shown_strangers:
            self._show()
