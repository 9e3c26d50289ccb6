"""Names and values of what came with a call, in two columns."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from connector_gui.ui.theme import GAP_L, GAP_XS, Theme
from connector_gui.ui.widgets.text import label


class Facts(QWidget):
    """A list to be read, not used; rows are kept for the next call."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[tuple[QLabel, QLabel]] = []
        self._cells = QGridLayout(self)
        self._cells.setContentsMargins(0, 0, 0, 0)
        self._cells.setHorizontalSpacing(GAP_L)
        self._cells.setVerticalSpacing(GAP_XS)
        self._cells.setColumnStretch(1, 1)
        self._cells.setAlignment(Qt.AlignmentFlag.AlignTop)

    @property
    def shown(self) -> list[tuple[str, str]]:
        """Names and values that are shown."""
        return [(name.text(), value.text()) for name, value in self._rows if not name.isHidden()]

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show *facts*."""
        while len(self._rows) < len(facts):
            self._add_row()
        for position, (name, value) in enumerate(self._rows):
            is_used = position < len(facts)
            name.setVisible(is_used)
            value.setVisible(is_used)
            if is_used:
                name.setText(facts[position][0])
                value.setText(facts[position][1])

    def _add_row(self) -> None:
        name, value = label(self._theme, role="muted", parent=self), label(self._theme, wraps=True, parent=self)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if QGuiApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            # Words that can be selected are laid out by their own direction, and would stand far from their name.
            value.setAlignment(
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter
            )
        top = Qt.AlignmentFlag.AlignTop
        self._cells.addWidget(name, len(self._rows), 0, top)
        self._cells.addWidget(value, len(self._rows), 1, top)
        self._rows.append((name, value))
