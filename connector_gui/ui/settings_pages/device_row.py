"""The row that chooses a sound device by its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QSizePolicy

from connector_gui.ui.plain_text import one_line
from connector_gui.ui.settings_pages.rows import SettingRow
from connector_gui.ui.theme import Theme

NAME_LIMIT: Final = 200
"""Longest name that a device setting takes; a part of a name is enough to find the device."""
SHOWN_LIMIT: Final = 60


class DeviceRow(SettingRow):
    """“System default”, the devices there are, and the one that is set but not there."""

    def __init__(self, theme: Theme, name: str) -> None:
        self._list = QComboBox()
        super().__init__(theme, name, self._list)
        self._list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._list.setMinimumContentsLength(12)
        self._devices: tuple[str, ...] | None = None
        self._shown = ""
        self._list.activated.connect(lambda index: self.edited.emit(self._list.itemData(index)))
        self._fill()

    @property
    def device(self) -> str:
        """The device that holds now, as the setting names it."""
        return self._shown

    @property
    def choices(self) -> list[str]:
        """What the list offers, from the top."""
        return [self._list.itemText(index) for index in range(self._list.count())]

    def show_value(self, value: str) -> None:
        self._shown = value
        self._fill()

    def show_devices(self, names: Sequence[str]) -> None:
        """Offer the devices called *names*."""
        self._devices = tuple(names)
        self._fill()

    def _fill(self) -> None:
        if self._list.view().isVisible():
            self._list.hidePopup()  # its lines are about to be others
        self._list.clear()
        self._list.addItem(self.tr("System default"), "")
        for name in self._devices or ():
            self._add(one_line(name, SHOWN_LIMIT), name.strip()[:NAME_LIMIT], name)
        index = self._list.findData(self._shown)
        if index < 0:
            self._add(self._words_for_missing(), self._shown, self._shown)
            index = self._list.count() - 1
        self._list.setCurrentIndex(index)

    def _add(self, words: str, value: str, whole_name: str) -> None:
        self._list.addItem(words, value)
        tip = one_line(whole_name, NAME_LIMIT)
        # Qt would read a tooltip that looks like HTML as HTML.
        plain_tip = tip.replace("&", "&amp;").replace("<", "&lt;")
        self._list.setItemData(self._list.count() - 1, plain_tip, Qt.ItemDataRole.ToolTipRole)

    def _words_for_missing(self) -> str:
        """How a setting is shown that is no whole name of a device there is."""
        shown = one_line(self._shown, SHOWN_LIMIT)
        if self._devices is None:  # not asked yet
            return shown
        sought = self._shown.casefold()
        meant = next((name for name in self._devices if sought in name.casefold()), None)
        if meant is None:
            return self.tr("{device} – not connected").format(device=shown)
        return self.tr("{device} (set as “{part}”)").format(device=one_line(meant, SHOWN_LIMIT), part=shown)
