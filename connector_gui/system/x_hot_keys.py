"""Hot keys on X11: keys grabbed from the root window.

- A grab means exactly its modifiers; NumLock, CapsLock and ScrollLock are modifiers too. So each combination is
  grabbed with every mixture of those.
- A key that is held repeats: the server tells of a release and a press of the same moment each time, which are left
  out. Where only the release has come so far, the server is asked whether the key is up.
- While a grabbed key is held, its release comes here even if the modifiers are let go first.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from connector_gui.core.hands_free import HotKey, KeyProblem
from connector_gui.core.shortcut import Shortcut
from connector_gui.system.hot_keys import Bound
from connector_gui.system.x_keyboard import (
    CONTROL,
    KEY_PRESS,
    KEY_RELEASE,
    LOCK,
    MAPPING_NOTIFY,
    SHIFT,
    DisplayGoneError,
    KeyEvent,
    XKeyboard,
)

log = logging.getLogger(__name__)

KEYSYMS: Final[Mapping[str, int]] = {
    **{f"F{n}": 0xFFBD + n for n in range(1, 25)},
    "Pause": 0xFF13,
    "ScrollLock": 0xFF14,
    "MediaPlay": 0x1008FF14,
    "MediaStop": 0x1008FF15,
    **{letter: ord(letter.lower()) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
    **{digit: ord(digit) for digit in "0123456789"},
    "Space": 0x20,
    "Tab": 0xFF09,
    "Return": 0xFF0D,
    "Backspace": 0xFF08,
    "Escape": 0xFF1B,
    "Insert": 0xFF63,
    "Delete": 0xFFFF,
    "Home": 0xFF50,
    "End": 0xFF57,
    "PageUp": 0xFF55,
    "PageDown": 0xFF56,
    "Left": 0xFF51,
    "Up": 0xFF52,
    "Right": 0xFF53,
    "Down": 0xFF54,
    "Comma": ord(","),
    "Period": ord("."),
    "Slash": ord("/"),
    "Minus": ord("-"),
    "Equal": ord("="),
    "Semicolon": ord(";"),
    "Apostrophe": ord("'"),
    "Backslash": ord("\\"),
    "BracketLeft": ord("["),
    "BracketRight": ord("]"),
    "Grave": ord("`"),
}
"""Source: X11/keysymdef.h and X11/XF86keysym.h."""
_ALT_L, _SUPER_L, _NUM_LOCK, _SCROLL_LOCK = 0xFFE9, 0xFFEB, 0xFF7F, 0xFF14
_MOD1, _MOD4 = 8, 64

Combination = tuple[int, int]
"""Key code and modifiers, without those that lock."""


class XHotKeys:
    """`HotKeys` of an X display."""

    def __init__(self) -> None:
        self.on_pressed: Callable[[HotKey], None] = lambda _key: None
        self.on_released: Callable[[HotKey], None] = lambda _key: None
        self.on_lost: Callable[[], None] = lambda: None
        self._keyboard: XKeyboard | None = None
        self._wanted: Mapping[HotKey, Shortcut] = {}
        self._grabbed: dict[Combination, HotKey] = {}
        self._grabs: list[Combination] = []
        self._down: dict[int, HotKey] = {}
        self._locks = LOCK
        self._layout: tuple[dict[int, list[int]], list[list[int]]] | None = None

    async def bind(self, bindings: Mapping[HotKey, Shortcut]) -> Bound:
        """See `HotKeys.bind`."""
        self._give_back()
        self._wanted = dict(bindings)
        if not bindings:
            return Bound()
        try:
            return Bound(self._take(self._connected(), bindings))
        except DisplayGoneError as error:
            log.info("hot_keys.no_display", extra={"reason": str(error)})
            self._disconnect()
            return Bound(dict.fromkeys(bindings, KeyProblem.NOT_OFFERED))

    async def aclose(self) -> None:
        """See `HotKeys.aclose`."""
        self._give_back()
        self._disconnect()

    # --- taking and giving back -------------------------------------------------------------------

    def _connected(self) -> XKeyboard:
        if self._keyboard is None:
            self._keyboard = XKeyboard()
            asyncio.get_running_loop().add_reader(self._keyboard.fd, self._on_readable)
        return self._keyboard

    def _disconnect(self) -> None:
        if self._keyboard is not None:
            asyncio.get_running_loop().remove_reader(self._keyboard.fd)
            self._keyboard.close()
            self._keyboard = None

    def _take(self, keyboard: XKeyboard, bindings: Mapping[HotKey, Shortcut]) -> dict[HotKey, KeyProblem]:
        symbols, modifiers = self._layout = keyboard.symbols(), keyboard.modifiers()
        masks = {
            "Ctrl": CONTROL,
            "Shift": SHIFT,
            "Alt": _mask_of(_ALT_L, symbols, modifiers) or _MOD1,
            "Super": _mask_of(_SUPER_L, symbols, modifiers) or _MOD4,
        }
        locks = [LOCK, _mask_of(_NUM_LOCK, symbols, modifiers), _mask_of(_SCROLL_LOCK, symbols, modifiers)]
        locks = [mask for mask in dict.fromkeys(locks) if mask not in {0, *masks.values()}]
        self._locks = sum(locks)
        problems: dict[HotKey, KeyProblem] = {}
        for key, shortcut in bindings.items():
            code = _code_of(KEYSYMS[shortcut.key], symbols)
            if code is None:
                problems[key] = KeyProblem.NO_SUCH_KEY
            elif not self._grab(keyboard, (code, sum(masks[name] for name in shortcut.modifiers)), locks, key):
                problems[key] = KeyProblem.TAKEN
        # What came while we waited for answers lies in the queue, and makes nothing readable any more.
        asyncio.get_running_loop().call_soon(self._on_readable)
        return problems

    def _grab(self, keyboard: XKeyboard, combination: Combination, locks: list[int], key: HotKey) -> bool:
        code, modifiers = combination
        grabs = [(code, modifiers | mixture) for mixture in _mixtures(locks)]
        held: list[Combination] = []
        for grab in grabs:
            if not keyboard.grab(*grab):
                for mine in held:
                    keyboard.ungrab(*mine)
                return False
            held.append(grab)
        self._grabs += held
        self._grabbed[combination] = key
        return True

    def _give_back(self) -> None:
        if self._keyboard is not None:
            for grab in self._grabs:
                self._keyboard.ungrab(*grab)
        self._grabs.clear()
        self._grabbed.clear()
        self._down.clear()

    # --- what comes by itself -----------------------------------------------------------------------

    def _on_readable(self) -> None:
        keyboard = self._keyboard
        if keyboard is None:
            return
        try:
            for event in without_repeats(keyboard.events()):
                self._take_event(keyboard, event)
        except DisplayGoneError:
            log.info("hot_keys.display_gone")
        if not keyboard.is_alive:
            self._disconnect()
            self._give_back()
            self.on_lost()

    def _take_event(self, keyboard: XKeyboard, event: KeyEvent) -> None:
        if event.kind == KEY_PRESS:
            key = self._grabbed.get((event.code, event.state & 0xFF & ~self._locks))
            if key is not None:
                self._down[event.code] = key
                self.on_pressed(key)
        elif event.kind == KEY_RELEASE and event.code in self._down and not keyboard.is_down(event.code):
            self.on_released(self._down.pop(event.code))
        elif event.kind == MAPPING_NOTIFY:
            self._mind_layout(keyboard)

    def _mind_layout(self, keyboard: XKeyboard) -> None:
        """Told whenever another keyboard is typed on, too: only where keys have moved all is asked for anew."""
        if self._layout is not None and (keyboard.symbols(), keyboard.modifiers()) != self._layout:
            self._layout = None
            self.on_lost()


def without_repeats(events: Iterable[KeyEvent]) -> list[KeyEvent]:
    """*events* without the releases and presses that a held key makes by itself."""
    kept: list[KeyEvent] = []
    for event in events:
        if event.kind == KEY_PRESS and kept and kept[-1] == replace(event, kind=KEY_RELEASE, state=kept[-1].state):
            kept.pop()
        else:
            kept.append(event)
    return kept


def _mask_of(symbol: int, symbols: Mapping[int, list[int]], modifiers: list[list[int]]) -> int:
    """The modifier that the key with *symbol* on it is; 0 if none."""
    for bit, codes in enumerate(modifiers):
        if any(symbol in symbols.get(code, ()) for code in codes):
            return int(1 << bit)
    return 0


def _code_of(symbol: int, symbols: Mapping[int, list[int]]) -> int | None:
    """The key that has *symbol* on it, best where it is written without Shift."""
    places = [(on_key.index(symbol), code) for code, on_key in symbols.items() if symbol in on_key]
    return min(places)[1] if places else None


def _mixtures(masks: list[int]) -> list[int]:
    """The sums of all subsets of *masks*."""
    return [sum(some) for count in range(len(masks) + 1) for some in itertools.combinations(masks, count)]
