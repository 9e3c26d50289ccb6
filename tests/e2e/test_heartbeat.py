"""Through everything an operator does with a call the main loop never holds the windows up: 50 ms is the aim."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from connector_gui.practice.server import PracticeServer
from connector_gui.practice.thread import PracticeThread
from tests.e2e import beating
from tests.e2e.agent import Agent
from tests.e2e.program import START_TIMEOUT_S, Program, running
from tests.e2e.test_first_run import NOTHING, begun, kept
from tests.e2e.test_ring import displayed, end, press_notification, ring, the_card, windows
from tests.rig import press_keys, tray_click

pytestmark = [pytest.mark.desktop, pytest.mark.sound]

ROOT: Final = Path(__file__).parents[2]
ALLOWED_MS: Final = 50.0
FIRST_SIGHT_MS: Final = 70.0
"""A window that is made when it is first asked for: 35 to 45 ms on a machine that does nothing else, but with caches
full of others' work it slows down more than `slowness` can tell. The next time it is there at once."""
ALONE_MS: Final = 6.0
"""What the work of `slowness` takes on a machine that does nothing else, neither a fast one nor a slow one."""
BUSY: Final = 3.0
"""So much longer a turn may take as well: caches that others use at that very moment double its processor time.
What holds a window up for good takes far longer; on a quiet machine all of this passes with 1."""
Env = Mapping[str, str]


class Beats:
    """The long turns of one program."""

    def __init__(self, program: Program) -> None:
        self._file = program.data_dir.parent / beating.FILE
        self._read = 0

    def take(self) -> list[dict[str, Any]]:
        """Those since the last time."""
        lines = self._file.read_text().splitlines() if self._file.exists() else []
        new, self._read = lines[self._read :], len(lines)
        return [json.loads(line) for line in new]

    def check(self, allowed_ms: float = ALLOWED_MS) -> None:
        """No turn since the last time took longer than *allowed_ms* of the processor, were it alone on it."""
        allowed_ms *= slowness() * BUSY
        long = [turn for turn in self.take() if turn["cpu_ms"] > allowed_ms]
        assert not long, f"more than {allowed_ms:.0f} ms: {json.dumps(long, indent=1)}"


def slowness() -> float:
    """How many times longer a piece of work takes than on a machine that does nothing else; never below 1.

    Processor time is no fixed measure either: threads that share a core and its caches slow each other down, to half.
    """
    took_ms = []
    for _ in range(15):
        began_s = time.thread_time()
        sum(number * number for number in range(100_000))
        took_ms.append(1000 * (time.thread_time() - began_s))
    # The slowest but some: a turn may have met the worst moment.
    return max(1.0, sorted(took_ms)[-3] / ALONE_MS)


