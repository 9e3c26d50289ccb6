"""Echo and an uneven network: what only the sound's own processing can put right.

- *ERLE*: the speaker comes back into the microphone 50 ms late and 20 dB weaker, while the agent alone speaks.
  Energy of what is sent with every filter off over what is sent with canceller and suppression on, in two calls that
  are otherwise alike; in the first 5 s of the agent's speech and after 10 s of it.
- *jitter*: a tone in pieces of 200 ms, in order, each up to 300 ms late, sent in real time or 1 s ahead; breaks of
  2 ms and more at the speaker, a minute.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import numpy as np

from connector_gui.core.agent_api import Agent, AgentSettings, ConversationConfig
from connector_gui.practice.script import SendAudio, Speak, Step
from connector_gui.practice.voice import TONE_PEAK, Sentence, samples_of
from tests.bench.agent import WIRE_HZ, obedient
from tests.bench.figures import Figure
from tests.bench.signals import gaps_ms
from tests.bench.sound import RATE_HZ, Ear
from tests.bench.surroundings import Bench
from tests.rig import MICROPHONE, SPEAKER

FIRST_DB, LATER_DB = 35.0, 40.0
SPEECH_S: Final = 18.0
SETTLE_S: Final = 1.0
PIECE_MS: Final = 200
JITTER_S: Final = 0.3
GAPS: Final = {0.0: 2, 1.0: 0}
SILENCE_MS: Final = 150
SPEAKS: Final = AgentSettings(conversation=ConversationConfig(client_events=("audio",)))
OFF: Final = {"ECHO_CANCELLATION": "false", "NOISE_SUPPRESSION": "false"}


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure echo first, then jitter."""
    first, later = [], []
    with loudspeakers(bench.env):
        for run in range(max(1, bench.runs // 2)):
            heard = _sent(bench, f"echo-off-{run}", OFF)
            left = _sent(bench, f"echo-on-{run}", {})
            first.append(_erle_db(heard, left, 0, 5))
            later.append(_erle_db(heard, left, 10, 15))
    yield Figure.of("echo left (negative ERLE), first 5 s", "dB", [-db for db in first], reach=-FIRST_DB)
    yield Figure.of("echo left (negative ERLE), after 10 s", "dB", [-db for db in later], reach=-LATER_DB)
    for lead_s in GAPS:
        yield from _jitter(bench, lead_s)


@contextmanager
def loudspeakers(env: Mapping[str, str]) -> Iterator[None]:
    """Let the microphone hear the speaker, 50 ms late and 20 dB weaker."""
    load = ["load-module", "module-loopback", f"source={SPEAKER}.monitor", f"sink={MICROPHONE}.room", "latency_msec=50"]
    module = _pactl(env, *load).strip()
    inputs = [
        line.split()[0] for line in _pactl(env, "list", "short", "sink-inputs").splitlines() if "loopback" in line
    ]
    _pactl(env, "set-sink-input-volume", inputs[-1], "-20dB")
    try:
        yield
    finally:
        _pactl(env, "unload-module", module)


def _pactl(env: Mapping[str, str], *arguments: str) -> str:
    return subprocess.run(["pactl", *arguments], env=env, capture_output=True, text=True, check=True).stdout


def _sent(bench: Bench, folder: str, settings: Mapping[str, str]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """What reaches the agent from the beginning of its own speech on."""
    length_s = samples_of(Sentence.GREETING, WIRE_HZ).size / WIRE_HZ
    steps = [Step(Speak("greeting"), SETTLE_S + number * length_s) for number in range(int(SPEECH_S / length_s) + 1)]
    speaking = Agent(agent_id="bench", name="Bench", conversation_config=SPEAKS)
    bench.agent.script(replace(obedient(*steps), agent=speaking))
    with bench.program(folder, **settings) as program, bench.call(program):
        time.sleep(SETTLE_S + SPEECH_S)
        evidence = bench.evidence()
    spoke_s = evidence.sent_s("audio")[0]
    start = int(np.cumsum(evidence.frames_in)[np.searchsorted(evidence.arrived_s, spoke_s)])
    return np.asarray(evidence.heard[start:], dtype=np.float64)


def _erle_db(
    heard: np.ndarray[tuple[int], np.dtype[np.float64]],
    left: np.ndarray[tuple[int], np.dtype[np.float64]],
    start_s: float,
    end_s: float,
) -> float:
    part = slice(round(start_s * WIRE_HZ), round(end_s * WIRE_HZ))
    return float(10 * np.log10(np.sum(heard[part] ** 2) / max(1.0, np.sum(left[part] ** 2))))


def _jitter(bench: Bench, lead_s: float) -> Iterator[Figure]:
    gaps, silence = [], []
    seconds = bench.minutes * 60
    for run in range(max(1, bench.runs // 2)):
        late_s = np.random.default_rng(run).uniform(0, JITTER_S, round(seconds * 1000 / PIECE_MS))
        due_s = np.maximum(0, np.arange(late_s.size) * PIECE_MS / 1000 - lead_s)
        moments_s = SETTLE_S + np.maximum.accumulate(due_s + late_s)
        steps = [Step(SendAudio(PIECE_MS, event_id=1), float(moment_s)) for moment_s in moments_s]
        bench.agent.script(obedient(*steps))
        with bench.program(f"jitter-{lead_s:g}-{run}") as program, Ear() as ear, bench.call(program):
            time.sleep(SETTLE_S + seconds + 1.0)
            samples = ear.samples()
        loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > TONE_PEAK / 16)
        # The ringing before and the reply's own end are no part of it.
        sounding = samples[loud[-1] - round((seconds - 1) * RATE_HZ) : loud[-1]]
        breaks = gaps_ms(sounding, RATE_HZ, peak=TONE_PEAK)
        gaps.append(len(breaks) * 60 / seconds)
        silence.append(sum(breaks) * 60 / seconds)
    what = f"jitter 0-300 ms, lead {lead_s:g} s"
    yield Figure.of(f"{what}: gaps", "a minute", gaps, reach=GAPS[lead_s])
    yield Figure.of(f"{what}: silence", "ms a minute", silence, reach=SILENCE_MS if not lead_s else 0)
