"""The page of one call: how it went, what was said, what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QSplitter, QVBoxLayout, QWidget

from connector_gui.core.call import Outcome
from connector_gui.core.record import CallRecord
from connector_gui.ui import words as desk_words
from connector_gui.ui.history import words
from connector_gui.ui.history.call_details import CallDetails
from connector_gui.ui.history.heard_transcript import HeardTranscript
from connector_gui.ui.history.outcome_signs import sign_pixmap
from connector_gui.ui.history.player_bar import PlayerBar
from connector_gui.ui.symbols import Symbol, wear
from connector_gui.ui.theme import GAP_L, GAP_M, GAP_S, GAP_XS, TextSize, Theme, set_role
from connector_gui.ui.widgets.banner import Banner
from connector_gui.ui.widgets.elided_label import ElidedLabel
from connector_gui.ui.widgets.text import dress, label


class ExportKind(StrEnum):
    """The files that calls can become."""

    TEXT = "txt"
    SUBTITLES = "srt"
    AUDIO = "audio"
    TABLE = "csv"
    JSON = "json"


class CallPage(QWidget):
    """Shows one call; its wishes leave by signals and mean the call that is shown."""

    call_again_requested = Signal()
    export_requested = Signal(ExportKind)
    deletion_requested = Signal()
    person_requested = Signal()

    def __init__(self, theme: Theme, today: Callable[[], date] = words.today, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._today = today
        self.record: CallRecord | None = None
        self._sign = QLabel()
        self.outcome = label(theme, semibold=True, tabular=True)
        self.when = label(theme, role="muted", tabular=True)
        self.agent, self.caller = ElidedLabel(), ElidedLabel()
        dress(self.agent, theme, size=TextSize.NAME, semibold=True)
        dress(self.caller, theme, size=TextSize.TRANSCRIPT)
        self.why = label(theme, role="muted", wraps=True)
        self.failure = Banner("warning")
        self.call_again = QPushButton(self.tr("Call again"))
        self.export = QPushButton(self.tr("Export") + " ▾")
        self.delete = QPushButton(self.tr("Delete") + " ▾")
        for one, symbol in (
            (self.call_again, Symbol.CALL),
            (self.export, Symbol.EXPORT),
            (self.delete, Symbol.DELETE),
        ):
            wear(one, theme, symbol)
        self.player = PlayerBar(theme)
        self.transcript = HeardTranscript(theme)
        self.silence = label(theme, self.tr("Nothing was said in this call."), role="muted")
        # Made where they will stand: what moves in with all its parts is dressed once more.
        self.columns = QSplitter(Qt.Orientation.Horizontal, self)
        self._centre = QWidget(self.columns)
        self.details = CallDetails(theme, self.columns)
        self._make_menus()
        self._lay_out()
        self.call_again.clicked.connect(self.call_again_requested)
        self.transcript.turn_requested.connect(self.player.play_requested)
        theme.changed.connect(self._dress)

    def _make_menus(self) -> None:
        exports, deletions = QMenu(self), QMenu(self)
        names = {
            ExportKind.TEXT: self.tr("Transcript as text…"),
            ExportKind.SUBTITLES: self.tr("Transcript as subtitles…"),
            ExportKind.AUDIO: self.tr("Recording…"),
            ExportKind.TABLE: self.tr("Call as table (CSV)…"),
            ExportKind.JSON: self.tr("Call as JSON…"),
        }
        self.exports = {kind: exports.addAction(name) for kind, name in names.items()}
        for kind, action in self.exports.items():
            action.triggered.connect(partial(self._export, kind))
        delete = deletions.addAction(self.tr("Delete this call…"))
        delete.triggered.connect(lambda: self.deletion_requested.emit())
        person = deletions.addAction(self.tr("Delete everything of this person…"))
        person.triggered.connect(lambda: self.person_requested.emit())
        self.deletions = (delete, person)
        self.export.setMenu(exports)
        self.delete.setMenu(deletions)

    def _export(self, kind: ExportKind, _is_on: bool = False) -> None:
        self.export_requested.emit(kind)

    def _lay_out(self) -> None:
        head, buttons = QHBoxLayout(), QHBoxLayout()
        head.setSpacing(GAP_S)
        for widget in (self._sign, self.outcome):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self.when)
        buttons.setSpacing(GAP_S)
        for button in (self.call_again, self.export, self.delete):
            set_role(button, kind="plain")
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self._centre)
        column.setContentsMargins(GAP_L, 0, GAP_L, 0)
        column.setSpacing(GAP_XS)
        column.addLayout(head)
        column.addWidget(self.agent)
        column.addWidget(self.caller)
        column.addWidget(self.why)
        column.addSpacing(GAP_XS)
        column.addWidget(self.failure)
        column.addSpacing(GAP_XS)
        column.addLayout(buttons)
        column.addSpacing(GAP_M)
        column.addWidget(self.player)
        column.addSpacing(GAP_S)
        column.addWidget(self.transcript, 1)
        column.addWidget(self.silence, 1, Qt.AlignmentFlag.AlignCenter)
        self.details.setMinimumWidth(220)
        self._centre.setMinimumWidth(340)
        self.columns.addWidget(self._centre)
        self.columns.addWidget(self.details)
        self.columns.setChildrenCollapsible(False)
        self.columns.setStretchFactor(0, 1)
        self.columns.setHandleWidth(GAP_L)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.columns)

    # --- what is shown -----------------------------------------------------------------------------

    def show_call(self, record: CallRecord, *, has_audio: bool) -> None:
        """Show *record*, whole; a call that is shown already keeps its place and what is being written."""
        is_other = self.record is None or self.record.session_id != record.session_id
        had_audio = not self.player.isHidden()
        self.record = record
        why = desk_words.ending(record)
        self.outcome.setText(words.outcome_word(record.outcome))
        day = words.day_title(record.created_at.astimezone().date(), self._today())
        self.when.setText(f"{day} {words.time_of_day(record.created_at)}")
        self.agent.show_text(desk_words.agent(record))
        self.caller.show_text(words.caller(record), desk_words.details(record))
        is_failed = record.outcome is Outcome.FAILED
        self.why.setText(f"{why.title}. {why.advice}" if why.advice else why.title)
        self.why.setVisible(not is_failed)
        self.failure.show_text(why.advice if is_failed else "")
        self.call_again.setToolTip(words.call_again(record))
        self.call_again.setAccessibleDescription(words.call_again(record))
        self.exports[ExportKind.AUDIO].setEnabled(has_audio)
        for kind in (ExportKind.TEXT, ExportKind.SUBTITLES):
            self.exports[kind].setEnabled(bool(record.transcript))
        self.player.setVisible(has_audio)
        if is_other or has_audio != had_audio:
            self.player.show_recording(record.recording.duration_s)
        self.transcript.setVisible(bool(record.transcript))
        self.silence.setVisible(not record.transcript)
        self.transcript.show_call(record.transcript, is_playable=has_audio, is_other_call=is_other)
        self.details.show_call(record, is_other_call=is_other)
        self._dress()

    def show_words(self, text: str) -> None:
        """Mark the words that were searched for."""
        self.transcript.show_words(text)

    def show_playback(self, position_s: float, is_playing: bool, problem: str | None) -> None:
        """What the player says."""
        self.player.show_state(position_s, is_playing, problem)
        self.transcript.show_position(position_s, is_playing)

    def leave(self) -> None:
        """Save what is being written; the call is not shown any more."""
        self.details.notes.save()

    def _dress(self) -> None:
        if self.record is None:
            return
        role = words.ROLES[self.record.outcome] if self.record.outcome else "text"
        colour: QColor = getattr(self._theme.colours, role)
        side_px = self._theme.px(16)
        self._sign.setPixmap(sign_pixmap(self.record.outcome, side_px, colour, self.devicePixelRatioF()))
        palette = self.outcome.palette()
        palette.setColor(self.outcome.foregroundRole(), colour)
        self.outcome.setPalette(palette)
