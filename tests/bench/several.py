"""Eight conversations at once.

All speak all the time, both ways, as in `cpu_memory`; recordings are off. One call is at the desk; the seven others
are on lines of their own (virtual cables: each a microphone and a speaker), or held.

- *cadence*: of what arrives at the agent, p99 − p50 of the time between two messages, one sample a conversation.
- *extra call*: what the program's process takes with eight, less what it takes with one, by seven.
- *underruns*: times that the agent's sound ran out in a speaker, as the program counts them, all calls together. The
  agent sends a second ahead.
- *swap*: from the request to resume a held call, whose agent has spoken meanwhile, to its sound at the speaker's
  monitor; the other one is held by it. HTTP and the commit to the store are in it.

Many calls one after another are `soak`.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import numpy as np

from connector_gui.practice.script import SendAudio, Step
from connector_gui.practice.voice import Sentence, samples_of
from tests.bench.agent import Evidence, obedient
from tests.bench.cpu_memory import Gauge, both_speak
from tests.bench.figures import Figure
from tests.bench.sound import RATE_HZ, Ear, Voice
from tests.bench.surroundings import Bench, end
from tests.e2e.program import Program
from tests.rig import MICROPHONE, SPEAKER, plug_mic, plug_speaker, unplug

CALLS: Final = 8
CADENCE_MS: Final = 20.0
EXTRA_CPU_S: Final = 2.2
"""A minute."""
EXTRA_RSS_MIB: Final = 12.0
SWAP_MS: Final = 100.0
SETTLE_S: Final = 4.0
LOUD: Final = 1_000
_UNDERRUNS: Final = re.compile(r"call\.sound .*?underruns=(\d+)")


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure on lines, on hold, and a swap."""
    with _cables() as lines:
        yield from _together(bench, "on lines", LINES=json.dumps(lines))
    yield from _together(bench, "on hold")
    yield from _swap(bench)


@contextmanager
def _cables() -> Iterator[list[dict[str, Any]]]:
    """Devices for seven lines, and how they are set up: a call says in its metadata which it is for."""
    lines = []
    with ExitStack() as plugged_in:
        for number in range(1, CALLS):
            microphone, speaker = f"cable{number}_out", f"cable{number}_in"
            plug_mic(microphone, room=MICROPHONE, is_default=False)
            plugged_in.callback(unplug, microphone)
            plug_speaker(speaker, is_default=False)
            plugged_in.callback(unplug, speaker)
            rule = {"metadata": {"line": str(number)}}
            devices = {"input_device": microphone, "output_device": speaker}
            lines.append({"name": f"Line {number}", **devices, "rules": [rule]})
        yield lines


@contextmanager
def _program(bench: Bench, name: str, **settings: str) -> Iterator[Program]:
    devices = {"INPUT_DEVICE": MICROPHONE, "OUTPUT_DEVICE": SPEAKER}
    with bench.program(name, **devices, MAX_CONCURRENT_CALLS=str(CALLS), **settings) as program:
        yield program


def _together(bench: Bench, how: str, **settings: str) -> Iterator[Figure]:
    seconds = bench.minutes * 60
    with (
        _program(bench, how.replace(" ", "-"), **settings) as program,
        Voice(samples_of(Sentence.GREETING, RATE_HZ), again=True),
    ):
        gauge = Gauge(program.process.pid)
        for _ in range(CALLS):
            bench.agent.script(obedient(*both_speak(2 * seconds + 20 * SETTLE_S)))
        names = [bench.active_call(program)]
        time.sleep(SETTLE_S)
        one_s, one_mib = _window(gauge, min(seconds, 30))
        # The rules lead a call with a line to it; without lines, each one accepted puts the one before on hold.
        names += [bench.active_call(program, line=str(number)) for number in range(1, CALLS)]
        time.sleep(SETTLE_S)
        began_s = time.monotonic()
        all_s, all_mib = _window(gauge, seconds)
        every = bench.agent.every_evidence()
        for name in reversed(names):
            end(program, name)
        underruns = [int(count) for count in _UNDERRUNS.findall(program.output.read_text())]
    assert len(every) == CALLS, f"{len(every)} conversations went on"
    yield from _figures(how, every, began_s)
    yield Figure.of(f"underruns in {bench.minutes:g} min, {how}", "in all", [sum(underruns)], reach=0)
    extra = CALLS - 1
    yield Figure.of("CPU of one call", "s per min", [one_s])
    yield Figure.of(f"CPU per extra call, {how}", "s per min", [(all_s - one_s) / extra], reach=EXTRA_CPU_S)
    yield Figure.of(f"RSS per extra call, {how}", "MiB", [(all_mib - one_mib) / extra], reach=EXTRA_RSS_MIB)


def _window(gauge: Gauge, seconds: float) -> tuple[float, float]:
    """CPU seconds a minute, and the resident memory at the end."""
    (share,) = gauge.shares(seconds, seconds)
    return share * 60, gauge.rss_mib()


def _figures(how: str, every: Sequence[Evidence], began_s: float) -> Iterator[Figure]:
    spreads, silent = [], 0
    for evidence in every:
        steps_ms = np.diff(evidence.arrived_s[evidence.arrived_s > began_s]) * 1000
        spreads.append(float(np.percentile(steps_ms, 99) - np.percentile(steps_ms, 50)))
        silent += not np.abs(evidence.heard[-5 * 16_000 :].astype(np.int32)).max() > LOUD
    yield Figure.of(f"cadence, p99 − p50, {how}", "ms", spreads, reach=CADENCE_MS)
    yield Figure.of(f"cadence of the worst conversation, {how}", "ms", [max(spreads)], reach=CADENCE_MS)
    yield Figure.of(f"conversations whose agent hears silence, {how}", "", [silent])


def _swap(bench: Bench) -> Iterator[Figure]:
    with _program(bench, "swap") as program, Ear() as ear:
        talk = [Step(SendAudio(1_000, event_id=number + 1), 3.0 + number * 0.1) for number in range(40)]
        bench.agent.script(obedient(*talk))
        bench.agent.script(obedient())
        speaking, silent = bench.active_call(program), bench.active_call(program)
        time.sleep(7)  # it has said what it has to say
        samples = [_onset_ms(program, ear, speaking, silent) for _ in range(bench.runs)]
        for name in (silent, speaking):
            end(program, name)
    yield Figure.of("swap: from the request to the other's first sound", "ms", samples, reach=SWAP_MS)


def _onset_ms(program: Program, ear: Ear, speaking: str, silent: str) -> float:
    assert program.request("POST", f"/sessions/{silent}/resume").status == 200
    time.sleep(1.0)
    pressed_s = time.monotonic()
    assert program.request("POST", f"/sessions/{speaking}/resume").status == 200
    time.sleep(1.0)
    begin = ear.frame_at(pressed_s)
    loud = np.flatnonzero(np.abs(ear.samples()[begin:].astype(np.int32)) > LOUD)
    assert loud.size, "nothing was heard"
    return (ear.moment_s(begin + int(loud[0])) - pressed_s) * 1000
