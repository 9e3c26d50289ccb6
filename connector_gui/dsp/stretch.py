"""Makes speech longer without changing its pitch, goes on with it for a moment, shortens its silence.

All three stand on the period: speech and tones repeat themselves after some milliseconds, so a
piece of that length can be played twice, and the joint lies where both sides agree.
Source: W. Verhelst and M. Roelands, WSOLA, ICASSP 1993; the continuation as in ITU-T G.711
Appendix I (09/1999).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from connector_gui.dsp.block import EMPTY, FULL_SCALE, Block
from connector_gui.dsp.echo import energy

PERIOD_MS: Final = (8.0, 20.0)
"""Where a period is looked for: one of a deep voice, several of a high one."""
TEMPLATE_MS: Final = 10.0
HISTORY_MS: Final = PERIOD_MS[1] + TEMPLATE_MS
"""What a continuation is made of."""
HELD_MS: Final = 40.0
BRIDGE_MS: Final = 240.0
"""A continuation is full for the first of these and gone after the second: longer ones buzz."""
JOINT_MS: Final = 4.0
SILENCE_DBFS: Final = -50.0
KEPT_SILENCE_MS: Final = 60.0
"""A pause is never made shorter than this."""

_COARSE: Final = 4


@dataclass(frozen=True, slots=True)
class Bridge:
    """How a sound may go on when nothing more of it is there.

    Attributes:
        samples: To be played after its last frame; fades out. Empty after silence.
        period_frames: After any multiple of this, what comes next joins without a break.
    """

    samples: Block
    period_frames: int = 1


NO_BRIDGE: Final = Bridge(EMPTY)


def bridge_after(recent: Block, rate_hz: int) -> Bridge:
    """The continuation of *recent*, of which the last `HISTORY_MS` count."""
    recent = recent[-round(rate_hz * HISTORY_MS / 1000) :]
    if recent.size < round(rate_hz * HISTORY_MS / 1000) or is_silent(recent):
        return NO_BRIDGE
    period = _period(recent[::-1], rate_hz)
    frames = round(rate_hz * BRIDGE_MS / 1000)
    held = round(rate_hz * HELD_MS / 1000)
    fall = np.concatenate((np.ones(held), np.linspace(1, 0, frames - held)))
    return Bridge(np.rint(np.resize(recent[-period:], frames) * fall).astype(np.int16), period)


def lengthen(samples: Block, extra_frames: int, rate_hz: int) -> Block:
    """*samples* with up to *extra_frames* more, by playing periods twice; begins and ends as it did.

    Gives back fewer where they do not fit: at most about a third is added.
    """
    joint = round(rate_hz * JOINT_MS / 1000)
    window = round(rate_hz * HISTORY_MS / 1000)
    shortest = round(rate_hz * PERIOD_MS[0] / 1000)
    parts: list[Block] = []
    done, at = 0, 0
    while extra_frames >= shortest and at + window + joint <= samples.size:
        period = _period(samples[at : at + window], rate_hz)
        if period <= extra_frames:
            parts.append(samples[done : at + period])
            parts.append(_blend(samples[at + period : at + period + joint], samples[at : at + joint]))
            done = at + joint
            extra_frames -= period
        at += max(3 * period, joint)
    parts.append(samples[done:])
    return np.concatenate(parts)


def shorten_silence(samples: Block, surplus_frames: int, rate_hz: int) -> Block:
    """*samples* with up to *surplus_frames* of its longest pause taken out; unchanged where nobody pauses."""
    size = rate_hz // 100
    quiet = [is_silent(samples[start : start + size]) for start in range(0, samples.size - size + 1, size)]
    start, length = _longest_run(quiet)
    removable = length * size - round(rate_hz * KEPT_SILENCE_MS / 1000)
    removed = min(surplus_frames, removable)
    if removed < size:
        return samples
    joint = round(rate_hz * JOINT_MS / 1000)
    first = start * size + joint
    seam = _blend(samples[first : first + joint], samples[first + removed : first + removed + joint])
    return np.concatenate((samples[:first], seam, samples[first + removed + joint :]))


def is_silent(samples: Block) -> bool:
    """Nobody speaks in *samples*."""
    limit = FULL_SCALE * 10 ** (SILENCE_DBFS / 20)
    return not samples.size or energy(samples) / samples.size < limit**2


def _blend(old: Block, new: Block) -> Block:
    rise = np.linspace(0, 1, old.size, endpoint=False)
    return np.rint(old + rise * (new.astype(np.float64) - old)).astype(np.int16)


def _period(samples: Block, rate_hz: int) -> int:
    """After how many frames the beginning of *samples*, at least `HISTORY_MS` long, comes again most nearly."""
    low, high = (round(rate_hz * limit_ms / 1000) for limit_ms in PERIOD_MS)
    template = round(rate_hz * TEMPLATE_MS / 1000)
    values = samples.astype(np.float64)
    lag = _COARSE * _best_lag(values[::_COARSE], template // _COARSE, low // _COARSE, high // _COARSE)
    return _best_lag(values, template, max(low, lag - _COARSE), min(high, lag + _COARSE))


def _best_lag(values: np.ndarray[tuple[int], np.dtype[np.float64]], template: int, low: int, high: int) -> int:
    """The lag from *low* to *high* with the greatest normalized correlation."""
    part = values[low : high + template]
    products = np.correlate(part, values[:template], mode="valid")
    sums = np.concatenate(([0.0], np.cumsum(part * part)))
    energies = sums[template:] - sums[:-template]
    return low + int(np.argmax(products / np.sqrt(energies + 1.0)))


def _longest_run(flags: list[bool]) -> tuple[int, int]:
    """Where the longest row of true *flags* begins, and how long it is."""
    best, start = (0, 0), 0
    for index, flag in enumerate([*flags, False]):
        if not flag:
            best = max(best, (index - start, -start))
            start = index + 1
    return -best[1], best[0]
