"""The question whether the agent may use a tool, with what it is to be given, and how long it stands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QFontDatabase, QFontMetrics
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from connector_gui.core.view import PendingApproval
from connector_gui.ui import words
from connector_gui.ui.plain_text import one_line, plain
from connector_gui.ui.theme import GAP_M, GAP_S, GAP_XS, TextSize, Theme, set_role
from connector_gui.ui.widgets.text import label

GUARD_MS: Final = 500
"""A question that has just come up under the pointer is not answered by a click that was meant for something else."""
_LINES: Final = 4
"""Of the arguments, before one has to scroll."""


class ApprovalCard(QFrame):
    """Asks about the first tool that waits; hidden while none does."""

    answered = Signal(str, bool)
    """A `tool_call_id`, and whether the operator approves."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, role="warning")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._asked: PendingApproval | None = None
        self._more = 0
        self.title = label(theme, semibold=True, wraps=True, parent=self)
        self.purpose = label(theme, role="muted", wraps=True, parent=self)
        self.arguments = QPlainTextEdit(self)
        self.arguments.setReadOnly(True)
        self.arguments.setTabChangesFocus(True)
        self.arguments.setAccessibleName(self.tr("What the tool is given"))
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPixelSize(theme.px(TextSize.LABEL))
        self.arguments.setFont(font)
        self.time = label(theme, role="muted", size=TextSize.LABEL, tabular=True, wraps=True, parent=self)
        self.refuse = QPushButton(self.tr("&Refuse"), self)
        self.approve = QPushButton(self.tr("&Approve"), self)
        for button, is_approved in ((self.refuse, False), (self.approve, True)):
            button.setAutoDefault(True)
            set_role(button, kind="plain")
            button.clicked.connect(partial(self._answer, is_approved))
        self._guard = QTimer(self)
        self._guard.setSingleShot(True)
        self._guard.setInterval(GUARD_MS)
        self._guard.timeout.connect(lambda: self._enable(True))
        self._lay_out()
        self.hide()

    def _lay_out(self) -> None:
        foot, column = QHBoxLayout(), QVBoxLayout(self)
        foot.setSpacing(GAP_S)
        foot.addWidget(self.time, 1)
        foot.addWidget(self.refuse)
        foot.addWidget(self.approve)
        column.setContentsMargins(GAP_M, GAP_S, GAP_M, GAP_S)
        column.setSpacing(GAP_XS)
        for part in (self.title, self.purpose, self.arguments):
            column.addWidget(part)
        column.addLayout(foot)

    @property
    def tool_call_id(self) -> str:
        """Which question stands here; empty for none."""
        return self._asked.approval.tool_call_id if self._asked else ""

    def show_questions(self, asked: Sequence[PendingApproval]) -> bool:
        """Ask the first of *asked*, and say how many follow; whether it is a new question."""
        first = next(iter(asked), None)
        # Not by the id alone, which two calls may share.
        is_new = first is not None and first != self._asked
        if first is None:
            self._asked = None
            self.hide()
            return False
        self._asked, self._more = first, len(asked) - 1
        if is_new:
            self._show_question()
        return is_new

    def show_time(self, now_s: float) -> None:
        """Say how long the question stands, by the clock of `PendingApproval`."""
        if self._asked is not None:
            left = words.clock(math.ceil(max(0.0, self._asked.until_s - now_s)))
            text = self.tr("Counts as refused in {time}").format(time=left)
            if self._more:
                text += " · " + self.tr("%n more to answer", None, self._more)
            if text != self.time.text():
                self.time.setText(text)

    def _show_question(self) -> None:
        assert self._asked is not None
        approval = self._asked.approval
        name = plain(approval.tool_name, 80)
        self.title.setText(self.tr("May the agent use “{tool}”?").format(tool=name))
        self.purpose.setText(one_line(approval.description, 160))
        self.purpose.setVisible(bool(approval.description))
        text = "\n".join(_with_its_indent(line) for line in approval.arguments.splitlines())
        self.arguments.setPlainText(text)
        self.arguments.setVisible(bool(text))
        lines = min(_LINES, text.count("\n") + 1)
        frame_px = 2 * round(self.arguments.document().documentMargin()) + 2 * self.arguments.frameWidth()
        self.arguments.setFixedHeight(QFontMetrics(self.arguments.font()).lineSpacing() * lines + frame_px + 2)
        self.setAccessibleName(self.title.text())
        self._enable(False)
        self._guard.start()
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    @property
    def has_focus(self) -> bool:
        """The operator's keys go to this question."""
        focus = QApplication.focusWidget()
        return focus is not None and (focus is self or self.isAncestorOf(focus))

    def _enable(self, is_enabled: bool) -> None:
        if not is_enabled and self.has_focus:
            self.setFocus()  # from a button that is disabled Qt would pass it on, to one that ends the call
        self.refuse.setEnabled(is_enabled)
        self.approve.setEnabled(is_enabled)

    def _answer(self, is_approved: bool, _checked: bool = False) -> None:
        if self._asked is not None:
            self._enable(False)
            self.answered.emit(self.tool_call_id, is_approved)


def _with_its_indent(line: str) -> str:
    """*line* of the arguments, harmless, and as far from the edge as it was."""
    words_alone = line.lstrip(" ")
    return line[: len(line) - len(words_alone)] + one_line(words_alone, max(1, len(words_alone)))
