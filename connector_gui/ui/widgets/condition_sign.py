"""A sign for how something does: a tick, an “i”, a triangle, dots; told apart without colour."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from connector_gui.core.status import Condition
from connector_gui.ui import status_words
from connector_gui.ui.theme import Theme

_GRID: Final = 16.0
_SIDE_PX: Final = 16


class ConditionSign(QWidget):
    """Shows what `show_condition` said last; the word for it stands beside it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._condition = Condition.UNKNOWN
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)
        theme.changed.connect(self.update)

    def show_condition(self, condition: Condition) -> None:
        """Draw the sign of *condition*."""
        if condition is not self._condition:
            self._condition = condition
            self.update()

    def sizeHint(self) -> QSize:
        side = self._theme.px(_SIDE_PX)
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self.width() / _GRID, self.height() / _GRID)
        colour = getattr(self._theme.colours, status_words.condition(self._condition)[1])
        cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
        painter.setPen(QPen(colour, 1.7, Qt.PenStyle.SolidLine, cap, join))
        painter.drawPath(_PATHS[self._condition])


def _lines(*strokes: tuple[tuple[float, float], ...], in_circle: bool = True) -> QPainterPath:
    path = QPainterPath()
    if in_circle:
        path.addEllipse(QRectF(1.5, 1.5, 13, 13))
    for first, *rest in strokes:
        path.moveTo(QPointF(*first))
        for point in rest:
            path.lineTo(QPointF(*point))
    return path


_PATHS: Final = {
    Condition.GOOD: _lines(((5, 8.3), (7.2, 10.5), (11, 6))),
    Condition.NOTE: _lines(((8, 7.6), (8, 11.2)), ((8, 5), (8, 5.01))),
    Condition.PROBLEM: _lines(
        ((8, 1.8), (14.6, 13.8), (1.4, 13.8), (8, 1.8)), ((8, 6.2), (8, 9.6)), ((8, 11.7), (8, 11.71)), in_circle=False
    ),
    Condition.UNKNOWN: _lines(((5, 8), (5.01, 8)), ((8, 8), (8.01, 8)), ((11, 8), (11.01, 8))),
}
