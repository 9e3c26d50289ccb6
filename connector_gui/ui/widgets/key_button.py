"""A button that shows the key which does the same, and a symbol for it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QRectF, QSize
from PySide6.QtGui import QColor, QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QPushButton, QStyle, QStyleOptionButton, QStylePainter, QWidget

from connector_gui.ui.symbols import Symbol, button_ink, paint_symbol
from connector_gui.ui.theme import TextSize, Theme, set_role
from connector_gui.ui.tokens import SYMBOL_SIZE

_GAP_PX: Final = 8


class KeyButton(QPushButton):
    """A button of `stylesheet`'s *kind*; *key* stands after its words, smaller, and does nothing by itself.

    It is as wide as the longest of its *texts*, so that its neighbours stay where they are when they change.
    """

    def __init__(
        self,
        theme: Theme,
        kind: str,
        *texts: str,
        key: str = "",
        symbol: Symbol | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(texts[0], parent)
        self._symbol = symbol
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
        beside_px = self._key_px() + self._symbol_px()
        return QSize(hint.width() - metrics.horizontalAdvance(self.text()) + widest_px + beside_px, hint.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _key_px(self) -> int:
        if not self._key:
            return 0
        return QFontMetrics(self._theme.font(TextSize.LABEL)).horizontalAdvance(self._key) + _GAP_PX

    def _symbol_px(self) -> int:
        return 0 if self._symbol is None else self._theme.px(SYMBOL_SIZE) + _GAP_PX

    def _ink(self) -> QColor:
        colours = self._theme.colours
        return button_ink(colours, self._kind, is_checked=self.isChecked(), is_enabled=self.isEnabled())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        metrics = self.fontMetrics()
        words_px = metrics.horizontalAdvance(self.text())
        left = (self.width() - words_px - self._key_px() - self._symbol_px()) // 2
        if self._symbol is not None:
            side_px = self._symbol_px() - _GAP_PX
            place = QRectF(left, (self.height() - side_px) / 2, side_px, side_px)
            paint_symbol(painter, self._symbol, place, self._ink())
            left += self._symbol_px()
        baseline = (self.height() + metrics.ascent() - metrics.descent()) // 2
        painter.setPen(self._ink())
        painter.setFont(self.font())
        painter.drawText(QPoint(left, baseline), self.text())
        painter.setFont(self._theme.font(TextSize.LABEL))
        painter.drawText(QPoint(left + words_px + _GAP_PX, baseline), self._key)
