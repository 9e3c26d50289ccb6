"""All settings of the sound: devices, ring, filters, the length of a message."""

from __future__ import annotations

from typing import Final

from connector_gui.ui.settings_pages.devices_page import DevicesPage
from connector_gui.ui.settings_pages.page import button, buttons, titled
from connector_gui.ui.settings_pages.rows import ChoiceRow, NumberRow, SwitchRow
from connector_gui.ui.settings_pages.schema import ShownSettings

LOW_LATENCY_MS: Final = 20


class SoundPage(DevicesPage):
    """The devices, then how it rings and what a voice goes through."""

    def _build(self) -> None:
        super()._build()
        self.chunk = NumberRow(self._theme, "audio_chunk_ms")
        self.low_latency = button(self.tr("Low latency ({ms} ms)").format(ms=LOW_LATENCY_MS))
        self.low_latency.clicked.connect(lambda: self.chunk.edited.emit(LOW_LATENCY_MS))
        tones = {"bells": self.tr("Bells"), "marimba": self.tr("Marimba"), "telephone": self.tr("Telephone")}
        self.add_row(ChoiceRow(self._theme, "ring_tone", tones))
        self.add_row(NumberRow(self._theme, "ring_volume"))
        self.add_row(SwitchRow(self._theme, "ring_everywhere"))
        self.add_row(SwitchRow(self._theme, "call_cues"))
        self.add(titled(self._theme, "", buttons(self.refresh)))
        self.add_heading(self.tr("Your voice"))
        for name in ("echo_cancellation", "noise_suppression", "auto_gain"):
            self.add_row(SwitchRow(self._theme, name))
        self.add_heading(self.tr("Connection"))
        self.add_row(self.chunk)
        self.add(titled(self._theme, "", buttons(self.low_latency)))

    def show_settings(self, shown: ShownSettings) -> None:
        super().show_settings(shown)
        is_free = "audio_chunk_ms" not in shown.fixed
        self.low_latency.setEnabled(is_free and shown.settings.audio_chunk_ms != LOW_LATENCY_MS)
