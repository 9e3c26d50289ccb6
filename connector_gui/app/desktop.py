"""What the operator sees, joined to the switchboard: tray and panel, wishes up, pictures down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from connector_gui.core.service import Action
from connector_gui.core.view import DeskView, Levels
from connector_gui.switchboard import Switchboard
from connector_gui.system.window_places import WindowPlaces
from connector_gui.ui.panel import Panel
from connector_gui.ui.settings_dialog import SettingsPage
from connector_gui.ui.theme import Theme
from connector_gui.ui.tray import Tray
from connector_gui.ui.tray_host import system_tray_host

PANEL = "panel"

UNSEEN_S: Final = 0.2
"""While the panel is closed, only the bars in the tray follow the levels, four times a second."""


class Desktop(QObject):
    """Tray and panel. Shown before the rest exists, so that the operator sees at once that it starts."""

    def __init__(self, app: QApplication, places: WindowPlaces) -> None:
        super().__init__()
        self.theme = Theme(app)
        self.places = places
        self._tray = Tray(self.theme)
        self._panel = Panel(self.theme)
        self._tray_host = system_tray_host(self)
        self._tray_host.found.connect(self._on_tray_found)
        self._tray_host.missing.connect(lambda: self._panel.show_tray_missing(True))
        self._panel.opened.connect(self._tray.mark_missed_seen)
        self._panel.geometry_changed.connect(lambda place: places.keep(PANEL, place))
        place = places.place(PANEL)
        if place is not None:
            self._panel.restore(place)

    def show(self) -> None:
        """Look for a tray; without one the panel is shown as a window."""
        self._tray_host.start()

    def hide(self) -> None:
        """Take everything off the screen."""
        self._tray.hide()
        self._panel.hide()

    def open_panel(self) -> None:
        """Bring the panel to the front."""
        self._panel.open()

    def show_view(self, view: DeskView) -> None:
        """Show the desk as it is now."""
        self._tray.show_view(view)
        self._panel.show_view(view)

    def show_levels(self, levels: Levels) -> float:
        """Move the meters; for how many seconds nobody needs another picture."""
        self._tray.show_levels(levels)
        self._panel.show_levels(levels)
        return 0.0 if self._panel.isVisible() else UNSEEN_S

    def tell(self, sentence: str) -> None:
        """Say for a while why something cannot be done."""
        self._panel.show_refusal(sentence)

    def offer_privacy_page(self, address: str | None) -> None:
        """Let the operator open the system's page at *address*, where programs are let to the microphone, if any."""
        self._panel.offer_privacy_page(address is not None)
        if address is not None:
            self._panel.privacy_page_requested.connect(lambda: QDesktopServices.openUrl(QUrl(address)))

    def join(
        self,
        board: Switchboard,
        stop: asyncio.Event,
        open_settings: Callable[[SettingsPage | None], None],
        open_history: Callable[[], None],
    ) -> None:
        """Connect every wish to whoever fulfils it."""
        tray, panel = self._tray, self._panel
        tray.clicked.connect(board.tray_clicked)
        tray.panel_requested.connect(panel.open)
        panel.recording_requested.connect(board.set_recording)
        panel.dismiss_requested.connect(board.views.dismiss_ended)
        for source in (tray, panel):
            source.action_requested.connect(lambda session_id, action: board.act_at_desk(session_id, Action(action)))
            source.practice_call_requested.connect(board.practise)
            source.do_not_disturb_requested.connect(board.set_do_not_disturb)
            source.devices_requested.connect(lambda: open_settings(SettingsPage.SOUND))
            source.history_requested.connect(open_history)
            source.settings_requested.connect(lambda: open_settings(None))
            source.quit_requested.connect(stop.set)
        board.views.on_view.append(self.show_view)
        board.views.on_refusal.append(self.tell)
        board.views.on_open_panel.append(panel.open)

    def _on_tray_found(self) -> None:
        self._tray.show()
        self._panel.show_tray_missing(False)
