"""Guesses what colour the system's panel has, which is not always that of its windows."""

from __future__ import annotations

import os
import sys
from typing import Final

from PySide6.QtCore import QSettings

from connector_gui.ui.icon import Ground

_WINDOWS_THEME: Final = r"HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"


def panel_ground(is_dark: bool) -> Ground:
    """The panel's ground, where windows are dark or not.

    Windows has a setting of its own for its task bar; GNOME's top bar is dark whatever windows are;
    KDE's follows them. Nobody else tells, so the sign is drawn in tones that show on both.
    """
    if sys.platform == "darwin":
        return Ground.TEMPLATE
    if sys.platform == "win32":
        is_light = QSettings(_WINDOWS_THEME, QSettings.Format.NativeFormat).value("SystemUsesLightTheme", 0)
        return Ground.LIGHT if is_light else Ground.DARK
    desktop = os.environ.get("XDG_CURRENT_DESKTOP", "").upper().split(":")
    if "GNOME" in desktop:
        return Ground.DARK
    if "KDE" in desktop:
        return Ground.DARK if is_dark else Ground.LIGHT
    return Ground.UNKNOWN
