"""Finds out from the sound what is wrong with a call's devices, so that the operator can be told in words.

Values go in window by window, findings come out once each. Time comes in.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import Final

import numpy as np

from connector_gui.core.level import Level
from connector_gui.dsp.block import Block
from connector_gui.dsp.echo import FRAME_MS, energy

ZEROS_S: Final = 1.0
"""A real microphone always has some noise; so many bit-exact zeros come from the system."""
LOW_DBFS: Final = -50.0
"""A voice that never rises above this is hardly understood."""
LOW_S: Final = 20.0
CLIPPING_S: Final = 10.0
CLIPPED_WINDOWS: Final = 10
"""So many windows with clipping within `CLIPPING_S`: not the odd cough."""
ECHO_S: Final = 3.0
ECHO_FRAMES: Final = 75
"""So many frames with echo left, of the 300 of `ECHO_S`."""
ECHO_DBFS: Final = -45.0
ALIKE: Final = 0.6
"""Correlation of loudness over time from which the residual is the agent's voice and not the operator's."""
UNDERRUN_S: Final = 60.0
UNDERRUNS: Final = 6


class Finding(Enum):
    """What is wrong."""

    MICROPHONE_BLOCKED = "microphone_blocked"
    MICROPHONE_LOW = "microphone_low"
    MICROPHONE_CLIPS = "microphone_clips"
    ECHO_LEFT = "echo_left"
    UNDERRUNS = "underruns"


class Diagnosis:
    """Watches one call; belongs to one thread. A finding that goes away may be found again a minute later."""

    def __init__(self) -> None:
        self._blocked = _Zeros()
        self._low = _Low()
        self._clipping = _Rate(CLIPPED_WINDOWS, CLIPPING_S)
        self._echo = _EchoLeft()
        self._underruns = _Rate(UNDERRUNS, UNDERRUN_S)
        self._seen_underruns = 0
        self._told_s: dict[Finding, float] = {}

    def hear(self, captured: Block, now_s: float) -> list[Finding]:
        """Take what the microphone delivered, as it came from the device."""
        return self._once(Finding.MICROPHONE_BLOCKED, self._blocked.add(captured, now_s), now_s)

    def measure(self, microphone: Level, *, operator_may_speak: bool, now_s: float) -> list[Finding]:
        """Take a window's level; *operator_may_speak* while the agent is silent and nobody has muted."""
        clips = self._clipping.add(int(microphone.is_clipping), now_s)
        is_low = self._low.add(microphone, operator_may_speak, now_s)
        return [
            *self._once(Finding.MICROPHONE_CLIPS, clips, now_s),
            *self._once(Finding.MICROPHONE_LOW, is_low, now_s),
        ]

    def compare(self, sent: Block, far_end: Block, now_s: float) -> list[Finding]:
        """Take what is sent and what was played at the same time, both at one rate, in frames of `FRAME_MS`."""
        return self._once(Finding.ECHO_LEFT, self._echo.add(sent, far_end), now_s)

    def count_underruns(self, underruns: int, now_s: float) -> list[Finding]:
        """Take how often the agent's audio has run dry in this call."""
        new, self._seen_underruns = underruns - self._seen_underruns, underruns
        return self._once(Finding.UNDERRUNS, self._underruns.add(max(0, new), now_s), now_s)

    def _once(self, finding: Finding, is_found: bool, now_s: float) -> list[Finding]:
        if not is_found or now_s - self._told_s.get(finding, -math.inf) < UNDERRUN_S:
            return []
        self._told_s[finding] = now_s
        return [finding]


class _Zeros:
    """Nothing but zeros for `ZEROS_S`, while blocks do come."""

    def __init__(self) -> None:
        self._since_s: float | None = None

    def add(self, captured: Block, now_s: float) -> bool:
        if captured.any():
            self._since_s = None
        elif captured.size and self._since_s is None:
            self._since_s = now_s
        return self._since_s is not None and now_s - self._since_s >= ZEROS_S


class _Low:
    """The loudest moment of `LOW_S` in which the operator could have spoken is under `LOW_DBFS`, but not silence."""

    def __init__(self) -> None:
        self._listened_s = 0.0
        self._last_s = math.inf
        self._loudest_dbfs = -math.inf

    def add(self, level: Level, may_speak: bool, now_s: float) -> bool:
        passed_s = min(0.1, max(0.0, now_s - self._last_s))
        self._last_s = now_s
        if not may_speak:
            return False
        self._listened_s += passed_s
        self._loudest_dbfs = max(self._loudest_dbfs, level.rms_dbfs)
        if self._listened_s < LOW_S:
            return False
        is_low = -90 < self._loudest_dbfs < LOW_DBFS
        self._listened_s, self._loudest_dbfs = 0.0, -math.inf
        return is_low


class _Rate:
    """At least *count* of something within *seconds*."""

    def __init__(self, count: int, seconds: float) -> None:
        self._count, self._seconds = count, seconds
        self._moments_s: list[float] = []

    def add(self, times: int, now_s: float) -> bool:
        self._moments_s = [moment for moment in self._moments_s if now_s - moment < self._seconds]
        self._moments_s += [now_s] * min(times, self._count)
        return len(self._moments_s) >= self._count


class _EchoLeft:
    """What is sent rises and falls with what is played: the agent hears itself."""

    def __init__(self) -> None:
        self._sent_db: list[float] = []
        self._played_db: list[float] = []

    def add(self, sent: Block, far_end: Block) -> bool:
        if not sent.size or sent.size != far_end.size:
            return False
        self._sent_db.append(_frame_dbfs(sent))
        self._played_db.append(_frame_dbfs(far_end))
        if len(self._sent_db) < ECHO_S * 1000 / FRAME_MS:
            return False
        sent_db, played_db = np.array(self._sent_db), np.array(self._played_db)
        self._sent_db, self._played_db = [], []
        loud = int(np.count_nonzero((sent_db > ECHO_DBFS) & (played_db > ECHO_DBFS)))
        return loud >= ECHO_FRAMES and _alike(sent_db, played_db) > ALIKE


def _frame_dbfs(frame: Block) -> float:
    return max(-70.0, 10 * math.log10(energy(frame) / frame.size / 2**30 + 1e-12))


def _alike(
    sent_db: np.ndarray[tuple[int], np.dtype[np.float64]], played_db: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> float:
    """The greatest correlation of the two courses of loudness, with the echo up to 300 ms behind."""
    best = 0.0
    for lag in range(0, 31, 2):
        late, early = sent_db[lag:], played_db[: played_db.size - lag]
        if late.std() > 1 and early.std() > 1:
            best = max(best, float(np.corrcoef(late, early)[0, 1]))
    return best
