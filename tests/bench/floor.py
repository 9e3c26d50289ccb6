"""What the rig itself takes, without the program: what any client can at best reach, and a check of the ruler.

- *player → recorder*: a burst from leaving the sink to its arrival at the sink's monitor. Negative: the server renders
  a block ahead. It should be near −4.6.
- *microphone*: a burst from leaving the microphone's sink to the callback of a plain PortAudio stream that has it.
- *speaker*: a burst from the callback of a plain PortAudio stream to its arrival at the speaker's monitor.

- *CPU*: of a process that does nothing but run both streams, with callbacks that count.

Both streams at 48 kHz with blocks of 10 ms, as the program opens them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from tests.bench import signals
from tests.bench.figures import Figure
from tests.bench.sound import RATE_HZ, Ear, Voice
from tests.bench.surroundings import Bench
from tests.rig import MICROPHONE, SPEAKER

BURSTS: Final = 14
STARTS_S: Final = [1.0 + 0.137 * number for number in range(BURSTS)]
SECONDS: Final = STARTS_S[-1] + 1.0
BLOCK_FRAMES: Final = RATE_HZ // 100
CPU_WINDOWS: Final = 3


def measure(_bench: Bench) -> Iterator[Figure]:
    """Measure the rig."""
    yield Figure.of("rig: player → recorder", "ms", _direct())
    yield Figure.of("rig: microphone → PortAudio, 48 kHz, 10 ms", "ms", _microphone())
    yield Figure.of("rig: PortAudio → speaker, 48 kHz, 10 ms", "ms", _speaker())
    yield Figure.of("rig: CPU of both streams", "s per min", _cpu_s_per_min())


def _direct() -> list[float]:
    voice = Voice(signals.bursts(STARTS_S, SECONDS), device=SPEAKER)
    with Ear() as ear, voice:
        time.sleep(SECONDS)
        heard = [ear.moment_s(frame) for frame in signals.onsets(ear.samples(), RATE_HZ)]
    return _delays_ms(heard, [voice.moment_s(round(start_s * RATE_HZ)) for start_s in STARTS_S])


def _microphone() -> list[float]:
    import sounddevice  # looks for the sound server as it is imported

    arrived: list[tuple[float, Any]] = []

    def take(block: Any, _frames: int, _time: object, _status: object) -> None:
        arrived.append((time.monotonic(), block[:, 0].copy()))

    voice = Voice(signals.bursts(STARTS_S, SECONDS))
    with sounddevice.InputStream(device=MICROPHONE, callback=take, **_options()), voice:
        time.sleep(SECONDS)
    samples = np.concatenate([block for _now_s, block in arrived])
    taken = [arrived[frame // BLOCK_FRAMES][0] for frame in signals.onsets(samples, RATE_HZ)]
    return _delays_ms(taken, [voice.moment_s(round(start_s * RATE_HZ)) for start_s in STARTS_S])


def _speaker() -> list[float]:
    import sounddevice

    signal = signals.bursts(STARTS_S, SECONDS)
    given_s: list[float] = []

    def fill(out: Any, _frames: int, _time: object, _status: object) -> None:
        start = len(given_s) * BLOCK_FRAMES
        given_s.append(time.monotonic())
        piece = signal[start : start + BLOCK_FRAMES]
        out[:, 0] = 0
        out[: piece.size, 0] = piece

    with Ear() as ear, sounddevice.OutputStream(device=SPEAKER, callback=fill, **_options()):
        time.sleep(SECONDS)
        heard = [ear.moment_s(frame) for frame in signals.onsets(ear.samples(), RATE_HZ)]
    # A sound inside the block is given with the block.
    places = [divmod(round(start_s * RATE_HZ), BLOCK_FRAMES) for start_s in STARTS_S]
    return _delays_ms(heard, [given_s[block] + frame / RATE_HZ for block, frame in places])


def _cpu_s_per_min() -> list[float]:
    import sounddevice

    def count(block: Any, _frames: int, _time: object, _status: object) -> None:
        block.size  # noqa: B018 - the least that a callback can do

    options = {"callback": count, **_options()}
    with sounddevice.InputStream(device=MICROPHONE, **options), sounddevice.OutputStream(device=SPEAKER, **options):
        windows = []
        for _ in range(CPU_WINDOWS):
            before_s, began_s = time.process_time(), time.monotonic()
            time.sleep(1.0)
            windows.append((time.process_time() - before_s) / (time.monotonic() - began_s) * 60)
    return windows


def _options() -> dict[str, Any]:
    return {"samplerate": RATE_HZ, "blocksize": BLOCK_FRAMES, "channels": 1, "dtype": "int16", "latency": "low"}


def _delays_ms(there_s: list[float], here_s: list[float]) -> list[float]:
    assert len(there_s) == len(here_s), f"{len(here_s)} bursts went out, {len(there_s)} came"
    return [(there - here) * 1000 for there, here in zip(there_s, here_s, strict=True)]