@pytest.fixture(scope="module")
def program(desk: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    server = PracticeServer()
    thread = PracticeThread(server)
    settings = {**Agent(thread.start(), server.control).settings, "PYTHONPATH": str(ROOT)}
    try:
        with running(desk, tmp_path_factory.mktemp("beats") / "data", module=beating.__name__, **settings) as program:
            yield program
    finally:
        thread.stop()


@pytest.fixture
def beats(program: Program) -> Beats:
    time.sleep(1)  # what the start, or the test before, has left to do
    beats = Beats(program)
    beats.take()
    return beats


def tell(program: Program, env: Env, *words: str) -> None:
    """Give the running program a command."""
    command = [sys.executable, "-m", "connector_gui", "--data-dir", str(program.data_dir), *words]
    subprocess.run(command, env={**env, "PYTHONPATH": str(ROOT)}, check=True, cwd=program.data_dir.parent)


def open_panel(program: Program, env: Env) -> str:
    """Its X number; a second start brings it to the front."""
    tell(program, env)
    program.until(lambda: windows(env, "Agent Connector"), "the panel")
    panel = windows(env, "Agent Connector")[0]
    subprocess.run(["xdotool", "windowactivate", "--sync", panel], env=dict(env), check=True)
    return panel


def test_a_heart_that_stops_is_noticed(beats: Beats, program: Program, tmp_path: Path) -> None:
    """Else the tests below could not fail."""
    script = (
        "import sys, time; from pathlib import Path; from PySide6.QtCore import QTimer; from tests.e2e import beating\n"
        "app = beating.BeatingApplication([])\n"
        "def hold():\n"
        "    until = time.thread_time() + 0.08\n"
        "    while time.thread_time() < until: pass\n"
        "QTimer.singleShot(100, hold); QTimer.singleShot(200, app.quit); app.exec()\n"
    )
    environment = {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, check=True, timeout=60)
    turns = [json.loads(line) for line in (tmp_path / beating.FILE).read_text().splitlines()]
    assert max(turn["cpu_ms"] for turn in turns) >= 80
    assert any("hold" in place for turn in turns for place in turn["did"])


def test_a_call_is_taken_by_key_notification_and_tray(desk: dict[str, str], program: Program, beats: Beats) -> None:
    ring(program, "key")
    subprocess.run(["xdotool", "windowactivate", "--sync", the_card(program, desk)], env=desk, check=True)
    press_keys("Return", env=desk)
    end(program, "key")
    beats.check()
    ring(program, "notification")
    program.until(lambda: displayed(desk) == 1, "the notification")
    press_notification(desk, "context")
    end(program, "notification")
    beats.check()
    ring(program, "tray")
    tray_click(env=desk)
    end(program, "tray")
    beats.check()


def test_do_not_disturb_comes_and_goes(desk: dict[str, str], program: Program, beats: Beats) -> None:
    open_panel(program, desk)
    tell(program, desk, "dnd", "on")
    assert program.place("disturbs").status == 503
    tell(program, desk, "dnd", "off")
    ring(program, "welcome")
    tell(program, desk, "accept")
    end(program, "welcome")
    beats.check()


def test_a_practice_call_from_the_panel(desk: dict[str, str], program: Program, beats: Beats) -> None:
    open_panel(program, desk)
    press_keys("ctrl+p", env=desk)
    program.until(lambda: windows(desk, ".*In call"), "the practice call")
    time.sleep(3)
    sessions = program.request("GET", "/sessions").body["sessions"]
    assert program.request("POST", f"/sessions/{sessions[0]['session_id']}/end").status == 200
    program.until_status(sessions[0]["session_id"], "ended")
    beats.check()


def test_windows_come_up_without_a_halt(desk: dict[str, str], program: Program, beats: Beats) -> None:
    for allowed_ms in (FIRST_SIGHT_MS, ALLOWED_MS):
        for key, title in (("ctrl+comma", "Settings"), ("ctrl+h", "History"), ("ctrl+i", "Status")):
            open_panel(program, desk)
            press_keys(key, env=desk)
            program.until(lambda title=title: windows(desk, title), title)  # type: ignore[misc]
            time.sleep(0.5)
            subprocess.run(["xdotool", "windowactivate", "--sync", windows(desk, title)[0]], env=desk, check=True)
            press_keys("alt+F4", env=desk)
            program.until(lambda title=title: not windows(desk, title), f"{title} closed")  # type: ignore[misc]
            beats.check(allowed_ms)


def test_the_guide_leads_to_a_practice_call(desk: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "data"
    begun(folder, "key")
    program = Program(desk, folder, module=beating.__name__, **NOTHING, PYTHONPATH=str(ROOT))
    try:
        program.until(lambda: windows(desk, "Set up"), "the guide", START_TIMEOUT_S)
        time.sleep(2)
        beats = Beats(program)
        beats.check(FIRST_SIGHT_MS)  # the start, which brings the guide up
        subprocess.run(["xdotool", "windowactivate", "--sync", windows(desk, "Set up")[0]], env=desk, check=True)
        press_keys("alt+w", env=desk)  # practise without a key
        for step in ("sound", "webhook", "last"):
            program.until(lambda step=step: f"step={step}" in kept(folder), step)  # type: ignore[misc]
            time.sleep(1)
            press_keys("alt+p" if step == "last" else "alt+n", env=desk)
        program.until(lambda: "call.active" in program.output.read_text(), "the practice call", 20)
        time.sleep(1)
        beats.check(FIRST_SIGHT_MS)
    finally:
        program.stop()
