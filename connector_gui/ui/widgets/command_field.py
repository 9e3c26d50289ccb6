"""A command of several lines to be copied."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase, QFontMetrics, QResizeEvent, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from connector_gui.ui.theme import GAP_S
from connector_gui.ui.widgets.copy_button import CopyButton

_FRAME_PX: Final = 6
"""Border and padding of a text field on each side."""


class _Lines(QPlainTextEdit):
    """Tells of its new width once its lines are wrapped by it."""

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        is_wider = event.size().width() != event.oldSize().width()
        super().resizeEvent(event)
        if is_wider:
            self.resized.emit()


class CommandField(QWidget):
    """All its lines in sight, with “Copy”."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.lines = _Lines(self)
        self.lines.resized.connect(self._fit)
        self.lines.setReadOnly(True)
        self.lines.setAccessibleName(name)
        self.lines.setTabChangesFocus(True)
        self.lines.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.lines.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.lines.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.copy = CopyButton(name, self.lines.toPlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_S)
        column.addWidget(self.lines)
        column.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignLeft)

    def show_text(self, text: str) -> None:
        """Offer *text*, all its lines in sight."""
        if text != self.lines.toPlainText():
            self.lines.setPlainText(text)
            self._fit()

    def _fit(self) -> None:
        """Be as high as the lines, wrapped as they are at this width."""
        line_px = QFontMetrics(self.lines.font()).lineSpacing()
        # The document of this kind of field is measured in lines.
        lines = round(self.lines.document().size().height())
        margin_px = 2 * round(self.lines.document().documentMargin()) + 2 * _FRAME_PX
        self.lines.setFixedHeight(line_px * lines + margin_px)
