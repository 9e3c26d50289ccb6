"""The call card: a small window above all others while a call rings.

It takes no keys from whoever types elsewhere. Once it has the focus (a click on it, the taskbar, Alt-Tab) Return
accepts and Escape declines. That is why it is an ordinary window with a place in the taskbar, which flashes, and not
a tool window, which no key leads to.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QCloseEvent,
    QCursor,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from connector_gui.core.service import Action
from connector_gui.core.view import CallView
from connector_gui.ui import words
from connector_gui.ui.icon import app_icon
from connector_gui.ui.notices import more_waiting
from connector_gui.ui.plain_text import for_other_programs
from connector_gui.ui.shortcuts import Key
from connector_gui.ui.strip_words import LineChoice
from connector_gui.ui.theme import GAP_L, Theme, set_role
from connector_gui.ui.widgets.call_card import CallCard

CARD_WIDTH: Final = 380
TICK_MS: Final = 250
UNSURE_S: Final = 0.4
"""A click or key this soon after another call has come up was meant for what stood there before."""
NOTICES_PX: Final = 168
"""Room left at the top for the notification of the same call, where desktops show theirs at the top right."""


class CardWindow(QWidget):
    """Shows the next call to answer; hidden while none rings."""

    action_requested = Signal(str, Action)
    ring_on_requested = Signal(str)
    """See `CallCard`."""
    line_requested = Signal(str, Action, str)
    """See `Panel`."""

    def __init__(self, theme: Theme, clock_s: Callable[[], float] = time.monotonic) -> None:
        """*clock_s* is the clock of `CallView`."""
        flags = Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint
        super().__init__(None, Qt.WindowType.Window | flags)
        self._theme = theme
        self._clock_s = clock_s
        self._session_id = ""
        self._away_id = ""
        self._came_up_s = 0.0
        self.setWindowIcon(app_icon())
        # It must not take the keyboard from somebody who types elsewhere.
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.card = CallCard(theme, self)
        set_role(self.card, role="alert")
        self.card.action_requested.connect(self._request)
        self.card.ring_on_requested.connect(self.ring_on_requested)
        self.card.line_chosen.connect(lambda call, line: self.line_requested.emit(call, Action.ACCEPT, line))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.card)
        self._ticker = QTimer(self)
        self._ticker.setInterval(TICK_MS)
        self._ticker.timeout.connect(lambda: self.card.show_time(self._clock_s()))
        theme.changed.connect(self._fit)

    def show_calls(self, ringing: tuple[CallView, ...], beside: QRect | None, *, below_notices: bool) -> None:
        """Show the first of *ringing*, and how many wait behind it; hide when there is none.

        *beside* is the place of the tray icon, if known; *below_notices* leaves the system's notifications their room.
        """
        if not ringing:
            self._put_away()
            return
        call = ringing[0]
        is_other = call.record.session_id != self._session_id
        self._session_id = call.record.session_id
        self.card.show_call(call)
        self.card.show_more(more_waiting(ringing))
        self.card.show_time(self._clock_s())
        self.setWindowTitle(for_other_programs(f"{self.card.title.text()} · {words.agent(call.record)}"))
        if is_other:
            self._came_up_s = self._clock_s()
            self.card.first.setFocus()
        if self.isVisible():
            self._fit()
        elif self._session_id != self._away_id:
            self._come_up(beside, below_notices=below_notices)
        if is_other:
            self._call_attention(call)

    def show_lines(self, choices: Sequence[LineChoice]) -> None:
        """Offer to accept the call on these lines."""
        self.card.show_lines(choices)

    def _come_up(self, beside: QRect | None, *, below_notices: bool) -> None:
        screen = QGuiApplication.screenAt(QCursor.pos()) or QGuiApplication.primaryScreen()
        room = screen.availableGeometry()
        self._fit_into(room)
        # An icon on another screen is no help to somebody who looks at this one.
        near = beside if beside is not None and screen.geometry().intersects(beside) else None
        self.move(card_place(room, self.size(), near, below_notices=below_notices))
        self._ticker.start()
        self.show()
        self.raise_()

    def _put_away(self) -> None:
        self._session_id = ""
        self._ticker.stop()
        self.hide()

    def _call_attention(self, call: CallView) -> None:
        """Flash in the taskbar; say it to a screen reader, which hears of no window that has no focus."""
        QApplication.alert(self)
        caller = words.caller(call.record) or words.sender(call.record)
        parts = (self.card.title.text(), words.agent(call.record), caller)
        self.setAccessibleName(", ".join(part for part in parts if part))
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _fit(self) -> None:
        """Be as large as the words and the font want, and still wholly on the screen."""
        room = self.screen().availableGeometry()
        self._fit_into(room)
        if self.isVisible():
            self.move(inside(room, self.size(), self.pos()))

    def _fit_into(self, room: QRect) -> None:
        self.ensurePolished()
        width = max(self._theme.px(CARD_WIDTH), self.card.minimumSizeHint().width())
        self.setFixedWidth(min(width, room.width()))
        self.adjustSize()

    # --- what the operator does ----------------------------------------------------------------

    def _request(self, session_id: str, action: Action) -> None:
        if self._clock_s() - self._came_up_s >= UNSURE_S:
            self.action_requested.emit(session_id, action)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The card's own keys, while it has the focus."""
        card = self.card
        buttons = {Key.ACCEPT: card.accept, Key.ACCEPT_ON: card.lines, Key.DECLINE: card.decline}
        buttons[Key.LET_RING] = card.not_now
        if not card.lines.isVisibleTo(self):
            del buttons[Key.ACCEPT_ON]
        code = Qt.Key(event.key())
        button = next((button for key, button in buttons.items() if code in key.codes), None)
        is_plain = event.modifiers() in {Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier}
        if button is None or not is_plain or event.isAutoRepeat():
            super().keyPressEvent(event)
        else:
            button.click()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """It has no title bar: it is dragged away from what it covers by its face."""
        if event.button() is Qt.MouseButton.LeftButton and self.windowHandle().startSystemMove():
            event.accept()
        else:
            super().mousePressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Alt-F4 takes the card away; the call goes on ringing."""
        event.ignore()
        self._away_id = self._session_id
        self.hide()


def card_place(room: QRect, size: QSize, beside: QRect | None, *, below_notices: bool) -> QPoint:
    """Where a card of *size* stands in *room*, wholly inside it.

    By the tray icon at *beside*; else, or if it has to stand *below_notices*, at the top right.
    """
    left, top = room.right() + 1 - size.width() - GAP_L, room.top() + GAP_L
    if below_notices:
        top += NOTICES_PX
    elif beside is not None:
        left = beside.center().x() - size.width() // 2
        if beside.center().y() > room.center().y():
            top = room.bottom() + 1 - size.height() - GAP_L
    return inside(room, size, QPoint(left, top), gap=GAP_L)


def inside(room: QRect, size: QSize, place: QPoint, *, gap: int = 0) -> QPoint:
    """The place nearest to *place* where *size* is wholly in *room*, *gap* from its edges if there is space for it."""
    left = min(max(place.x(), room.left() + gap), room.right() + 1 - size.width() - gap)
    top = min(max(place.y(), room.top() + gap), room.bottom() + 1 - size.height() - gap)
    return QPoint(max(left, room.left()), max(top, room.top()))
