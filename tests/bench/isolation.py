"""What is heard of a main thread that hangs for 500 ms every 2 s: nothing should be.

- *cadence*: intervals between the frames of the operator's sound at the agent, in chunks of 20 ms; the 99th percentile
  less the median. First calm, then with a main thread that waits in a system call, then with one that computes.
- *gaps at the speaker*: breaks of 2 ms or more in a tone that the agent sends 1 s ahead of real time.
- *pong*: as in `latency`, all the while.

The signals that block the main thread reach it when it next moves a meter: within a quarter of a second.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from connector_gui.practice.script import SendAudio, Step
from connector_gui.practice.voice import TONE_PEAK
from tests.bench.agent import Evidence, obedient
from tests.bench.figures import Figure
from tests.bench.signals import gaps_ms
from tests.bench.sound import RATE_HZ, Ear
from tests.bench.surroundings import Bench
from tests.e2e.program import Program

CADENCE_MS: Final = 10.0
PONG_MS: Final = 20.0
STALLS: Final = 3
STALL_EVERY_S: Final = 2.0
PHASE_S: Final = STALLS * STALL_EVERY_S
SETTLE_S: Final = 1.5
CHUNK_MS: Final = 500
LEAD_S: Final = 1.0

PHASES: Final = (("calm", None), ("main thread waits", signal.SIGUSR1), ("main thread computes", signal.SIGUSR2))


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure what comes through, in one call."""
    path = os.pathsep.join([str(Path(__file__).parent / "stall"), *filter(None, [bench.env.get("PYTHONPATH")])])
    seconds = SETTLE_S + PHASE_S * len(PHASES) + LEAD_S
    places = range(round(seconds * 1000 / CHUNK_MS))
    speech = [Step(SendAudio(CHUNK_MS), max(0.0, place * CHUNK_MS / 1000 - LEAD_S)) for place in places]
    bench.agent.script(obedient(*speech, ping_interval_s=0.2))
    begins_s = []
    with bench.program("isolation", PYTHONPATH=path, AUDIO_CHUNK_MS="20") as program, Ear() as ear, bench.call(program):
        time.sleep(SETTLE_S)
        for _name, number in PHASES:
            begins_s.append(time.monotonic())
            _stall(program, number)
        evidence = bench.evidence()
    for begin_s, (name, _number) in zip(begins_s, PHASES, strict=True):
        yield from _phase(name, begin_s, ear, evidence)


def _stall(program: Program, number: signal.Signals | None) -> None:
    begin_s = time.monotonic()
    for stall in range(1, STALLS + 1):
        if number is not None:
            program.process.send_signal(number)
        time.sleep(max(0.0, begin_s + stall * STALL_EVERY_S - time.monotonic()))


def _phase(name: str, begin_s: float, ear: Ear, evidence: Evidence) -> Iterator[Figure]:
    heard = ear.samples()[ear.frame_at(begin_s) : ear.frame_at(begin_s + PHASE_S)]
    gaps = len(gaps_ms(heard, RATE_HZ, TONE_PEAK))
    pongs_ms = [
        pong_ms
        for sent_s, pong_ms in zip(evidence.sent_s("ping"), evidence.pongs_ms, strict=False)
        if begin_s <= sent_s < begin_s + PHASE_S
    ]
    yield Figure.of(f"cadence, p99 − p50, {name}", "ms", [_spread_ms(evidence, begin_s)], reach=CADENCE_MS)
    yield Figure.of(f"gaps at the speaker in {PHASE_S:.0f} s, {name}", "count", [gaps], reach=0)
    yield Figure.of(f"pong, {name}", "ms", pongs_ms, reach=PONG_MS)


def _spread_ms(evidence: Evidence, begin_s: float) -> float:
    arrived_s = evidence.arrived_s
    intervals_s = np.diff(arrived_s[(arrived_s >= begin_s) & (arrived_s <= begin_s + PHASE_S)])
    return float(np.percentile(intervals_s, 99) - np.median(intervals_s)) * 1000
