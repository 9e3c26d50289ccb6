"""Microphone, speaker and the agent's volume, changed during a call from where the call is shown."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSlider, QWidget, QWidgetAction

from connector_gui.core.view import FULL_VOLUME, CallView
from connector_gui.ui.plain_text import one_line
from connector_gui.ui.theme import GAP_L, GAP_M, GAP_S, GAP_XS, TextSize, Theme
from connector_gui.ui.widgets.text import label

NAME_LIMIT = 48
VOLUME_STEP = 5


class DeviceMenu(QMenu):
    """Names of devices; the choice is kept as the first in the settings.

    The mark is at the device in use, or at the system's default where that was chosen, which names the device it
    comes down to.
    """

    microphone_chosen = Signal(str)
    speaker_chosen = Signal(str)
    """The name of a device, whole; empty: whatever the system uses."""
    volume_chosen = Signal(int)
    """How loud the agent is to be played, in percent."""
    settings_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Devices"))
        self._names: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self._used = ("", "")
        self._follows_system = (False, False)
        self._is_on_line = False
        self._groups = (QActionGroup(self), QActionGroup(self))
        self.volume = _Slider(self)
        self.volume.valueChanged.connect(self._on_volume)
        self._percent = label(theme, role="muted", tabular=True)
        self._headings = (self._heading(theme, self.tr("Microphone")), self._heading(theme, self.tr("Speaker")))
        self.addSeparator()
        self._add_volume(theme)
        self.addSeparator()
        self.settings = self.addAction(self.tr("Sound &settings…"))
        self.settings.triggered.connect(lambda _checked=False: self.settings_requested.emit())
        self._on_volume(self.volume.value())

    def _heading(self, theme: Theme, text: str) -> QAction:
        """A line that is read, not chosen; as a disabled entry it would be too pale to be read."""
        words = label(theme, text, role="muted", size=TextSize.LABEL, semibold=True, parent=self)
        words.setContentsMargins(GAP_L, GAP_S, GAP_L, GAP_XS)
        heading = QWidgetAction(self)
        heading.setDefaultWidget(words)
        heading.setEnabled(False)
        self.addAction(heading)
        return heading

    def _add_volume(self, theme: Theme) -> None:
        box = QWidget(self)
        row = QHBoxLayout(box)
        row.setContentsMargins(GAP_L, GAP_S, GAP_L, GAP_S)
        row.setSpacing(GAP_M)
        row.addWidget(label(theme, self.tr("Agent's volume"), parent=box))
        row.addWidget(self.volume, 1)
        row.addWidget(self._percent)
        self._percent.setMinimumWidth(self._percent.fontMetrics().horizontalAdvance("100 %"))
        self._percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        box.setFocusProxy(self.volume)
        entry = QWidgetAction(self)
        entry.setDefaultWidget(box)
        self.addAction(entry)

    @property
    def choices(self) -> tuple[list[QAction], list[QAction]]:
        """The entries for microphones and for speakers."""
        return self._groups[0].actions(), self._groups[1].actions()

    def show_devices(self, microphones: Sequence[str], speakers: Sequence[str]) -> None:
        """Offer these, by their names."""
        names = (tuple(microphones), tuple(speakers))
        if names != self._names:
            self._names = names
            self._list_anew()

    def show_choice(self, microphone_follows: bool, speaker_follows: bool) -> None:
        """Whether the operator chose the system's default for either side, whatever that is at the moment."""
        self._follows_system = (microphone_follows, speaker_follows)
        self._list_anew()  # in any case: an entry that was clicked has the mark, even if nothing came of it

    def show_call(self, call: CallView) -> None:
        """Mark what *call* uses; where it runs on a line, whose devices are its own, there is nothing to choose."""
        used, is_on_line = (call.input_device, call.output_device), call.line is not None
        if (used, is_on_line) != (self._used, self._is_on_line):
            self._used, self._is_on_line = used, is_on_line
            self._list_anew()
        for group in self._groups:
            group.setEnabled(not is_on_line)
        if not self.volume.isSliderDown() and call.volume != self.volume.value():
            was_blocked = self.volume.blockSignals(True)
            self.volume.setValue(call.volume)
            self.volume.blockSignals(was_blocked)
            self._show_percent(call.volume)

    def _list_anew(self) -> None:
        before = (self._headings[1], self._after_speakers())
        chosen = (self.microphone_chosen, self.speaker_chosen)
        for side, group in enumerate(self._groups):
            for entry in group.actions():
                group.removeAction(entry)
                self.removeAction(entry)
                entry.deleteLater()
            used = self._used[side]
            follows = self._follows_system[side] and not self._is_on_line
            text = self.tr("System default")
            if follows and used:
                text = self.tr("System default ({device})").format(device=_as_entry(used))
            self._choice(before[side], group, text, chosen[side], "").setChecked(follows)
            # A device in use is offered even before the list has come, or when it has another name for it.
            names = self._names[side] if used in self._names[side] or not used else (used, *self._names[side])
            for name in names:
                entry = self._choice(before[side], group, _as_entry(name), chosen[side], name)
                entry.setChecked(name == used and not follows)

    def _choice(self, before: QAction, group: QActionGroup, text: str, chosen: SignalInstance, name: str) -> QAction:
        """An entry that emits *chosen* with *name*."""
        entry = QAction(text, group)
        entry.setCheckable(True)
        entry.triggered.connect(lambda _checked=False: chosen.emit(name))
        self.insertAction(before, entry)
        return entry

    def _after_speakers(self) -> QAction:
        """The separator behind the speakers."""
        actions = self.actions()
        return next(entry for entry in actions[actions.index(self._headings[1]) :] if entry.isSeparator())

    def _on_volume(self, percent: int) -> None:
        self._show_percent(percent)
        self.volume_chosen.emit(percent)

    def _show_percent(self, percent: int) -> None:
        self._percent.setText(self.tr("{percent} %").format(percent=percent))


def _as_entry(name: str) -> str:
    """The name of a device on its line, with an ampersand that is none of a key's."""
    return one_line(name, NAME_LIMIT).replace("&", "&&")


class _Slider(QSlider):
    """Left and right change it; up and down stay the menu's."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, FULL_VOLUME)
        self.setValue(FULL_VOLUME)
        self.setSingleStep(VOLUME_STEP)
        self.setPageStep(2 * VOLUME_STEP)
        self.setMinimumWidth(96)
        self.setAccessibleName(self.tr("Agent's volume"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
            event.ignore()
        else:
            super().keyPressEvent(event)
