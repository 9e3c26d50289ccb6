"""What every group finds: the rig, the agent, and a program to start as often as it likes."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from connector_gui.core.settings import Settings
from tests.bench.agent import BenchAgent, Evidence, bench_agent
from tests.e2e.program import Program, running
from tests.rig import desktop, has_desktop, has_sound, sound_server

WINDOW = "Agent Connector"


@dataclass(frozen=True)
class Bench:
    """The surroundings, and how thorough to be.

    Attributes:
        env: The environment of the desk: desktop and sound devices.
        agent: Who answers.
        folder: For data folders and output.
        runs: Trials of what is tried one by one.
        minutes: Length of what is measured over time, each.
        calls: How many of what is done one after another.
    """

    env: Mapping[str, str]
    agent: BenchAgent
    folder: Path
    runs: int
    minutes: float
    calls: int = 30
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @contextmanager
    def program(self, name: str, **settings: str) -> Iterator[Program]:
        """The program in a data folder of its own, listening, with the bench's agent in ElevenLabs' place."""
        with running(self.env, self.folder / name, **self.agent.settings, **settings) as program:
            yield program

    def new_name(self) -> str:
        """A session id that was never used."""
        return f"bench-{next(self._numbers)}"

    @contextmanager
    def call(self, program: Program) -> Iterator[str]:
        """A call that is active when the block begins; ended after it. Give the agent its script before."""
        name = self.new_name()
        self.ring(program, name)
        program.request("POST", f"/sessions/{name}/accept")
        program.until_status(name, "active")
        yield name
        end(program, name)

    def ring(self, program: Program, name: str) -> None:
        """Place a call; its ring must not meet the accepting."""
        placed = program.place(name, metadata={"customer_name": "Mara", "balance": 12.5})
        assert placed.status == 202, placed.body
        time.sleep(0.8)

    def active_call(self, program: Program, **metadata: str) -> str:
        """Place a call with *metadata* and accept it at once; its name, as soon as it is active."""
        name = self.new_name()
        placed = program.place(name, metadata=metadata)
        assert placed.status == 202, placed.body
        accepted = program.request("POST", f"/sessions/{name}/accept")
        assert accepted.status == 200, accepted.body
        program.until_status(name, "active")
        return name

    def evidence(self) -> Evidence:
        """What the agent saw of the latest conversation."""
        return self.agent.evidence()


def end(program: Program, name: str) -> None:
    """Hang up, and wait until that is done."""
    assert program.request("POST", f"/sessions/{name}/end").status == 200
    program.until_status(name, "ended")


def panel_is_open(env: Mapping[str, str]) -> bool:
    """Whether the program's window is on the screen."""
    return _windows(env) != []


def close_panel(program: Program, env: Mapping[str, str]) -> None:
    """Close the window as its user would."""
    for window in _windows(env):
        subprocess.run(
            ["xdotool", "windowactivate", "--sync", window, "key", "--window", "0", "alt+F4"], env=env, check=True
        )
    program.until(lambda: not panel_is_open(env), "closing the panel")


def open_panel(program: Program, env: Mapping[str, str]) -> None:
    """Open the window: a second start brings the first to the front."""
    command = [sys.executable, "-m", "connector_gui", "--data-dir", str(program.data_dir)]
    subprocess.run(command, env=env, check=True, cwd=program.data_dir.parent)
    program.until(lambda: panel_is_open(env), "opening the panel")


def _windows(env: Mapping[str, str]) -> list[str]:
    command = ["xdotool", "search", "--onlyvisible", "--name", WINDOW]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False).stdout.split()


@contextmanager
def surroundings(*, runs: int, minutes: float, calls: int = 30) -> Iterator[Bench]:
    """Set up what is not there yet, for as long as the block lasts; changes the environment of this process."""
    with ExitStack() as rig, tempfile.TemporaryDirectory(prefix="connector-bench.") as folder:
        env = _clean(os.environ, Path(folder))
        if not has_sound():
            env = rig.enter_context(sound_server(base=env))
        if not has_desktop():
            env = rig.enter_context(desktop(base=env))
        # The sound library of this process finds the server by these.
        os.environ.update(env)
        yield Bench(env, rig.enter_context(bench_agent()), Path(folder), runs, minutes, calls)


def _clean(env: Mapping[str, str], folder: Path) -> dict[str, str]:
    """*env* without the user's settings and home; and programs may keep their byte code, as everywhere else."""
    unwanted = {setting.upper() for setting in Settings.model_fields} | {"PYTHONDONTWRITEBYTECODE"}
    return {name: value for name, value in env.items() if name not in unwanted} | {"HOME": str(folder)}


@dataclass(frozen=True, slots=True)
class Quiet:
    """How quiet the machine was while something was measured.

    Attributes:
        load_before: Load average over one minute, at the beginning.
        load_after: The same at the end.
        idle_share: Part of the processors' time that nobody used, 0 to 1.
    """

    load_before: float
    load_after: float
    idle_share: float

    def __str__(self) -> str:
        return f"load {self.load_before:.2f} → {self.load_after:.2f}, processors idle {self.idle_share:.0%}"


class NoiseWatch:
    """Watches the machine from its making on."""

    def __init__(self) -> None:
        self._load = os.getloadavg()[0]
        self._times = psutil.cpu_times()

    def read(self) -> Quiet:
        """How it has been so far."""
        now = psutil.cpu_times()
        passed_s = sum(now) - sum(self._times)
        idle_s = now.idle + now.iowait - self._times.idle - self._times.iowait
        return Quiet(self._load, os.getloadavg()[0], idle_s / passed_s if passed_s else 0.0)
