"""The newest calls that are over, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from connector_gui.core.record import CallRecord
from connector_gui.ui import words
from connector_gui.ui.plain_text import tooltip
from connector_gui.ui.theme import GAP_M, GAP_S, TextSize, Theme, set_role
from connector_gui.ui.widgets.elided_label import ElidedLabel
from connector_gui.ui.widgets.text import dress, hairline, label


class RecentCalls(QScrollArea):
    """A card with the newest calls; scrolls where they do not fit."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: tuple[CallRecord, ...] = ()
        self._rows: list[_RecentRow] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Recent calls"))
        self._card = QFrame(self)
        set_role(self._card, role="card")
        self._column = QVBoxLayout(self._card)
        self._column.setContentsMargins(1, 1, 1, 1)
        self._column.setSpacing(0)
        inside = QWidget(self)
        inside.setAutoFillBackground(False)
        outer = QVBoxLayout(inside)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._card)
        outer.addStretch(1)
        self.setWidget(inside)
        self.viewport().setAutoFillBackground(False)

    @property
    def rows(self) -> list[_RecentRow]:
        """The rows that are in use."""
        return self._rows[: len(self._shown)]

    def show_calls(self, records: Sequence[CallRecord], now: datetime) -> None:
        """Show *records*, newest first; times are told as of *now*."""
        records = tuple(records)
        while len(self._rows) < len(records):
            row = _RecentRow(self._theme, has_line=bool(self._rows), parent=self._card)
            self._rows.append(row)
            self._column.addWidget(row)
        for position, row in enumerate(self._rows):
            row.setVisible(position < len(records))
            if position < len(records):
                row.show_call(records[position], now)
        self._shown = records


class _RecentRow(QWidget):
    """Agent and caller on the left, time and outcome on the right."""

    def __init__(self, theme: Theme, *, has_line: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.agent, self.caller = ElidedLabel(self), ElidedLabel(self)
        dress(self.agent, theme, semibold=True)
        dress(self.caller, theme, size=TextSize.LABEL)
        set_role(self.caller, role="muted")
        self.time = label(theme, role="muted", size=TextSize.LABEL, tabular=True)
        self.outcome = label(theme, size=TextSize.LABEL, semibold=True, tabular=True)
        cells = QGridLayout()
        cells.setContentsMargins(GAP_M, GAP_S, GAP_M, GAP_S)
        cells.setHorizontalSpacing(GAP_M)
        cells.setVerticalSpacing(2)
        cells.addWidget(self.agent, 0, 0)
        cells.addWidget(self.time, 0, 1, Qt.AlignmentFlag.AlignRight)
        cells.addWidget(self.caller, 1, 0)
        cells.addWidget(self.outcome, 1, 1, Qt.AlignmentFlag.AlignRight)
        cells.setColumnStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        if has_line:
            column.addWidget(hairline(self))
        column.addLayout(cells)

    def show_call(self, record: CallRecord, now: datetime) -> None:
        word, role = words.outcome(record)
        self.agent.show_text(words.agent(record))
        practice = self.tr("Practice call") if record.practice else ""
        self.caller.show_text(words.caller(record) or practice or words.sender(record) or "–", words.details(record))
        self.time.setText(words.when(record.created_at, now))
        self.outcome.setText(word)
        set_role(self.outcome, role=role)
        why = words.ending(record)
        self.outcome.setToolTip(tooltip([line for line in (why.title, why.advice) if line]))
        self.setAccessibleName(f"{self.agent.text()}, {word}, {self.time.text()}")
