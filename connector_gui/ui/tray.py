"""The tray icon: the state at a glance, a click for the next thing to do, a menu for all others."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QRect, QTimer, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QSystemTrayIcon

from connector_gui.core.level import FLOOR_DBFS
from connector_gui.core.service import Action
from connector_gui.core.view import DeskView, Levels
from connector_gui.ui import presence_words, strip_words, words
from connector_gui.ui.desk_menu import DeskMenu
from connector_gui.ui.icon import LEVEL_STEPS, RING_STEPS, Glyph, Shape, tray_icon
from connector_gui.ui.panel_ground import panel_ground
from connector_gui.ui.plain_text import for_other_programs
from connector_gui.ui.theme import Theme

FRAME_MS: Final = 1000 // RING_STEPS
"""One swing a second; four pictures a second at most, in a call too."""
MESSAGE_MS: Final = 10_000
SECOND_MS: Final = 500
"""Seconds that count down are looked at this often; a new tool tip is set once a second."""
_STEP_DBFS: Final = (-50.0, -32.0, -18.0)
"""From here on the bars of a call show the next step."""


class Tray(QObject):
    """The program's icon among the system's.

    Nothing of Qt's tray is touched before `show`: see `tray_host`. Until then the state is kept.
    """

    clicked = Signal()
    """A single left click: what it means is the desk's to say."""
    call_chosen = Signal(str)
    """The operator wants this conversation before them."""
    action_requested = Signal(str, Action)
    devices_requested = Signal()
    practice_call_requested = Signal()
    panel_requested = Signal()
    presence_requested = Signal(object)
    """A `Wish`."""
    status_requested = Signal()
    settings_requested = Signal()
    setup_requested = Signal()
    history_requested = Signal()
    activity_requested = Signal()
    quit_requested = Signal()

    def __init__(
        self, theme: Theme, parent: QObject | None = None, *, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        """*clock_s* is the clock of `CallView`."""
        super().__init__(parent)
        self._theme = theme
        self._clock_s = clock_s
        self._view = DeskView()
        self._shape = Shape.IDLE
        self._step = 0
        self._loudest_dbfs = FLOOR_DBFS
        self._known_missed = 0
        self._icon: QSystemTrayIcon | None = None
        self._frames = QTimer(self)
        self._frames.setInterval(FRAME_MS)
        self._frames.timeout.connect(self._next_frame)
        self._seconds = QTimer(self)
        self._seconds.setInterval(SECOND_MS)
        self._seconds.timeout.connect(self._show_tooltip)
        self.menu = DeskMenu(theme)
        self._join_menu()
        theme.changed.connect(self._refresh)

    def _join_menu(self) -> None:
        menu = self.menu
        menu.action_requested.connect(self.action_requested)
        menu.call_chosen.connect(self.call_chosen)
        menu.devices_requested.connect(self.devices_requested)
        menu.practice_call_requested.connect(self.practice_call_requested)
        menu.panel_requested.connect(self.panel_requested)
        menu.presence_requested.connect(self.presence_requested)
        menu.status_requested.connect(self.status_requested)
        menu.settings_requested.connect(self.settings_requested)
        menu.setup_requested.connect(self.setup_requested)
        menu.history_requested.connect(self.history_requested)
        menu.activity_requested.connect(self.activity_requested)
        menu.quit_requested.connect(self.quit_requested)

    # --- what is shown ---------------------------------------------------------------------

    def show(self) -> None:
        """Put the icon into the tray; call it once a tray host is there, and again when one returns."""
        if self._icon is None:
            self._icon = QSystemTrayIcon(self)
            self._icon.activated.connect(self._on_activated)
            self._icon.messageClicked.connect(self.panel_requested)
            # macOS opens a menu that it knows of at every click, the left one too.
            if sys.platform != "darwin":
                self._icon.setContextMenu(self.menu)
        self._refresh()
        self._icon.show()

    def hide(self) -> None:
        """Take the icon out of the tray."""
        if self._icon is not None:
            self._icon.hide()

    def show_view(self, view: DeskView) -> None:
        """Show the desk as *view* has it."""
        self._view = view
        self._known_missed = min(self._known_missed, view.unseen_missed)
        self.menu.show_view(view)
        self._refresh()

    def show_levels(self, levels: Levels) -> None:
        """Let the bars follow the louder side; cheap at any rate, drawn at most four times a second."""
        self._loudest_dbfs = max(self._loudest_dbfs, levels.operator.rms_dbfs, levels.agent.rms_dbfs)

    def show_message(self, title: str, text: str) -> None:
        """Say something beside the icon, where the system's notifications cannot; a click on it asks for the panel."""
        if self._icon is not None:
            # NoIcon: with any other, some panels show the message's icon in place of ours until it is gone.
            kind = QSystemTrayIcon.MessageIcon.NoIcon
            self._icon.showMessage(for_other_programs(title), for_other_programs(text), kind, MESSAGE_MS)

    @property
    def place(self) -> QRect | None:
        """Where the icon stands on the screen; ``None`` where nobody tells, as most desktops of Linux."""
        place = self._icon.geometry() if self._icon is not None else QRect()
        return None if place.isEmpty() else place

    def mark_missed_seen(self) -> None:
        """The operator knows of the missed calls: take the dot away until there are more.

        Which of them were seen is the record's to say; the menu goes on naming their number.
        """
        self._known_missed = self._view.unseen_missed
        self._refresh()

    @property
    def glyph(self) -> Glyph:
        """The picture that the icon shows now."""
        count = len(strip_words.conversations(self._view)) if strip_words.is_several(self._view) else 0
        return Glyph(self._shape, self._step, has_dot=self._has_dot(), is_busy=self._view.is_busy, count=count)

    @property
    def tooltip(self) -> str:
        """The words at the icon."""
        text = words.desk_status(self._view).word
        for more in (strip_words.at_the_tray(self._view), self._answering()):
            if more:
                text += f" · {more}"
        missed = self._missed()
        if missed and self._shape in {Shape.IDLE, Shape.DO_NOT_DISTURB, Shape.WRAP_UP}:
            text += " · " + self.tr("%n missed call(s)", None, missed)
        if self._view.talking is not None and self._view.ringing:
            text += " · " + self.tr("%n more ringing", None, len(self._view.ringing))
        return for_other_programs(text)

    @property
    def is_animated(self) -> bool:
        """Whether pictures follow each other now; never while idle."""
        return self._frames.isActive()

    # --- inside ----------------------------------------------------------------------------

    def _refresh(self) -> None:
        shape = words.desk_status(self._view).shape
        if shape is not self._shape:
            self._shape, self._step = shape, 0
        moves = shape is Shape.IN_CALL or (shape is Shape.RINGING and self._theme.has_motion)
        if moves and not self._frames.isActive():
            self._frames.start()
        elif not moves:
            self._frames.stop()
            self._step = 0
        self._mind_answering()
        self._draw()

    def _answering(self) -> str:
        """That the next call is answered by itself soon."""
        return next((presence_words.answering(call, self._clock_s()) for call in self._view.ringing[:1]), "")

    def _mind_answering(self) -> None:
        """Count the seconds at the icon only while there are any to count."""
        if not self._answering():
            self._seconds.stop()
        elif not self._seconds.isActive():
            self._seconds.start()

    def _show_tooltip(self) -> None:
        if self._icon is not None and self._icon.toolTip() != self.tooltip:
            self._icon.setToolTip(self.tooltip)

    def _draw(self) -> None:
        if self._icon is not None:
            self._icon.setIcon(tray_icon(self.glyph, panel_ground(self._theme.colours.is_dark)))
            self._icon.setToolTip(self.tooltip)

    def _next_frame(self) -> None:
        before = self._step
        if self._shape is Shape.RINGING:
            self._step = (self._step + 1) % RING_STEPS
        else:
            self._step = sum(self._loudest_dbfs >= threshold for threshold in _STEP_DBFS)
            assert self._step < LEVEL_STEPS
            self._loudest_dbfs = FLOOR_DBFS
        if self._step != before and self._icon is not None:
            self._icon.setIcon(tray_icon(self.glyph, panel_ground(self._theme.colours.is_dark)))

    def _missed(self) -> int:
        """Missed calls that are news; none of them is while the operator knows of all."""
        unseen = self._view.unseen_missed
        return unseen if unseen > self._known_missed else 0

    def _has_dot(self) -> bool:
        return self._missed() > 0 or (self._view.talking is not None and bool(self._view.ringing))

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        # The second half of a double click comes as DoubleClick or as another Trigger, by the kind
        # of tray; the desk knows about the latter. A middle click means nothing.
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self.clicked.emit()
        elif reason is QSystemTrayIcon.ActivationReason.Context and sys.platform == "darwin":
            self.menu.popup(QCursor.pos())
