"""What the operator sees, joined to the switchboard: tray and panel, wishes up, pictures down."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from connector_gui.core.level import Level
from connector_gui.core.service import Action
from connector_gui.core.view import DeskView, Levels
from connector_gui.switchboard import Switchboard
from connector_gui.system.single_instance import Instance
from connector_gui.ui.theme import Theme
from connector_gui.ui.tray import Tray
from connector_gui.ui.tray_host import system_tray_host


class Desktop(QObject):
    """Tray and windows. Shown before the rest exists, so that the operator sees at once that it starts."""

    def __init__(self, app: QApplication) -> None:
        super().__init__()
        self._theme = Theme(app)
        self._tray = Tray(self._theme)
        self._tray_host = system_tray_host(self)
        self._tray_host.found.connect(self._tray.show)

    def show(self) -> None:
        """Look for a tray; without one the panel is shown as a window."""
        self._tray_host.start()

    def hide(self) -> None:
        """Take everything off the screen."""
        self._tray.hide()

    def show_view(self, view: DeskView) -> None:
        """Show the desk as it is now."""
        self._tray.show_view(view)

    def show_levels(self, levels: Levels) -> None:
        """Move the meters."""
        self._tray.show_levels(levels)

    def show_preview_level(self, level: Level) -> None:
        """Move the meter of the settings dialog."""

    def tell(self, sentence: str) -> None:
        """Say something that no call is about."""

    def join(self, board: Switchboard, instance: Instance, stop: asyncio.Event) -> None:
        """Connect every wish to whoever fulfils it."""
        tray = self._tray
        tray.clicked.connect(board.tray_clicked)
        tray.action_requested.connect(lambda session_id, action: board.act_at_desk(session_id, Action(action)))
        tray.practice_call_requested.connect(board.practise)
        tray.do_not_disturb_requested.connect(board.set_do_not_disturb)
        tray.quit_requested.connect(stop.set)
        board.views.on_view.append(self.show_view)
        board.views.on_refusal.append(self.tell)
