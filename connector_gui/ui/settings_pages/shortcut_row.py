"""A row for a hot key: a button that shows the combination, and takes the next one that is pressed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget

from connector_gui.core.shortcut import Shortcut
from connector_gui.ui import shortcuts
from connector_gui.ui.plain_text import one_line
from connector_gui.ui.settings_pages.page import button
from connector_gui.ui.settings_pages.rows import CHOICE_WIDTH, SettingRow
from connector_gui.ui.theme import TextSize, Theme
from connector_gui.ui.widgets.text import label

_MODIFIERS = frozenset(
    {Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr, Qt.Key.Key_Super_L}
    | {Qt.Key.Key_Super_R, Qt.Key.Key_CapsLock, Qt.Key.Key_NumLock, Qt.Key.Key_unknown}
)


class ShortcutField(QPushButton):
    """Pressed, it waits for a combination: Escape leaves things as they are, Backspace takes the hot key away."""

    recorded = Signal(str)
    """A combination as settings keep it; empty for none."""
    recording = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shortcut = ""
        self._is_recording = False
        self.setAutoDefault(False)
        self.setMinimumWidth(CHOICE_WIDTH)
        self.clicked.connect(self._begin)
        self.show_shortcut("")

    @property
    def is_recording(self) -> bool:
        """Whether the next combination is taken."""
        return self._is_recording

    def show_shortcut(self, text: str) -> None:
        """Show the combination that settings have; empty for none."""
        self._shortcut = text
        self._write()

    def take(self, shortcut: Shortcut) -> None:
        """Take *shortcut* as if it had been pressed here."""
        self._stop()
        self.recorded.emit(str(shortcut))

    def _begin(self) -> None:
        if not self._is_recording:
            self._is_recording = True
            self.recording.emit(True)
            self._write()

    def _stop(self) -> None:
        if self._is_recording:
            self._is_recording = False
            self.recording.emit(False)
            self._write()

    def _write(self, held: str = "") -> None:
        if self._is_recording:
            self.setText(f"{held}…" if held else self.tr("Press the keys…"))
        else:
            self.setText(shortcuts.written(Shortcut.parse(self._shortcut)) if self._shortcut else self.tr("None"))

    # --- keys ------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        # Menus and windows must not take a combination that is meant for this field.
        if self._is_recording and event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._is_recording:
            super().keyPressEvent(event)
            return
        event.accept()
        key, held = Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        is_alone = held == Qt.KeyboardModifier.NoModifier
        if key in _MODIFIERS or event.isAutoRepeat():
            self._write(held=shortcuts.held_words(held))
        elif is_alone and key == Qt.Key.Key_Escape:
            self._stop()
        elif is_alone and key in {Qt.Key.Key_Backspace, Qt.Key.Key_Delete}:
            self._stop()
            self.recorded.emit("")
        elif (shortcut := shortcuts.pressed(key, held)) is not None:
            self.take(shortcut)
        else:
            self.setText(self.tr("Not this key…"))

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self._is_recording:
            super().keyReleaseEvent(event)
        elif Qt.Key(event.key()) in _MODIFIERS:
            # Let go without a key.
            self._write(held=shortcuts.held_words(event.modifiers()))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        # A grabbed key takes the focus for as long as it is held, and gives it back.
        if event.reason() is not Qt.FocusReason.ActiveWindowFocusReason or not self.window().isActiveWindow():
            self._stop()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._stop()


class ShortcutRow(SettingRow):
    """A hot key, with a button that takes it away."""

    def __init__(self, theme: Theme, name: str) -> None:
        self.field = ShortcutField()
        super().__init__(theme, name, self.field)
        self.clear = button(self.tr("Clear"), "link")
        self.clear.setAccessibleName(self.tr("Clear: {name}").format(name=self.info.title))
        self.add_beside(self.clear)
        self.end_line()
        self.name = label(theme, size=TextSize.LABEL, semibold=True, wraps=True)
        self.add_below(self.name)
        self.show_name("")
        self.field.recording.connect(self._explain)
        self.field.recorded.connect(lambda text: self.edited.emit(text))
        self.clear.clicked.connect(lambda: self.edited.emit(""))
        self.tell_default(self.tr("none"))

    def show_value(self, value: str) -> None:
        self.field.show_shortcut(value)
        self.clear.setVisible(bool(value))

    def show_name(self, name: str) -> None:
        """Say what the system calls the combination, where the operator has given it another there."""
        self._named = self.tr("The system has it as {name}.").format(name=one_line(name, 60)) if name else ""
        self._explain(self.field.is_recording)

    def _explain(self, is_recording: bool) -> None:
        # The system sends it to whoever has it, and nobody tells us.
        lost = self.tr("If nothing happens when you press it, another program has the combination.")
        self.name.setText(lost if is_recording else self._named)
        self.name.setVisible(bool(self.name.text()))

    def show_fixed(self, words: str) -> None:
        super().show_fixed(words)
        if hasattr(self, "clear"):
            self.clear.setEnabled(not words)
