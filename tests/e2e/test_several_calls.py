"""Several real calls at once, at the window and the tray: two at the desk in turn, one on a line, one that rings."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from connector_gui.practice.scenarios import SCENARIOS
from tests.e2e.agent import Agent
from tests.e2e.program import Program, running
from tests.rig import SpeakerRecording, click, desktop, plug_mic, plug_speaker, press_keys, sound_server, tray_click

pytestmark = [pytest.mark.desktop, pytest.mark.sound]

Env = Mapping[str, str]
CABLE_OUT, CABLE_IN = "cable_out", "cable_in"
LINES = [
    {
        "name": "Softphone",
        "input_device": CABLE_OUT,
        "output_device": CABLE_IN,
        "auto_answer": True,
        "rules": [{"metadata": {"queue": "night"}}],
    }
]
LOUD = 300
CHIP_PX = (60, 20)
"""From the top left of the first call in the strip to its sign."""


@pytest.fixture(scope="module")
def desk() -> Iterator[dict[str, str]]:
    """A desk with virtual cables beside its microphone and its speaker."""
    with sound_server() as sound, desktop(base=sound) as env:
        plug_mic(CABLE_OUT, is_default=False, env=env)
        plug_speaker(CABLE_IN, is_default=False, env=env)
        yield env


@pytest.fixture
def program(desk: dict[str, str], agent: Agent, tmp_path: Path) -> Iterator[Program]:
    agent.control.script_all(SCENARIOS["agent_waits"])
    settings = {
        **agent.settings,
        "MAX_CONCURRENT_CALLS": "4",
        "LINES": json.dumps(LINES),
        "INPUT_DEVICE": "virtual_mic",
        "OUTPUT_DEVICE": "virtual_speaker",
        "RING_DEVICE": "virtual_speaker",
        "TRAY_CLICK_ENDS_CALL": "false",
        "CALL_CUES": "false",
    }
    with running(desk, tmp_path / "data", **settings) as program:
        yield program


def output_of(env: Env, *command: str) -> str:
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False).stdout


def take(program: Program, name: str) -> None:
    """A call rings and is accepted at the desk."""
    assert program.place(name).status == 202
    assert program.request("POST", f"/sessions/{name}/accept").status == 200
    program.until_status(name, "active")


def peak(recording: SpeakerRecording, since_frame: int) -> int:
    return int(np.abs(recording.samples()[since_frame:].astype(np.int32)).max(initial=0))


def tooltip(env: Env) -> str:
    """What the icon says to whoever shows it."""
    watcher = "org.kde.StatusNotifierWatcher"
    items = ask_bus(env, watcher, "/StatusNotifierWatcher", watcher, "RegisteredStatusNotifierItems")
    found = re.search(r"'([^'/]+)(/[^']+)'", items)
    return ask_bus(env, found[1], found[2], "org.kde.StatusNotifierItem", "ToolTip") if found else ""


def ask_bus(env: Env, service: str, path: str, interface: str, member: str) -> str:
    """A property, as gdbus writes it."""
    ask = ["gdbus", "call", "--session", "--dest", service, "--object-path", path, "--method"]
    return output_of(env, *ask, "org.freedesktop.DBus.Properties.Get", interface, member)


def panel_place(program: Program, env: Env) -> tuple[int, int]:
    """Where the contents of the panel begin; it has the keyboard then."""
    # The program's name, which Qt adds to titles, is not in the property that xdotool reads.
    find = ["xdotool", "search", "--onlyvisible", "--name", "^In call"]

    def comes_up() -> str:
        tray_click(env=env)  # again and again: an icon takes a moment to be drawn
        time.sleep(0.3)
        return output_of(env, *find)

    program.until(comes_up, "the panel")
    window = output_of(env, *find).split()[0]
    output_of(env, "xdotool", "windowactivate", "--sync", window)
    lines = output_of(env, "xdotool", "getwindowgeometry", "--shell", window).splitlines()
    place = {name: int(value) for name, _, value in (line.partition("=") for line in lines) if value.isdigit()}
    return place["X"], place["Y"]


def states(program: Program, *names: str) -> list[str]:
    return [program.session(name)["status"] for name in names]


def test_calls_are_switched_by_click_and_keys_and_the_tray_counts_them(
    program: Program, desk: dict[str, str], agent: Agent
) -> None:
    take(program, "a")
    take(program, "b")
    assert states(program, "a", "b") == ["held", "active"]

    agent.control.script(SCENARIOS["everyday"])
    with SpeakerRecording(CABLE_IN, env=desk) as cable, SpeakerRecording(env=desk) as speaker:
        assert program.place("night", metadata={"queue": "night"}).status == 202
        program.until_status("night", "active")
        program.until(lambda: peak(cable, 0) > LOUD, "the agent on the line")
        assert peak(speaker, 0) < LOUD, "nobody at the desk hears the line"
    assert program.session("night")["line"] == "Softphone"
    assert states(program, "a", "b") == ["held", "active"], "nobody was held for it"
    program.until(lambda: "3 call" in tooltip(desk), "the count at the tray")

    left, top = panel_place(program, desk)
    click(left + CHIP_PX[0], top + CHIP_PX[1] + 16, env=desk)
    program.until(lambda: states(program, "a", "b") == ["active", "held"], "the first call, by a click")
    press_keys("ctrl+2", env=desk)
    program.until(lambda: states(program, "a", "b") == ["held", "active"], "the second call, by its key")
    press_keys("ctrl+3", env=desk)
    press_keys("h", env=desk)
    program.until(lambda: program.session("night")["status"] == "held", "the line's call on hold, by its own key")
    assert states(program, "a", "b") == ["held", "active"], "a call on a line is only looked at"
    press_keys("h", env=desk)
    program.until(lambda: program.session("night")["status"] == "active", "the line's call goes on")
    press_keys("Escape", "m", env=desk)
    program.until(lambda: program.session("b")["muted"], "back at the call in focus")
    assert not program.session("night")["muted"]
    for name in ("a", "b", "night"):
        assert program.request("POST", f"/sessions/{name}/end").status == 200
    program.until(lambda: "Ready for calls" in tooltip(desk), "nothing to count")


def test_a_call_that_rings_beside_another_is_a_quiet_cue(program: Program, desk: dict[str, str]) -> None:
    with SpeakerRecording(env=desk) as speaker:
        assert program.place("loud").status == 202
        program.until(lambda: peak(speaker, 0) > 10 * LOUD, "a ring")
        speaker.wait_for(speaker.samples().size + 48_000)
        loud = peak(speaker, 0)
        assert program.request("POST", "/sessions/loud/decline").status == 200

    take(program, "a")
    with SpeakerRecording(env=desk) as speaker:
        speaker.wait_for(24_000)
        before = speaker.samples().size
        assert peak(speaker, 0) < LOUD, "the agent waits"
        assert program.place("quiet").status == 202
        program.until(lambda: peak(speaker, before) > LOUD / 3, "a cue")
        speaker.wait_for(speaker.samples().size + 48_000)
        assert LOUD / 3 < peak(speaker, before) < loud / 2
    assert states(program, "a", "quiet") == ["active", "ringing"]
