"""The recording as a picture: your side above, the agent's below, and where it plays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QWidget

from connector_gui.ui import words as desk_words
from connector_gui.ui.colours import mix
from connector_gui.ui.theme import BUTTON_RADIUS, GAP_S, TextSize, Theme
from connector_gui.ui.widgets.text import dress

HEIGHT_PX: Final = 96
COLUMNS: Final = 1_200
"""Peaks that are asked for: enough for a wide window at 200 %, and always the same, so that resizing asks nothing."""
STEP_MS: Final = 5_000
PAGE_MS: Final = 30_000
MOST_GAIN: Final = 6.0
"""A quiet recording is drawn larger, both sides alike; silence stays flat."""
UNPLAYED: Final = 0.74
"""How much of its colour a side has where it was not heard yet."""
_LABEL_PX: Final = 48

Extremes = Sequence[tuple[float, float]]
"""Lowest and highest sample of each column, from -1 to 1."""


class Waveform(QAbstractSlider):
    """A slider over the recording, in ms; it moves only where the player says it is."""

    seek_requested = Signal(float)
    """Play on from here, in s."""
    toggle_requested = Signal()
    """Space: play, or pause."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._channels: tuple[Extremes, Extremes] | None = None
        self._gain = 1.0
        self._hover_x: float | None = None
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setSingleStep(STEP_MS)
        self.setPageStep(PAGE_MS)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("Position in the recording, in milliseconds"))
        dress(self, theme, size=TextSize.LABEL)
        theme.changed.connect(self.update)

    # --- what is shown -------------------------------------------------------------------------

    def show_length(self, seconds: float) -> None:
        """A new recording of this length; its peaks are on their way."""
        self._channels = None
        self.setRange(0, max(1, round(seconds * 1000)))
        self.setValue(0)
        self.update()

    def show_peaks(self, operator: Extremes, agent: Extremes) -> None:
        """Draw these columns, which cover the whole recording evenly."""
        self._channels = (operator, agent)
        loudest = max((max(-low, high) for side in self._channels for low, high in side), default=0.0)
        self._gain = min(MOST_GAIN, 1.0 / max(loudest, 1e-6))
        self.update()

    def show_position(self, seconds: float) -> None:
        """Where it plays."""
        self.setValue(round(seconds * 1000))
        self.update()

    @property
    def has_peaks(self) -> bool:
        """Whether the picture is there."""
        return self._channels is not None

    # --- picture ---------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(320, self._theme.px(HEIGHT_PX))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self._theme.px(HEIGHT_PX))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.update()

    @property
    def _plot(self) -> QRectF:
        widest = max(self.fontMetrics().horizontalAdvance(name) for name in self._names())
        return QRectF(self.rect()).adjusted(max(self._theme.px(_LABEL_PX), widest + 2 * GAP_S), 4, -GAP_S, -4)

    def _names(self) -> tuple[str, str]:
        return (self.tr("You"), self.tr("Agent"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, colours, plot = QPainter(self), self._theme.colours, self._plot
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colours.accent, 2) if self.hasFocus() else QPen(colours.line, 1))
        painter.setBrush(colours.raised)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), BUTTON_RADIUS, BUTTON_RADIUS)
        half = plot.height() / 2
        for number, name in enumerate(self._names()):
            room = QRectF(plot.left(), plot.top() + number * half, plot.width(), half)
            painter.setPen(colours.muted)
            label = QRectF(GAP_S + 2, room.top(), plot.left() - GAP_S, half)
            painter.drawText(label, int(Qt.AlignmentFlag.AlignVCenter), name)
            self._paint_channel(painter, number, room.adjusted(0, 3, 0, -3))
        self._paint_position(painter, plot)

    def _paint_channel(self, painter: QPainter, number: int, room: QRectF) -> None:
        colours = self._theme.colours
        painter.setPen(QPen(colours.line, 1))
        middle = room.center().y()
        painter.drawLine(QPointF(room.left(), middle), QPointF(room.right(), middle))
        if self._channels is None:
            return
        ink = colours.accent if number == 0 else colours.live
        outline = _outline(self._channels[number], room, self._gain)
        played = self._x_of(self.value())
        painter.setPen(Qt.PenStyle.NoPen)
        for left, right, colour in (
            (room.left(), played, ink),
            (played, room.right(), mix(colours.raised, ink, UNPLAYED)),
        ):
            painter.save()
            painter.setClipRect(QRectF(left, room.top(), max(0.0, right - left), room.height()))
            painter.setBrush(colour)
            painter.drawPolygon(outline)
            painter.restore()

    def _paint_position(self, painter: QPainter, plot: QRectF) -> None:
        colours = self._theme.colours
        x = self._x_of(self.value())
        painter.setPen(QPen(colours.text, 2))
        painter.drawLine(round(x), round(plot.top()), round(x), round(plot.bottom()))
        if self._hover_x is None:
            return
        pointed = QColor(colours.muted)
        painter.setPen(QPen(pointed, 1, Qt.PenStyle.DashLine))
        painter.drawLine(round(self._hover_x), round(plot.top()), round(self._hover_x), round(plot.bottom()))
        painter.setPen(colours.text)
        text = desk_words.clock(self._ms_at(self._hover_x) / 1000)
        place = QRectF(min(self._hover_x + 4, plot.right() - 44), plot.top(), 48, 16)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), text)

    def _x_of(self, ms: int) -> float:
        return self._plot.left() + self._plot.width() * ms / max(1, self.maximum())

    def _ms_at(self, x: float) -> int:
        share = (x - self._plot.left()) / max(1.0, self._plot.width())
        return round(min(1.0, max(0.0, share)) * self.maximum())

    # --- hands -------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._seek(self._ms_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        self._hover_x = x if self._plot.left() <= x <= self._plot.right() else None
        self.update()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._seek(self._ms_at(x))

    def leaveEvent(self, event: object) -> None:
        self._hover_x = None
        self.update()
        super().leaveEvent(event)  # type: ignore[arg-type]  # whatever Qt sent

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: -STEP_MS,
            Qt.Key.Key_Right: STEP_MS,
            Qt.Key.Key_PageUp: -PAGE_MS,
            Qt.Key.Key_PageDown: PAGE_MS,
            Qt.Key.Key_Home: -self.maximum(),
            Qt.Key.Key_End: self.maximum(),
        }
        key = Qt.Key(event.key())
        if key in steps:
            self._seek(max(0, min(self.maximum(), self.value() + steps[key])))
        elif key is Qt.Key.Key_Space:
            self.toggle_requested.emit()
        else:
            event.ignore()  # up and down belong to the list

    def _seek(self, ms: int) -> None:
        self.setValue(ms)
        self.update()
        self.seek_requested.emit(ms / 1000)


def _outline(extremes: Extremes, room: QRectF, gain: float) -> QPolygonF:
    """Along the highest samples and back along the lowest, at least a hair thick."""
    outline = QPolygonF()
    count, middle, reach = max(1, len(extremes)), room.center().y(), gain * room.height() / 2
    width = room.width() / count
    from_left = [(room.left() + width * (number + 0.5), low, high) for number, (low, high) in enumerate(extremes)]
    for x, _, high in from_left:
        outline.append(QPointF(x, middle - max(0.6, high * reach)))
    for x, low, _ in reversed(from_left):
        outline.append(QPointF(x, middle + max(0.6, -low * reach)))
    return outline
