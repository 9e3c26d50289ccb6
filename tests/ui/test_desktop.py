"""Tray and panel on real desktops: both kinds of tray, none, one that comes late, one that dies."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from connector_gui.ui.icon import Ground, glyph_colour
from tests.rig import DesktopOptions, desktop, press_keys, screenshot, tray_click, tray_place, wait_until

pytestmark = pytest.mark.desktop

ROOT = Path(__file__).parents[2]
TRAYS = pytest.mark.parametrize("tray", ["sni", "xembed"])
HOSTS: Mapping[str, list[str]] = {
    "sni": ["xfce4-panel", "--disable-wm-check"],
    "xembed": ["trayer", "--edge", "bottom", "--align", "left", "--widthtype", "request", "--height", "32"],
}


class Program:
    """`desk_program`, running: what to show goes in, what happened comes out."""

    def __init__(self, process: subprocess.Popen[str], env: Mapping[str, str]) -> None:
        self._process = process
        self.env = env

    def show(self, what: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()
        self.expect(f"shown {what}")

    def expect(self, line: str) -> None:
        """Wait for *line*; anything else before it is wrong."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == line


@contextmanager
def running(env: Mapping[str, str]) -> Iterator[Program]:
    command = [sys.executable, "-m", "tests.ui.desk_program"]
    with subprocess.Popen(
        command, env=env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Program(process, env)
        finally:
            process.terminate()


@contextmanager
def tray_host(kind: str, env: Mapping[str, str]) -> Iterator[None]:
    """A tray host that starts when everything else runs already."""
    if kind == "sni":
        channels = Path(env["XDG_CONFIG_HOME"]) / "xfce4" / "xfconf" / "xfce-perchannel-xml"
        channels.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "tests" / "rig" / "xfce4-panel.xml", channels)
    with subprocess.Popen(HOSTS[kind], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()


def has_colour(env: Mapping[str, str], folder: Path, role: str, place: tuple[int, int]) -> bool:
    """Whether the icon at *place* has the colour of *role* in it."""
    picture = folder / "screen.png"
    x, y = place
    screenshot(picture, f"32x32+{max(0, x - 16)}+{y - 16}", env=env)
    image, wanted = QImage(str(picture)), glyph_colour(role, Ground.UNKNOWN)
    return any(
        _is_near(image.pixelColor(column, line), wanted)
        for column in range(image.width())
        for line in range(image.height())
    )


def _is_near(one: QColor, other: QColor) -> bool:
    return abs(one.red() - other.red()) + abs(one.green() - other.green()) + abs(one.blue() - other.blue()) < 12


@TRAYS
def test_the_icon_shows_the_state_and_takes_single_and_double_clicks(tray: str, tmp_path: Path) -> None:
    with desktop(DesktopOptions(tray=tray, keyring="none", notifications=False)) as env, running(env) as program:
        program.expect("found")
        place = tray_place(env=env)
        program.show("idle")
        wait_until(lambda: has_colour(env, tmp_path, "text", place), "the idle sign")
        tray_click("left", env=env)
        program.expect("clicked")
        tray_click("middle", env=env)
        program.show("call")
        wait_until(lambda: has_colour(env, tmp_path, "live", place), "the sign of a call")
        tray_click("double", env=env)
        program.expect("clicked")
        if tray == "sni":
            # Panels of today report both clicks; that the second hangs up nothing is the desk's to see to.
            program.expect("clicked")


@TRAYS
def test_the_menu_is_used_by_keys(tray: str, tmp_path: Path) -> None:
    with desktop(DesktopOptions(tray=tray, keyring="none", notifications=False)) as env, running(env) as program:
        program.expect("found")
        program.show("call")
        place = tray_place(env=env)
        wait_until(lambda: has_colour(env, tmp_path, "live", place), "the sign of a call")
        before = _screen(env, tmp_path / "before.png")
        tray_click("right", env=env)
        wait_until(lambda: _screen(env, tmp_path / "menu.png") != before, "the menu")
        # Accept and Decline mean nothing now and are passed over.
        press_keys("Down", "Return", env=env)
        program.expect("end crm-42")


def _screen(env: Mapping[str, str], picture: Path) -> QImage:
    # The bars at the icon move; the menu stands above them.
    screenshot(picture, "300x300+60+440", env=env)
    return QImage(str(picture))


def test_a_ring_shows_the_panel_and_takes_no_keys_from_others(tmp_path: Path) -> None:
    with desktop(DesktopOptions(keyring="none", notifications=False)) as env, running(env) as program:
        program.expect("found")
        program.show("type")
        _wait_for_focus("typing", env)
        program.show("ring")
        _wait_for_window("Ringing · Billing", env)
        wait_until(lambda: _is_above("Ringing · Billing", env), "the panel above all")
        press_keys("a", "Return", "Escape", env=env)
        program.expect("typed a")
        program.show("open")
        _wait_for_focus("Ringing · Billing", env)
        press_keys("Return", env=env)
        program.expect("accept crm-42")


def _windows(title: str, env: Mapping[str, str]) -> list[str]:
    command = ["xdotool", "search", "--onlyvisible", "--name", f"^{title}$"]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False).stdout.split()


def _wait_for_window(title: str, env: Mapping[str, str]) -> None:
    wait_until(lambda: bool(_windows(title, env)), f"a window named {title}")


def _wait_for_focus(title: str, env: Mapping[str, str]) -> None:
    command = ["xdotool", "getactivewindow", "getwindowname"]
    wait_until(
        lambda: subprocess.run(command, env=env, capture_output=True, text=True, check=False).stdout.strip() == title,
        f"the focus on {title}",
    )


def _is_above(title: str, env: Mapping[str, str]) -> bool:
    command = ["xprop", "-id", _windows(title, env)[0], "_NET_WM_STATE"]
    state = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
    return "_NET_WM_STATE_ABOVE" in state


@TRAYS
def test_a_tray_that_comes_late_dies_and_returns_has_the_icon_each_time(tray: str, tmp_path: Path) -> None:
    with desktop(DesktopOptions(tray="none", keyring="none", notifications=False)) as env, running(env) as program:
        program.expect("missing panel")
        _wait_for_window("Agent Connector", env)
        for _ in range(2):
            with tray_host(tray, env):
                program.expect("found")
                program.show("call")
                place = (18, 782) if tray == "sni" else (12, 784)
                wait_until(partial(has_colour, env, tmp_path, "live", place), "the icon in the late tray")
            program.expect("missing panel")
