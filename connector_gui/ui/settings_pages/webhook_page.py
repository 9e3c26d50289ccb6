"""What callers need: address, key, an example; and who may call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import SecretStr
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase, QFontMetrics, QResizeEvent, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from connector_gui.ui.plain_text import one_line
from connector_gui.ui.settings_pages.confirm import Question
from connector_gui.ui.settings_pages.copy_button import CopyButton
from connector_gui.ui.settings_pages.curl import call_url, curl_example
from connector_gui.ui.settings_pages.key_row import KeyRow
from connector_gui.ui.settings_pages.listening import Listening
from connector_gui.ui.settings_pages.page import Page, button, buttons, group, titled
from connector_gui.ui.settings_pages.rows import SwitchRow, TextRow
from connector_gui.ui.settings_pages.schema import ShownSettings
from connector_gui.ui.theme import GAP_S, TextSize, Theme
from connector_gui.ui.widgets.banner import Banner
from connector_gui.ui.widgets.copy_field import CopyField
from connector_gui.ui.widgets.text import label

_FRAME_PX: Final = 6
"""Border and padding of a text field on each side."""


class WebhookPage(Page):
    """Address and keys to copy, a command to try, then the settings of the server.

    Signals:
        new_key_requested: Replace the key; asked twice already.
    """

    new_key_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.add_title(self.tr("Webhook"))
        self.problem = Banner("warning")
        self.address = CopyField(self.tr("Address for calls"))
        self.key_rows: list[KeyRow] = []
        self._key_parts: list[QWidget] = []
        self._shown_keys: Mapping[str, SecretStr] | None = None
        self.no_key = label(theme, self.tr("There is no key yet, so no call is taken."), role="muted", wraps=True)
        self.keys_fixed = label(theme, size=TextSize.LABEL, semibold=True, wraps=True)
        self.new_key = button(self.tr("Make a new key…"))
        self.new_key_question = Question(
            theme,
            self.new_key,
            consequence=self.tr("The key above stops working at once. Every caller then needs the new one."),
            confirm=self.tr("Make a new key"),
            keep=self.tr("Keep this one"),
        )
        self.example = ExampleField(self.tr("Example with curl"))
        self.new_key_question.confirmed.connect(self.new_key_requested)
        self._build_top()
        self.add_heading(self.tr("Listening"))
        self.listening = Listening(theme, self)
        self.listening.changes_requested.connect(self.changes_requested)
        self.add_heading(self.tr("Callers"))
        self.add_row(TextRow(theme, "allowed_hosts", "desk.example.org, 192.168.1.20"))
        self.add_row(TextRow(theme, "rate_limit", "60/minute"))
        self.add_row(TextRow(theme, "callback_allowed_hosts", "n8n.example.org, 10.0.0.0/8"))
        self.add_row(SwitchRow(theme, "expose_signed_url"))

    def _build_top(self) -> None:
        theme = self._theme
        self.add(self.problem)
        hint = self.tr("Dialers, n8n and scripts POST here to place a call.")
        self.add(titled(theme, self.tr("Address"), self.address, hint))
        self.keys = group()
        words = self.tr("Callers send a key in the header X-API-Key.")
        key_hint = label(theme, words, size=TextSize.LABEL, role="muted", wraps=True)
        below = group(self.no_key, key_hint, self.keys_fixed, buttons(self.new_key), self.new_key_question)
        self.add(group(self.keys, titled(theme, "", below)))
        self.example_part = group(label(theme, self.tr("Try it in a terminal")), self.example)
        self.add(self.example_part)

    # --- what is shown ---------------------------------------------------------------------

    def show_settings(self, shown: ShownSettings) -> None:
        super().show_settings(shown)
        self.listening.show_settings(shown)
        words = shown.fixed.get("api_keys", "")
        self.keys_fixed.setText(words)
        self.keys_fixed.setVisible(bool(words))
        self.new_key.setVisible(not words)

    def show_problems(self, problems: Mapping[str, str]) -> None:
        super().show_problems(problems)
        self.listening.show_problems(problems)

    def show_webhook(self, url: str | None, problem: str | None, keys: Mapping[str, SecretStr]) -> None:
        """Show where the webhook listens (``None``: nowhere), why not, and the keys by name."""
        self.problem.show_text(one_line(problem or "", 300))
        self.address.setEnabled(url is not None)
        self.address.show_text(call_url(url) if url is not None else self.tr("Not listening"))
        self.example_part.setVisible(url is not None)
        if url is not None:
            self.example.show_text(curl_example(url))
        self.no_key.setVisible(not keys)
        if self._shown_keys != keys:  # rows that are looked at stay as they are
            self._shown_keys = dict(keys)
            self._show_keys(keys)

    def _show_keys(self, keys: Mapping[str, SecretStr]) -> None:
        for part in self._key_parts:
            part.deleteLater()
        self.key_rows = [KeyRow(name, key) for name, key in keys.items()]
        self._key_parts = []
        column = self.keys.layout()
        for name, row in zip(keys, self.key_rows, strict=True):
            title = self.tr("Key") if len(keys) == 1 else self.tr("Key {name}").format(name=one_line(name, 30))
            part = titled(self._theme, title, row)
            self._key_parts.append(part)
            if column is not None:
                column.addWidget(part)


class ExampleField(QWidget):
    """A command of several lines, with “Copy”."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.lines = QPlainTextEdit(self)
        self.lines.setReadOnly(True)
        self.lines.setAccessibleName(name)
        self.lines.setTabChangesFocus(True)
        self.lines.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.lines.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.lines.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.copy = CopyButton(name, self.lines.toPlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_S)
        column.addWidget(self.lines)
        column.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignLeft)

    def show_text(self, text: str) -> None:
        """Offer *text*, all its lines in sight."""
        if text != self.lines.toPlainText():
            self.lines.setPlainText(text)
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Be as high as the lines, wrapped as they are at this width."""
        line_px = QFontMetrics(self.lines.font()).lineSpacing()
        # The document of this kind of field is measured in lines.
        lines = round(self.lines.document().size().height())
        margin_px = 2 * round(self.lines.document().documentMargin()) + 2 * _FRAME_PX
        self.lines.setFixedHeight(line_px * lines + margin_px)
