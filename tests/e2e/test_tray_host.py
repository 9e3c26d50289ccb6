"""The desktop's tray comes late, dies and comes back: the operator always has a face of the program to click on."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.e2e.agent import Agent
from tests.e2e.program import Program, running
from tests.rig import DesktopOptions, desktop, sound_server, tray_click

pytestmark = [pytest.mark.desktop, pytest.mark.sound]

HOSTS: Mapping[str, list[str]] = {
    "sni": ["xfce4-panel", "--disable-wm-check"],
    "xembed": ["trayer", "--edge", "bottom", "--align", "left", "--widthtype", "request", "--height", "32",
               "--iconspacing", "4", "--SetDockType", "true"],
}  # fmt: skip


class Host:
    """The program of a desktop that shows tray icons; taken over from the rig, to come and go."""

    def __init__(self, tray: str, env: Mapping[str, str]) -> None:
        self._command = HOSTS[tray]
        self._env = env
        self._started: list[subprocess.Popen[bytes]] = []
        (self._process,) = [
            psutil.Process(process.pid)
            for process in psutil.Process().children(recursive=True)
            if process.name() == self._command[0] and process.environ().get("DISPLAY") == env["DISPLAY"]
        ]

    def die(self) -> None:
        """End it as a crash would."""
        self._process.kill()
        for started in self._started:
            started.wait(5)

    def come_back(self) -> None:
        """Start it anew, as the desktop's session does."""
        nowhere = subprocess.DEVNULL
        self._started.append(subprocess.Popen(self._command, env=self._env, stdout=nowhere, stderr=nowhere))
        self._process = psutil.Process(self._started[-1].pid)


@contextmanager
def desk_with(tray: str) -> Iterator[tuple[dict[str, str], Host]]:
    with sound_server() as sound, desktop(DesktopOptions(tray=tray), sound) as env:
        host = Host(tray, env)
        try:
            yield env, host
        finally:
            host.die()


def has_window(env: Mapping[str, str]) -> bool:
    command = ["xdotool", "search", "--onlyvisible", "--name", "Agent Connector"]
    return subprocess.run(command, env=env, capture_output=True, check=False).returncode == 0


def said(program: Program, event: str) -> int:
    return program.output.read_text().count(event)


def icon_is_clicked(program: Program, env: Mapping[str, str], session_id: str) -> None:
    """A call rings, and a click on the icon accepts it: tried again, for an icon takes a moment to be drawn."""
    assert program.place(session_id).status == 202

    def is_accepted() -> bool:
        tray_click(env=env)
        time.sleep(0.3)
        return bool(program.session(session_id)["status"] != "ringing")

    program.until(is_accepted, "an icon that takes a click", 15)
    program.until_status(session_id, "active")
    assert program.request("POST", f"/sessions/{session_id}/end").status == 200
    program.until_status(session_id, "ended")


def test_a_tray_that_comes_late_and_dies_has_its_icon_again(agent: Agent, tmp_path: Path) -> None:
    with desk_with("sni") as (env, host):
        host.die()
        with running(env, tmp_path / "data", **agent.settings) as program:
            program.until(lambda: has_window(env), "the panel as a window")
            host.come_back()
            program.until(lambda: said(program, "tray.host_found"), "finding the tray")
            icon_is_clicked(program, env, "late")
            host.die()
            host.come_back()
            icon_is_clicked(program, env, "reborn")


def test_an_older_tray_that_dies_has_its_icon_again(agent: Agent, tmp_path: Path) -> None:
    with desk_with("xembed") as (env, host), running(env, tmp_path / "data", **agent.settings) as program:
        icon_is_clicked(program, env, "first")
        host.die()
        host.come_back()
        icon_is_clicked(program, env, "reborn")
