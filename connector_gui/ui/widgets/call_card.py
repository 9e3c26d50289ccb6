"""A call that rings: who calls, how long it still rings, Accept and Decline."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from connector_gui.core.desk_refusals import NO_PLACE
from connector_gui.core.service import Action
from connector_gui.core.view import CallView
from connector_gui.ui import presence_words, words
from connector_gui.ui.strip_words import LineChoice
from connector_gui.ui.symbols import Symbol
from connector_gui.ui.theme import GAP_L, GAP_M, GAP_S, GAP_XS, TextSize, Theme, set_role
from connector_gui.ui.translation import shown
from connector_gui.ui.widgets.countdown import Countdown
from connector_gui.ui.widgets.disabling import disable
from connector_gui.ui.widgets.elided_label import ElidedLabel
from connector_gui.ui.widgets.key_button import KeyButton
from connector_gui.ui.widgets.line_button import LineButton
from connector_gui.ui.widgets.text import dress, label


class CallCard(QFrame):
    """The card of one ringing call. Accept has the focus, so that Return takes the call."""

    action_requested = Signal(str, Action)
    ring_on_requested = Signal(str)
    """This call is not to be answered by itself."""
    line_chosen = Signal(str, str)
    """Accept this call on the line of that name, or at the ``desk``."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._call: CallView | None = None
        set_role(self, role="card")
        self.countdown = Countdown(theme, self)
        self.title = label(theme, self.tr("Incoming call"), role="ring", semibold=True)
        self.placed_by = label(theme, role="muted")
        self.agent, self.caller = ElidedLabel(self), ElidedLabel(self)
        dress(self.agent, theme, size=TextSize.NAME, semibold=True)
        dress(self.caller, theme, size=TextSize.TRANSCRIPT)
        self.more = label(theme, role="muted")
        self.more.hide()
        self.no_place = label(theme, shown(NO_PLACE), role="muted", wraps=True)
        self.no_place.hide()
        self.answering = label(theme, role="live", semibold=True, tabular=True)
        self.not_now = QPushButton(self.tr("Not now"), self)
        self.not_now.setAutoDefault(True)
        self.not_now.setToolTip(self.tr("Let it ring, and decide yourself. Key: N"))
        set_role(self.not_now, kind="link")
        self.not_now.clicked.connect(self._request_ring_on)
        self.accept = KeyButton(theme, "accept", self.tr("Accept"), key="↵", symbol=Symbol.ACCEPT)
        self.lines = LineButton(theme, "accept", self)
        self.lines.chosen.connect(self._accept_on)
        self.decline = KeyButton(theme, "decline", self.tr("Decline"), key="Esc", symbol=Symbol.DECLINE)
        self.accept.clicked.connect(lambda: self._request(Action.ACCEPT))
        self.decline.clicked.connect(lambda: self._request(Action.DECLINE))
        self._lay_out()

    def _lay_out(self) -> None:
        head, buttons, column = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        head.setSpacing(GAP_M)
        head.addWidget(self.countdown)
        head.addWidget(self.title, 1)
        head.addWidget(self.placed_by)
        buttons.setSpacing(GAP_M)
        buttons.addWidget(self.decline, 1)
        accept = QHBoxLayout()
        accept.setSpacing(GAP_XS)
        accept.addWidget(self.accept, 1)
        accept.addWidget(self.lines)
        buttons.addLayout(accept, 1)
        column.setContentsMargins(GAP_L, GAP_M, GAP_L, GAP_L)
        column.setSpacing(GAP_XS)
        column.addLayout(head)
        column.addSpacing(GAP_S)
        column.addWidget(self.agent)
        column.addWidget(self.caller)
        column.addWidget(self.more)
        column.addWidget(self.no_place)
        answering = QHBoxLayout()
        answering.setSpacing(GAP_M)
        answering.addWidget(self.answering)
        answering.addWidget(self.not_now)
        answering.addStretch(1)
        column.addLayout(answering)
        column.addSpacing(GAP_L)
        column.addLayout(buttons)

    def show_call(self, call: CallView) -> None:
        """Show *call*, which rings."""
        self._call = call
        record = call.record
        title = self.tr("Incoming practice call") if record.practice else self.tr("Incoming call")
        self.title.setText(title)
        self.placed_by.setText(words.sender(record))
        self.agent.show_text(words.agent(record))
        self.caller.show_text(words.caller(record) or self.tr("The dialer sent no details"), words.details(record))
        for part in (self.answering, self.not_now):
            part.setVisible(call.answers_at_s is not None)
        # Its key must do nothing, either, where nothing answers by itself.
        self.not_now.setEnabled(call.answers_at_s is not None)
        self.no_place.setVisible(not call.has_place)
        for button in (self.accept, self.lines):
            disable(button, is_disabled=not call.has_place)
        self.accept.setAccessibleDescription("" if call.has_place else shown(NO_PLACE))
        name = words.agent(record)
        self.accept.setAccessibleName(self.tr("Accept the call for {agent}").format(agent=name))
        self.decline.setAccessibleName(self.tr("Decline the call for {agent}").format(agent=name))
        self.lines.setAccessibleName(self.tr("Accept the call for {agent} on a line").format(agent=name))

    @property
    def first(self) -> QWidget:
        """What is to have the keyboard: Accept, so that Return takes the call; no button while nobody can take it."""
        return self.accept if self.accept.isEnabled() else self

    def show_lines(self, choices: Sequence[LineChoice]) -> None:
        """Offer to accept the call on these lines."""
        self.lines.show_lines(choices)

    def show_more(self, text: str) -> None:
        """Say that others wait behind this call; nothing where they are shown beside it."""
        self.more.setText(text)
        self.more.setVisible(bool(text))

    def show_time(self, now_s: float) -> None:
        """Show how long the call still rings at *now_s* on the clock of `CallView.rings_until_s`."""
        if self._call is None or self._call.rings_until_s is None:
            return
        record = self._call.record
        whole_s = (record.ring_expires_at - record.created_at).total_seconds()
        self.countdown.show_left(self._call.rings_until_s - now_s, whole_s)
        self.answering.setText(presence_words.answering(self._call, now_s))

    def _accept_on(self, line: str) -> None:
        if self._call is not None:
            self.line_chosen.emit(self._call.record.session_id, line)

    def _request_ring_on(self) -> None:
        if self._call is not None:
            self.ring_on_requested.emit(self._call.record.session_id)

    def _request(self, action: Action) -> None:
        if self._call is not None:
            self.action_requested.emit(self._call.record.session_id, action)
