"""A sparkline of the round trips of the last minutes: rises where the line to the agent was slow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from connector_gui.core.view import RoundTrip
from connector_gui.ui import words
from connector_gui.ui.theme import Theme

SPAN_S: Final = 120.0
TOP_MS: Final = words.FAIR_ROUND_TRIP_MS
"""What reaches the top at least; a line that is quick all the time stays near the foot."""
_SIZE: Final = QSize(40, 16)
_MARGIN_PX: Final = 2.5


class RoundTripLine(QWidget):
    """The newest measurement stands at the right; it moves only when one comes."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._points: tuple[tuple[float, float], ...] = ()
        self._is_slow = False
        self._shown: Sequence[RoundTrip] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Round trips of the last two minutes"))
        theme.changed.connect(self.update)

    @property
    def points(self) -> tuple[tuple[float, float], ...]:
        """What is drawn: shares of the width from the left, and of the height from the foot."""
        return self._points

    def show_round_trips(self, measured: Sequence[RoundTrip]) -> None:
        """Draw *measured*, oldest first; nothing where there are none."""
        if measured is self._shown:
            return
        self._shown = measured
        points = shares(measured)
        if points != self._points:
            self._points = points
            self._is_slow = bool(measured) and measured[-1].ms > words.FAIR_ROUND_TRIP_MS
            self.update()

    def sizeHint(self) -> QSize:
        return _SIZE

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._points:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width, height = self.width() - 2 * _MARGIN_PX, self.height() - 2 * _MARGIN_PX
        places = [QPointF(_MARGIN_PX + x * width, _MARGIN_PX + (1 - y) * height) for x, y in self._points]
        colours = self._theme.colours
        painter.setPen(QPen(colours.muted, 1.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPolyline(QPolygonF(places))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.ring if self._is_slow else colours.text)
        painter.drawEllipse(places[-1], 2.0, 2.0)


def shares(measured: Sequence[RoundTrip]) -> tuple[tuple[float, float], ...]:
    """*measured* as shares of `SPAN_S` (the newest at 1) and of the slowest, or of `TOP_MS`."""
    if not measured:
        return ()
    end_s = measured[-1].at_s
    top_ms = max(TOP_MS, *(one.ms for one in measured))
    return tuple(
        (1 - (end_s - one.at_s) / SPAN_S, max(0, one.ms) / top_ms) for one in measured if end_s - one.at_s <= SPAN_S
    )
