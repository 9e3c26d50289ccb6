"""Whether there is a screen to show windows on, told before Qt aborts the process.

Without a display Qt calls ``abort()``: no exception, a core dump, and a text about plug-ins. The
one line a user can act on has to come first, or in its place.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from typing import Final, NoReturn

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

log = logging.getLogger(__name__)

NO_DISPLAY_EXIT: Final = 2
_NEEDS_NO_DISPLAY: Final = frozenset({"offscreen", "minimal", "vnc"})
_LEVELS: Final = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.DEBUG,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def missing_display(environ: Mapping[str, str] | None = None, platform: str = sys.platform) -> str | None:
    """Why windows cannot be shown, in one line; ``None`` when nothing speaks against it."""
    environ = os.environ if environ is None else environ
    if platform in {"win32", "darwin"}:
        return None
    if environ.get("QT_QPA_PLATFORM", "").partition(":")[0] in _NEEDS_NO_DISPLAY:
        return None
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        return None
    return "There is no display. Start it in a desktop session (DISPLAY and WAYLAND_DISPLAY are not set)."


def route_qt_messages() -> None:
    """Send what Qt says to the log, and end with one line and status 2 where Qt would abort.

    A display that is named but not there is found out by Qt alone; it tells by a fatal message.
    """
    qInstallMessageHandler(_on_message)


def _on_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    if kind is QtMsgType.QtFatalMsg:
        _end(text)
    category = context.category or "default"
    log.log(_LEVELS.get(kind, logging.WARNING), "qt.message", extra={"category": category, "text": text})


def _end(text: str) -> NoReturn:
    """Qt aborts when this handler returns: end in an orderly way instead."""
    reason = text.strip().splitlines()[0] if text.strip() else "unknown reason"
    if "platform plugin" in text or "display" in text:
        line = f"The display cannot be used: {reason}"
    else:
        line = f"Qt cannot go on: {reason}"
    sys.stderr.write(f"agent-connector: {line}\n")
    sys.stderr.flush()
    os._exit(NO_DISPLAY_EXIT)
