"""A webhook key: hidden until asked for, copied without being shown."""

from __future__ import annotations

from typing import Final

from pydantic import SecretStr
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from connector_gui.ui.plain_text import one_line
from connector_gui.ui.settings_pages.page import button
from connector_gui.ui.theme import GAP_S, set_role
from connector_gui.ui.widgets.copy_button import CopyButton

_MASK: Final = "•" * 16
"""As long for every key: its length is nobody's business."""


class KeyRow(QWidget):
    """One key with “Show” and “Copy”; it hides itself again with its page."""

    def __init__(self, name: str, key: SecretStr) -> None:
        super().__init__()
        self._key = key
        self._name = one_line(name, 60)
        self.line, self.show_button = QLineEdit(self), button(self.tr("Show"))
        self.copy_button = CopyButton(
            self.tr("key {name}").format(name=self._name), key.get_secret_value, is_secret=True
        )
        self.line.setReadOnly(True)
        set_role(self.line, kind="copy")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP_S)
        row.addWidget(self.line, 1)
        row.addWidget(self.show_button)
        row.addWidget(self.copy_button)
        self.show_button.setMinimumWidth(self.show_button.sizeHint().width())
        self.show_button.clicked.connect(lambda: self._show(self.line.text() == _MASK))
        self._show(False)

    def _show(self, is_shown: bool) -> None:
        self.line.setText(self._key.get_secret_value() if is_shown else _MASK)
        self.line.setCursorPosition(0)
        hidden, shown = self.tr("Key {name}, hidden"), self.tr("Key {name}")
        self.line.setAccessibleName((shown if is_shown else hidden).format(name=self._name))
        self.show_button.setText(self.tr("Hide") if is_shown else self.tr("Show"))
        hide, show = self.tr("Hide the key {name}"), self.tr("Show the key {name}")
        self.show_button.setAccessibleName((hide if is_shown else show).format(name=self._name))

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._show(False)
