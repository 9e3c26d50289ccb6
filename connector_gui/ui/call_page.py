"""The panel during a conversation and after it: who, how long, what is said, how loud, what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from connector_gui.core.call import CallState
from connector_gui.core.record import CallRecord, Score
from connector_gui.core.service import Action
from connector_gui.core.view import CallView, Levels
from connector_gui.ui import words
from connector_gui.ui.desk_menu import MUTABLE
from connector_gui.ui.plain_text import one_line, tooltip
from connector_gui.ui.symbols import Symbol
from connector_gui.ui.theme import GAP_L, GAP_M, GAP_S, GAP_XS, TextSize, Theme, set_role
from connector_gui.ui.translation import shown
from connector_gui.ui.widgets.approval_card import ApprovalCard
from connector_gui.ui.widgets.banner import Banner
from connector_gui.ui.widgets.device_menu import DeviceMenu
from connector_gui.ui.widgets.elided_label import ElidedLabel
from connector_gui.ui.widgets.key_button import KeyButton
from connector_gui.ui.widgets.live_transcript import LiveTranscript
from connector_gui.ui.widgets.meter import LevelMeter
from connector_gui.ui.widgets.record_button import RecordButton
from connector_gui.ui.widgets.round_trip_line import RoundTripLine
from connector_gui.ui.widgets.say_line import SayLine
from connector_gui.ui.widgets.status_sign import StatusSign
from connector_gui.ui.widgets.text import dress, hairline, label

NOTICE_S: Final = 20.0
"""How long a notice stands before it gives its place back to the transcript."""
SENDABLE: Final = frozenset({CallState.ACTIVE, CallState.HELD})
"""States in which there is an agent to write to."""
MICROPHONE_ACCESS: Final = frozenset({"microphone_blocked", "microphone_lost"})
"""Notices that the system's privacy settings may be the cure of."""


