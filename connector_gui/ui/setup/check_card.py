"""The sound check: a button, what to do now, then three lines of what was found."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from connector_gui.core.sound_check import CheckStep, SoundCheck
from connector_gui.ui.settings_pages.page import button
from connector_gui.ui.setup.check_words import Finding, findings, step_words
from connector_gui.ui.theme import GAP_L, GAP_M, GAP_S, GAP_XS, TextSize, Theme, set_role
from connector_gui.ui.widgets.text import label


class CheckCard(QFrame):
    """Asks for a check and shows it."""

    check_requested = Signal()
    stop_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, role="card")
        self.is_running = False
        self.title = label(theme, self.tr("Test it with the practice agent"), semibold=True)
        self.state = label(theme, role="muted", wraps=True)
        self.state.setText(self.tr("The agent speaks, then you do: 15 seconds. Nothing is kept, nothing leaves here."))
        self.start = button(self.tr("&Start the test"))
        self.start.clicked.connect(self._ask)
        self.lines = [_Line(theme) for _ in range(3)]
        self._lay_out()

    def _lay_out(self) -> None:
        head, words, column = QHBoxLayout(), QVBoxLayout(), QVBoxLayout(self)
        words.setSpacing(GAP_XS)
        words.addWidget(self.title)
        words.addWidget(self.state)
        head.setSpacing(GAP_L)
        head.addLayout(words, 1)
        head.addWidget(self.start, 0, Qt.AlignmentFlag.AlignVCenter)
        column.setContentsMargins(GAP_L, GAP_M, GAP_L, GAP_M)
        column.setSpacing(GAP_M)
        column.addLayout(head)
        for line in self.lines:
            column.addWidget(line)

    def show_step(self, step: CheckStep) -> None:
        """Say what happens now."""
        self.is_running = step is not CheckStep.STOPPED
        self._say(step_words(step), role="ring" if step is CheckStep.OPERATOR else "muted")
        if step is CheckStep.QUIET:
            self._show_lines([])
        self._show_button()

    def show_check(self, check: SoundCheck) -> None:
        """Say what was found."""
        self.is_running = False
        found = findings(check)
        is_good = all(one.role == "live" for one in found)
        self._say(self.tr("All is well.") if is_good else self.tr("This can be better:"), role="muted")
        self._show_lines(found)
        self._show_button()

    def _show_lines(self, found: list[Finding]) -> None:
        for position, line in enumerate(self.lines):
            line.show_finding(found[position] if position < len(found) else None)

    def _say(self, words: str, *, role: str) -> None:
        self.state.setText(words)
        set_role(self.state, role=role)
        QAccessible.updateAccessibility(QAccessibleEvent(self.state, QAccessible.Event.Alert))

    def _show_button(self) -> None:
        self.start.setText(self.tr("&Stop") if self.is_running else self.tr("Te&st again"))

    def _ask(self) -> None:
        if self.is_running:
            self.stop_requested.emit()
        else:
            self.check_requested.emit()


class _Line(QWidget):
    """One finding; hidden while there is none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.sign, self.words = label(theme, semibold=True), label(theme, semibold=True, wraps=True)
        self.figure = label(theme, role="muted", tabular=True)
        self.cure = label(theme, size=TextSize.LABEL, role="muted", wraps=True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GAP_S)
        grid.setVerticalSpacing(GAP_XS)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.sign, 0, 0)
        grid.addWidget(self.words, 0, 1)
        grid.addWidget(self.figure, 0, 2)
        grid.addWidget(self.cure, 1, 1, 1, 2)
        self.hide()

    @property
    def shown(self) -> str:
        """All that it says."""
        parts: list[QLabel] = [self.words, self.figure, self.cure]
        return " · ".join(part.text() for part in parts if part.text())

    def show_finding(self, finding: Finding | None) -> None:
        self.setVisible(finding is not None)
        if finding is None:
            return
        self.sign.setText(finding.sign)
        self.words.setText(finding.words)
        self.figure.setText(finding.figure)
        self.cure.setText(finding.cure)
        self.cure.setVisible(bool(finding.cure))
        for one in (self.sign, self.words):
            set_role(one, role=finding.role)
        self.setAccessibleName(self.shown)
