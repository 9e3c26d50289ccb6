"""The time that is left, of a call's ring or a wrap-up: a ring that empties, and the seconds."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from connector_gui.ui.theme import GAP_S, TextSize, Theme

_RING_PX: Final = 20
_STROKE_PX: Final = 3
_FULL_TURN: Final = 360 * 16
_TOP: Final = 90 * 16
"""Qt counts sixteenths of a degree, from three o'clock, against the clock."""


class Countdown(QWidget):
    """Shows what `show_left` said last; whoever shows it keeps the time."""

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, *, says: str | None = None, role: str = "ring"
    ) -> None:
        """*says* is for screen readers, with ``{time}``; *role* names its colour."""
        super().__init__(parent)
        self._theme = theme
        self._says = says or self.tr("Rings for {time} more")
        self._role = role
        self._share = 0.0
        self._text = ""
        theme.changed.connect(self.update)

    @property
    def text(self) -> str:
        """The time left, e.g. ``0:24``."""
        return self._text

    def show_left(self, left_s: float, whole_s: float) -> None:
        """Show *left_s* of *whole_s* seconds."""
        seconds = max(0, math.ceil(left_s))
        text = f"{seconds // 60}:{seconds % 60:02}"
        share = max(0.0, min(1.0, left_s / whole_s)) if whole_s > 0 else 0.0
        # A step of the ring that nobody sees is not painted.
        if text != self._text or abs(share - self._share) > 1 / 120:
            self._share, self._text = share, text
            self.setAccessibleName(self._says.format(time=text))
            self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._theme.font(TextSize.BODY, tabular=True))
        return QSize(_RING_PX + GAP_S + metrics.horizontalAdvance("00:00"), max(_RING_PX + 2, metrics.height()))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._theme.colours
        inset = _STROKE_PX / 2
        circle = QRectF(inset, (self.height() - _RING_PX) / 2 + inset, _RING_PX - _STROKE_PX, _RING_PX - _STROKE_PX)
        painter.setPen(QPen(colours.line, 1 if colours.is_high_contrast else _STROKE_PX))
        painter.drawEllipse(circle)
        painter.setPen(QPen(getattr(colours, self._role), _STROKE_PX, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawArc(circle, _TOP, round(self._share * _FULL_TURN))
        painter.setPen(colours.text)
        painter.setFont(self._theme.font(TextSize.BODY, tabular=True))
        room = QRectF(_RING_PX + GAP_S, 0, self.width() - _RING_PX - GAP_S, self.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._text)
