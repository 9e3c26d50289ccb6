"""What is known of a call besides its words: notes, tags, facts, the caller's details, the service's account."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from connector_gui.core.record import CallRecord
from connector_gui.ui import words as desk_words
from connector_gui.ui.history import words
from connector_gui.ui.history.notes import Notes
from connector_gui.ui.history.tags import Tags
from connector_gui.ui.theme import GAP_L, GAP_S, GAP_XS, TextSize, Theme
from connector_gui.ui.widgets.copy_field import CopyField
from connector_gui.ui.widgets.facts import Facts
from connector_gui.ui.widgets.text import label


class CallDetails(QScrollArea):
    """A column of sections; those without content are left out."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.notes, self.tags = Notes(theme), Tags(theme)
        self.summary = label(theme, wraps=True)
        self.summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.account, self.facts, self.metadata = Facts(theme), Facts(theme), Facts(theme)
        self.conversation_id = CopyField(self.tr("Conversation id"))
        self.session_id = CopyField(self.tr("Session id"))
        self._column = QVBoxLayout()
        self._sections = {
            "notes": self._section(self.tr("Notes"), self.notes, self.tags),
            "account": self._section(self.tr("From ElevenLabs"), self.summary, self.account),
            "metadata": self._section(self.tr("Details from the dialer"), self.metadata),
            "facts": self._section(self.tr("The call"), self.facts),
            "conversation": self._section(self.tr("Conversation id"), self.conversation_id),
            "session": self._section(self.tr("Session id"), self.session_id),
        }
        self._lay_out()

    def _lay_out(self) -> None:
        inside = QWidget()
        inside.setAutoFillBackground(False)
        self._column.setContentsMargins(0, 0, GAP_S, GAP_L)
        self._column.setSpacing(GAP_L)
        self._column.addStretch(1)
        inside.setLayout(self._column)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("About the call"))

    def _section(self, title: str, *parts: QWidget) -> QWidget:
        section = QWidget()
        column = QVBoxLayout(section)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_S)
        heading: QLabel = label(self._theme, title, size=TextSize.LABEL, semibold=True, role="muted")
        column.addWidget(heading)
        column.addSpacing(-GAP_XS)
        for part in parts:
            column.addWidget(part)
        self._column.addWidget(section)
        return section

    def show_call(self, record: CallRecord, *, is_other_call: bool) -> None:
        """Show what is known of *record*."""
        self.notes.show_notes(record.session_id, record.notes)
        self.tags.show_tags(record.session_id, record.tags)
        self.facts.show_facts(words.call_facts(record))
        metadata = desk_words.facts(record)
        self.metadata.show_facts(metadata)
        summary, account = words.account_summary(record), words.account_facts(record)
        self.summary.setText(summary)
        self.summary.setVisible(bool(summary))
        self.account.show_facts(account)
        self.conversation_id.show_text(record.conversation_id or "")
        self.session_id.show_text(record.session_id)
        self._sections["metadata"].setVisible(bool(metadata))
        self._sections["account"].setVisible(bool(summary or account))
        self._sections["conversation"].setVisible(bool(record.conversation_id))
        if is_other_call:
            self.verticalScrollBar().setValue(0)
