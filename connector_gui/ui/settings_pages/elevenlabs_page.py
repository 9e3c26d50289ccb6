"""The ElevenLabs key, and who answers without one."""

from __future__ import annotations

from connector_gui.ui.settings_pages.key_page import KeyPage
from connector_gui.ui.settings_pages.rows import ChoiceRow, TextRow


class ElevenLabsPage(KeyPage):
    """The key, then the settings of who answers."""

    def _lay_out(self) -> None:
        super()._lay_out()
        self.add_heading(self.tr("Answering"))
        modes = {
            "auto": self.tr("Answers while no key is stored"),
            "always": self.tr("Answers every call"),
            "never": self.tr("Never answers"),
        }
        self.add_row(ChoiceRow(self._theme, "practice", modes))
        self.add_row(TextRow(self._theme, "elevenlabs_base_url", "https://api.elevenlabs.io"))
