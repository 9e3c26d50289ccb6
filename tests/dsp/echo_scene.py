"""A room made of arrays: a speaker, a microphone, and two people who talk."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from connector_gui.dsp.block import FULL_SCALE, Block
from connector_gui.dsp.echo import VoiceProcessor
from tests.dsp.signals import rms

RATE_HZ: Final = 16_000
FRAME: Final = 160
SPEECH_DBFS: Final = -20.0
ECHO_MS: Final = 50.0
NOISE_DBFS: Final = -75.0
"""A quiet microphone's own noise: a real one is never at zero."""
VOICES: Final = Path(__file__).parents[2] / "resources" / "voices"

Sound = NDArray[np.float64]


def agent(seconds: float) -> Sound:
    """The voice of the practice agent, without a pause, at `SPEECH_DBFS` where it speaks."""
    return _speech(("greeting", "message", "farewell"), 1.0, seconds)


def operator(seconds: float) -> Sound:
    """Another voice, deeper, saying something else."""
    return _speech(("you_said", "message"), 0.82, seconds)


def echo_of(played: Sound, echo_db: float, *, delay_ms: float = ECHO_MS) -> Sound:
    """What of *played* reaches the microphone."""
    frames = round(RATE_HZ * delay_ms / 1000)
    return np.asarray(np.concatenate((np.zeros(frames), played[: played.size - frames])) * 10 ** (echo_db / 20))


def noise(seconds: float) -> Sound:
    """The same white noise every time."""
    return np.random.default_rng(1).normal(0, FULL_SCALE * 10 ** (NOISE_DBFS / 20), round(seconds * RATE_HZ))


def block(sound: Sound) -> Block:
    """*sound* as a device gives it."""
    return np.clip(np.rint(sound), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def run(processor: VoiceProcessor, near_end: Block, far_end: Block) -> Block:
    """All of *near_end* through *processor*, frame by frame."""
    frames = [
        processor.process(near_end[start : start + FRAME], far_end[start : start + FRAME])
        for start in range(0, near_end.size - FRAME + 1, FRAME)
    ]
    return np.concatenate(frames)


def part(sound: NDArray[np.generic], start_s: float, end_s: float) -> Block:
    """The frames of *sound* between two moments."""
    return np.asarray(sound[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)], dtype=np.int16)


def delay_frames(near_end: Block, out: Block) -> int:
    """How much later *out* is, by the greatest correlation of the treble: a high-pass filter turns the bass."""
    late, early = (np.diff(sound.astype(np.float64), n=2) for sound in (out, near_end))
    spectrum = np.fft.rfft(late, 2 * out.size) * np.conj(np.fft.rfft(early, 2 * out.size))
    return int(np.argmax(np.fft.irfft(spectrum)[: RATE_HZ // 10]))


def kept_share(voice: Sound, out: Block, delay: int) -> float:
    """Part of the 20 ms frames in which *voice* speaks (over -45 dBFS) that lost no more than 10 dB."""
    size = RATE_HZ // 50
    frames = min(voice.size, out.size - delay) // size
    said = (voice[: frames * size].reshape(frames, size) ** 2).mean(axis=1)
    left = (out[delay : delay + frames * size].astype(np.float64).reshape(frames, size) ** 2).mean(axis=1)
    speaks = said > (FULL_SCALE * 10 ** (-45 / 20)) ** 2
    return float(np.mean(left[speaks] > said[speaks] / 10))


def _speech(names: tuple[str, ...], pitch: float, seconds: float) -> Sound:
    sound = np.concatenate([_sentence(name) for name in names])
    frames = int(sound.size / pitch)
    sound = np.interp(np.arange(frames) * pitch, np.arange(sound.size), sound)
    spoken = sound[np.abs(sound) > 200]
    sound = np.resize(sound, round(seconds * RATE_HZ))
    return np.asarray(sound * FULL_SCALE * 10 ** (SPEECH_DBFS / 20) / rms(spoken))


def _sentence(name: str) -> Sound:
    with wave.open(str(VOICES / f"{name}.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float64)
        step = file.getframerate() / RATE_HZ
    return np.asarray(np.interp(np.arange(int(samples.size / step)) * step, np.arange(samples.size), samples))
