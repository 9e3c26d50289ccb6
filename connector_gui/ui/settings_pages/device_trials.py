"""A page on which devices are tried out: their list, one microphone's level, a tone on a speaker."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from connector_gui.core.level import Level
from connector_gui.ui.plain_text import one_line
from connector_gui.ui.settings_pages.page import Page, button
from connector_gui.ui.settings_pages.schema import ShownSettings
from connector_gui.ui.theme import Theme
from connector_gui.ui.translation import shown
from connector_gui.ui.widgets.banner import Banner
from connector_gui.ui.widgets.meter import LevelMeter


class DeviceTrials(Page):
    """A microphone is wanted only while the page is seen, and not while devices are looked for.

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
        self.problem = Banner("warning")
        self.refresh = button(self.tr("Look for devices again"))
        self.refresh.clicked.connect(self._look_for_devices)

    # --- what each page of this kind decides -------------------------------------------------

    def microphone_to_measure(self) -> str | None:
        """The microphone whose level the page shows while it is seen; ``None``: none."""
        raise NotImplementedError

    def meter_to_move(self) -> LevelMeter | None:
        """The meter that shows it."""
        raise NotImplementedError

    def offer_devices(self, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        """Offer these microphones and speakers in the page's rows."""
        raise NotImplementedError

    # --- what is shown -----------------------------------------------------------------------

    def show_settings(self, shown: ShownSettings) -> None:
        super().show_settings(shown)
        self.mind_meter()

    def show_devices(self, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        """Offer these microphones and speakers."""
        self.offer_devices(inputs, outputs)
        self._stop_looking()

    def show_level(self, level: Level) -> None:
        """Move the meter; a level that comes after the meter was stopped is not shown."""
        meter = self.meter_to_move()
        if self._measured is not None and meter is not None:
            meter.show_level(level)

    def show_sound_problem(self, problem: str) -> None:
        """Say why a device cannot be used; nothing says that all is well again."""
        if problem:
            self._clear_meter()
        self._stop_looking()
        self.problem.show_text(one_line(shown(problem), 300))

    def mind_meter(self) -> None:
        """Ask for the level of the microphone that holds now, or for none while the page is not seen."""
        is_seen = self.isVisible() and not self.window().isMinimized()
        wanted = self.microphone_to_measure() if is_seen and not self._is_looking else None
        if wanted == self._measured:
            return
        self._measured = wanted
        self._clear_meter()
        if wanted is not None:
            self.problem.show_text("")
        self.meter_wanted.emit(wanted)

    def _clear_meter(self) -> None:
        meter = self.meter_to_move()
        if meter is not None:
            meter.clear()

    # --- the list of devices -------------------------------------------------------------------

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
