"""Every key that does something in the program's own windows, in one table; and how combinations are written.

Windows read their keys here, and so do the tips on their buttons, their menus, and the list in Settings. Keys that
work in other programs' windows too are the operator's to choose: see `core.shortcut`.
"""

from __future__ import annotations

import sys
from enum import Enum
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from connector_gui.core.shortcut import Shortcut
from connector_gui.ui.translation import tr

_LONG_NAMES: Final = {"Esc": "Escape"}
MOST_CALLS: Final = 8
"""As many have a digit."""


class Place(Enum):
    """Where a key works."""

    RING = "ring"
    """On a call that rings: the card, and the panel."""
    CALL = "call"
    """In the panel, during a call."""
    PANEL = "panel"
    """In the panel, always; its menu shows them."""


class Key(Enum):
    """What a key does."""

    ACCEPT = (Place.RING, "Return")
    DECLINE = (Place.RING, "Esc")
    ACCEPT_ON = (Place.RING, "L")
    LET_RING = (Place.RING, "N")
    MUTE = (Place.CALL, "M")
    HOLD = (Place.CALL, "H")
    RECORD = (Place.CALL, "R")
    SAY = (Place.CALL, "T")
    NEWEST = (Place.CALL, "End")
    READ = (Place.CALL, "Esc")
    CALLS = (Place.CALL, "Ctrl+1")
    """And so on, up to `MOST_CALLS`."""
    PRACTICE = (Place.PANEL, "Ctrl+P")
    HISTORY = (Place.PANEL, "Ctrl+H")
    DEVICES = (Place.PANEL, "Ctrl+D")
    ACTIVITY = (Place.PANEL, "Ctrl+L")
    STATUS = (Place.PANEL, "Ctrl+I")
    SETTINGS = (Place.PANEL, "Ctrl+,")
    # None quits: a slip would end a call.

    @property
    def place(self) -> Place:
        """Where it works."""
        return self.value[0]

    @property
    def sequence(self) -> QKeySequence:
        """As Qt wants it."""
        return QKeySequence(self.value[1])

    @property
    def codes(self) -> frozenset[Qt.Key]:
        """The keys of the keyboard that mean it, if it takes no modifier; Enter means Return."""
        name: str = self.value[1]
        code = Qt.Key[f"Key_{_LONG_NAMES.get(name, name)}"]
        return frozenset({code, Qt.Key.Key_Enter} if code == Qt.Key.Key_Return else {code})

    @property
    def words(self) -> str:
        """As it stands on the keyboard."""
        text = self.sequence.toString(QKeySequence.SequenceFormat.NativeText)
        return f"{text} … {MOST_CALLS}" if self is Key.CALLS else text


def meaning(key: Key) -> str:
    """What *key* does."""
    return {
        Key.ACCEPT: tr("Accept the call"),
        Key.ACCEPT_ON: tr("Choose the line to accept it on, where there are lines"),
        Key.DECLINE: tr("Decline it"),
        Key.LET_RING: tr("Let it ring, where it would be answered by itself"),
        Key.MUTE: tr("Mute, unmute"),
        Key.HOLD: tr("Hold, resume"),
        Key.RECORD: tr("Record, stop recording"),
        Key.SAY: tr("Write to the agent"),
        Key.NEWEST: tr("Newest words of the transcript"),
        Key.READ: tr("Close what was said of the ending; go back from a call on a line"),
        Key.CALLS: tr("Change over to that call of the strip"),
        Key.PRACTICE: tr("Practice call"),
        Key.HISTORY: tr("History"),
        Key.DEVICES: tr("Devices"),
        Key.ACTIVITY: tr("Webhook activity"),
        Key.STATUS: tr("Status"),
        Key.SETTINGS: tr("Settings"),
    }[key]


def place_words(place: Place) -> str:
    """Where keys work, as a heading."""
    return {
        Place.RING: tr("While it rings, on the card and in the panel"),
        Place.CALL: tr("During a call, in the panel"),
        Place.PANEL: tr("In the panel"),
    }[place]


# --- combinations of the operator's choice -----------------------------------------------------------

_QT_NAMES: Final = {
    "Return": "Return",
    "Escape": "Esc",
    "Insert": "Ins",
    "Delete": "Del",
    "PageUp": "PgUp",
    "PageDown": "PgDown",
    "MediaPlay": "Media Play",
    "MediaStop": "Media Stop",
    "Comma": ",",
    "Period": ".",
    "Slash": "/",
    "Minus": "-",
    "Equal": "=",
    "Semicolon": ";",
    "Apostrophe": "'",
    "Backslash": "\\",
    "BracketLeft": "[",
    "BracketRight": "]",
    "Grave": "`",
}
"""Where Qt's portable name of a key is not ours."""
_NAMES: Final = {name: ours for ours, name in _QT_NAMES.items()} | {
    "Enter": "Return",
    "Toggle Media Play/Pause": "MediaPlay",
}
_IS_MAC: Final = sys.platform == "darwin"


def sequence(shortcut: Shortcut) -> QKeySequence:
    """*shortcut* as Qt wants it. Qt calls Command Ctrl on a Mac, and Control Meta."""
    names = {"Super": "Ctrl", "Ctrl": "Meta"} if _IS_MAC else {"Super": "Meta"}
    held = [names.get(name, name) for name in shortcut.modifiers]
    return QKeySequence("+".join((*held, _QT_NAMES.get(shortcut.key, shortcut.key))))


def written(shortcut: Shortcut) -> str:
    """*shortcut* in the operator's language, as their keyboard and system have it."""
    text = sequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)
    return text if _IS_MAC else text.replace("Meta+", tr("Win+") if sys.platform == "win32" else tr("Super+"))


def _masks() -> dict[str, Qt.KeyboardModifier]:
    m = Qt.KeyboardModifier
    control, command = (m.MetaModifier, m.ControlModifier) if _IS_MAC else (m.ControlModifier, m.MetaModifier)
    return {"Ctrl": control, "Alt": m.AltModifier, "Shift": m.ShiftModifier, "Super": command}


def held_words(modifiers: Qt.KeyboardModifier) -> str:
    """*modifiers* that are held while nothing else is; empty if none is."""
    held = tuple(name for name, mask in _masks().items() if modifiers & mask)
    return written(Shortcut("A", held)).removesuffix("A") if held else ""


def pressed(key: Qt.Key, modifiers: Qt.KeyboardModifier) -> Shortcut | None:
    """The combination that somebody holds; ``None`` if its key is none of ours."""
    held = [name for name, mask in _masks().items() if modifiers & mask]
    name = QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)
    try:
        known = Shortcut.parse(f"Ctrl+{_NAMES.get(name, name)}").key
    except ValueError:
        return None
    return Shortcut(known, tuple(held))
