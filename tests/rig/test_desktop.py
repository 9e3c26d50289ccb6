"""The virtual desktop is one: icons are seen and clicked, keys are kept, nothing stays behind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil
import pytest
from PySide6.QtGui import QImage

from tests.rig import (
    DesktopOptions,
    desktop,
    desktop_command,
    press_keys,
    screenshot,
    tray_click,
    tray_place,
    wait_until,
)

pytestmark = pytest.mark.desktop

RED = (0xD3, 0x2F, 0x2F)


@contextmanager
def tray_probe(env: Mapping[str, str]) -> Iterator[IO[str]]:
    """What the probe prints, from its first line on."""
    program = [sys.executable, str(Path(__file__).with_name("tray_probe.py"))]
    with subprocess.Popen(program, env=env, stdout=subprocess.PIPE, text=True) as probe:
        assert probe.stdout is not None
        yield probe.stdout
        probe.terminate()


def colour_at_tray(picture: Path, env: Mapping[str, str]) -> tuple[int, int, int]:
    screenshot(picture, env=env)
    colour = QImage(str(picture)).pixelColor(*tray_place(env=env))
    return colour.red(), colour.green(), colour.blue()


@pytest.mark.parametrize("tray", ["sni", "xembed"])
def test_a_tray_icon_is_seen_and_takes_clicks(tray: str, tmp_path: Path) -> None:
    with desktop(DesktopOptions(tray=tray, keyring="none")) as env, tray_probe(env) as said:
        assert said.readline() == "ready\n"
        wait_until(lambda: colour_at_tray(tmp_path / "screen.png", env) == RED, "the icon on the screen")
        tray_click("left", env=env)
        assert said.readline() == "Trigger\n"
        tray_click("middle", env=env)
        assert said.readline() == "MiddleClick\n"


def test_a_menu_entry_is_chosen_with_keys(tmp_path: Path) -> None:
    with desktop(DesktopOptions(keyring="none")) as env, tray_probe(env) as said:
        assert said.readline() == "ready\n"
        wait_until(lambda: colour_at_tray(tmp_path / "screen.png", env) == RED, "the icon on the screen")
        closed = tmp_path / "closed.png"
        screenshot(closed, "300x300+0+450", env=env)
        tray_click("right", env=env)
        opened = tmp_path / "opened.png"

        def menu_is_open() -> bool:
            screenshot(opened, "300x300+0+450", env=env)
            return QImage(str(opened)) != QImage(str(closed))

        wait_until(menu_is_open, "the menu")
        press_keys("Down", "Down", "Return", env=env)
        assert said.readline() == "Second\n"


def test_without_a_tray_qt_finds_none() -> None:
    with desktop(DesktopOptions(tray="none", keyring="none")) as env, tray_probe(env) as said:
        assert said.readline() == "no tray\n"


def run_python(code: str, env: Mapping[str, str]) -> str:
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout


def test_an_unlocked_keyring_keeps_a_key() -> None:
    with desktop(DesktopOptions(tray="none")) as env:
        run_python("import keyring; keyring.set_password('rig', 'someone', 'a key')", env)
        assert run_python("import keyring; print(keyring.get_password('rig', 'someone'))", env) == "a key\n"


@pytest.mark.parametrize(("keyring", "is_locked"), [("unlocked", "False"), ("locked", "True")])
def test_a_keyring_is_locked_as_asked(keyring: str, is_locked: str) -> None:
    look = "import secretstorage as s; print(s.get_default_collection(s.dbus_init()).is_locked())"
    with desktop(DesktopOptions(tray="none", keyring=keyring)) as env:
        assert run_python(look, env) == f"{is_locked}\n"


def test_without_a_keyring_the_fail_backend_is_chosen() -> None:
    with desktop(DesktopOptions(tray="none", keyring="none")) as env:
        assert "fail.Keyring" in run_python("import keyring; print(type(keyring.get_keyring()))", env)


def test_two_desktops_side_by_side_are_apart() -> None:
    options = DesktopOptions(tray="none", keyring="none")
    with desktop(options) as one, desktop(options) as other:
        for variable in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_CONFIG_HOME", "RIG_TMP"):
            assert one[variable] != other[variable]


def test_the_exit_status_comes_back_and_the_screen_is_gone() -> None:
    command = desktop_command(["sh", "-c", "echo $DISPLAY; exit 7"], tray="none", keyring="none")
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 7
    number = result.stdout.strip().removeprefix(":")
    assert number.isdecimal()
    assert not Path(f"/tmp/.X11-unix/X{number}").exists()


def test_a_signal_reaches_the_command() -> None:
    waiting = "trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done"
    command = desktop_command(["sh", "-c", waiting], tray="none", keyring="none")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as rig:
        assert rig.stdout is not None
        assert rig.stdout.readline() == "ready\n"
        rig.terminate()
        assert rig.wait() == 9


def test_nothing_outlives_a_rig_that_is_killed() -> None:
    command = desktop_command(["sh", "-c", "echo ready; exec sleep 60"], tray="none", keyring="none")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as rig:
        assert rig.stdout is not None
        assert rig.stdout.readline() == "ready\n"
        started = psutil.Process(rig.pid).children(recursive=True)
        names = {process.name() for process in started}
        assert {"Xvfb", "dbus-daemon", "openbox"} <= names
        assert names & {"sh", "sleep"}  # the first becomes the second
        rig.kill()
    wait_until(lambda: not any(is_alive(process) for process in started), "the end of the helpers")


def is_alive(process: psutil.Process) -> bool:
    """Whether it still runs; one that nobody has waited for yet does not."""
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
