"""Where the panel stands and how large it is: the operator's choice, and a bit more while there is more to say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from connector_gui.ui.theme import GAP_L, GAP_M, WINDOW_PADDING

DEFAULT_SIZE: Final = QSize(420, 640)
SMALLEST_SIZE: Final = QSize(380, 480)
SETTLE_MS: Final = 500
"""A window that is being moved is not remembered at every step."""
MOVED_PX: Final = 40
"""A window manager may put a window somewhat off from where it was asked to, by a frame; a hand moves it farther."""


class PanelPlace(QObject):
    """Keeps *panel* where the operator has put it, and as large as what it shows needs.

    A panel that had to grow gets its own height back once there is less to say. Only that is told and remembered; a
    panel that the operator drags larger or smaller meanwhile has a new height of its own.
    """

    changed = Signal(QRect)
    """Where the panel stands now, at its own height."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel = panel
        self._place: QRect | None = None
        self._own_height_px: int | None = None
        """What it gets back; ``None`` while it has not grown."""
        self._grown_height_px = 0
        self._own_top_px = 0
        """Where it goes back to; as `_grown_top_px` where growing has not moved it."""
        self._grown_top_px = 0
        self._has_grown = False
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._tell)
        panel.setMinimumSize(SMALLEST_SIZE)
        panel.installEventFilter(self)

    def restore(self, place: QRect) -> None:
        """Stand where `changed` said last, unless no screen shows that place any more."""
        if any(screen.availableGeometry().intersects(place) for screen in QGuiApplication.screens()):
            self._place = place

    def take(self) -> None:
        """Put the panel, which is not shown yet, to its place."""
        if self._place is None:
            self._place = _first_place()
        self._forget_growth()
        self._panel.setGeometry(self._place)
        self._mind_growth(self._place.height())

    def make_room(self, parts: Iterable[QWidget]) -> None:
        """Be no lower than *parts* need, which stand below each other, as far as the screen goes; and no higher.

        Qt sees to that for windows whose smallest size nobody has set, but asks pages that are not shown, too, and
        not how high words are at the width that they have.
        """
        panel = self._panel
        width_px = panel.width() - 2 * WINDOW_PADDING
        heights = [_least_height(part, width_px) for part in parts if part.isVisibleTo(panel)]
        needed_px = sum(heights) + GAP_M * (len(heights) - 1) + 2 * WINDOW_PADDING
        room_px = panel.screen().availableGeometry().height() - (panel.frameGeometry().height() - panel.height())
        before_px = panel.height()
        panel.setMinimumHeight(min(max(SMALLEST_SIZE.height(), needed_px), room_px))
        self._mind_growth(before_px)
        self._shrink()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Watches the panel being moved and resized."""
        if event.type() in {QEvent.Type.Move, QEvent.Type.Resize}:
            self._settle.start()
        return super().eventFilter(watched, event)

    def _mind_growth(self, before_px: int) -> None:
        """Remember what to go back to, where the panel is higher than *before_px* now."""
        if self._panel.height() <= before_px:
            return
        if self._own_height_px is None:
            self._own_height_px = before_px
            self._own_top_px = self._grown_top_px = self._panel.y()
        self._grown_height_px = self._panel.height()
        self._has_grown = True
        self._stay_on_screen()

    def _shrink(self) -> None:
        """Give back what is not needed any more."""
        panel, own_px = self._panel, self._own_height_px
        is_filling = panel.windowState() & (Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen)
        if own_px is None or is_filling or panel.height() != self._grown_height_px:
            return
        less_px = panel.height() - max(own_px, panel.minimumHeight())
        if less_px <= 0:
            return
        is_own = panel.height() - less_px == own_px
        top_px = self._own_top_px if is_own else min(self._own_top_px, panel.y() + less_px)
        panel.resize(panel.width(), panel.height() - less_px)
        if self._has_moved_up:
            panel.move(panel.x(), top_px)
            self._grown_top_px = top_px
        self._grown_height_px = panel.height()
        if is_own:
            self._forget_growth()

    def _stay_on_screen(self) -> None:
        """Move up where growing has brought the lower edge below the screen."""
        screen, frame = self._panel.screen().availableGeometry(), self._panel.frameGeometry()
        top_px = max(screen.top(), frame.top() - max(0, frame.bottom() - screen.bottom()))
        if top_px < frame.top():
            self._panel.move(self._panel.x(), top_px)
            self._grown_top_px = top_px

    @property
    def _has_moved_up(self) -> bool:
        """Growing has moved it, and the operator has not moved it since."""
        return self._grown_top_px < self._own_top_px

    def _forget_growth(self) -> None:
        self._own_height_px = None

    def _tell(self) -> None:
        panel = self._panel
        if self._has_grown:
            # How wide its frame is, a window manager may have told only now.
            self._has_grown = False
            self._stay_on_screen()
        if panel.height() != self._grown_height_px:
            # The operator's own hand.
            self._forget_growth()
        if not self._has_moved_up or abs(panel.y() - self._grown_top_px) > MOVED_PX:
            self._own_top_px = self._grown_top_px = panel.y()
        place = panel.geometry()
        if self._own_height_px is not None:
            place.translate(0, self._own_top_px - self._grown_top_px)
            place.setHeight(self._own_height_px)
        if panel.isVisible() and not panel.isMinimized() and place != self._place:
            self._place = place
            self.changed.emit(place)


def _first_place() -> QRect:
    """The bottom right corner of the first screen, near most trays."""
    room = QGuiApplication.primaryScreen().availableGeometry()
    size = DEFAULT_SIZE.boundedTo(room.size())
    corner = room.bottomRight() - QPoint(size.width() + GAP_L, size.height() + 3 * GAP_L)
    return QRect(corner, size)


def _least_height(part: QWidget, width_px: int) -> int:
    """How high *part* has to be at that width, in px."""
    layout = part.layout()
    if layout is None:
        return part.minimumSizeHint().height()
    return max(layout.totalMinimumSize().height(), layout.totalMinimumHeightForWidth(width_px))
