"""The keyboard of an X display: which key is which, keys that are grabbed, and what they say.

Through libxcb, which Qt's own platform plugin needs and which, unlike libX11, never ends the process. Every question
is one round trip to the X server, well under a millisecond.

Source: X Window System Protocol, version 11: GrabKey, GetKeyboardMapping, GetModifierMapping, QueryKeymap.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

KEY_PRESS, KEY_RELEASE, MAPPING_NOTIFY = 2, 3, 34
SHIFT, LOCK, CONTROL = 1, 2, 4
_BAD_ACCESS: Final = 10
_ASYNC: Final = 1
_MODIFIER_BITS: Final = 8
_HEADER_BYTES: Final = 32


class DisplayGoneError(OSError):
    """There is no X server to talk to (any more)."""


class _Cookie(ctypes.Structure):
    """Every ``xcb_…_cookie_t``."""

    _fields_ = (("sequence", ctypes.c_uint),)


class _Setup(ctypes.Structure):
    """The beginning of ``xcb_setup_t``."""

    _fields_ = (
        ("before", ctypes.c_uint8 * 34),
        ("min_keycode", ctypes.c_uint8),
        ("max_keycode", ctypes.c_uint8),
    )


class _Screens(ctypes.Structure):
    """``xcb_screen_iterator_t``; a screen begins with the number of its root window."""

    _fields_ = (("data", ctypes.POINTER(ctypes.c_uint32)), ("rem", ctypes.c_int), ("index", ctypes.c_int))


class _Reply(ctypes.Structure):
    """The beginning of every reply; *detail* is the one number that has its place there."""

    _fields_ = (
        ("response_type", ctypes.c_uint8),
        ("detail", ctypes.c_uint8),
        ("sequence", ctypes.c_uint16),
        ("length", ctypes.c_uint32),
    )


class _Event(ctypes.Structure):
    """``xcb_key_press_event_t``; an error has its code in the place of *detail*."""

    _fields_ = (
        ("response_type", ctypes.c_uint8),
        ("detail", ctypes.c_uint8),
        ("sequence", ctypes.c_uint16),
        ("time", ctypes.c_uint32),
        ("windows", ctypes.c_uint32 * 3),
        ("places", ctypes.c_int16 * 4),
        ("state", ctypes.c_uint16),
    )


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """Something a grabbed key did, or (`MAPPING_NOTIFY`) that keys mean something else now.

    Attributes:
        time_ms: By the server's clock.
    """

    kind: int
    code: int = 0
    state: int = 0
    time_ms: int = 0


class XKeyboard:
    """A connection to the X server of ``DISPLAY``, for its keyboard alone."""

    def __init__(self) -> None:
        """Connect.

        Raises:
            DisplayGoneError: There is no library, or no server that wants us.
        """
        try:
            self._xcb = _library()
            self._free = ctypes.CDLL(None).free
        except (OSError, AttributeError) as error:
            raise DisplayGoneError("libxcb is missing") from error
        self._free.argtypes = [ctypes.c_void_p]
        screen = ctypes.c_int()
        # Never null: a connection that failed says so when asked.
        self._connection = self._xcb.xcb_connect(None, ctypes.byref(screen))
        self._is_open = True
        if not self.is_alive:
            self.close()
            raise DisplayGoneError("no X server")
        setup = self._xcb.xcb_get_setup(self._connection)
        self._codes = range(setup.contents.min_keycode, setup.contents.max_keycode + 1)
        screens = self._xcb.xcb_setup_roots_iterator(setup)
        for _ in range(screen.value):
            self._xcb.xcb_screen_next(ctypes.byref(screens))
        self._root = int(screens.data.contents.value)

    @property
    def is_alive(self) -> bool:
        """Whether the server still listens."""
        return self._is_open and not self._xcb.xcb_connection_has_error(self._connection)

    @property
    def fd(self) -> int:
        """Becomes readable when there may be events."""
        return int(self._xcb.xcb_get_file_descriptor(self._connection))

    def close(self) -> None:
        """End the connection; the server takes the grabs back."""
        if self._is_open:
            self._is_open = False
            self._xcb.xcb_disconnect(self._connection)

    def symbols(self) -> dict[int, list[int]]:
        """What stands on each key: keysyms by key code, the plain one first, 0 where there is none."""
        first, count = self._codes.start, len(self._codes)
        width, data = self._ask("xcb_get_keyboard_mapping", first, count)
        numbers = memoryview(data).cast("I")
        return {code: list(numbers[place * width : (place + 1) * width]) for place, code in enumerate(self._codes)}

    def modifiers(self) -> list[list[int]]:
        """The codes of the keys that are each of the eight modifiers: Shift, Lock, Control, Mod1 to Mod5."""
        width, data = self._ask("xcb_get_modifier_mapping")
        return [[code for code in data[bit * width : (bit + 1) * width] if code] for bit in range(_MODIFIER_BITS)]

    def is_down(self, code: int) -> bool:
        """Whether the key is held, whatever its repeats have told."""
        _, data = self._ask("xcb_query_keymap", offset=8, size=32)
        return bool(data[code // 8] & (1 << code % 8))

    def grab(self, code: int, modifiers: int) -> bool:
        """Have this key with exactly these modifiers sent here alone; whether nobody else has it."""
        cookie = self._xcb.xcb_grab_key_checked(self._connection, 0, self._root, modifiers, code, _ASYNC, _ASYNC)
        error = self._xcb.xcb_request_check(self._connection, cookie)
        if not error:
            return self.is_alive
        refusal = error.contents.detail
        self._free(error)
        if refusal != _BAD_ACCESS:
            raise DisplayGoneError(f"the X server refused a key with error {refusal}")
        return False

    def ungrab(self, code: int, modifiers: int) -> None:
        """Give it back."""
        self._xcb.xcb_ungrab_key(self._connection, code, self._root, modifiers)
        self._xcb.xcb_flush(self._connection)

    def events(self) -> Iterator[KeyEvent]:
        """What has happened meanwhile; ends when there is no more now."""
        while self._is_open and (event := self._xcb.xcb_poll_for_event(self._connection)):
            kind = event.contents.response_type & 0x7F
            told = KeyEvent(kind, event.contents.detail, event.contents.state, event.contents.time)
            self._free(event)
            if kind in {KEY_PRESS, KEY_RELEASE, MAPPING_NOTIFY}:
                yield told

    def _ask(self, request: str, *arguments: int, offset: int = _HEADER_BYTES, size: int = 0) -> tuple[int, bytes]:
        """The number in the reply's head, and *size* bytes from *offset* on, or all that follow the head.

        Raises:
            DisplayGoneError: There is no answer.
        """
        cookie = getattr(self._xcb, request)(self._connection, *arguments)
        reply = getattr(self._xcb, f"{request}_reply")(self._connection, cookie, None)
        if not reply:
            raise DisplayGoneError(f"the X server did not answer {request}")
        head = reply.contents
        data = ctypes.string_at(ctypes.addressof(head) + offset, size or head.length * 4)
        detail = int(head.detail)
        self._free(reply)
        return detail, data


def _library() -> Any:
    xcb = ctypes.CDLL("libxcb.so.1")
    connection, u8, u16, u32 = ctypes.c_void_p, ctypes.c_uint8, ctypes.c_uint16, ctypes.c_uint32
    signatures: dict[str, tuple[Any, list[Any]]] = {
        "xcb_connect": (connection, [ctypes.c_char_p, ctypes.POINTER(ctypes.c_int)]),
        "xcb_connection_has_error": (ctypes.c_int, [connection]),
        "xcb_disconnect": (None, [connection]),
        "xcb_get_file_descriptor": (ctypes.c_int, [connection]),
        "xcb_flush": (ctypes.c_int, [connection]),
        "xcb_get_setup": (ctypes.POINTER(_Setup), [connection]),
        "xcb_setup_roots_iterator": (_Screens, [ctypes.POINTER(_Setup)]),
        "xcb_screen_next": (None, [ctypes.POINTER(_Screens)]),
        "xcb_poll_for_event": (ctypes.POINTER(_Event), [connection]),
        "xcb_request_check": (ctypes.POINTER(_Event), [connection, _Cookie]),
        "xcb_grab_key_checked": (_Cookie, [connection, u8, u32, u16, u8, u8, u8]),
        "xcb_ungrab_key": (_Cookie, [connection, u8, u32, u16]),
        "xcb_get_keyboard_mapping": (_Cookie, [connection, u8, u8]),
        "xcb_get_modifier_mapping": (_Cookie, [connection]),
        "xcb_query_keymap": (_Cookie, [connection]),
    }
    for request in ("keyboard_mapping", "modifier_mapping"):
        signatures[f"xcb_get_{request}_reply"] = (ctypes.POINTER(_Reply), [connection, _Cookie, ctypes.c_void_p])
    signatures["xcb_query_keymap_reply"] = (ctypes.POINTER(_Reply), [connection, _Cookie, ctypes.c_void_p])
    for name, (result, arguments) in signatures.items():
        function = getattr(xcb, name)
        function.restype, function.argtypes = result, arguments
    return xcb
