"""Hot keys on macOS: RegisterEventHotKey of Carbon, which needs no permission and tells of both press and release.

The events come through the program's own event loop, which is Qt's and runs in the main thread.

Source: Carbon Event Manager Reference; HIToolbox/Events.h for key codes, CarbonEvents.h for the events. macOS lets
several programs have one combination unless one asked for it alone, as we do.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from connector_gui.core.hands_free import HotKey, KeyProblem
from connector_gui.core.shortcut import Shortcut
from connector_gui.system.hot_keys import Bound

log = logging.getLogger(__name__)

CARBON: Final = "/System/Library/Frameworks/Carbon.framework/Carbon"
_BY_CODE: Final[Mapping[int, str]] = {
    0: "A S D F H G Z X C V",
    11: "B Q W E R Y T 1 2 3 4 6 5 Equal 9 7 Minus 8 0 BracketRight O U BracketLeft I P Return L J Apostrophe K",
    41: "Semicolon Backslash Comma Slash N M Period Tab Space Grave Backspace",
    53: "Escape",
    64: "F17",
    79: "F18 F19",
    90: "F20",
    96: "F5 F6 F7 F3 F8 F9",
    103: "F11",
    105: "F13 F16 F14",
    109: "F10",
    111: "F12",
    113: "F15",
    115: "Home PageUp Delete F4 End F2 PageDown F1 Left Right Down Up",
}
"""Names of keys that follow each other, by the code of the first."""
KEY_CODES: Final[Mapping[str, int]] = {
    name: first + place for first, names in _BY_CODE.items() for place, name in enumerate(names.split())
}
"""Where an American keyboard has the key. There are no Insert, Pause, ScrollLock, media keys, F21 to F24."""
_MODIFIERS: Final = {"Super": 0x0100, "Shift": 0x0200, "Alt": 0x0800, "Ctrl": 0x1000}
_SIGNATURE: Final = int.from_bytes(b"AgCo", "big")
_KEYBOARD_CLASS: Final = int.from_bytes(b"keyb", "big")
_PRESSED, _RELEASED = 5, 6
_DIRECT_OBJECT: Final = int.from_bytes(b"----", "big")
_TYPE_HOT_KEY_ID: Final = int.from_bytes(b"hkid", "big")
_EXCLUSIVE: Final = 1
_EXISTS: Final = -9878
_NOT_HANDLED: Final = -9874


class EventType(ctypes.Structure):
    """``EventTypeSpec``."""

    _fields_ = (("event_class", ctypes.c_uint32), ("kind", ctypes.c_uint32))


class HotKeyId(ctypes.Structure):
    """``EventHotKeyID``."""

    _fields_ = (("signature", ctypes.c_uint32), ("number", ctypes.c_uint32))


Handler = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


def load_carbon() -> Any:
    """The framework.

    Raises:
        OSError: This is no macOS.
    """
    carbon = ctypes.CDLL(CARBON)
    pointer, u32, status = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int32
    signatures: dict[str, tuple[Any, list[Any]]] = {
        "GetApplicationEventTarget": (pointer, []),
        "InstallEventHandler": (
            status,
            [pointer, Handler, ctypes.c_ulong, ctypes.POINTER(EventType), pointer, ctypes.POINTER(pointer)],
        ),
        "RemoveEventHandler": (status, [pointer]),
        "RegisterEventHotKey": (status, [u32, u32, HotKeyId, pointer, u32, ctypes.POINTER(pointer)]),
        "UnregisterEventHotKey": (status, [pointer]),
        "GetEventKind": (u32, [pointer]),
        "GetEventParameter": (status, [pointer, u32, u32, pointer, ctypes.c_ulong, pointer, pointer]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(carbon, name)
        function.restype, function.argtypes = result, arguments
    return carbon


class MacHotKeys:
    """`HotKeys` of macOS."""

    def __init__(self, load: Callable[[], Any] = load_carbon) -> None:
        self.on_pressed: Callable[[HotKey], None] = lambda _key: None
        self.on_released: Callable[[HotKey], None] = lambda _key: None
        self.on_lost: Callable[[], None] = lambda: None
        self._carbon = load()
        self._references: list[ctypes.c_void_p] = []
        self._keys: dict[int, HotKey] = {}
        self._number = 0
        self._installed = ctypes.c_void_p()
        # Carbon keeps only its address.
        self._handler = Handler(self._on_event)

    async def bind(self, bindings: Mapping[HotKey, Shortcut]) -> Bound:
        """See `HotKeys.bind`."""
        self._give_back()
        if bindings and not self._install():
            return Bound(dict.fromkeys(bindings, KeyProblem.REFUSED))
        taken = {key: self._register(key, shortcut) for key, shortcut in bindings.items()}
        return Bound({key: problem for key, problem in taken.items() if problem is not None})

    async def aclose(self) -> None:
        """See `HotKeys.aclose`."""
        self._give_back()
        if self._installed.value is not None:
            self._carbon.RemoveEventHandler(self._installed)
            self._installed = ctypes.c_void_p()

    def _install(self) -> bool:
        if self._installed.value is not None:
            return True
        types = (EventType * 2)(EventType(_KEYBOARD_CLASS, _PRESSED), EventType(_KEYBOARD_CLASS, _RELEASED))
        target = self._carbon.GetApplicationEventTarget()
        status = self._carbon.InstallEventHandler(target, self._handler, 2, types, None, ctypes.byref(self._installed))
        return bool(status == 0)

    def _register(self, key: HotKey, shortcut: Shortcut) -> KeyProblem | None:
        code = KEY_CODES.get(shortcut.key)
        if code is None:
            return KeyProblem.NO_SUCH_KEY
        # A number is never used again: an event of a combination that was given back may still be on its way.
        self._number += 1
        reference = ctypes.c_void_p()
        modifiers = sum(_MODIFIERS[name] for name in shortcut.modifiers)
        name = HotKeyId(_SIGNATURE, self._number)
        target = self._carbon.GetApplicationEventTarget()
        status = self._carbon.RegisterEventHotKey(code, modifiers, name, target, _EXCLUSIVE, ctypes.byref(reference))
        if status != 0:
            log.info("hot_keys.refused", extra={"key": key, "error": status})
            return KeyProblem.TAKEN if status == _EXISTS else KeyProblem.REFUSED
        self._references.append(reference)
        self._keys[self._number] = key
        return None

    def _give_back(self) -> None:
        for reference in self._references:
            self._carbon.UnregisterEventHotKey(reference)
        self._references.clear()
        self._keys.clear()

    def _on_event(self, _next: int, event: int, _user: int) -> int:
        name = HotKeyId()
        size = ctypes.sizeof(name)
        status = self._carbon.GetEventParameter(
            event, _DIRECT_OBJECT, _TYPE_HOT_KEY_ID, None, size, None, ctypes.byref(name)
        )
        key = self._keys.get(name.number) if status == 0 and name.signature == _SIGNATURE else None
        if key is None:
            return _NOT_HANDLED
        try:
            (self.on_pressed if self._carbon.GetEventKind(event) == _PRESSED else self.on_released)(key)
        except Exception:
            # Outermost: this was called by the system, which can do nothing with it.
            log.exception("hot_keys.failed")
        return 0