class CallPage(QWidget):
    """One call from its acceptance until its ending has been read."""

    action_requested = Signal(str, Action)
    recording_requested = Signal(str, bool)
    devices_requested = Signal()
    dismiss_requested = Signal()
    text_entered = Signal(str, str, str)
    """A call's ``session_id``, text for its agent, and the `MessageKind`."""
    typing = Signal(str)
    """The operator is busy typing to the agent of this call."""
    approval_answered = Signal(str, str, bool)
    """A call's ``session_id``, the ``tool_call_id``, and whether the operator approves."""
    turn_rated = Signal(str, int, object)
    """A call's ``session_id``, the turn's event id, and its `Score`."""
    volume_chosen = Signal(str, int)
    """A call's ``session_id``, and how loud its agent is to be, in percent."""
    privacy_page_requested = Signal()
    """Open the place where the system lets programs hear the microphone."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._call: CallView | None = None
        self._has_privacy_page = False
        self._notices_told = 0
        self._notice_ends_s: float | None = None
        self.transcript = LiveTranscript(theme, self)
        self.transcript.rated.connect(self._on_rated)
        self.empty = label(theme, role="muted", wraps=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.speaking = ElidedLabel(self)
        dress(self.speaking, theme)
        set_role(self.speaking, role="muted")
        self.round_trip = label(theme, role="muted", tabular=True)
        self.round_trip_line = RoundTripLine(theme, self)
        now = QHBoxLayout()
        now.setSpacing(GAP_M)
        now.addWidget(self.speaking, 1)
        now.addWidget(self.round_trip_line)
        now.addSpacing(GAP_S - GAP_M)
        now.addWidget(self.round_trip)
        self.record = RecordButton(theme, self)
        self.record.clicked.connect(self._on_record)
        now.addWidget(self.record)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_S)
        column.addLayout(self._head())
        column.addWidget(hairline(self))
        self.notice = Banner("warning", self.tr("Privacy settings"), parent=self)
        self.notice.action_requested.connect(self.privacy_page_requested)
        column.addWidget(self.notice)
        self.limits = Banner("banner", parent=self)
        column.addWidget(self.limits)
        column.addWidget(self.empty, 1)
        column.addWidget(self.transcript, 1)
        self.approval = ApprovalCard(theme, self)
        self.approval.answered.connect(self._on_answered)
        column.addWidget(self.approval)
        column.addLayout(now)
        column.addWidget(hairline(self))
        self.controls, self.epilogue = self._controls(), self._epilogue()
        column.addWidget(self.controls)
        column.addWidget(self.epilogue)

    # --- parts -----------------------------------------------------------------------------

    def _head(self) -> QHBoxLayout:
        self.agent, self.caller = ElidedLabel(self), ElidedLabel(self)
        dress(self.agent, self._theme, size=TextSize.NAME, semibold=True)
        dress(self.caller, self._theme)
        set_role(self.caller, role="muted")
        self.sign = StatusSign(self._theme, self)
        self.duration = label(self._theme, size=TextSize.DURATION, tabular=True)
        names, state, head = QVBoxLayout(), QVBoxLayout(), QHBoxLayout()
        names.setSpacing(GAP_XS)
        names.addWidget(self.agent)
        names.addWidget(self.caller)
        names.addStretch(1)
        state.setSpacing(0)
        state.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignRight)
        state.addWidget(self.duration, 0, Qt.AlignmentFlag.AlignRight)
        head.setSpacing(GAP_L)
        head.addLayout(names, 1)
        head.addLayout(state)
        return head

    def _controls(self) -> QWidget:
        box = QWidget(self)
        self.operator_meter = LevelMeter(self._theme, self.tr("Your level"), box)
        self.agent_meter = LevelMeter(self._theme, self.tr("The agent's level"), box)
        meters = QHBoxLayout()
        meters.setSpacing(GAP_S)
        for name, meter in ((self.tr("You"), self.operator_meter), (self.tr("Agent"), self.agent_meter)):
            meters.addWidget(label(self._theme, name, role="muted", size=TextSize.LABEL))
            meters.addWidget(meter, 1)
            meters.addSpacing(GAP_S if meter is self.operator_meter else 0)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_S)
        column.addLayout(meters)
        column.addSpacing(GAP_XS)
        column.addLayout(self._buttons())
        self.say = SayLine(box)
        self.say.text_entered.connect(self._on_text)
        self.say.typing.connect(self._on_typing)
        self.say.left.connect(self.setFocus)
        column.addWidget(self.say)
        return box

    def _buttons(self) -> QHBoxLayout:
        self.mute = KeyButton(self._theme, "call", self.tr("Mute"), self.tr("Unmute"), key="M")
        self.hold = KeyButton(self._theme, "call", self.tr("Hold"), self.tr("Resume"), key="H")
        for button, handler in ((self.mute, self._on_mute), (self.hold, self._on_hold)):
            button.setCheckable(True)
            button.clicked.connect(handler)
        self.devices = KeyButton(self._theme, "call", self.tr("Devices"))
        self.devices.setToolTip(self.tr("Microphone, speaker and the agent's volume"))
        self.device_menu = DeviceMenu(self._theme, self)
        self.device_menu.settings_requested.connect(self.devices_requested)
        self.device_menu.volume_chosen.connect(self._on_volume)
        self.devices.clicked.connect(self._open_devices)
        self.end = KeyButton(self._theme, "end", self.tr("End"), symbol=Symbol.END)
        self.end.setAccessibleName(self.tr("End the call"))
        self.end.clicked.connect(lambda: self._request(Action.END))
        row = QHBoxLayout()
        row.setSpacing(GAP_S)
        for button in (self.mute, self.hold, self.devices):
            row.addWidget(button)
        row.addSpacing(GAP_S)
        row.addWidget(self.end, 1)
        return row

    def _epilogue(self) -> QWidget:
        box = QWidget(self)
        self.why = label(self._theme, semibold=True, wraps=True)
        self.advice = label(self._theme, role="muted", wraps=True)
        self.done = QPushButton(self.tr("Done"), box)
        self.done.setAutoDefault(True)
        set_role(self.done, kind="plain")
        self.done.clicked.connect(self.dismiss_requested)
        column, foot = QVBoxLayout(box), QHBoxLayout()
        column.setContentsMargins(0, GAP_XS, 0, 0)
        column.setSpacing(GAP_XS)
        column.addWidget(self.why)
        column.addWidget(self.advice)
        column.addSpacing(GAP_M)
        foot.addStretch(1)
        foot.addWidget(self.done)
        column.addLayout(foot)
        return box

    # --- what is shown ---------------------------------------------------------------------

    @property
    def session_id(self) -> str | None:
        """The call that is shown; ``None`` once it is over."""
        return self._call.record.session_id if self._call is not None else None

    def show_call(self, call: CallView, *, is_busy: bool = False) -> None:
        """Show *call*, which was accepted and is not over; *is_busy*: further ones are refused meanwhile."""
        record = call.record
        if self._call is None or self._call.record.session_id != record.session_id:
            self._clear_meters()
            self._notices_told = 0
        self._call = call
        self._tell_limits(call.limits)
        self._tell_notice(record, call.limits)
        self._show_who(record, words.status_of(call))
        self.sign.show_busy(self.tr("New calls are refused until a conversation is over") if is_busy else "")
        can_send = record.status in SENDABLE
        self._show_transcript(record, call.tentative_text, self._nothing_yet(record))
        self.transcript.offer_rating(can_send)
        self._show_questions(call)
        self.device_menu.show_call(call)
        self.say.show_call(record.session_id, can_send=can_send)
        self.speaking.show_text(words.who_speaks(call))
        self._show_round_trip(call)
        for part in (self.speaking, self.round_trip, self.round_trip_line, self.record):
            part.show()
        self._show_buttons(record)
        self.controls.show()
        self.epilogue.hide()

    def show_ended(self, record: CallRecord) -> None:
        """Show why *record* is over."""
        was_writing = self.say.has_focus
        self._call = None
        self.say.forget(record.session_id)
        self.approval.show_questions(())
        self.notice.show_text("")
        self._tell_limits(())
        self._show_who(record, words.ended_status(record))
        self.sign.show_busy("")
        self.duration.setText(words.clock(record.duration_s) if record.started_at is not None else "")
        self._show_transcript(record, "", self.tr("Nothing was said."))
        self.transcript.offer_rating(False)
        ending = words.ending(record)
        self.why.setText(ending.title)
        self.advice.setText(ending.advice)
        self.advice.setVisible(bool(ending.advice))
        self._clear_meters()
        for part in (self.speaking, self.round_trip, self.round_trip_line, self.record, self.controls):
            part.hide()
        self.epilogue.show()
        if was_writing:  # the Enter that was meant to send must not press what comes in its place
            self.setFocus()

    def show_levels(self, levels: Levels) -> None:
        """Move both meters; nothing while the page is not seen."""
        if self._call is not None and self.isVisible():
            self.operator_meter.show_level(levels.operator)
            self.agent_meter.show_level(levels.agent)

    def show_time(self, now_s: float) -> None:
        """Let the duration go on, by the clock of `CallView.started_s`."""
        self.approval.show_time(now_s)
        if self._call is not None:
            started_s = self._call.started_s
            self.duration.setText("" if started_s is None else words.clock(now_s - started_s))
            types_until_s = self._call.types_until_s
            if types_until_s is not None and now_s >= types_until_s:
                # Nobody tells that somebody has stopped typing.
                self._call = replace(self._call, types_until_s=None)
                self.speaking.show_text(words.who_speaks(self._call))
        if self.notice.text and self._notice_ends_s is None:
            self._notice_ends_s = now_s + NOTICE_S
        elif self._notice_ends_s is not None and now_s >= self._notice_ends_s:
            self.notice.show_text("")

    def offer_privacy_page(self, is_there: bool) -> None:
        """Whether the system has a page where programs are let to the microphone."""
        self._has_privacy_page = is_there

    # --- inside ----------------------------------------------------------------------------

    def _tell_limits(self, sentences: tuple[str, ...]) -> None:
        """Say what the call's sound cannot do, for as long as it is so."""
        text = "\n".join(one_line(shown(sentence), 300) for sentence in sentences)
        if text != self.limits.text:  # a line that is read aloud by a screen reader is not set anew for nothing
            self.limits.show_text(text)

    def _tell_notice(self, record: CallRecord, limits: tuple[str, ...]) -> None:
        """Say the newest notice for a while, unless it stands there anyway; the record keeps them all."""
        has_news = len(record.notices) > self._notices_told
        if has_news and record.notices[-1].message not in limits:
            newest = record.notices[-1]
            is_about_access = self._has_privacy_page and newest.code in MICROPHONE_ACCESS
            self.notice.show_text(one_line(shown(newest.message), 300), has_action=is_about_access)
            self._notice_ends_s = None
        elif not record.notices:
            self.notice.show_text("")
        self._notices_told = len(record.notices)

    def _show_who(self, record: CallRecord, status: words.Status) -> None:
        self.agent.show_text(words.agent(record))
        who = words.caller(record) or (self.tr("Practice call") if record.practice else words.sender(record))
        self.caller.show_text(who, words.details(record))
        self.sign.show_status(status)

    def _show_transcript(self, record: CallRecord, tentative_text: str, nothing: str) -> None:
        is_empty = not record.transcript and not tentative_text and not record.tool_calls
        self.empty.setText(nothing)
        self.empty.setVisible(is_empty)
        self.transcript.setVisible(not is_empty)
        self.transcript.show_entries(record.transcript, tentative_text, record.tool_calls)

    def _show_questions(self, call: CallView) -> None:
        had_focus = self.approval.has_focus
        self.approval.show_questions(call.approvals)
        if had_focus and not self.approval.isVisibleTo(self):
            self.setFocus()

    def _show_round_trip(self, call: CallView) -> None:
        self.round_trip.setText(words.round_trip(call.round_trip_ms))
        self.round_trip_line.show_round_trips(call.round_trips)
        tip = tooltip(words.round_trip_details(call))
        for part in (self.round_trip, self.round_trip_line):
            if part.toolTip() != tip:
                part.setToolTip(tip)

    def _nothing_yet(self, record: CallRecord) -> str:
        if record.status is CallState.CONNECTING:
            return self.tr("What you and the agent say will appear here.")
        return self.tr("Nothing has been said yet.")

    def _show_buttons(self, record: CallRecord) -> None:
        can_change = record.status in MUTABLE
        for button, is_on in ((self.mute, record.muted), (self.hold, record.held)):
            button.setEnabled(can_change)
            button.setChecked(is_on)
        self.mute.setText(self.tr("Unmute") if record.muted else self.tr("Mute"))
        self.hold.setText(self.tr("Resume") if record.held else self.tr("Hold"))
        self.end.setEnabled(record.status is not CallState.ENDING)
        self.record.show_recording(is_recording=record.recording.state == "running", can_change=can_change)

    def _clear_meters(self) -> None:
        self.operator_meter.clear()
        self.agent_meter.clear()

    def _on_record(self) -> None:
        if self._call is not None:
            self.recording_requested.emit(self._call.record.session_id, not self.record.is_recording)

    def _open_devices(self) -> None:
        """Above the button: beneath it there is most often no room."""
        height_px = self.device_menu.sizeHint().height()
        self.device_menu.popup(self.devices.mapToGlobal(QPoint(0, -height_px)))

    def _on_volume(self, percent: int) -> None:
        if self._call is not None:
            self.volume_chosen.emit(self._call.record.session_id, percent)

    def _on_text(self, text: str, kind: str) -> None:
        if self._call is not None:
            self.text_entered.emit(self._call.record.session_id, text, kind)

    def _on_typing(self) -> None:
        if self._call is not None:
            self.typing.emit(self._call.record.session_id)

    def _on_answered(self, tool_call_id: str, is_approved: bool) -> None:
        if self._call is not None:
            self.approval_answered.emit(self._call.record.session_id, tool_call_id, is_approved)

    def _on_rated(self, turn_id: int, score: Score) -> None:
        if self._call is not None:
            self.turn_rated.emit(self._call.record.session_id, turn_id, score)

    def _on_mute(self, is_on: bool) -> None:
        # The button shows what is, not what was asked for: the next view says which.
        self.mute.setChecked(not is_on)
        self._request(Action.MUTE if is_on else Action.UNMUTE)

    def _on_hold(self, is_on: bool) -> None:
        self.hold.setChecked(not is_on)
        self._request(Action.HOLD if is_on else Action.RESUME)

    def _request(self, action: Action) -> None:
        if self._call is not None:
            self.action_requested.emit(self._call.record.session_id, action)
