"""Microphone, speaker and ring device, each tried out on the spot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QWidget

from connector_gui.ui.settings_pages.device_row import DeviceRow
from connector_gui.ui.settings_pages.device_trials import DeviceTrials
from connector_gui.ui.settings_pages.page import button, titled
from connector_gui.ui.theme import Theme
from connector_gui.ui.widgets.meter import LevelMeter

MIN_BUTTON_WIDTH: Final = 96


class DevicesPage(DeviceTrials):
    """The operator's own devices; the microphone is measured as long as the page is seen."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.add_head()
        self.microphone = DeviceRow(theme, "input_device")
        self.meter = LevelMeter(theme, self.tr("Level of the microphone"))
        self.speaker = DeviceRow(theme, "output_device")
        self.test_tone = button(self.tr("Play a tone"))
        self.ring = DeviceRow(theme, "ring_device")
        self.test_ring = button(self.tr("Ring"))
        self._build()
        self.test_tone.clicked.connect(lambda: self._test(self.test_tone_requested, self.speaker))
        self.test_ring.clicked.connect(lambda: self._test(self.ring_test_requested, self.ring))

    def add_head(self) -> None:
        """Name the page."""
        self.add_title(self.tr("Sound"))

    def _build(self) -> None:
        self.add(self.problem)
        width = max(MIN_BUTTON_WIDTH, self.test_tone.sizeHint().width(), self.test_ring.sizeHint().width())
        beside = QWidget()  # as wide as the buttons of the rows below, so that the three lists are as well
        for one in (beside, self.test_tone, self.test_ring):
            one.setFixedWidth(width)
        self.microphone.add_beside(beside)
        self.add_row(self.microphone)
        words = self.tr("Speak: the bar moves while you are heard. The number is in dB below the loudest possible.")
        self.add(titled(self._theme, self.tr("Level"), self.meter, words))
        for row, test in ((self.speaker, self.test_tone), (self.ring, self.test_ring)):
            row.add_beside(test)
            self.add_row(row)

    def microphone_to_measure(self) -> str | None:
        return self.microphone.device

    def meter_to_move(self) -> LevelMeter | None:
        return self.meter

    def offer_devices(self, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        self.microphone.show_devices(inputs)
        self.speaker.show_devices(outputs)
        self.ring.show_devices(outputs)

    def _test(self, request: SignalInstance, row: DeviceRow) -> None:
        self.problem.show_text("")
        request.emit(row.device)
