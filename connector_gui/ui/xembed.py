"""Asks the X server whether an XEmbed tray is there: the older kind of panel.

Qt can be asked too, but decides for the life of the process as it answers (see `tray_host`). So we ask
through libxcb, which Qt's own platform plugin needs and which, unlike libX11, never ends the process.

Source: the System Tray Protocol of freedesktop.org: the tray owns the selection ``_NET_SYSTEM_TRAY_Sn``.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Final

_TRAY_OF_SCREEN: Final = b"_NET_SYSTEM_TRAY_S%d"


class _Cookie(ctypes.Structure):
    """Every ``xcb_…_cookie_t``."""

    _fields_ = (("sequence", ctypes.c_uint),)


class _Reply(ctypes.Structure):
    """``xcb_intern_atom_reply_t`` and ``xcb_get_selection_owner_reply_t``, which have the same shape."""

    _fields_ = (
        ("response_type", ctypes.c_uint8),
        ("pad", ctypes.c_uint8),
        ("sequence", ctypes.c_uint16),
        ("length", ctypes.c_uint32),
        ("value", ctypes.c_uint32),
    )


def xembed_probe() -> Callable[[], bool]:
    """A function that says whether the display has a tray now; one that says no where X cannot be asked.

    It keeps a connection to the X server, which ends with the process.
    """
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
        free = ctypes.CDLL(None).free
    except OSError:
        return lambda: False
    return _Display(xcb, free).has_tray


class _Display:
    """A connection to the X server."""

    def __init__(self, xcb: ctypes.CDLL, free: Callable[[object], object]) -> None:
        self._xcb = xcb
        self._free = free
        xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.POINTER(ctypes.c_int)]
        xcb.xcb_connect.restype = ctypes.c_void_p
        xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
        xcb.xcb_intern_atom.argtypes = [ctypes.c_void_p, ctypes.c_uint8, ctypes.c_uint16, ctypes.c_char_p]
        xcb.xcb_get_selection_owner.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
        for request in ("xcb_intern_atom", "xcb_get_selection_owner"):
            getattr(xcb, request).restype = _Cookie
            reply = getattr(xcb, f"{request}_reply")
            reply.argtypes = [ctypes.c_void_p, _Cookie, ctypes.c_void_p]
            reply.restype = ctypes.POINTER(_Reply)
        screen = ctypes.c_int()
        # Never null: a connection that failed says so when asked.
        self._connection = xcb.xcb_connect(None, ctypes.byref(screen))
        name = _TRAY_OF_SCREEN % screen.value
        self._selection = self._ask("xcb_intern_atom", 0, len(name), name)

    def has_tray(self) -> bool:
        """Whether somebody owns the tray's selection."""
        return bool(self._selection and self._ask("xcb_get_selection_owner", self._selection))

    def _ask(self, request: str, *arguments: int | bytes) -> int:
        """The number that the server answers with; 0 when it does not."""
        if self._xcb.xcb_connection_has_error(self._connection):
            return 0
        cookie = getattr(self._xcb, request)(self._connection, *arguments)
        reply = getattr(self._xcb, f"{request}_reply")(self._connection, cookie, None)
        if not reply:
            return 0
        value = int(reply.contents.value)
        self._free(reply)
        return value
