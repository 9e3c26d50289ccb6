"""A thumb, up or down, drawn: emoji look different in every font, and have no outline to tell “not chosen”."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF, QTransform

# On a field of 16: the cuff, and the fist with its thumb.
_CUFF = QRectF(1.5, 7.5, 2.5, 6.5)
_FIST = (
    (5.5, 7.5), (8.2, 1.8), (9.8, 2.4), (9.6, 6.2), (14.0, 6.2), (14.6, 7.4), (13.2, 13.2), (12.2, 14.0), (5.5, 14.0),
)  # fmt: skip


def draw_thumb(painter: QPainter, place: QRectF, colour: QColor, *, is_up: bool, is_chosen: bool) -> None:
    """Draw it in *place*, a square: filled where it is chosen."""
    side = place.width() / 16
    turn = QTransform.fromTranslate(place.left(), place.top()).scale(side, side)
    if not is_up:
        turn = turn.translate(0, 16).scale(1, -1)
    path = QPainterPath()
    path.addRect(_CUFF)
    path.addPolygon(QPolygonF([QPointF(x, y) for x, y in _FIST]))
    path.closeSubpath()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(colour, 1.2)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(colour if is_chosen else QColor(0, 0, 0, 0))
    painter.drawPath(turn.map(path))
    painter.restore()
