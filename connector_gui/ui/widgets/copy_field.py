"""A text that is there to be copied, with the button that does it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from connector_gui.ui.theme import GAP_S, set_role

_THANKS_MS: Final = 1_500
LONGEST: Final = 2_000
"""Characters: longer than any address or id."""


class CopyField(QWidget):
    """A read-only line and “Copy”, which says for a moment that it did."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line, self._button = QLineEdit(self), QPushButton(self.tr("Copy"), self)
        self._line.setReadOnly(True)
        self._line.setAccessibleName(name)
        self._button.setAccessibleName(self.tr("Copy {name}").format(name=name))
        set_role(self._line, kind="copy")
        set_role(self._button, kind="plain")
        # As wide as its longer word, so that it does not jump.
        self._button.setText(self.tr("Copied"))
        self._button.setMinimumWidth(self._button.sizeHint().width())
        self._button.setText(self.tr("Copy"))
        self._button.clicked.connect(self._copy)
        self._thanks = QTimer(self)
        self._thanks.setSingleShot(True)
        self._thanks.setInterval(_THANKS_MS)
        self._thanks.timeout.connect(lambda: self._button.setText(self.tr("Copy")))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP_S)
        row.addWidget(self._line, 1)
        row.addWidget(self._button)

    @property
    def text(self) -> str:
        """What would be copied."""
        return self._line.text()

    def show_text(self, text: str) -> None:
        """Offer *text*, or so much of it as is no mischief: the ids of a service are whatever it sends."""
        text = text[:LONGEST]
        if text != self._line.text():
            self._line.setText(text)
            # The beginning says which address it is; the end only how it goes on.
            self._line.setCursorPosition(0)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._line.text())
        self._button.setText(self.tr("Copied"))
        self._thanks.start()
