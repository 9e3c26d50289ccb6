"""What a person does at the desktop: click, type, look. For use inside a desktop, see `desktop`.

Each function takes the environment of a desktop; left out, it is that of this process. All block for
the fraction of a second that they take: in a coroutine call them through ``asyncio.to_thread``.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.rig.background import RigError

Env = Mapping[str, str]

_ICON_WIDTH_PX: Final = 36
_CLICKS: Final = {
    "left": ("click", "1"),
    "middle": ("click", "2"),
    "right": ("click", "3"),
    "double": ("click", "--repeat", "2", "--delay", "80", "1"),
}


def tray_click(button: str = "left", index: int = 0, *, env: Env | None = None) -> None:
    """Click a tray icon; *button* is left, middle, right or double, *index* 0 is the first icon."""
    x, y = tray_place(index, env=env)
    click(x, y, button, env=env)


def tray_place(index: int = 0, *, env: Env | None = None) -> tuple[int, int]:
    """The screen position of a tray icon's middle, in pixels."""
    here = _desktop(env)
    return int(here["RIG_TRAY_X"]) + index * _ICON_WIDTH_PX, int(here["RIG_TRAY_Y"])


def click(x: int, y: int, button: str = "left", *, env: Env | None = None) -> None:
    """Click at a position of the screen, as a person would: the pointer rests there first."""
    _xdotool(env, "mousemove", str(x), str(y))
    time.sleep(0.3)  # a panel ignores a click that comes with the pointer
    _xdotool(env, *_CLICKS[button])


def press_keys(*keys: str, env: Env | None = None) -> None:
    """Press keys one after the other, by their X names (``Down``, ``Return``, ``ctrl+q``)."""
    _xdotool(env, "key", "--delay", "100", *keys)


def screenshot(path: Path, area: str | None = None, *, env: Env | None = None) -> None:
    """Write a PNG of the screen, or of a part of it given as ``WIDTHxHEIGHT+X+Y``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    crop = [] if area is None else ["-crop", area, "+repage"]
    subprocess.run(["import", "-silent", "-window", "root", *crop, str(path)], env=_desktop(env), check=True)


def _xdotool(env: Env | None, *arguments: str) -> None:
    subprocess.run(["xdotool", *arguments], env=_desktop(env), check=True)


def _desktop(env: Env | None) -> Env:
    here = os.environ if env is None else env
    if "RIG_TMP" not in here:
        raise RigError("no virtual desktop: RIG_TMP is not set")
    return here
