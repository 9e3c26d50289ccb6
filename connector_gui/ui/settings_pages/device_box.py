"""A list to choose one device from by its name, where none is no choice: a line has its devices or none."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy

from connector_gui.core.device_order import NAME_LENGTH
from connector_gui.ui.plain_text import one_line
from connector_gui.ui.settings_pages.device_row import SHOWN_LIMIT
from connector_gui.ui.settings_pages.rows import WheelGuard


class DeviceBox(QComboBox):
    """“Choose…”, the devices there are, and the one that is set but not there."""

    chosen = Signal(str)

    def __init__(self, name: str) -> None:
        """*name* is what screen readers call it."""
        super().__init__()
        self._device = ""
        self._devices: tuple[str, ...] | None = None
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(10)
        self.installEventFilter(WheelGuard(self))
        self.activated.connect(self._on_activated)
        self._fill()

    @property
    def device(self) -> str:
        """What is chosen; empty: nothing yet."""
        return self._device

    @property
    def is_there(self) -> bool:
        """Whether the device that is chosen is connected, as far as is known."""
        return bool(self._device) and (self._devices is None or self._meant() is not None)

    def show_device(self, device: str) -> None:
        """Show *device*, a name or a part of one."""
        self._device = device
        self._fill()

    def show_devices(self, names: Sequence[str]) -> None:
        """Offer the devices called *names*."""
        self._devices = tuple(names)
        self._fill()

    def _meant(self) -> str | None:
        """The device that the name, or part of a name, means."""
        sought = self._device.casefold()
        names = self._devices or ()
        exact = next((name for name in names if name.casefold() == sought), None)
        return exact or next((name for name in names if sought in name.casefold()), None)

    def _on_activated(self, index: int) -> None:
        device = str(self.itemData(index))
        if device != self._device:
            self._device = device
            self.chosen.emit(device)

    def _fill(self) -> None:
        if self.view().isVisible():
            self.hidePopup()  # its lines are about to be others
        self.clear()
        self.addItem(self.tr("Choose…"), "")
        for name in self._devices or ():
            self.addItem(one_line(name, SHOWN_LIMIT), name[:NAME_LENGTH])
        index = self.findData(self._device)
        if index < 0:
            self.addItem(self._words_for_missing(), self._device)
            index = self.count() - 1
        self.setCurrentIndex(index)

    def _words_for_missing(self) -> str:
        shown, meant = one_line(self._device, SHOWN_LIMIT), self._meant()
        if self._devices is None:  # not asked yet
            return shown
        if meant is None:
            return self.tr("{device} – not connected").format(device=shown)
        return self.tr("{device} (set as “{part}”)").format(device=one_line(meant, SHOWN_LIMIT), part=shown)
