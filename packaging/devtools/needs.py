"""What the operating system has to bring, and how to see whether it does.

Only Linux has such needs: elsewhere the Python packages ship their libraries. A need is looked for as
what it is (a library that loads, a program on the path, a file), because package names differ between
distributions and releases, and one look at sixty packages has to take milliseconds.
"""

from __future__ import annotations

import ctypes
import importlib.util
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Need:
    """One thing to be there.

    Attributes:
        name: What it is, for people on a system without Debian's packages.
        package: The Debian package that brings it.
        is_met: Looks whether it is there.
    """

    name: str
    package: str
    is_met: Callable[[], bool]


def library(file_name: str, package: str) -> Need:
    return Need(file_name, package, lambda: _loads(file_name))


def program(name: str, package: str) -> Need:
    return Need(name, package, lambda: shutil.which(name) is not None)


def files(package: str, *patterns: str) -> Need:
    """A file that any of *patterns* finds; they are globs below the root folder, without the leading slash."""
    return Need(f"/{patterns[0]}", package, lambda: any(any(Path("/").glob(pattern)) for pattern in patterns))


def module(name: str, package: str) -> Need:
    return Need(f"Python module {name}", package, lambda: importlib.util.find_spec(name) is not None)


def _loads(file_name: str) -> bool:
    try:
        ctypes.CDLL(file_name)
    except OSError:
        return False
    return True


_THIS_PYTHON: Final = f"python3.{sys.version_info.minor}"

RUN: Final = (
    # Debian ships venv without the pip it is to be filled with.
    module("ensurepip", f"{_THIS_PYTHON}-venv"),
    # What Qt's own libraries and its xcb platform plugin load at run time. Without
    # libxcb-cursor, Qt 6.5 and later end the program when the first window is made.
    library("libEGL.so.1", "libegl1"),
    library("libGL.so.1", "libgl1"),
    library("libOpenGL.so.0", "libopengl0"),
    library("libdbus-1.so.3", "libdbus-1-3"),
    library("libfontconfig.so.1", "libfontconfig1"),
    library("libglib-2.0.so.0", "libglib2.0-0"),
    library("libxkbcommon.so.0", "libxkbcommon0"),
    library("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    library("libxcb-cursor.so.0", "libxcb-cursor0"),
    library("libxcb-icccm.so.4", "libxcb-icccm4"),
    library("libxcb-image.so.0", "libxcb-image0"),
    library("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    library("libxcb-render-util.so.0", "libxcb-render-util0"),
    library("libxcb-shape.so.0", "libxcb-shape0"),
    library("libxcb-xinerama.so.0", "libxcb-xinerama0"),
    library("libxcb-xkb.so.1", "libxcb-xkb1"),
    # PortAudio, and the bridge by which it reaches the desktop's sound server.
    library("libportaudio.so.2", "libportaudio2"),
    files(
        "libasound2-plugins",
        "usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so",
        "usr/lib*/alsa-lib/libasound_module_pcm_pulse.so",
    ),
)


def library_of_python(base_prefix: str) -> tuple[Need, ...]:
    """Debian's own Python has its library in a package apart; others bring theirs along."""
    return (library(f"lib{_THIS_PYTHON}.so.1.0", f"lib{_THIS_PYTHON}"),) if base_prefix == "/usr" else ()


# PyInstaller looks with objdump what a library needs; strip, objcopy and ld make the build smaller.
_BUILD: Final = (
    *library_of_python(sys.base_prefix),
    program("objdump", "binutils"),
    # What only Wayland needs: the package is to say where it comes from.
    library("libwayland-client.so.0", "libwayland-client0"),
    library("libwayland-cursor.so.0", "libwayland-cursor0"),
)

TEST: Final = (
    *RUN,
    # The virtual desktop: X server, window manager, session bus, both kinds of tray, notifications.
    program("Xvfb", "xvfb"),
    program("xprop", "x11-utils"),
    program("xsetroot", "x11-xserver-utils"),
    program("openbox", "openbox"),
    program("dbus-daemon", "dbus"),
    program("xfce4-panel", "xfce4-panel"),
    program("xfconf-query", "xfconf"),
    program("trayer", "trayer"),
    program("dunst", "dunst"),
    files("adwaita-icon-theme", "usr/share/icons/Adwaita/index.theme"),
    # The keyring's Secret Service.
    program("gnome-keyring-daemon", "gnome-keyring"),
    # Mouse and keyboard, pictures of the screen, letters in them.
    program("xdotool", "xdotool"),
    program("import", "imagemagick"),
    files("fonts-dejavu-core", "usr/share/fonts/**/DejaVuSans.ttf"),
    files("fonts-noto-core", "usr/share/fonts/**/NotoSans-Regular.*", "usr/share/fonts/**/NotoSans[[]*"),
    # The virtual sound server, and a voice to speak into it.
    program("pulseaudio", "pulseaudio"),
    program("pactl", "pulseaudio-utils"),
    program("espeak-ng", "espeak-ng"),
    program("setpriv", "util-linux"),
    # The other database that a record can be kept in; its programs are not on the path.
    files("postgresql", "usr/lib/postgresql/*/bin/initdb", "usr/bin/initdb", "usr/local/bin/initdb"),
    # The frozen program and its Debian package, looked at as a distribution would.
    *_BUILD,
    program("desktop-file-validate", "desktop-file-utils"),
    program("appstreamcli", "appstream"),
)

# n8n comes from npm, and its sqlite3 is compiled: the ready-made one is not in the registry.
N8N: Final = (program("npm", "npm"), program("g++", "g++"), program("make", "make"))

NEEDS: Final = {"run": RUN, "test": TEST, "bench": TEST, "package": (*RUN, *_BUILD), "audit": ()}


def needs_for(lock_name: str, platform: str) -> tuple[Need, ...]:
    """The needs of one command (by its lock file's name) on *platform*, a value of ``sys.platform``."""
    return NEEDS[lock_name] if platform == "linux" else ()


def n8n_needs(platform: str) -> tuple[Need, ...]:
    """What the installation of a real n8n needs on *platform*, beside the needs of the tests."""
    return N8N if platform == "linux" else ()


def unmet(needs: Iterable[Need]) -> list[Need]:
    return [need for need in needs if not need.is_met()]
