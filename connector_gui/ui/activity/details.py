"""One request whole: what became of it, why, and the command that sends it again."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from connector_gui.core.activity import KEY_VARIABLE, ShownRequest, curl_command
from connector_gui.ui.activity import words
from connector_gui.ui.plain_text import one_line
from connector_gui.ui.theme import GAP_L, GAP_M, GAP_S, TextSize, Theme, set_role
from connector_gui.ui.translation import shown
from connector_gui.ui.widgets.command_field import CommandField
from connector_gui.ui.widgets.facts import Facts
from connector_gui.ui.widgets.text import label

_SELECTABLE = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard


class RequestDetails(QScrollArea):
    """Scrolls where the command is long."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.request: ShownRequest | None = None
        self.title = label(theme, size=TextSize.TRANSCRIPT, semibold=True, wraps=True)
        self.answer = label(theme, semibold=True)
        self.reason = label(theme, wraps=True)
        self.facts = Facts(theme)
        self.command = CommandField(self.tr("The request as a command"))
        self.about_body = label(theme, size=TextSize.LABEL, role="muted", wraps=True)
        hint = self.tr("Set {name} to a key of this desk before you run it.").format(name=KEY_VARIABLE)
        self._about_key = label(theme, hint, size=TextSize.LABEL, role="muted", wraps=True)
        self._lay_out()

    def _lay_out(self) -> None:
        for text in (self.title, self.reason):
            text.setTextInteractionFlags(_SELECTABLE)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(GAP_M, 0, GAP_L, GAP_L)
        column.setSpacing(GAP_S)
        column.addWidget(self.title)
        column.addWidget(self.answer)
        column.addWidget(self.reason)
        column.addSpacing(GAP_S)
        column.addWidget(self.facts)
        column.addSpacing(GAP_S)
        column.addWidget(label(self._theme, self.tr("Send it again"), semibold=True))
        column.addWidget(self.command)
        column.addWidget(self._about_key)
        column.addWidget(self.about_body)
        column.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("The request"))

    def show_request(self, request: ShownRequest, base_url: str) -> None:
        """Show *request*, to be sent again to *base_url*."""
        is_another = self.request is None or self.request.number != request.number
        self.request = request
        self.title.setText(words.title(request))
        self.answer.setText(words.answer(request))
        set_role(self.answer, role=words.role(request))
        self.reason.setText(one_line(shown(request.reason), 400))
        self.reason.setVisible(bool(request.reason))
        self.facts.show_facts(words.facts(request))
        command = curl_command(request, base_url)
        self.command.show_text(command)
        self._about_key.setVisible(KEY_VARIABLE in command)
        self.about_body.setText(words.about_body(request))
        self.about_body.setVisible(bool(self.about_body.text()))
        if is_another:
            self.verticalScrollBar().setValue(0)
