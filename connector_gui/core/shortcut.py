"""A combination of keys as settings keep it: ``Ctrl+Alt+A``, ``F9``, ``Super+Space``.

The names are ours, the same on every system; what a system calls a key is the business of its module in `system`.
``Super`` is the Windows key, and Command on a Mac.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from connector_gui.core.sentence import sentence

MODIFIERS: Final = ("Ctrl", "Alt", "Shift", "Super")
"""In the order in which they are written."""

ALONE: Final = (*(f"F{n}" for n in range(1, 25)), "Pause", "ScrollLock", "MediaPlay", "MediaStop")
"""Keys that write nothing: they may be taken from all other programs without a modifier."""
KEYS: Final = (
    *ALONE,
    *string.ascii_uppercase,
    *string.digits,
    *("Space", "Tab", "Return", "Backspace", "Escape", "Insert", "Delete", "Home", "End", "PageUp", "PageDown"),
    *("Left", "Right", "Up", "Down"),
    *("Comma", "Period", "Slash", "Minus", "Equal", "Semicolon", "Apostrophe", "Backslash", "BracketLeft"),
    *("BracketRight", "Grave"),
)
"""Every key that a combination may end in, beside its modifiers."""

_OTHER_NAMES: Final[Mapping[str, str]] = {
    "Ctrl": "control",
    "Alt": "option opt",
    "Super": "meta cmd command win windows",
    "Return": "enter",
    "Escape": "esc",
    "Delete": "del",
    "Insert": "ins",
    "PageUp": "pgup",
    "PageDown": "pgdown",
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
_SPELLINGS: Final[Mapping[str, str]] = {name.casefold(): name for name in (*MODIFIERS, *KEYS)} | {
    other: name for name, others in _OTHER_NAMES.items() for other in others.split()
}


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One key with the modifiers that are held beside it.

    Attributes:
        key: One of `KEYS`.
        modifiers: Some of `MODIFIERS`, in that order.
    """

    key: str
    modifiers: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Shortcut:
        """The combination that *text* names; upper and lower case, and usual other names, are the same.

        Raises:
            ValueError: It names none, or one that would take a letter from whoever types.
        """
        names = [_SPELLINGS.get(part.strip().casefold()) for part in text.split("+")]
        key = names.pop()
        held = [name for name in names if name in MODIFIERS]
        if key is None or key not in KEYS or len(held) != len(names) or len(set(held)) != len(held):
            raise ValueError(sentence("must be a combination of keys, e.g. Ctrl+Alt+A"))
        made = cls(key, tuple(name for name in MODIFIERS if name in held))
        if not made.may_be_taken:
            raise ValueError(sentence("needs Ctrl, Alt or Super beside the key: alone it is needed for typing"))
        return made

    @property
    def may_be_taken(self) -> bool:
        """Whether nobody needs it for writing."""
        return self.key in ALONE or bool({"Ctrl", "Alt", "Super"} & set(self.modifiers))

    def __str__(self) -> str:
        return "+".join((*self.modifiers, self.key))
