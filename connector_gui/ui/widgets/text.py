"""Labels of the type scale, in one line."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from connector_gui.ui.theme import TextSize, Theme, set_role


def label(
    theme: Theme,
    text: str = "",
    *,
    size: TextSize = TextSize.BODY,
    role: str = "",
    semibold: bool = False,
    tabular: bool = False,
    wraps: bool = False,
    parent: QWidget | None = None,
) -> QLabel:
    """A label for plain text; *role* names its colour (see `theme.set_role`)."""
    made = QLabel(text, parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wraps)
    dress(made, theme, size=size, semibold=semibold, tabular=tabular)
    if role:
        set_role(made, role=role)
    return made


def dress(
    widget: QWidget, theme: Theme, *, size: TextSize = TextSize.BODY, semibold: bool = False, tabular: bool = False
) -> None:
    """Give *widget* a font of the scale, now and whenever the theme changes."""
    _Dresser(widget, theme, size, semibold=semibold, tabular=tabular)


class _Dresser(QObject):
    """Lives as long as its widget, and so does its connection to the theme."""

    def __init__(self, widget: QWidget, theme: Theme, size: TextSize, *, semibold: bool, tabular: bool) -> None:
        super().__init__(widget)
        self._widget, self._theme, self._size = widget, theme, size
        self._semibold, self._tabular = semibold, tabular
        theme.changed.connect(self.apply)
        self.apply()

    def apply(self) -> None:
        self._widget.setFont(self._theme.font(self._size, semibold=self._semibold, tabular=self._tabular))


def hairline(parent: QWidget | None = None) -> QFrame:
    """A line between two parts of a window."""
    line = QFrame(parent)
    set_role(line, role="line")
    return line
