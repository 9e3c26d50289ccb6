"""A button that shows the key which does the same, and a symbol for it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
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
        """Room for the words; where there is no more, the key is told by the tool tip alone."""
        metrics = self.fontMetrics()
        widest_px = max(metrics.horizontalAdvance(text) for text in self._texts)
        return QSize(widest_px + self._symbol_px() + 2 * _GAP_PX, self.sizeHint().height())

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
        room_px = self.width() - 2 * _GAP_PX - self._symbol_px()
        words = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room_px)
        words_px = metrics.horizontalAdvance(words)
        key_px = self._key_px() if words_px + self._key_px() <= room_px else 0
        left = (self.width() - words_px - key_px - self._symbol_px()) // 2
        if self._symbol is not None:
            side_px = self._symbol_px() - _GAP_PX
            place = self._visual(QRectF(left, (self.height() - side_px) / 2, side_px, side_px))
            paint_symbol(painter, self._symbol, place, self._ink())
            left += self._symbol_px()
        painter.setPen(self._ink())
        painter.setFont(self.font())
        middle = Qt.AlignmentFlag.AlignCenter
        painter.drawText(self._visual(QRectF(left, 0, words_px, self.height())), middle, words)
        if key_px:
            painter.setFont(self._theme.font(TextSize.LABEL))
            place = QRectF(left + words_px + _GAP_PX, 0, key_px - _GAP_PX, self.height())
            painter.drawText(self._visual(place), middle, self._key)

    def _visual(self, place: QRectF) -> QRectF:
        """*place* in a row that begins at the left, where it is in this language."""
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            place.moveLeft(self.width() - place.right())
        return place
