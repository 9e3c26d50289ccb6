"""Status: how every part of the program does, and what to do where one does not.

It holds no service. What the operator wants leaves it by signals; what holds comes in by `show_…`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from connector_gui.core.status import Condition, Cure, StatusLine
from connector_gui.ui import status_words
from connector_gui.ui.first_size import fit_screen
from connector_gui.ui.icon import app_icon
from connector_gui.ui.theme import CONTROL_HEIGHT, GAP_L, GAP_M, WINDOW_PADDING, TextSize, Theme, set_role
from connector_gui.ui.widgets.condition_sign import ConditionSign
from connector_gui.ui.widgets.copy_button import CopyButton
from connector_gui.ui.widgets.text import label

DEFAULT_SIZE: Final = (640, 600)
SMALLEST_WIDTH: Final = 460


class StatusRow:
    """The widgets of one line."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        self.sign = ConditionSign(theme, parent)
        self.subject = label(theme, semibold=True, parent=parent)
        self.condition = label(theme, size=TextSize.LABEL, semibold=True, parent=parent)
        self.sentence = label(theme, wraps=True, parent=parent)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.cure = QPushButton(parent)
        self.cure.setAutoDefault(True)
        set_role(self.cure, kind="plain")
        self.line: StatusLine | None = None

    @property
    def parts(self) -> tuple[QWidget, ...]:
        """All of them, in the order of the columns."""
        return (self.sign, self.subject, self.condition, self.sentence, self.cure)

    def show_line(self, line: StatusLine) -> None:
        """Show *line*; what has not changed is left alone, so that a screen reader does not say it again."""
        if line == self.line:
            return
        self.line = line
        word, role = status_words.condition(line.condition)
        subject, sentence = status_words.subject(line.subject), status_words.how_it_does(line)
        self.sign.show_condition(line.condition)
        self.subject.setText(subject)
        self.condition.setText(word)
        set_role(self.condition, role=role)
        self.sentence.setText(sentence)
        self.sentence.setAccessibleName(f"{subject}: {word}. {sentence}")
        if line.cure is not None:
            self.cure.setText(status_words.cure(line.cure))
            self.cure.setAccessibleName(f"{subject}: {status_words.cure(line.cure)}")


class StatusWindow(QWidget):
    """Shows the lines; closing hides it.

    Signals:
        opened: It came to the screen: `show_status` is wanted now, and every few seconds while it is there.
        left: It went from the screen.
        cure_requested: A `Cure` that the operator chose.
    """

    opened = Signal()
    left = Signal()
    cure_requested = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._diagnostics = ""
        self.rows: list[StatusRow] = []
        self.setWindowTitle(self.tr("Status"))
        self.setWindowIcon(app_icon())
        self.setMinimumWidth(SMALLEST_WIDTH)
        self.title = label(theme, size=TextSize.NAME, semibold=True)
        self.about = label(theme, role="muted", size=TextSize.LABEL)
        self.copy = CopyButton(self.tr("diagnostics"), lambda: self._diagnostics, words=self.tr("Copy diagnostics"))
        self._card = QFrame(self)
        set_role(self._card, role="card")
        self._cells = QGridLayout(self._card)
        self._lay_out()
        close = QShortcut(self)
        close.setKeys([*QKeySequence.keyBindings(QKeySequence.StandardKey.Close), QKeySequence("Esc")])
        close.activated.connect(self.close)

    def _lay_out(self) -> None:
        self._cells.setContentsMargins(GAP_L, GAP_M, GAP_L, GAP_M)
        self._cells.setHorizontalSpacing(GAP_M)
        self._cells.setVerticalSpacing(GAP_M)
        self._cells.setColumnStretch(3, 1)
        self._area = area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        inner = QVBoxLayout(inside)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self._card)
        inner.addStretch(1)
        area.setWidget(inside)
        area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        hint = self.tr("For whoever helps you: codes and figures, without keys, names, numbers or addresses.")
        foot = QHBoxLayout()
        foot.setSpacing(GAP_M)
        foot.addWidget(label(self._theme, hint, role="muted", size=TextSize.LABEL, wraps=True), 1)
        foot.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(WINDOW_PADDING, WINDOW_PADDING, WINDOW_PADDING, WINDOW_PADDING)
        column.setSpacing(GAP_M)
        column.addWidget(self.title)
        column.addWidget(area, 1)
        column.addLayout(foot)
        column.addWidget(self.about)
        self.resize(*DEFAULT_SIZE)

    # --- what is shown -----------------------------------------------------------------------------

    def open(self) -> None:
        """Come to the front."""
        if self.isMinimized():
            self.showNormal()
        fit_screen(self)
        self.show()
        self.raise_()
        self.activateWindow()
        self.copy.setFocus()
        self.opened.emit()

    def show_status(self, lines: Sequence[StatusLine], about: str, diagnostics: str) -> None:
        """Show *lines*, and *about* the program; *diagnostics* is what can be copied."""
        self._diagnostics = diagnostics
        self.about.setText(about)
        self.title.setText(self._summary(lines))
        while len(self.rows) < len(lines):
            self._add_row()
        for row, line in zip(self.rows, lines, strict=False):
            row.show_line(line)
        for position, row in enumerate(self.rows):
            for part in row.parts:
                part.setVisible(position < len(lines))
            has_cure = row.line is not None and row.line.cure is not None
            row.cure.setVisible(position < len(lines) and has_cure)
        self._keep_whole()

    def _keep_whole(self) -> None:
        """Let the window be no narrower than its lines: they cannot be moved sideways."""
        inside = self._area.widget()
        layout = inside.layout() if inside is not None else None
        if inside is not None and layout is not None:
            layout.activate()  # what was said just now counts
            bar_px = self._area.verticalScrollBar().sizeHint().width()
            self._area.setMinimumWidth(inside.minimumSizeHint().width() + bar_px)

    def _summary(self, lines: Sequence[StatusLine]) -> str:
        conditions = [line.condition for line in lines]
        problems = conditions.count(Condition.PROBLEM)
        if problems:
            return self.tr("%n thing(s) need you", None, problems)
        if Condition.UNKNOWN in conditions:
            return self.tr("Checking…")
        return self.tr("All is well")

    def _add_row(self) -> None:
        row, number = StatusRow(self._theme, self._card), len(self.rows)
        for column, part in enumerate(row.parts):
            self._cells.addWidget(part, number, column, Qt.AlignmentFlag.AlignVCenter)
        # As high with a button as without, so that nothing jumps.
        self._cells.setRowMinimumHeight(number, self._theme.px(CONTROL_HEIGHT))
        row.cure.clicked.connect(lambda: self._ask_for(row))
        self.rows.append(row)

    def _ask_for(self, row: StatusRow) -> None:
        if row.line is not None and row.line.cure is not None:
            self.cure_requested.emit(Cure(row.line.cure))

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.left.emit()
