"""The small button beside Accept: on which line, or at the desk; hidden while there are no lines."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Signal
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from connector_gui.ui.strip_words import LineChoice
from connector_gui.ui.symbols import Symbol, wear
from connector_gui.ui.theme import GAP_S, Theme, set_role
from connector_gui.ui.tokens import SYMBOL_SIZE
from connector_gui.ui.widgets.call_menu import line_menu


class LineButton(QPushButton):
    """Opens a menu of places for a call that rings."""

    chosen = Signal(str)
    """The name of a line, or ``desk``."""

    def __init__(self, theme: Theme, kind: str, parent: QWidget | None = None) -> None:
        """*kind* is that of the button beside which it stands."""
        super().__init__(parent)
        self._theme = theme
        self._choices: tuple[LineChoice, ...] = ()
        self.setAutoDefault(True)
        self.setToolTip(self.tr("Accept on a line. Key: L"))
        set_role(self, kind=kind)
        wear(self, theme, Symbol.MORE)
        self.clicked.connect(self.open)
        self.hide()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(SYMBOL_SIZE) + 2 * GAP_S, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def show_lines(self, choices: Sequence[LineChoice]) -> None:
        """Offer these; nothing takes the button away."""
        self._choices = tuple(choices)
        self.setVisible(bool(choices))

    def menu_now(self) -> QMenu:
        """The menu, as things are."""
        menu = line_menu(self._choices, self.chosen.emit, self)
        menu.setAccessibleName(self.accessibleName())
        return menu

    def open(self) -> None:
        """Let the operator choose."""
        menu = self.menu_now()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(QPoint(0, self.height())))
