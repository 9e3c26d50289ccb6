"""A private, throw-away desktop: X server, session bus, window manager, tray, notifications, keyring.

Several can run side by side. Each has its own display number, bus, configuration, data and keyring.
"""

from __future__ import annotations

import os
import shutil
import string
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.rig.background import Background, RigError, wait_until
from tests.rig.session_bus import SessionBus

TRAYS: Final = ("sni", "xembed", "none")
KEYRINGS: Final = ("unlocked", "locked", "none")

_HERE: Final = Path(__file__).parent
_SERVICES: Final = Path("/usr/share/dbus-1/services")
# They would lead a program out of this desktop, into that of the person who runs the tests.
_FOREIGN: Final = (
    "WAYLAND_DISPLAY", "XAUTHORITY", "SESSION_MANAGER", "XDG_CURRENT_DESKTOP", "QT_QPA_PLATFORMTHEME",
    "QT_STYLE_OVERRIDE", "PYTHON_KEYRING_BACKEND", "GNOME_KEYRING_CONTROL", "DBUS_SESSION_BUS_ADDRESS",
)  # fmt: skip
_PASSWORD: Final = "rig"
_SECRETS: Final = "org.freedesktop.secrets"
_LOGIN_KEYRING: Final = "/org/freedesktop/secrets/collection/login"


@dataclass(frozen=True, slots=True)
class DesktopOptions:
    """What the desktop has.

    Attributes:
        tray: ``sni`` (StatusNotifier, today's desktops; xfce4-panel), ``xembed`` (older panels; trayer) or ``none``.
        keyring: ``unlocked``, ``locked`` (asks for a password nobody types) or ``none``.
        notifications: Whether a notification daemon runs.
        width_px: Width of the screen.
        height_px: Height of the screen.
    """

    tray: str = "sni"
    keyring: str = "unlocked"
    notifications: bool = True
    width_px: int = 1280
    height_px: int = 800


