"""Judges an echo path and a voice from arrays: what a sound check has recorded goes in, figures come out."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from connector_gui.core.level import FLOOR_DBFS
from connector_gui.core.sound_check import EchoFigures, VoiceFigures
from connector_gui.dsp.block import FULL_SCALE, Block
from connector_gui.dsp.level import CLIPPED, dbfs

WINDOW_MS: Final = 20
SPEECH_DBFS: Final = -45.0
"""A window of what is played counts as speech from here on."""
HEARD_DB: Final = 3.0
"""An echo this much over the noise is one."""
FAINTEST: Final = 1.0
"""A power of one step: less is no echo, also where the room gives nothing but zeros."""
LONGEST_DELAY_MS: Final = 600
CERTAIN: Final = 8.0
"""So many times its usual deviation the correlation must rise for a delay to be believed."""
VOICE_OVER_NOISE_DB: Final = 10.0
QUIETEST_VOICE_DBFS: Final = -60.0
SHORTEST_VOICE_MS: Final = 300
"""Less is a cough."""
CLIPPED_SHARE: Final = 0.000_2

Sound = NDArray[np.float64]


def judge_echo(played: Block, heard: Block, sent: Block, rate_hz: int, quiet_frames: int) -> EchoFigures:
    """How much of *played* came into the microphone, and how much of that is left in what is sent.

    Args:
        played: What the speaker was given, in step with the others, int16, shape ``(frames,)``.
        heard: What the microphone heard.
        sent: The same after all filters.
        rate_hz: The rate of all three.
        quiet_frames: So many at the beginning were recorded in silence.

    Raises:
        ValueError: The arrays differ in length.
    """
    if not played.size == heard.size == sent.size:
        raise ValueError(f"{played.size}, {heard.size} and {sent.size} frames do not go together.")
    noise = _power(heard[:quiet_frames])
    figures = EchoFigures(noise_dbfs=_power_dbfs(noise), is_silent=not heard.any())
    delay = _delay_frames(played[quiet_frames:], heard[quiet_frames:], rate_hz)
    # The second half: by then a canceller has learned the room.
    half = quiet_frames + (played.size - quiet_frames) // 2
    speaks = _speech(played[half:], rate_hz, held_ms=(delay or 0) * 1000 / rate_hz)
    loud, echo, left = (_power(_windows(sound[half:], rate_hz)[speaks]) for sound in (played, heard, sent))
    if not loud or echo <= max(noise, FAINTEST) * 10 ** (HEARD_DB / 10):
        return figures
    left_noise = _power(sent[:quiet_frames])
    echo, left = echo - noise, max(left - left_noise, FAINTEST)
    return EchoFigures(
        noise_dbfs=figures.noise_dbfs,
        echo_db=_db(echo / loud),
        left_db=_db(left / loud),
        erle_db=_db(echo / left),
        delay_ms=None if delay is None else delay * 1000 / rate_hz,
    )


def judge_voice(heard: Block, rate_hz: int, noise_dbfs: float) -> VoiceFigures:
    """How loud somebody speaks in *heard*, int16, shape ``(frames,)``; pauses do not count.

    Source: the active speech level of ITU-T P.56 (12/2011), with windows of `WINDOW_MS` for its envelope.
    """
    windows = _windows(heard, rate_hz)
    powers = np.mean(windows**2, axis=1) if windows.size else np.zeros(0)
    least_dbfs = max(QUIETEST_VOICE_DBFS, noise_dbfs + VOICE_OVER_NOISE_DB)
    voiced = powers[powers > FULL_SCALE**2 * 10 ** (least_dbfs / 10)]
    is_silent = not heard.any()
    if voiced.size * WINDOW_MS < SHORTEST_VOICE_MS:
        return VoiceFigures(is_silent=is_silent)
    clipped = np.count_nonzero((heard >= CLIPPED) | (heard <= -CLIPPED)) / heard.size
    return VoiceFigures(_power_dbfs(float(voiced.mean())), is_clipping=bool(clipped > CLIPPED_SHARE))


def _speech(played: Block, rate_hz: int, held_ms: float) -> NDArray[np.bool_]:
    """In which windows an echo of *played* can be heard: those with speech, and the next ones for the delay."""
    powers = np.mean(_windows(played, rate_hz) ** 2, axis=1)
    speaks: NDArray[np.bool_] = powers > FULL_SCALE**2 * 10 ** (SPEECH_DBFS / 10)
    shifted = np.roll(speaks, round(held_ms / WINDOW_MS))
    return np.asarray(speaks & shifted)


def _delay_frames(played: Block, heard: Block, rate_hz: int) -> int | None:
    """How much later *heard* is than *played*, by the phase of their cross spectrum; ``None`` if that says nothing.

    Source: the generalised cross-correlation with phase transform of Knapp and Carter (1976), which has one sharp
    peak where plain correlation of speech has a hill.
    """
    longest = rate_hz * LONGEST_DELAY_MS // 1000
    if played.size <= longest or not played.any() or not heard.any():
        return None
    size = 1 << (played.size + longest).bit_length()
    cross = np.fft.rfft(heard.astype(np.float64), size) * np.conj(np.fft.rfft(played.astype(np.float64), size))
    weight = np.abs(cross)
    # Where neither has anything the phase is chance.
    cross[weight < weight.max() * 1e-6] = 0
    course = np.fft.irfft(cross / np.maximum(weight, 1e-9))[:longest]
    peak = int(np.argmax(course))
    return peak if course[peak] > CERTAIN * course.std() else None


def _windows(sound: Block, rate_hz: int) -> Sound:
    """*sound* in whole windows, shape ``(windows, frames)``."""
    frames = rate_hz * WINDOW_MS // 1000
    whole = sound[: sound.size // frames * frames]
    return whole.reshape(-1, frames).astype(np.float64)


def _power(sound: NDArray[np.generic]) -> float:
    """The mean square; 0 for nothing."""
    return float(np.mean(sound.astype(np.float64) ** 2)) if sound.size else 0.0


def _power_dbfs(power: float) -> float:
    return dbfs(math.sqrt(power)) if power else FLOOR_DBFS


def _db(ratio: float) -> float:
    return 10 * math.log10(ratio)
