"""A button that shows the key which does the same."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QColor, QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QPushButton, QStyle, QStyleOptionButton, QStylePainter, QWidget

from connector_gui.ui.colours import faded
from connector_gui.ui.theme import TextSize, Theme, set_role

_GAP_PX: Final = 8


class KeyButton(QPushButton):
    """A button of `stylesheet`'s *kind*; *key* stands after its words, smaller, and does nothing by itself.

    It is as wide as the longest of its *texts*, so that its neighbours stay where they are when they change.
    """

    def __init__(self, theme: Theme, kind: str, *texts: str, key: str = "", parent: QWidget | None = None) -> None:
        super().__init__(texts[0], parent)
        self._theme = theme
        self._texts = texts
        self._key = key
        self._kind = kind
        # Return presses the button that has the focus, as Space does.
        self.setAutoDefault(True)
        if key:
            self.setToolTip(self.tr("Key: {key}").format(key=key))
        set_role(self, kind=kind)

    def sizeHint(self) -> QSize:
        hint, metrics = super().sizeHint(), self.fontMetrics()
        widest_px = max(metrics.horizontalAdvance(text) for text in self._texts)
        return QSize(hint.width() - metrics.horizontalAdvance(self.text()) + widest_px + self._key_px(), hint.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _key_px(self) -> int:
        if not self._key:
            return 0
        return QFontMetrics(self._theme.font(TextSize.LABEL)).horizontalAdvance(self._key) + _GAP_PX

    def _ink(self) -> QColor:
        """What the style sheet would write with; it does not tell."""
        colours = self._theme.colours
        if not self.isEnabled():
            return faded(colours)
        if self.isChecked():
            return colours.surface
        if self._kind == "decline":
            return colours.error
        is_filled = self._kind in {"accept", "end", "main"} and not colours.is_high_contrast
        return colours.on_fill if is_filled else colours.text

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        metrics = self.fontMetrics()
        words_px = metrics.horizontalAdvance(self.text())
        left = (self.width() - words_px - self._key_px()) // 2
        baseline = (self.height() + metrics.ascent() - metrics.descent()) // 2
        painter.setPen(self._ink())
        painter.setFont(self.font())
        painter.drawText(QPoint(left, baseline), self.text())
        painter.setFont(self._theme.font(TextSize.LABEL))
        painter.drawText(QPoint(left + words_px + _GAP_PX, baseline), self._key)
