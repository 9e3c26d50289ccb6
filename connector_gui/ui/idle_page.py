"""The panel while nothing happens: that it is ready, what was, and how a call can be had."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from connector_gui.core.view import DeskView
from connector_gui.ui import presence_words
from connector_gui.ui.history.flow import Flow
from connector_gui.ui.theme import CONTROL_HEIGHT, GAP_L, GAP_M, GAP_S, GAP_XS, TextSize, Theme, set_role
from connector_gui.ui.widgets.copy_field import CopyField
from connector_gui.ui.widgets.recent_calls import RecentCalls
from connector_gui.ui.widgets.text import label


class IdlePage(QWidget):
    """Says what will appear here and how to make it happen; later, what did."""

    practice_call_requested = Signal()
    settings_requested = Signal()
    calls_wanted = Signal()
    """Do not disturb is to end."""

    def __init__(self, theme: Theme, menu: QMenu, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self.title = label(theme, size=TextSize.NAME, semibold=True, wraps=True)
        self.hint = label(theme, role="muted", wraps=True)
        self.recent_title = label(theme, self.tr("Recent calls"), role="muted", size=TextSize.LABEL, semibold=True)
        self.recent = RecentCalls(theme, self)
        self.recent_title.setBuddy(self.recent)
        self.practice_call = QPushButton(self.tr("Practice call"), self)
        self.practice_call.setAutoDefault(True)
        self.practice_call.clicked.connect(self.practice_call_requested)
        self.first_call = self._first_call(theme)
        self.webhook = self._webhook(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_XS)
        column.addLayout(self._head(menu))
        column.addWidget(self.hint)
        column.addSpacing(GAP_XS)
        column.addWidget(self.take_calls, 0, Qt.AlignmentFlag.AlignLeading)
        column.addSpacing(GAP_L)
        column.addWidget(self.first_call)
        column.addWidget(self.recent_title)
        column.addWidget(self.recent, 1)
        self._space = QWidget(self)
        column.addWidget(self._space, 1)
        column.addSpacing(GAP_M)
        column.addWidget(self.webhook)

    def _head(self, menu: QMenu) -> QHBoxLayout:
        self.take_calls = QPushButton(self.tr("Take calls again"), self)
        set_role(self.take_calls, kind="plain")
        self.take_calls.clicked.connect(self.calls_wanted)
        self.menu_button = QPushButton(self.tr("Menu"), self)
        set_role(self.menu_button, kind="plain")
        self.menu_button.setMenu(menu)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.menu_button)
        return head

    def _first_call(self, theme: Theme) -> QFrame:
        card = QFrame(self)
        set_role(card, role="card")
        column = QVBoxLayout(card)
        column.setContentsMargins(GAP_L, GAP_L, GAP_L, GAP_L)
        column.setSpacing(GAP_S)
        column.addWidget(label(theme, self.tr("Make a first call"), semibold=True))
        words = self.tr(
            "Talk to the practice agent: it greets you, says back what it hears and lets you interrupt. "
            "Nothing leaves this computer."
        )
        column.addWidget(label(theme, words, role="muted", wraps=True))
        self._first_call_place = QHBoxLayout()
        column.addSpacing(GAP_XS)
        column.addLayout(self._first_call_place)
        return card

    def _webhook(self, theme: Theme) -> QWidget:
        box = QWidget(self)
        self.webhook_title = label(theme, role="muted", size=TextSize.LABEL, semibold=True)
        self.address = CopyField(self.tr("webhook address"), box)
        key = QPushButton(self.tr("Its key is in Settings"), box)
        set_role(key, kind="link")
        key.clicked.connect(self.settings_requested)
        # As high as the button beside it, so that their words stand on one line.
        key_place = QWidget(box)
        key_place.setMinimumHeight(theme.px(CONTROL_HEIGHT))
        middle = QHBoxLayout(key_place)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.addWidget(key)
        self._foot = Flow(GAP_M)
        self._foot.addWidget(key_place)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_S)
        column.addWidget(self.webhook_title)
        column.addWidget(self.address)
        column.addLayout(self._foot)
        return box

    def show_view(self, view: DeskView) -> None:
        """Show *view*, in which there is no call."""
        if view.is_do_not_disturb:
            self.title.setText(presence_words.no_calls(view, self._now()))
            self.hint.setText(self._quiet_words(view))
        elif view.webhook_url is None:
            self.title.setText(self.tr("Not ready for calls"))
            self.hint.setText(self.tr("Calls can come once the webhook listens. A practice call works already."))
        else:
            self.title.setText(self.tr("Ready for calls"))
            self.hint.setText(self.tr("A call appears here when your workflow sends one."))
        self.take_calls.setVisible(view.is_do_not_disturb)
        is_first = not view.recent
        self.first_call.setVisible(is_first)
        self._place_practice_button(is_first=is_first)
        self.practice_call.setEnabled(not view.is_do_not_disturb)
        self.recent_title.setVisible(not is_first)
        self.recent.setVisible(not is_first)
        self._space.setVisible(is_first)
        self.recent.show_calls(view.recent, self._now())
        listens = view.webhook_url is not None
        self.webhook_title.setText(
            self.tr("Send calls here (POST)") if listens else self.tr("The webhook does not listen")
        )
        self.address.setVisible(listens)
        self.address.show_text(view.webhook_url or "")

    def _quiet_words(self, view: DeskView) -> str:
        if view.quiet_until is None:
            return self.tr("New calls are refused. Whoever sends them is told to try again later.")
        left = presence_words.left_words((view.quiet_until - self._now()).total_seconds())
        return self.tr("New calls are refused for {time} more. Whoever sends them is told when to try again.").format(
            time=left
        )

    def _place_practice_button(self, *, is_first: bool) -> None:
        """The main action of an empty page; one of several once there were calls."""
        set_role(self.practice_call, kind="main" if is_first else "plain")
        place = self._first_call_place if is_first else self._foot
        if place.indexOf(self.practice_call) < 0:
            place.addWidget(self.practice_call)
