"""Microphone, speaker and ring device, each tried out on the spot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from connector_gui.core.level import Level
from connector_gui.ui.plain_text import one_line
from connector_gui.ui.settings_pages.device_row import DeviceRow
from connector_gui.ui.settings_pages.page import Page, button, titled
from connector_gui.ui.settings_pages.schema import ShownSettings
from connector_gui.ui.theme import Theme
from connector_gui.ui.widgets.banner import Banner
from connector_gui.ui.widgets.meter import LevelMeter

MIN_BUTTON_WIDTH: Final = 96


class DevicesPage(Page):
    """The microphone is wanted only while this page is seen, and not while devices are looked for.

    Signals:
        meter_wanted: The microphone to measure (empty: the system's default), or ``None`` for none.
        devices_wanted: Look for devices anew, then `show_devices`.
        test_tone_requested, ring_test_requested: The speaker to play on.
    """

    meter_wanted = Signal(object)
    devices_wanted = Signal()
    test_tone_requested = Signal(str)
    ring_test_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._measured: str | None = None
        self._is_looking = False
        self.add_head()
        self.microphone = DeviceRow(theme, "input_device")
        self.meter = LevelMeter(theme, self.tr("Level of the microphone"))
        self.problem = Banner("warning")
        self.speaker = DeviceRow(theme, "output_device")
        self.test_tone = button(self.tr("Play a tone"))
        self.ring = DeviceRow(theme, "ring_device")
        self.test_ring = button(self.tr("Ring"))
        self.refresh = button(self.tr("Look for devices again"))
        self._build()
        self.test_tone.clicked.connect(lambda: self._test(self.test_tone_requested, self.speaker))
        self.test_ring.clicked.connect(lambda: self._test(self.ring_test_requested, self.ring))
        self.refresh.clicked.connect(self._look_for_devices)

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

    # --- what is shown ---------------------------------------------------------------------

    def show_settings(self, shown: ShownSettings) -> None:
        super().show_settings(shown)
        self.mind_meter()

    def show_devices(self, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        """Offer these microphones and speakers."""
        self.microphone.show_devices(inputs)
        self.speaker.show_devices(outputs)
        self.ring.show_devices(outputs)
        self._stop_looking()

    def show_level(self, level: Level) -> None:
        """Move the meter; a level that comes after the meter was stopped is not shown."""
        if self._measured is not None:
            self.meter.show_level(level)

    def show_sound_problem(self, problem: str) -> None:
        """Say why a device cannot be used; nothing says that all is well again."""
        if problem:
            self.meter.clear()
        self._stop_looking()
        self.problem.show_text(one_line(problem, 300))

    def mind_meter(self) -> None:
        """Ask for the level of the microphone that holds now, or for none while the page is not seen."""
        is_seen = self.isVisible() and not self.window().isMinimized()
        wanted = self.microphone.device if is_seen and not self._is_looking else None
        if wanted == self._measured:
            return
        self._measured = wanted
        self.meter.clear()
        if wanted is not None:
            self.problem.show_text("")
        self.meter_wanted.emit(wanted)

    # --- what is asked for -----------------------------------------------------------------

    def _test(self, request: SignalInstance, row: DeviceRow) -> None:
        self.problem.show_text("")
        request.emit(row.device)

    # --- the microphone --------------------------------------------------------------------

    def _look_for_devices(self) -> None:
        # The system's list can only be made anew while no device is open.
        self._is_looking = True
        self.refresh.setEnabled(False)
        self.mind_meter()
        self.problem.show_text("")
        self.devices_wanted.emit()

    def _stop_looking(self) -> None:
        self._is_looking = False
        self.refresh.setEnabled(True)
        self.mind_meter()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look_for_devices()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.mind_meter()
