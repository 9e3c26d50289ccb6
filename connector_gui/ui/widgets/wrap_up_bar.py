"""The while after a call: how long it lasts, and a button for either wish."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from connector_gui.core.presence import Wish
from connector_gui.core.view import WrapUp
from connector_gui.ui.theme import GAP_M, GAP_S, GAP_XS, Theme, set_role
from connector_gui.ui.widgets.countdown import Countdown
from connector_gui.ui.widgets.text import label


class WrapUpBar(QFrame):
    """Hidden while there is nothing to wrap up."""

    presence_requested = Signal(object)
    """A `Wish`: to be ready now, or to have more time."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wrap_up: WrapUp | None = None
        set_role(self, role="banner")
        self.countdown = Countdown(theme, self, says=self.tr("{time} to wrap up"), role="accent")
        self.title = label(theme, self.tr("Wrapping up"), semibold=True)
        self.hint = label(theme, role="muted", wraps=True)
        self.more_time = QPushButton(self.tr("More time"), self)
        self.ready = QPushButton(self.tr("I’m ready"), self)
        for button, kind, wish in ((self.more_time, "plain", Wish.MORE_TIME), (self.ready, "plain", Wish.TAKE_CALLS)):
            set_role(button, kind=kind)
            button.setAutoDefault(True)
            button.clicked.connect(lambda _checked=False, wish=wish: self.presence_requested.emit(wish))
        self._lay_out()
        self.hide()

    def _lay_out(self) -> None:
        head, foot, column = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        head.setSpacing(GAP_M)
        head.addWidget(self.countdown)
        head.addWidget(self.title, 1)
        foot.setSpacing(GAP_S)
        foot.addWidget(self.hint, 1)
        foot.addWidget(self.more_time)
        foot.addWidget(self.ready)
        column.setContentsMargins(GAP_M, GAP_S, GAP_M, GAP_M)
        column.setSpacing(GAP_XS)
        column.addLayout(head)
        column.addLayout(foot)

    def show_wrap_up(self, wrap_up: WrapUp | None) -> None:
        """Show it, and what becomes of calls meanwhile; hide when there is none."""
        self._wrap_up = wrap_up
        is_refusing = wrap_up is not None and wrap_up.is_refusing
        self.hint.setText(self.tr("New calls are refused.") if is_refusing else self.tr("New calls ring quietly."))
        self.setVisible(wrap_up is not None)

    def show_time(self, now_s: float) -> None:
        """Let the ring empty; *now_s* is on the clock of `WrapUp.until_s`."""
        if self._wrap_up is not None:
            self.countdown.show_left(self._wrap_up.until_s - now_s, self._wrap_up.whole_s)
