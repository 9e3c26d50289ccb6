"""Where each system lets a program hear the microphone; the operator is sent there in words."""

from __future__ import annotations

import sys
from typing import Final

from connector_gui.core.sentence import sentence

_WINDOWS: Final = sentence(
    "Open Settings → Privacy & security → Microphone and switch on “Let desktop apps access your microphone”."
)
_MACOS: Final = sentence(
    "Open System Settings → Privacy & Security → Microphone, allow Agent Connector, and start it again."
)
_LINUX: Final = sentence(
    "See in the sound settings that the input is neither muted nor turned to zero; a "
    "Flatpak or Snap also needs the permission to record."
)
_LINUX_LOOK: Final = sentence(
    "See in the sound settings that its profile has an input; a Flatpak or Snap also needs the permission to record."
)
_PAGES: Final = {
    "win32": "ms-settings:privacy-microphone",
    "darwin": "x-apple.systempreferences:com.apple.preference.security?Privacy_Microphone",
}


def system_name(platform: str = sys.platform) -> str:
    """What people call the system that may block a microphone."""
    return {"win32": "Windows", "darwin": "macOS"}.get(platform, sentence("the system"))


def where_to_allow(platform: str = sys.platform) -> str:
    """The place, and what to do there, as a sentence; *platform* as `sys.platform` has it."""
    return {"win32": _WINDOWS, "darwin": _MACOS}.get(platform, _LINUX)


def where_to_look(platform: str = sys.platform) -> str:
    """As `where_to_allow`, for a microphone that the system does not even list."""
    return {"win32": _WINDOWS, "darwin": _MACOS}.get(platform, _LINUX_LOOK)


def privacy_page(platform: str = sys.platform) -> str | None:
    """The address that opens that place; None where the system has none."""
    return _PAGES.get(platform)
