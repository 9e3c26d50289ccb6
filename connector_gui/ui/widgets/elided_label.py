"""A line of plain text that ends in an ellipsis where it does not fit."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from connector_gui.ui.plain_text import ELLIPSIS, tooltip


class ElidedLabel(QLabel):
    """One line, cut to its width; the whole text is in its tooltip and for screen readers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._details: list[str] = []

    def show_text(self, text: str, details: list[str] | None = None) -> None:
        """Show *text*; the tooltip has *details*, or the text where it is cut."""
        self._details = details or []
        if text != self.text():
            self.setText(text)
            self.setAccessibleName(text)
        self._set_tooltip()

    def minimumSizeHint(self) -> QSize:
        return QSize(QFontMetrics(self.font()).horizontalAdvance(ELLIPSIS) * 3, super().minimumSizeHint().height())

    def resizeEvent(self, event: object) -> None:
        self._set_tooltip()
        super().resizeEvent(event)  # type: ignore[arg-type]  # whatever Qt sent

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        room = self.contentsRect()
        metrics = QFontMetrics(self.font())
        # Letters like J reach to the left of where they begin, and would be cut there.
        room.setLeft(room.left() + max(0, -metrics.boundingRect(self.text()).left()))
        text = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(room, int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), text)

    def _set_tooltip(self) -> None:
        is_cut = QFontMetrics(self.font()).horizontalAdvance(self.text()) > self.width()
        lines = self._details or ([self.text()] if is_cut else [])
        self.setToolTip(tooltip(lines))
