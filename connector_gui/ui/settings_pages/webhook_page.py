"""What callers need, and the settings of the server."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QWidget

from connector_gui.ui.settings_pages.listening import Listening
from connector_gui.ui.settings_pages.rows import SwitchRow, TextRow
from connector_gui.ui.settings_pages.schema import ShownSettings
from connector_gui.ui.settings_pages.webhook_access import WebhookAccess
from connector_gui.ui.theme import Theme


class WebhookPage(WebhookAccess):
    """Address and keys to copy, a test, then where it listens and who may call."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.add_heading(self.tr("Listening"))
        self.listening = Listening(theme, self)
        self.listening.changes_requested.connect(self.changes_requested)
        self.add_heading(self.tr("Callers"))
        self.add_row(TextRow(theme, "allowed_hosts", "desk.example.org, 192.168.1.20"))
        self.add_row(TextRow(theme, "rate_limit", "60/minute"))
        self.add_row(TextRow(theme, "callback_allowed_hosts", "n8n.example.org, 10.0.0.0/8"))
        self.add_row(SwitchRow(theme, "expose_signed_url"))

    def show_settings(self, shown: ShownSettings) -> None:
        super().show_settings(shown)
        self.listening.show_settings(shown)

    def show_problems(self, problems: Mapping[str, str]) -> None:
        super().show_problems(problems)
        self.listening.show_problems(problems)
