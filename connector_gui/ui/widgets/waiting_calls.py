"""The calls beside the one that is shown large: they ring quietly, or are held."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from connector_gui.core.call import CallState
from connector_gui.core.desk_refusals import NO_PLACE
from connector_gui.core.service import Action
from connector_gui.core.view import CallView
from connector_gui.ui import strip_words, words
from connector_gui.ui.plain_text import tooltip
from connector_gui.ui.strip_words import LineChoice
from connector_gui.ui.theme import GAP_S, TextSize, Theme, set_role
from connector_gui.ui.translation import shown
from connector_gui.ui.widgets.countdown import Countdown
from connector_gui.ui.widgets.disabling import disable
from connector_gui.ui.widgets.elided_label import ElidedLabel
from connector_gui.ui.widgets.line_button import LineButton
from connector_gui.ui.widgets.status_sign import StatusSign
from connector_gui.ui.widgets.text import dress, label

MOST_ROWS = 3
"""More would push the conversation out of sight; the rest is counted."""


class WaitingCalls(QWidget):
    """One row per call; hidden while there is none."""

    action_requested = Signal(str, Action)
    line_chosen = Signal(str, str)
    """Accept a call on the line of that name, or at the ``desk``."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = [_WaitingRow(theme, self) for _ in range(MOST_ROWS)]
        self._more = label(theme, role="muted", size=TextSize.LABEL)
        self.no_place = label(theme, shown(NO_PLACE), role="muted", size=TextSize.LABEL, wraps=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_S)
        for row in self._rows:
            row.action_requested.connect(self.action_requested)
            row.line_chosen.connect(self.line_chosen)
            column.addWidget(row)
        column.addWidget(self._more)
        column.addWidget(self.no_place)
        self.show_calls(())

    @property
    def rows(self) -> list[_WaitingRow]:
        """The rows that show a call."""
        return [row for row in self._rows if not row.isHidden()]

    def show_calls(self, calls: Sequence[CallView]) -> None:
        """Show *calls*, the next one to answer first."""
        for position, row in enumerate(self._rows):
            row.show_call(calls[position] if position < len(calls) else None)
        more = len(calls) - len(self._rows)
        self._more.setVisible(more > 0)
        self._more.setText(self.tr("and %n more", None, max(0, more)))
        self.no_place.setVisible(any(_is_kept_waiting(call) for call in calls))
        self.setVisible(bool(calls))

    def show_lines(self, choices: Sequence[LineChoice]) -> None:
        """Offer to accept calls on these lines."""
        for row in self._rows:
            row.show_lines(choices)

    def show_time(self, now_s: float) -> None:
        """Let the countdowns go on."""
        for row in self.rows:
            row.show_time(now_s)


class _WaitingRow(QFrame):
    """A call in one line: state, who, and its buttons."""

    action_requested = Signal(str, Action)
    line_chosen = Signal(str, str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._call: CallView | None = None
        self._choices: tuple[LineChoice, ...] = ()
        set_role(self, role="card")
        self.sign, self.who, self.countdown = StatusSign(theme, self), ElidedLabel(self), Countdown(theme, self)
        dress(self.who, theme)
        self.refuse, self.take = QPushButton(self), QPushButton(self)
        for button in (self.refuse, self.take):
            button.setAutoDefault(True)
            set_role(button, kind="plain")
        self.refuse.clicked.connect(lambda: self._request(Action.DECLINE, Action.END))
        self.take.clicked.connect(lambda: self._request(Action.ACCEPT, Action.RESUME))
        self.lines = LineButton(theme, "plain", self)
        self.lines.chosen.connect(self._accept_on)
        line = QHBoxLayout(self)
        line.setContentsMargins(GAP_S, GAP_S, GAP_S, GAP_S)
        line.setSpacing(GAP_S)
        line.addWidget(self.sign)
        line.addWidget(self.countdown)
        line.addWidget(self.who, 1)
        line.addWidget(self.refuse)
        line.addWidget(self.take)
        line.addWidget(self.lines)

    def show_call(self, call: CallView | None) -> None:
        self._call = call
        self.setVisible(call is not None)
        if call is None:
            return
        rings = call.record.status is CallState.RINGING
        self.sign.show_status(words.status_of(call))
        self.sign.setVisible(not rings)
        self.countdown.setVisible(rings)
        name = words.agent(call.record)
        self.who.show_text(strip_words.who(call), words.details(call.record))
        self.refuse.setText(self.tr("Decline") if rings else self.tr("End"))
        self.take.setText(self.tr("Accept") if rings else self.tr("Resume"))
        for button in (self.refuse, self.take):
            button.setAccessibleName(f"{button.text()}: {name}")
            button.setToolTip(tooltip([f"{button.text()} · {name}"]))
        self._offer_to_take(can_take=not _is_kept_waiting(call))
        self.lines.setAccessibleName(self.tr("Accept the call for {agent} on a line").format(agent=name))
        self.show_lines(self._choices)

    def _offer_to_take(self, *, can_take: bool) -> None:
        """Offer Accept, or Resume; or say why not."""
        if not can_take:
            self.take.setToolTip(tooltip([shown(NO_PLACE)]))
        self.take.setAccessibleDescription("" if can_take else shown(NO_PLACE))
        for button in (self.take, self.lines):
            disable(button, is_disabled=not can_take)

    def show_lines(self, choices: Sequence[LineChoice]) -> None:
        self._choices = tuple(choices)
        rings = self._call is not None and self._call.record.status is CallState.RINGING
        self.lines.show_lines(self._choices if rings else ())

    def _accept_on(self, line: str) -> None:
        if self._call is not None:
            self.line_chosen.emit(self._call.record.session_id, line)

    def show_time(self, now_s: float) -> None:
        if self._call is None or self._call.rings_until_s is None:
            return
        record = self._call.record
        whole_s = (record.ring_expires_at - record.created_at).total_seconds()
        self.countdown.show_left(self._call.rings_until_s - now_s, whole_s)

    def _request(self, of_ringing: Action, of_held: Action) -> None:
        if self._call is not None:
            rings = self._call.record.status is CallState.RINGING
            self.action_requested.emit(self._call.record.session_id, of_ringing if rings else of_held)


def _is_kept_waiting(call: CallView) -> bool:
    """It rings, and nobody can accept it now."""
    return call.record.status is CallState.RINGING and not call.has_place
