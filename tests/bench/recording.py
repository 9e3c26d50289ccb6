"""What recording a call takes: of the processor, of the disk, and of the voice loop's time.

In this process, on the real files and threads: a minute of both sides talking, moved as a call moves it, every 50 ms.
The same loop without a recording is taken off.

- *CPU*: all threads, of one processor, at the real pace; 48 kHz at both devices.
- *one look*: how long the voice loop is kept by one handing over.
- *size*: speech on both sides in turn, with the noise of a quiet room on the operator's.
- *repair*, *overview*, *seek*: of one hour.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from connector_gui.dsp.block import Block
from connector_gui.practice.voice import Sentence, samples_of
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.line import Line
from connector_gui.voice.recording.call_recording import CallRecording
from connector_gui.voice.recording.flac_file import FlacFile, Stereo
from connector_gui.voice.recording.overview import read_waveform
from connector_gui.voice.recording.reader import Reader
from connector_gui.voice.recording.repair import repair
from tests.bench.figures import Figure
from tests.bench.surroundings import Bench
from tests.fakes.sound import FakeSound

CPU_PERCENT: Final = 2.0
LOOK_S: Final = 0.05
DEVICE_HZ: Final = 48_000
TURN_S: Final = 5
HOUR_S: Final = 3600
MB: Final = 1e6


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure what a call pays, then what a long recording costs afterwards."""
    folder = bench.folder / "recordings"
    folder.mkdir()
    seconds = bench.minutes * 60
    for wire_hz in (16_000, 48_000):
        name = f"{wire_hz // 1000} kHz"
        size_mb = _size(folder, wire_hz)  # first: the library is imported by it, once
        shares, looks_ms = asyncio.run(_shares(folder, wire_hz, seconds))
        yield Figure.of(f"CPU of a recording, {name}", "%", [share * 100 for share in shares], reach=CPU_PERCENT)
        yield Figure.of(f"one look of the voice loop, {name}", "ms", looks_ms)
        yield Figure.of(f"size, {name}", "MB per min", [size_mb])
    yield from _an_hour(folder)


async def _shares(folder: Path, rate_hz: int, seconds: float) -> tuple[list[float], list[float]]:
    """CPU time over real time, in a few windows, without that of the loop itself; and what each look took."""
    looks_ms: list[float] = []
    shares = []
    for number in range(3):
        bare_s = await _run(None, rate_hz, seconds / 6, [])
        recording = CallRecording(lambda _report: None)
        recording.use(folder / f"{rate_hz}-{number}.flac")
        shares.append(await _run(recording, rate_hz, seconds / 6, looks_ms) - bare_s)
        await recording.finish()
    return shares, looks_ms


async def _run(recording: CallRecording | None, rate_hz: int, seconds: float, looks_ms: list[float]) -> float:
    """Move sound for *seconds*; CPU time over real time."""
    sound = FakeSound()
    line = Line(sound, DeviceCatalog(sound, platform="darwin"))
    line.open_output()
    line.open_input()
    sent, played = both_sides(rate_hz)[:, 0], both_sides(DEVICE_HZ)[:, 1]
    began_s, cpu_s = time.monotonic(), time.process_time()
    if recording is not None:
        recording.begin(rate_hz, began_s)
    moved_s = 0.0
    while moved_s < seconds:
        await asyncio.sleep(LOOK_S)
        now_s = time.monotonic()
        look_s = now_s - began_s - moved_s
        if recording is not None:
            before_s = time.perf_counter()
            blocks = (_part(sent, moved_s, look_s, rate_hz), _part(played, moved_s, look_s, DEVICE_HZ))
            recording.add(*blocks, line, now_s, is_sent=True)
            looks_ms.append((time.perf_counter() - before_s) * 1000)
        moved_s += look_s
    share = (time.process_time() - cpu_s) / (time.monotonic() - began_s)
    line.close()
    return share


def _part(sound: Block, at_s: float, length_s: float, rate_hz: int) -> Block:
    start = round(at_s * rate_hz) % (sound.size // 2)
    return sound[start : start + round(length_s * rate_hz)]


def both_sides(rate_hz: int) -> Stereo:
    """A minute in which both speak in turn."""
    speech = np.resize(samples_of(Sentence.GREETING, rate_hz), 60 * rate_hz)
    is_operator = np.arange(60 * rate_hz) // (TURN_S * rate_hz) % 2 == 0
    noise = np.random.default_rng(1).normal(0, 10, speech.size)
    return np.stack((speech * is_operator + noise, speech * ~is_operator), axis=1).astype(np.int16)


def _size(folder: Path, rate_hz: int) -> float:
    path = folder / f"size-{rate_hz}.flac"
    file = FlacFile(path, rate_hz)
    file.write(both_sides(rate_hz))
    file.close()
    return path.stat().st_size / MB


def _an_hour(folder: Path) -> Iterator[Figure]:
    path, cut = folder / "hour.flac", folder / "cut.flac"
    file, minute = FlacFile(path, 16_000), both_sides(16_000)
    for _ in range(HOUR_S // 60):
        file.write(minute)
    cut.write_bytes(path.read_bytes())  # as a killed program would leave it
    file.close()
    began_s = time.perf_counter()
    repair(cut)
    yield Figure.of("repair of an hour", "ms", [(time.perf_counter() - began_s) * 1000])
    began_s = time.perf_counter()
    read_waveform(path)
    yield Figure.of("overview of an hour", "s", [time.perf_counter() - began_s], reach=3.0)
    reader, seeks_ms = Reader(cut), []
    for at_s in np.random.default_rng(2).uniform(0, HOUR_S - 2, 30):
        began_s = time.perf_counter()
        reader.seek(round(at_s * 16_000))
        reader.read(1600)
        seeks_ms.append((time.perf_counter() - began_s) * 1000)
    reader.close()
    yield Figure.of("seek in an hour", "ms", seeks_ms, reach=30.0)
