"""What the system's settings ask of a program's looks and Qt does not tell: contrast, motion, accent.

Linux: the settings portal of xdg-desktop-portal, which GNOME, KDE and others answer; it also tells of changes.
Windows and macOS: asked at the start, and again whenever the program comes to the front (see `read_now`).
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from connector_gui.core.look import SystemLook

# Imported here, before anything runs, for the same reason as in `system_notices`.
if sys.platform != "win32" and sys.platform != "darwin":
    from jeepney import DBusAddress, HeaderFields, MatchRule, Message, new_method_call
    from jeepney.bus_messages import message_bus

    from connector_gui.system.session_bus import BusError, SessionBus

log = logging.getLogger(__name__)

APPEARANCE: Final = "org.freedesktop.appearance"
GNOME: Final = "org.gnome.desktop.interface"
GNOME_ACCESS: Final = "org.gnome.desktop.a11y.interface"
KDE: Final = "org.kde.kdeglobals.KDE"
PORTAL: Final = "org.freedesktop.portal.Desktop"
_PATH: Final = "/org/freedesktop/portal/desktop"
_SETTINGS: Final = "org.freedesktop.portal.Settings"
_ANSWER_S: Final = 10.0
"""A portal that has to be started first takes a while."""

_SPI_GETHIGHCONTRAST: Final = 0x0042
_SPI_GETCLIENTAREAANIMATION: Final = 0x1042
_HCF_HIGHCONTRASTON: Final = 0x0001

Values = Mapping[str, Mapping[str, Any]]
"""Settings of the portal by namespace and key, without their D-Bus types."""


def look_of(values: Values) -> SystemLook:
    """What the portal's settings ask for; what is missing, or of a type nobody agreed on, asks for nothing.

    Source: org.freedesktop.portal.Settings (``contrast``, ``accent-color``, ``reduced-motion``), and the keys of the
    desktops' own settings where they have no common one.
    """
    common, gnome, access = (values.get(name, {}) for name in (APPEARANCE, GNOME, GNOME_ACCESS))
    return SystemLook(
        high_contrast=common.get("contrast") == 1 or access.get("high-contrast") is True,
        reduced_motion=common.get("reduced-motion") == 1
        or gnome.get("enable-animations") is False
        or _is_zero(values.get(KDE, {}).get("AnimationDurationFactor")),
        accent=_accent(common.get("accent-color")),
    )


def _is_zero(value: object) -> bool:
    """KDE writes its numbers as texts."""
    try:
        return isinstance(value, str | float | int) and float(value) == 0
    except ValueError:
        return False


def _accent(value: object) -> tuple[float, float, float] | None:
    """Red, green, blue; numbers outside of 0 to 1 mean that there is no accent."""
    match value:
        case (int() | float() as red, int() | float() as green, int() | float() as blue):
            if all(0 <= part <= 1 for part in (red, green, blue)):
                return (float(red), float(green), float(blue))
    return None


def read_now() -> SystemLook:
    """What Windows or macOS ask for at this moment; costs microseconds. Elsewhere nothing: see `follow`."""
    if sys.platform == "win32":
        return _read_windows()
    if sys.platform == "darwin":
        return _read_macos()
    return SystemLook()


async def follow(tell: Callable[[SystemLook], None]) -> None:
    """Tell what the settings portal asks for, now and after each change, until cancelled or the bus ends.

    Without a session bus or a portal nothing is told.
    """
    if sys.platform != "win32" and sys.platform != "darwin":
        try:
            bus = await SessionBus.open()
        except BusError as error:
            log.info("look.no_portal", extra={"reason": str(error)})
            return
        try:
            await _Portal(bus, tell).run()
        finally:
            await bus.aclose()


if sys.platform != "win32" and sys.platform != "darwin":

    class _Portal:
        """One conversation with the portal: all settings once, then every change."""

        def __init__(self, bus: SessionBus, tell: Callable[[SystemLook], None]) -> None:
            self._bus = bus
            self._tell = tell
            self._values: dict[str, dict[str, Any]] = {}
            self._is_over = asyncio.Event()
            bus.on_signal, bus.on_over = self._on_signal, self._is_over.set

        async def run(self) -> None:
            """Until the bus is gone."""
            rule = MatchRule(type="signal", sender=PORTAL, interface=_SETTINGS, member="SettingChanged", path=_PATH)
            portal = DBusAddress(_PATH, bus_name=PORTAL, interface=_SETTINGS)
            names = [APPEARANCE, GNOME, GNOME_ACCESS, KDE]
            with contextlib.suppress(BusError):  # a portal that comes later tells of its changes
                await self._bus.ask(message_bus.AddMatch(rule), _ANSWER_S)
                self._take_all(await self._bus.ask(new_method_call(portal, "ReadAll", "as", (names,)), _ANSWER_S))
            await self._is_over.wait()

        def _take_all(self, answer: tuple[Any, ...]) -> None:
            match answer:
                case (dict(settings),):
                    for name, values in settings.items():
                        if isinstance(values, dict):
                            self._values[name] = {key: _plain(value) for key, value in values.items()}
                    self._tell(look_of(self._values))

        def _on_signal(self, message: Message) -> None:
            match message.header.fields.get(HeaderFields.member), message.body:
                case "SettingChanged", (str(name), str(key), value):
                    self._values.setdefault(name, {})[key] = _plain(value)
                    self._tell(look_of(self._values))


def _plain(value: object) -> object:
    """A variant, which jeepney gives as type and value, as its value; variants come in variants here."""
    while isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        value = value[1]
    return value


if sys.platform == "win32":

    class _HighContrast(ctypes.Structure):
        """HIGHCONTRASTW of winuser.h."""

        _fields_ = (
            ("cbSize", ctypes.c_uint),
            ("dwFlags", ctypes.c_uint),
            ("lpszDefaultScheme", ctypes.c_wchar_p),
        )

    def _read_windows() -> SystemLook:
        ask = ctypes.windll.user32.SystemParametersInfoW
        contrast, moves = _HighContrast(), ctypes.c_int(1)
        contrast.cbSize = ctypes.sizeof(contrast)
        has_contrast = ask(_SPI_GETHIGHCONTRAST, contrast.cbSize, ctypes.byref(contrast), 0)
        ask(_SPI_GETCLIENTAREAANIMATION, 0, ctypes.byref(moves), 0)
        return SystemLook(
            high_contrast=bool(has_contrast and contrast.dwFlags & _HCF_HIGHCONTRASTON),
            reduced_motion=not moves.value,
        )


if sys.platform == "darwin":

    def _read_macos() -> SystemLook:
        """Ask NSWorkspace, by the Objective-C runtime: Qt has loaded AppKit already."""
        objc = ctypes.CDLL("/usr/lib/libobjc.A.dylib")
        objc.objc_getClass.restype = objc.sel_registerName.restype = ctypes.c_void_p
        objc.objc_getClass.argtypes = objc.sel_registerName.argtypes = (ctypes.c_char_p,)
        give = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)(("objc_msgSend", objc))
        asks = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_void_p)(("objc_msgSend", objc))
        workspace = give(objc.objc_getClass(b"NSWorkspace"), objc.sel_registerName(b"sharedWorkspace"))
        if not workspace:
            return SystemLook()
        contrast = objc.sel_registerName(b"accessibilityDisplayShouldIncreaseContrast")
        motion = objc.sel_registerName(b"accessibilityDisplayShouldReduceMotion")
        return SystemLook(high_contrast=asks(workspace, contrast), reduced_motion=asks(workspace, motion))
