"""The row that chooses a sound device by its name; those chosen before stay behind it, in case it is not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from connector_gui.core.device_order import NAME_LENGTH, first_alone, in_order, name_for_setting, put_first
from connector_gui.ui.plain_text import one_line
from connector_gui.ui.settings_pages.page import button
from connector_gui.ui.settings_pages.rows import SettingRow
from connector_gui.ui.theme import GAP_S, TextSize, Theme
from connector_gui.ui.widgets.text import label

SHOWN_LIMIT: Final = 60


class DeviceRow(SettingRow):
    """“System default”, the devices there are, and the one that is set but not there; below it, what comes next."""

    def __init__(self, theme: Theme, name: str) -> None:
        self._list = QComboBox()
        # Its parts have it from the beginning: what is shown without a parent is a window.
        self._behind = QWidget()
        self.then = label(theme, size=TextSize.LABEL, wraps=True, parent=self._behind)
        self.forget = button("", "link", self._behind)
        self._shown = ""
        super().__init__(theme, name, self._list)
        self.forget.setText(self.tr("Forget"))
        self._lay_out_behind()
        self._list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._list.setMinimumContentsLength(12)
        self._devices: tuple[str, ...] | None = None
        self._list.activated.connect(lambda index: self._choose(self._list.itemData(index)))
        self.tell_default(self.tr("System default"))
        self.forget.clicked.connect(lambda: self.edited.emit(first_alone(self._shown)))
        self._fill()

    def _lay_out_behind(self) -> None:
        line = QHBoxLayout(self._behind)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GAP_S)
        line.addWidget(self.then, 1)
        line.addWidget(self.forget, 0, Qt.AlignmentFlag.AlignTop)
        self.add_below(self._behind)

    @property
    def device(self) -> str:
        """The setting that holds now: the device, and those behind it."""
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

    def show_fixed(self, words: str) -> None:
        super().show_fixed(words)
        self.forget.setVisible(not words)

    def _choose(self, name: str) -> None:
        self.edited.emit(put_first(self._shown, name))

    def _fill(self) -> None:
        if self._list.view().isVisible():
            self._list.hidePopup()  # its lines are about to be others
        self._list.clear()
        self._list.addItem(self.tr("System default"), "")
        for name in self._devices or ():
            self._add(one_line(name, SHOWN_LIMIT), name_for_setting(name), name)
        first, *others = in_order(self._shown) or ("",)
        index = self._list.findData(first)
        if index < 0:
            self._add(self._words_for_missing(first), first, first)
            index = self._list.count() - 1
        self._list.setCurrentIndex(index)
        self._show_behind(others)

    def _show_behind(self, names: Sequence[str]) -> None:
        shown = ", ".join(one_line(name, SHOWN_LIMIT) for name in names)
        self.then.setText(self.tr("Otherwise: {devices}").format(devices=shown))
        self.forget.setAccessibleName(self.tr("Forget {devices}").format(devices=shown))
        self._behind.setVisible(bool(names))
        self._describe()

    def _describe(self) -> None:
        super()._describe()
        if in_order(self._shown)[1:]:
            self.control.setAccessibleDescription(f"{self.then.text()}. {self.control.accessibleDescription()}")

    def _add(self, words: str, value: str, whole_name: str) -> None:
        self._list.addItem(words, value)
        tip = one_line(whole_name, NAME_LENGTH)
        # Qt would read a tooltip that looks like HTML as HTML.
        plain_tip = tip.replace("&", "&amp;").replace("<", "&lt;")
        self._list.setItemData(self._list.count() - 1, plain_tip, Qt.ItemDataRole.ToolTipRole)

    def _words_for_missing(self, wanted: str) -> str:
        """How *wanted* is shown, which is no whole name of a device there is."""
        shown = one_line(wanted, SHOWN_LIMIT)
        if self._devices is None:  # not asked yet
            return shown
        sought = wanted.casefold()
        meant = next((name for name in self._devices if sought in name.casefold()), None)
        if meant is None:
            return self.tr("{device} – not connected").format(device=shown)
        return self.tr("{device} (set as “{part}”)").format(device=one_line(meant, SHOWN_LIMIT), part=shown)