@contextmanager
def desktop(options: DesktopOptions | None = None, base: Mapping[str, str] | None = None) -> Iterator[dict[str, str]]:
    """Run a desktop; yield the environment for programs that are to be on it.

    It is *base* (the environment of this process when left out) with ``DISPLAY``, the bus, private
    ``XDG_`` folders, ``QT_QPA_PLATFORM=xcb``, and ``RIG_TMP`` (a scratch folder), ``RIG_TRAY`` and
    ``RIG_TRAY_X``/``RIG_TRAY_Y`` (the place of the first tray icon).

    Raises:
        RigError: A part did not come up; the end of its log is in the message.
    """
    options = options or DesktopOptions()
    if options.tray not in TRAYS or options.keyring not in KEYRINGS:
        raise RigError(f"no such tray or keyring: {options.tray}, {options.keyring}")
    folder = Path(tempfile.mkdtemp(prefix="rig-desktop."))
    try:
        with Background(folder / "log") as background:
            yield _Desktop(options, folder, background).start(os.environ if base is None else base)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Desktop:
    """The desktop while it is put together."""

    def __init__(self, options: DesktopOptions, folder: Path, background: Background) -> None:
        self._options = options
        self._folder = folder
        self._background = background
        self._env: dict[str, str] = {}

    def start(self, base: Mapping[str, str]) -> dict[str, str]:
        # The folders come first: programs that the bus starts have the bus's environment.
        self._env = {name: value for name, value in base.items() if name not in _FOREIGN} | self._folders()
        self._env["DISPLAY"] = self._start_x_server()
        self._start_bus()
        # All of these side by side; only then are they waited for.
        self._background.start("window-manager", ["openbox"], self._env)
        subprocess.run(["xsetroot", "-solid", "#3b5b76"], env=self._env, check=True)
        if self._options.notifications:
            self._background.start("notifications", ["dunst", "-conf", _HERE / "dunstrc"], self._env)
        if self._options.keyring != "none":
            self._start_keyring()
        self._start_tray()
        self._wait_for_all()
        return self._env

    def _folders(self) -> dict[str, str]:
        names = {f"XDG_{name}_HOME": name.lower() for name in ("CONFIG", "DATA", "CACHE", "STATE")}
        folders = {variable: self._folder / name for variable, name in names.items()}
        folders["XDG_RUNTIME_DIR"] = self._folder / "run"
        for path in folders.values():
            path.mkdir(mode=0o700)
        return {
            **{variable: str(path) for variable, path in folders.items()},
            "RIG_TMP": str(self._folder),
            "RIG_TRAY": self._options.tray,
            "RIG_KEYRING": self._options.keyring,
            "XDG_SESSION_TYPE": "x11",
            "QT_QPA_PLATFORM": "xcb",
            "LIBGL_ALWAYS_SOFTWARE": "1",
            # No accessibility service on this bus; Gtk programs would wait for it.
            "NO_AT_BRIDGE": "1",
            "GTK_A11Y": "none",
            "LC_ALL": "C.UTF-8",
        }

    def _start_x_server(self) -> str:
        """Start Xvfb, which picks a free display number itself; return the display's name."""
        screen = f"{self._options.width_px}x{self._options.height_px}x24"
        reader, writer = os.pipe()
        with os.fdopen(reader) as number:
            command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", screen, "-dpi", "96"]
            options = ["-nolisten", "tcp", "-noreset"]
            self._background.start("x-server", [*command, *options], self._env, pass_fds=[writer])
            os.close(writer)
            # The line ends the wait, and so does the end of Xvfb, which closes the pipe.
            display = number.readline().strip()
        if not display:
            raise RigError(f"the X server did not start:\n{self._background.log_tail('x-server')}")
        return f":{display}"

    def _start_bus(self) -> None:
        services = self._folder / "services"
        services.mkdir()
        self._share(services, "org.xfce.Xfconf.service")
        if self._options.keyring == "locked":
            self._share(services, "org.gnome.keyring.SystemPrompter.service")
        socket = self._folder / "run" / "bus"
        template = string.Template((_HERE / "session-bus.conf").read_text(encoding="utf-8"))
        configuration = self._folder / "session-bus.conf"
        configuration.write_text(template.substitute(services=services, socket=socket), encoding="utf-8")
        self._env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={socket}"
        command = ["dbus-daemon", f"--config-file={configuration}", "--nofork", "--nopidfile", "--nosyslog"]
        self._background.start("bus", command, self._env)
        self._bus = SessionBus(self._env["DBUS_SESSION_BUS_ADDRESS"])
        self._wait(self._bus.is_up, "bus")

    @staticmethod
    def _share(services: Path, name: str) -> None:
        if (_SERVICES / name).exists():
            (services / name).symlink_to(_SERVICES / name)

    def _start_keyring(self) -> None:
        command = ["gnome-keyring-daemon", "--unlock", "--foreground", "--components=secrets"]
        # The password ends without a newline, which would be part of it.
        self._background.start("keyring", command, self._env, standard_input=_PASSWORD.encode())

    def _start_tray(self) -> None:
        height_px = self._options.height_px
        place = (0, 0)
        if self._options.tray == "sni":
            channels = self._folder / "config" / "xfce4" / "xfconf" / "xfce-perchannel-xml"
            channels.mkdir(parents=True)
            shutil.copy(_HERE / "xfce4-panel.xml", channels)
            self._background.start("tray", ["xfce4-panel", "--disable-wm-check"], self._env)
            place = (18, height_px - 18)
        elif self._options.tray == "xembed":
            shape = ["--widthtype", "request", "--height", "32", "--iconspacing", "4", "--SetDockType", "true"]
            self._background.start("tray", ["trayer", "--edge", "bottom", "--align", "left", *shape], self._env)
            place = (12, height_px - 16)
        self._env["RIG_TRAY_X"], self._env["RIG_TRAY_Y"] = map(str, place)

    def _wait_for_all(self) -> None:
        self._wait(self._window_manager_is_up, "window-manager")
        if self._options.notifications:
            self._wait(lambda: self._bus.has_name("org.freedesktop.Notifications"), "notifications")
        if self._options.tray == "sni":
            self._wait(self._status_notifier_host_is_up, "tray")
        elif self._options.tray == "xembed":
            self._wait(lambda: '"trayer"' in self._output_of("xwininfo", "-root", "-tree"), "tray")
        if self._options.keyring != "none":
            self._wait(lambda: self._keyring_is_locked() is False, "keyring")
        if self._options.keyring == "locked":
            service = (_SECRETS, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service")
            self._bus.call(*service, "Lock", "ao", [_LOGIN_KEYRING])
            self._wait(lambda: self._keyring_is_locked() is True, "keyring")

    def _wait(self, condition: Callable[[], bool], helper: str) -> None:
        try:
            wait_until(condition, f"the desktop's {helper}")
        except RigError as error:
            raise RigError(f"{error}; it said:\n{self._background.log_tail(helper)}") from None

    def _window_manager_is_up(self) -> bool:
        return "window id" in self._output_of("xprop", "-root", "_NET_SUPPORTING_WM_CHECK")

    def _status_notifier_host_is_up(self) -> bool:
        # Qt asks for this once, at the first use of a tray icon, and keeps the answer.
        watcher = "org.kde.StatusNotifierWatcher"
        return bool(self._bus.property_of(watcher, "/StatusNotifierWatcher", watcher, "IsStatusNotifierHostRegistered"))

    def _keyring_is_locked(self) -> bool | None:
        """None while the keyring does not answer."""
        locked = self._bus.property_of(_SECRETS, _LOGIN_KEYRING, "org.freedesktop.Secret.Collection", "Locked")
        return None if locked is None else bool(locked)

    def _output_of(self, *command: str) -> str:
        return subprocess.run(command, env=self._env, capture_output=True, text=True, check=False).stdout
