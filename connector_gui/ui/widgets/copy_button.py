"""“Copy”, which says for a moment that it did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QMimeData, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from connector_gui.ui.theme import set_role

_THANKS_MS: Final = 1_500


class CopyButton(QPushButton):
    """Puts a text on the clipboard; a secret one with the request to keep it out of clipboard histories."""

    def __init__(self, name: str, text: Callable[[], str], *, is_secret: bool = False, words: str = "") -> None:
        """*name* says what is copied, *text* gives it at the click; *words* stand on it in place of “Copy”."""
        super().__init__()
        self._words = words or self.tr("Copy")
        self._text = text
        self._is_secret = is_secret
        self.setAutoDefault(False)
        self.setAccessibleName(self.tr("Copy: {name}").format(name=name))
        set_role(self, kind="plain")
        # As wide as its longer word, so that it does not jump.
        self.setText(max(self.tr("Copied"), self._words, key=len))
        self.setMinimumWidth(self.sizeHint().width())
        self.setText(self._words)
        self._thanks = QTimer(self)
        self._thanks.setSingleShot(True)
        self._thanks.setInterval(_THANKS_MS)
        self._thanks.timeout.connect(lambda: self.setText(self._words))
        self.clicked.connect(self._copy)

    def _copy(self) -> None:
        copied = QMimeData()
        copied.setText(self._text())
        if self._is_secret:
            # Read by Klipper and others that keep what was copied.
            copied.setData("x-kde-passwordManagerHint", b"secret")
        QGuiApplication.clipboard().setMimeData(copied)
        self.setText(self.tr("Copied"))
        self._thanks.start()
