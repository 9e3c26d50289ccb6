"""A state as shape, word and colour together; any of the three alone would do."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from connector_gui.ui.icon import ROLES, Glyph, glyph_pixmap
from connector_gui.ui.theme import TextSize, Theme
from connector_gui.ui.words import Status

_SIGN_PX: Final = 16


class StatusSign(QWidget):
    """The sign of `icon` beside its word."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._status: Status | None = None
        self._busy = ""
        self._sign, self._word = QLabel(self), QLabel(self)
        self._word.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._sign)
        row.addWidget(self._word)
        theme.changed.connect(self._draw)

    @property
    def word(self) -> str:
        """The word that is shown."""
        return self._word.text()

    def show_status(self, status: Status) -> None:
        """Show *status*."""
        if status != self._status:
            self._status = status
            self._draw()

    def show_busy(self, why: str) -> None:
        """Add that further calls are refused, with *why* on hover; empty: they are not."""
        if why != self._busy:
            self._busy = why
            self.setToolTip(why)
            self._draw()

    def _draw(self) -> None:
        if self._status is None:
            return
        colour: QColor = getattr(self._theme.colours, ROLES[self._status.shape])
        glyph = Glyph(self._status.shape, step=2, is_busy=bool(self._busy))
        word = " · ".join((self._status.word, self.tr("busy"))) if self._busy else self._status.word
        side_px = self._theme.px(_SIGN_PX)
        self._sign.setPixmap(glyph_pixmap(glyph, side_px, colour, self.devicePixelRatioF()))
        self._word.setText(word)
        self._word.setFont(self._theme.font(TextSize.BODY, semibold=True))
        palette = self._word.palette()
        palette.setColor(self._word.foregroundRole(), colour)
        self._word.setPalette(palette)
        self.setAccessibleName(word)
        self.setAccessibleDescription(self._busy)
