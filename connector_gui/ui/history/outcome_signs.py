"""A small sign for each outcome, told apart by its shape alone."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

from connector_gui.core.call import Outcome

_GRID: Final = 16.0


def paint_sign(painter: QPainter, outcome: Outcome | None, room: QRectF, colour: QColor) -> None:
    """Draw the sign of *outcome* into the square *room*."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(room.topLeft())
    painter.scale(room.width() / _GRID, room.height() / _GRID)
    pen = QPen(colour, 1.7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(_PATHS.get(outcome, _RUNNING))
    painter.restore()


def sign_pixmap(outcome: Outcome | None, side_px: int, colour: QColor, device_ratio: float) -> QPixmap:
    """The sign for a label."""
    pixmap = QPixmap(round(side_px * device_ratio), round(side_px * device_ratio))
    pixmap.setDevicePixelRatio(device_ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_sign(painter, outcome, QRectF(0, 0, side_px, side_px), colour)
    painter.end()
    return pixmap


def _lines(*strokes: tuple[tuple[float, float], ...]) -> QPainterPath:
    path = QPainterPath()
    for first, *rest in strokes:
        path.moveTo(QPointF(*first))
        for point in rest:
            path.lineTo(QPointF(*point))
    return path


def _in_circle(inner: QPainterPath) -> QPainterPath:
    inner.addEllipse(QRectF(1.5, 1.5, 13, 13))
    return inner


_RUNNING: Final = _in_circle(_lines(((5, 8), (5.01, 8)), ((8, 8), (8.01, 8)), ((11, 8), (11.01, 8))))
_PATHS: Final[dict[Outcome | None, QPainterPath]] = {
    Outcome.COMPLETED: _in_circle(_lines(((5, 8.3), (7.2, 10.5), (11, 6)))),
    Outcome.DECLINED: _in_circle(_lines(((5.6, 5.6), (10.4, 10.4)), ((10.4, 5.6), (5.6, 10.4)))),
    # An arrow that comes and turns away.
    Outcome.MISSED: _lines(((1.5, 10), (1.5, 4.5), (7, 4.5)), ((1.5, 4.5), (8, 11.5), (14.5, 5))),
    Outcome.CANCELLED: _in_circle(_lines(((5, 8), (11, 8)))),
    Outcome.FAILED: _lines(
        ((8, 1.8), (14.6, 13.8), (1.4, 13.8), (8, 1.8)), ((8, 6.2), (8, 9.6)), ((8, 11.7), (8, 11.71))
    ),
    # A line that is torn.
    Outcome.INTERRUPTED: _lines(((1.5, 8), (5, 8)), ((11, 8), (14.5, 8)), ((7.5, 3), (6, 7), (10, 9), (8.5, 13))),
}
