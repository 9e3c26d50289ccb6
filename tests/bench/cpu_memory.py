"""What the program takes of the machine: at rest, and in a call in which both sides speak all the time.

The program's process alone (and what it started and waited for): the agent, the sound server and the X server are
others. In the call the agent sends speech 1 s ahead of real time and two lines of transcript every five seconds; the
microphone hears the practice agent's greeting over and over. Chunks of 100 ms, 16 kHz both ways.

- *CPU*: user and system time, of one processor; at rest over one long window, in the call over several short ones.
- *RSS*: resident memory, shared pages included.
- *growth* has a group of its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import psutil

from connector_gui.core.messages import AgentResponse, UserTranscript
from connector_gui.practice.script import SendAudio, SendText, Step
from connector_gui.practice.voice import Sentence, samples_of
from tests.bench.agent import obedient
from tests.bench.figures import Figure
from tests.bench.sound import RATE_HZ, Voice
from tests.bench.surroundings import Bench, close_panel, open_panel
from tests.e2e.program import Program

IDLE_PERCENT: Final = 1.0
CLOSED_S, OPEN_S = 4.0, 7.0
"""CPU seconds a minute of call."""
RSS_MIB: Final = 200.0
GROWTH_MIB: Final = 0.05

SETTLE_S: Final = 2.0
CALL_WINDOW_S: Final = 3.0
LINES_EVERY_S: Final = 5.0
CHUNK_MS: Final = 500
AHEAD_S: Final = 1.0
MIB: Final = 1024 * 1024


class Gauge:
    """Reads one process."""

    def __init__(self, process_id: int) -> None:
        self._process = psutil.Process(process_id)
        self.rss: list[tuple[float, float]] = []

    def cpu_s(self) -> float:
        """CPU time used so far."""
        times = self._process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)

    def rss_mib(self) -> float:
        """Resident memory now; kept for the slope."""
        mib = self._process.memory_info().rss / MIB
        self.rss.append((time.monotonic(), mib))
        return float(mib)

    def peak_mib(self) -> float:
        """The most it ever had."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii", errors="replace")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024 / MIB

    def shares(self, seconds: float, window_s: float) -> list[float]:
        """CPU time over real time in each window."""
        shares = []
        for _ in range(max(1, round(seconds / window_s))):
            before_s, began_s = self.cpu_s(), time.monotonic()
            time.sleep(window_s)
            shares.append((self.cpu_s() - before_s) / (time.monotonic() - began_s))
            self.rss_mib()
        return shares

    def growth_mib_per_min(self) -> float:
        """Slope of what `rss_mib` read."""
        times_s, mib = np.array(self.rss).T
        return float(np.polyfit(times_s / 60, mib, 1)[0])


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure at rest, then in one call."""
    with bench.program("cpu"):
        pass  # the first start in a data folder makes the database, and loads what that takes
    with bench.program("cpu") as program:
        gauge = Gauge(program.process.pid)
        time.sleep(SETTLE_S)
        yield from _at_rest(bench, program, gauge)
        yield from _in_a_call(bench, program, gauge)


def _at_rest(bench: Bench, program: Program, gauge: Gauge) -> Iterator[Figure]:
    yield Figure.of("RSS at rest, panel never opened", "MiB", [gauge.rss_mib()], reach=RSS_MIB)
    yield _idle("panel closed", gauge, bench)
    open_panel(program, bench.env)
    time.sleep(SETTLE_S)
    yield _idle("panel open", gauge, bench)
    close_panel(program, bench.env)


def _idle(panel: str, gauge: Gauge, bench: Bench) -> Figure:
    # One long window: the clock of a process ticks every 10 ms, which is much of what it uses in a second.
    seconds = bench.minutes * 60 / 2
    shares = gauge.shares(seconds, seconds)
    return Figure.of(f"idle CPU, {panel}", "%", [share * 100 for share in shares], reach=IDLE_PERCENT)


def _in_a_call(bench: Bench, program: Program, gauge: Gauge) -> Iterator[Figure]:
    bench.agent.script(obedient(*both_speak(2 * bench.minutes * 60 + 30)))
    gauge.rss.clear()
    with Voice(samples_of(Sentence.GREETING, RATE_HZ), again=True), bench.call(program):
        close_panel(program, bench.env)
        time.sleep(SETTLE_S)
        yield _minute("panel closed", gauge, bench, reach=CLOSED_S)
        yield Figure.of("RSS in a call, panel closed", "MiB", [mib for _, mib in gauge.rss], reach=RSS_MIB)
        open_panel(program, bench.env)
        time.sleep(SETTLE_S)
        yield _minute("panel open", gauge, bench, reach=OPEN_S)
    yield Figure.of("RSS, peak", "MiB", [gauge.peak_mib()], reach=RSS_MIB)


def _minute(panel: str, gauge: Gauge, bench: Bench, *, reach: float) -> Figure:
    shares = gauge.shares(bench.minutes * 60, CALL_WINDOW_S)
    return Figure.of(f"CPU in a call, {panel}", "s per min", [share * 60 for share in shares], reach=reach)


def both_speak(seconds: float) -> list[Step]:
    """The agent's side of the call."""
    steps = []
    for number in range(round(seconds * 1000 / CHUNK_MS)):
        at_s = max(0.0, number * CHUNK_MS / 1000 - AHEAD_S)
        event_id = 1 + int(at_s / LINES_EVERY_S)
        steps.append(Step(SendAudio(CHUNK_MS, event_id=event_id), at_s))
    for number in range(1, round(seconds / LINES_EVERY_S)):
        said = AgentResponse(text="One moment please, I am looking that up for you in our records.", event_id=number)
        heard = UserTranscript(text="Thank you, I can wait for a moment, there is no hurry.", event_id=number)
        steps += [Step(SendText.of(line), number * LINES_EVERY_S) for line in (heard, said)]
    return steps
