"""What callers need: address, key, an example; and whether it works."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import SecretStr
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from connector_gui.ui import translation
from connector_gui.ui.plain_text import one_line
from connector_gui.ui.settings_pages.confirm import Question
from connector_gui.ui.settings_pages.curl import call_url, curl_example
from connector_gui.ui.settings_pages.key_row import KeyRow
from connector_gui.ui.settings_pages.n8n_copy import N8nCopy
from connector_gui.ui.settings_pages.page import Page, button, buttons, group, titled
from connector_gui.ui.settings_pages.schema import ShownSettings
from connector_gui.ui.theme import TextSize, Theme, set_role
from connector_gui.ui.widgets.banner import Banner
from connector_gui.ui.widgets.command_field import CommandField
from connector_gui.ui.widgets.copy_field import CopyField
from connector_gui.ui.widgets.text import label


class WebhookAccess(Page):
    """Address and keys to copy, a test, a command to try.

    Signals:
        new_key_requested: Replace the key; asked twice already.
        test_requested: Try the webhook out; answered by `show_test`.
        practice_call_requested: Let it ring, to hear it.
        activity_requested: Show what came.
    """

    new_key_requested = Signal()
    test_requested = Signal()
    practice_call_requested = Signal()
    activity_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.add_head()
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
        self.example = CommandField(self.tr("Example with curl"))
        self.n8n = N8nCopy(theme)
        self.new_key_question.confirmed.connect(self.new_key_requested)
        self.test, self.activity = button(self.tr("Test the webhook")), button(self.tr("Activity…"))
        self.activity.setAccessibleName(self.tr("Webhook activity…"))
        self.practice_call = button(self.tr("Practice call"))
        self.found = label(theme, wraps=True)
        self.found.hide()
        self.test.clicked.connect(self._ask_for_test)
        self.practice_call.clicked.connect(self.practice_call_requested)
        self.activity.clicked.connect(self.activity_requested)
        self._build_top()

    def add_head(self) -> None:
        """Name the page."""
        self.add_title(self.tr("Webhook"))

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
        self.set_place("api_keys", self.new_key)
        hint = self.tr("The test sends a request as a caller would; nothing rings. A practice call does ring.")
        check = group(buttons(self.test, self.practice_call, self.activity), self.found)
        self.add(titled(theme, self.tr("Does it work?"), check, hint))
        self.example_part = group(label(theme, self.tr("Try it in a terminal")), self.example)
        self.add(self.example_part)
        self.add(titled(theme, self.tr("n8n"), self.n8n.template, self.n8n))

    # --- what is shown ---------------------------------------------------------------------

    def show_settings(self, shown: ShownSettings) -> None:
        super().show_settings(shown)
        self.n8n.show_settings(shown.settings)
        words = shown.fixed.get("api_keys", "")
        self.keys_fixed.setText(translation.shown(words))
        self.keys_fixed.setVisible(bool(words))
        self.new_key.setVisible(not words)

    def show_webhook(self, url: str | None, problem: str | None, keys: Mapping[str, SecretStr]) -> None:
        """Show where the webhook listens (``None``: nowhere), why not, and the keys by name."""
        self.problem.show_text(one_line(translation.shown(problem or ""), 300))
        self.address.setEnabled(url is not None)
        self.n8n.show_webhook(url)
        self.address.show_text(call_url(url) if url is not None else self.tr("Not listening"))
        self.example_part.setVisible(url is not None)
        if url is not None:
            self.example.show_text(curl_example(url))
        self.no_key.setVisible(not keys)
        if self._shown_keys != keys:  # rows that are looked at stay as they are
            self._shown_keys = dict(keys)
            self._show_keys(keys)

    def show_test(self, text: str, is_good: bool) -> None:
        """Say what came of the test; answers `test_requested`."""
        self.test.setEnabled(True)
        self.found.setText(one_line(translation.shown(text), 400))
        self.found.setAccessibleName(self.found.text())
        set_role(self.found, role="live" if is_good else "error")
        self.found.setVisible(bool(text))

    def _ask_for_test(self) -> None:
        self.show_test("", True)
        self.test.setEnabled(False)
        self.test_requested.emit()

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
