"""Hot keys, push-to-talk, headset buttons; and the keys of the program's own windows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from connector_gui.core.hands_free import HeadsetProblem, HotKey, KeyProblem
from connector_gui.core.shortcut import Shortcut
from connector_gui.ui import key_words, shortcuts
from connector_gui.ui.settings_pages.page import Page, group, titled
from connector_gui.ui.settings_pages.rows import SwitchRow
from connector_gui.ui.settings_pages.schema import ShownSettings
from connector_gui.ui.settings_pages.shortcut_row import ShortcutRow
from connector_gui.ui.theme import Theme
from connector_gui.ui.widgets.text import label

_TALK: Final = "push_to_talk"


class KeyboardPage(Page):
    """What can be done without a look at the program."""

    recording = Signal(bool)
    """A combination is being chosen, or no longer: hot keys must not act meanwhile."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._problems: dict[str, str] = {}
        self._note = ""
        self.add_title(self.tr("Keyboard"))
        self.add_heading(self.tr("In every program"))
        self.hot_keys = {key: ShortcutRow(theme, f"hot_key_{key}") for key in HotKey}
        for row in self.hot_keys.values():
            self.add_row(row)
            row.field.recording.connect(self.recording)
        self.push_to_talk = SwitchRow(theme, _TALK)
        self.add_row(self.push_to_talk)
        self.add_heading(self.tr("Headset"))
        self.headset = SwitchRow(theme, "headset_buttons")
        self.add_row(self.headset)
        for place in shortcuts.Place:
            self._add_table(place)

    def _add_table(self, place: shortcuts.Place) -> None:
        self.add_heading(shortcuts.place_words(place))
        keys = [key for key in shortcuts.Key if key.place is place]
        self.add(group(*(titled(self._theme, key.words, self._words(shortcuts.meaning(key))) for key in keys)))

    def _words(self, text: str) -> QWidget:
        return label(self._theme, text, role="muted", wraps=True)

    def show_keys(
        self,
        problems: Mapping[HotKey, KeyProblem],
        names: Mapping[HotKey, str],
        headset: Iterable[HeadsetProblem],
    ) -> None:
        """Say which hot keys do not work and why, what the system calls others, and how headsets are."""
        self._problems = {f"hot_key_{key}": key_words.problem(one) for key, one in problems.items()}
        self._problems["headset_buttons"] = " ".join(key_words.headset_problem(one) for one in sorted(headset))
        for key, row in self.hot_keys.items():
            row.show_name(names.get(key, ""))
        self._show_own_problems()

    def take(self, shortcut: Shortcut) -> None:
        """One of our own hot keys was pressed while a combination is chosen: it is the choice."""
        for row in self.hot_keys.values():
            if row.field.is_recording:
                row.field.take(shortcut)

    def show_settings(self, shown: ShownSettings) -> None:
        super().show_settings(shown)
        lacks_key = shown.settings.push_to_talk and not shown.settings.hot_key_talk
        self._note = self.tr("Choose a key for talking above: without one only Mute opens the microphone.")
        self._note = self._note if lacks_key else ""
        self._show_own_problems()

    def _show_own_problems(self) -> None:
        for name, row in self.rows.items():
            row.show_problem(self._note if name == _TALK else self._problems.get(name, ""))
