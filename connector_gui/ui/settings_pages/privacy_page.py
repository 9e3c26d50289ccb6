"""What is kept of calls, for how long, and what is told to others."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from connector_gui.ui.settings_pages.page import Page
from connector_gui.ui.settings_pages.rows import NumberRow, SwitchRow
from connector_gui.ui.theme import TextSize, Theme
from connector_gui.ui.widgets.text import label


class PrivacyPage(Page):
    """Recordings, and how long calls stay."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.add_title(self.tr("Recording and privacy"))
        self.add_row(SwitchRow(theme, "record_calls"))
        words = self.tr(
            "A recorded call says so on the panel while it runs. Whether the other side must agree to it first "
            "depends on where you both are."
        )
        self.add(label(theme, words, size=TextSize.LABEL, role="muted", wraps=True))
        self.add_heading(self.tr("The record of calls"))
        self.add_row(NumberRow(theme, "retention_days"))
        words = self.tr(
            "Then the call, its transcript and its recording are deleted together. "
            "Everything of one person can be deleted at any time, in the history."
        )
        self.add(label(theme, words, size=TextSize.LABEL, role="muted", wraps=True))
