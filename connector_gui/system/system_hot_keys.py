"""Which of the ways to hot keys and headset buttons serve on this system.

Imported with the windows, before anything runs: see `system_notices`.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping
from enum import Enum

from connector_gui.core.hands_free import HotKey
from connector_gui.system.headset import Headset
from connector_gui.system.hot_keys import HotKeys, NoHotKeys
from connector_gui.system.telephony import TelephonyHeadset

if sys.platform != "win32" and sys.platform != "darwin":
    from connector_gui.system.media_keys import MediaKeys
    from connector_gui.system.portal_hot_keys import PortalHotKeys
    from connector_gui.system.x_hot_keys import XHotKeys

log = logging.getLogger(__name__)


class Way(Enum):
    """A way to hot keys."""

    X11 = "x11"
    PORTAL = "portal"
    WINDOWS = "windows"
    MAC = "mac"
    NONE = "none"


def way(platform: str, qt_platform: str, environ: Mapping[str, str]) -> Way:
    """The way that serves on *platform* (`sys.platform`), where Qt draws with *qt_platform*.

    In a Wayland session an X display is there too, but grabs on it work only while an X window has the keyboard.
    """
    if platform == "win32":
        return Way.WINDOWS if qt_platform == "windows" else Way.NONE
    if platform == "darwin":
        return Way.MAC if qt_platform == "cocoa" else Way.NONE
    if qt_platform.startswith("wayland"):
        return Way.PORTAL
    if qt_platform != "xcb":
        return Way.NONE
    is_wayland = environ.get("XDG_SESSION_TYPE") == "wayland" or bool(environ.get("WAYLAND_DISPLAY"))
    return Way.PORTAL if is_wayland else Way.X11


def system_hot_keys(qt_platform: str, describe: Callable[[HotKey], str]) -> HotKeys:
    """The hot keys of this system; `NoHotKeys` where it lends none.

    *describe* says what a hot key does, for systems that show it to the operator.
    """
    chosen = way(sys.platform, qt_platform, os.environ)
    try:
        return _open(chosen, describe)
    except Exception:
        # Outermost: whatever a system's library objects to, calls are answered without hot keys.
        log.exception("hot_keys.no_way")
        return NoHotKeys()


def _open(chosen: Way, describe: Callable[[HotKey], str]) -> HotKeys:
    if sys.platform == "win32":
        from connector_gui.system.windows_hot_keys import WindowsHotKeys

        return WindowsHotKeys() if chosen is Way.WINDOWS else NoHotKeys()
    if sys.platform == "darwin":
        from connector_gui.system.mac_hot_keys import MacHotKeys

        return MacHotKeys() if chosen is Way.MAC else NoHotKeys()
    if chosen is Way.X11:
        return XHotKeys()
    return PortalHotKeys(describe) if chosen is Way.PORTAL else NoHotKeys()


def system_headsets() -> list[Headset]:
    """Every way to a headset's buttons on this system."""
    if sys.platform != "win32" and sys.platform != "darwin":
        return [MediaKeys(), TelephonyHeadset()]
    return [TelephonyHeadset()]
