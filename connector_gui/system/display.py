"""Whether there is a screen to draw on, asked before Qt is: Qt aborts the process when there is none.

Also what Qt has to say, which belongs in the log.
"""

from __future__ import annotations

import ctypes
import logging
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

log = logging.getLogger("connector_gui.qt")

NO_DISPLAY: Final = (
    "There is no display to show windows on. Start it in a desktop session "
    "(DISPLAY or WAYLAND_DISPLAY must lead to one that may be used)."
)
NO_CURSOR_LIBRARY: Final = (
    "Qt needs the system library libxcb-cursor (Debian, Ubuntu: sudo apt install libxcb-cursor0)."
)
CONNECT_TIMEOUT_S: Final = 2.0

_LEVELS: Final[Mapping[QtMsgType, int]] = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def missing_display(environ: Mapping[str, str] = os.environ) -> str | None:
    """Why no window can be shown, in a sentence; ``None`` if one can.

    Platforms of Qt that need no screen (``QT_QPA_PLATFORM=offscreen``) count as a display.
    """
    if not sys.platform.startswith("linux"):
        return None
    # As Qt reads it: names separated by “;”, each with options after “:”.
    chosen = [name.partition(":")[0] for name in environ.get("QT_QPA_PLATFORM", "").split(";") if name]
    platforms = set(chosen or ("wayland", "xcb"))
    if platforms - {"wayland", "wayland-egl", "xcb"}:
        return None
    if platforms & {"wayland", "wayland-egl"} and _has_wayland(environ):
        return None
    if "xcb" in platforms and environ.get("DISPLAY"):
        return _problem_of_x(environ["DISPLAY"])
    return NO_DISPLAY


def route_qt_messages() -> None:
    """Send what Qt reports to the log instead of standard error."""
    qInstallMessageHandler(_on_qt_message)


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    level = _LEVELS.get(kind, logging.WARNING)
    log.log(level, "qt.message", extra={"text": message, "category": context.category})
    if kind == QtMsgType.QtFatalMsg and sys.__stderr__ is not None:
        # Qt aborts the process when this returns; the log's own threads may not get to write it.
        sys.__stderr__.write(f"Qt: {message}\n")
        sys.__stderr__.flush()


def _has_wayland(environ: Mapping[str, str]) -> bool:
    name = environ.get("WAYLAND_DISPLAY", "")
    if not name:
        return False
    path = Path(environ.get("XDG_RUNTIME_DIR", "/nonexistent"), name)  # an absolute name stays as it is
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(CONNECT_TIMEOUT_S)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _problem_of_x(display: str) -> str | None:
    """Connect to the X server as Qt will: with its library, and so with its rules and its authority file."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
        ctypes.CDLL("libxcb-cursor.so.0")
    except OSError:
        return NO_CURSOR_LIBRARY
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(display.encode(), None)  # never NULL: errors are in the connection
    has_failed = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return NO_DISPLAY if has_failed else None
