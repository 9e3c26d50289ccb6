"""From one end to the other: the operator accepts, speaks, listens.

- *accept*: from just before the request (or the click on the tray) to the arrival of a frame at the agent: the first
  one of all, and the first with something from the microphone in it, where a tone sounds all the time.
- *microphone → wire*: from the moment at which a burst of 20 ms leaves the microphone's sink to the arrival of the
  frame that has its onset; the bursts fall anywhere in a chunk.
- *wire → speaker*: from the agent's sending of a sound, after a pause, to its onset at the speaker's monitor.
- *pong*: from the agent's sending of a ping to the arrival of its pong, while the operator speaks.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from connector_gui.practice.script import SendAudio, Step
from connector_gui.practice.voice import TONE_PEAK
from tests.bench import signals
from tests.bench.agent import WIRE_HZ, Evidence, obedient
from tests.bench.figures import Figure
from tests.bench.sound import RATE_HZ, Ear, Voice
from tests.bench.surroundings import Bench, end
from tests.e2e.program import Program
from tests.rig import tray_place

ACCEPT_MS: Final = 300.0
PONG_MS: Final = 20.0
WIRE_MS: Final = {100: 68.0, 20: 28.0}
SPEAKER_MS: Final = 45.0

SOUNDS_A_RUN: Final = 5
BURST_EVERY_S: Final = 0.437
"""No multiple of a chunk: the bursts walk through it."""
REPLY_EVERY_S: Final = 1.313
REPLY_MS: Final = 400
LEAD_S: Final = 1.0
LONGEST_S: Final = 0.4
"""A sound that takes longer is lost; the next one comes later than this."""
AHEAD_S: Final = 0.02
"""A sound may be heard before its nominal time: the server renders ahead."""


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure all of it; the wire once for each length of a chunk."""
    with bench.program("latency-100", AUDIO_CHUNK_MS="100") as program:
        yield from _accepting(bench, program, "accept", lambda name: _accept_by_request(program, name))
        yield from _accepting(bench, program, "click on the tray", lambda _name: _accept_by_click(bench))
        yield from _speaking(bench, program, 100)
        yield from _listening(bench, program)
    with bench.program("latency-20", AUDIO_CHUNK_MS="20") as program:
        yield from _speaking(bench, program, 20)


# --- accepting ---------------------------------------------------------------------------------------


def _accepting(bench: Bench, program: Program, what: str, accept: Callable[[str], float]) -> Iterator[Figure]:
    opened, first, sounding = [], [], []
    with Voice(signals.tone(1.0), again=True):
        for _ in range(bench.runs):
            bench.agent.script(obedient())
            name = bench.new_name()
            bench.ring(program, name)
            accepted_s = accept(name)
            evidence = _first_sound(bench, program, accepted_s)
            opened.append((evidence.opened_s - accepted_s) * 1000)
            first.append((evidence.arrived_s[0] - accepted_s) * 1000)
            sounding.append((evidence.arrival_of(_first_sample(evidence)) - accepted_s) * 1000)
            end(program, name)
    yield Figure.of(f"{what} → socket open", "ms", opened)
    yield Figure.of(f"{what} → first audio on the wire", "ms", first, reach=ACCEPT_MS)
    yield Figure.of(f"{what} → microphone heard on the wire", "ms", sounding)


def _accept_by_request(program: Program, name: str) -> float:
    """Accept; the moment at which that began."""
    accepted_s = time.monotonic()
    program.request("POST", f"/sessions/{name}/accept")
    return accepted_s


def _accept_by_click(bench: Bench) -> float:
    x, y = tray_place(env=bench.env)
    subprocess.run(["xdotool", "mousemove", str(x), str(y)], env=bench.env, check=True)
    time.sleep(0.3)  # a panel ignores a click that comes with the pointer
    accepted_s = time.monotonic()
    subprocess.run(["xdotool", "click", "1"], env=bench.env, check=True)
    return accepted_s


def _first_sound(bench: Bench, program: Program, since_s: float) -> Evidence:
    """What the agent saw once it had heard the microphone in the conversation that began after *since_s*."""

    def is_heard() -> bool:
        try:
            evidence = bench.evidence()
        except LookupError:
            return False
        return evidence.opened_s > since_s and bool(evidence.heard.any())

    program.until(is_heard, "hearing the microphone")
    return bench.evidence()


def _first_sample(evidence: Evidence) -> int:
    return int(np.flatnonzero(evidence.heard)[0])


# --- speaking and listening --------------------------------------------------------------------------


def _speaking(bench: Bench, program: Program, chunk_ms: int) -> Iterator[Figure]:
    """The operator speaks; the agent is silent, for a canceller may take something from either while both speak."""
    starts_s = [LEAD_S + BURST_EVERY_S * number for number in range(SOUNDS_A_RUN * bench.runs)]
    seconds = starts_s[-1] + LEAD_S
    bench.agent.script(obedient(ping_interval_s=0.2))
    voice = Voice(signals.bursts(starts_s, seconds))
    with bench.call(program), voice:
        time.sleep(seconds)
        evidence = bench.evidence()
    said_s = [voice.moment_s(round(start_s * RATE_HZ)) for start_s in starts_s]
    arrived_s = [evidence.arrival_of(sample) for sample in signals.onsets(evidence.heard, WIRE_HZ)]
    chunks = f"chunks of {chunk_ms} ms"
    yield from _delays(f"microphone → wire, {chunks}", said_s, arrived_s, reach=WIRE_MS[chunk_ms])
    yield Figure.of(f"pong, {chunks}", "ms", list(evidence.pongs_ms), reach=PONG_MS)


def _listening(bench: Bench, program: Program) -> Iterator[Figure]:
    """The agent speaks, with a pause before each sound."""
    starts_s = [LEAD_S + REPLY_EVERY_S * number for number in range(2 * bench.runs)]
    steps = [Step(SendAudio(REPLY_MS, event_id=1 + number), start_s) for number, start_s in enumerate(starts_s)]
    bench.agent.script(obedient(*steps))
    with Ear() as ear, bench.call(program):
        time.sleep(starts_s[-1] + LEAD_S)
        evidence = bench.evidence()
    heard_s = [ear.moment_s(frame) for frame in signals.onsets(ear.samples(), RATE_HZ, peak=TONE_PEAK)]
    yield from _delays("wire → speaker after a pause", list(evidence.sent_s("audio")), heard_s, reach=SPEAKER_MS)


def _delays(what: str, here_s: list[float], there_s: list[float], *, reach: float) -> Iterator[Figure]:
    """How long each sound took, and how many were lost, if any were."""
    pairs = [
        (here, next((there for there in there_s if -AHEAD_S <= there - here < LONGEST_S), None)) for here in here_s
    ]
    delays_ms = [(there - here) * 1000 for here, there in pairs if there is not None]
    yield Figure.of(what, "ms", delays_ms, reach=reach)
    if len(delays_ms) < len(pairs):
        yield Figure.of(f"{what}: lost", "sounds", [len(pairs) - len(delays_ms)], reach=0)
