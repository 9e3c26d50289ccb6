"""Finds out from the sound what is wrong with a call's devices, so that the operator can be told in words.

Values go in window by window, findings come out once each. Time comes in.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from connector_gui.core.level import Level
from connector_gui.dsp.block import FULL_SCALE, Block
from connector_gui.dsp.echo import FRAME_MS

ZEROS_S: Final = 1.0
"""A real microphone always has some noise; so many bit-exact zeros from its opening on come from the system."""
MUTED_S: Final = 3.0
"""So many of one that was heard before come from a switch at the device, or from its noise gate."""
GATE_TIMES: Final = 2
"""A microphone that has come back so often by itself has a gate: nothing is wrong with it."""
LONGEST_STEP_S: Final = 0.1
"""Of the time between two values no more than this counts: longer, nothing was delivered."""
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

Frames = NDArray[np.int16]
Loudness = NDArray[np.float64]


class Finding(Enum):
    """What is wrong."""

    MICROPHONE_BLOCKED = "microphone_blocked"
    MICROPHONE_MUTED = "microphone_muted"
    MICROPHONE_LOW = "microphone_low"
    MICROPHONE_CLIPS = "microphone_clips"
    ECHO_LEFT = "echo_left"
    UNDERRUNS = "underruns"


class Diagnosis:
    """Watches one call; belongs to one thread. A finding that goes away may be found again a minute later."""

    def __init__(self) -> None:
        self._zeros = _Zeros()
        self._low = _Low()
        self._clipping = _Rate(CLIPPED_WINDOWS, CLIPPING_S)
        self._echo = _EchoLeft()
        self._underruns = _Rate(UNDERRUNS, UNDERRUN_S)
        self._seen_underruns = 0
        self._told_s: dict[Finding, float] = {}

    def begin_microphone(self) -> None:
        """Another microphone was opened, or the same anew: nothing has been heard of it yet."""
        self._zeros.begin()

    def hear(self, captured: Block, now_s: float) -> list[Finding]:
        """Take what the microphone delivered, as it came from the device."""
        finding = self._zeros.add(captured, now_s)
        return [] if finding is None else self._once(finding, True, now_s)

    def measure(self, microphone: Level, *, operator_may_speak: bool, now_s: float) -> list[Finding]:
        """Take a window's level; *operator_may_speak* while the agent is silent and nobody has muted."""
        clips = self._clipping.add(int(microphone.is_clipping), now_s)
        is_low = self._low.add(microphone, operator_may_speak, now_s)
        return [
            *self._once(Finding.MICROPHONE_CLIPS, clips, now_s),
            *self._once(Finding.MICROPHONE_LOW, is_low, now_s),
        ]

    def compare(self, sent: Block, far_end: Block, now_s: float) -> list[Finding]:
        """Take what is sent and what was played at the same time.

        Both of one rate and shape: a frame of `FRAME_MS`, or several, shape ``(frames, samples)``.
        """
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
    """Nothing but zeros, while blocks do come: from the beginning for `ZEROS_S`, or later for `MUTED_S`."""

    def __init__(self) -> None:
        self._returns = 0
        self.begin()

    def begin(self) -> None:
        self._last_s = math.inf
        self._silent_s = 0.0
        self._was_heard = False

    def add(self, captured: Block, now_s: float) -> Finding | None:
        if not captured.size:
            return None
        step_s = min(LONGEST_STEP_S, max(0.0, now_s - self._last_s))
        self._last_s = now_s
        if captured.any():
            self._returns += self._was_heard and self._silent_s >= MUTED_S
            self._was_heard, self._silent_s = True, 0.0
            return None
        self._silent_s += step_s
        if not self._was_heard:
            return Finding.MICROPHONE_BLOCKED if self._silent_s >= ZEROS_S else None
        is_muted = self._silent_s >= MUTED_S and self._returns < GATE_TIMES
        return Finding.MICROPHONE_MUTED if is_muted else None


class _Low:
    """The loudest moment of `LOW_S` in which the operator could have spoken is under `LOW_DBFS`, but not silence."""

    def __init__(self) -> None:
        self._listened_s = 0.0
        self._last_s = math.inf
        self._loudest_dbfs = -math.inf

    def add(self, level: Level, may_speak: bool, now_s: float) -> bool:
        passed_s = min(LONGEST_STEP_S, max(0.0, now_s - self._last_s))
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
    """What is sent rises and falls with what is played: the agent hears itself.

    Frames are kept and looked at together: numpy's price is by the call.
    """

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._sent: list[Frames] = []
        self._played: list[Frames] = []
        self._frames = 0

    def add(self, sent: Block, far_end: Block) -> bool:
        if not sent.size or sent.shape != far_end.shape:
            return False
        self._sent.append(np.atleast_2d(sent))
        self._played.append(np.atleast_2d(far_end))
        self._frames += self._sent[-1].shape[0]
        if self._frames < ECHO_S * 1000 / FRAME_MS:
            return False
        sent_db, played_db = _frames_dbfs(self._sent), _frames_dbfs(self._played)
        self._forget()
        loud = int(np.count_nonzero((sent_db > ECHO_DBFS) & (played_db > ECHO_DBFS)))
        return loud >= ECHO_FRAMES and _alike(sent_db, played_db) > ALIKE


def _frames_dbfs(blocks: list[Frames]) -> Loudness:
    """The level of each frame, never under -70 dBFS."""
    samples = np.concatenate(blocks).astype(np.float64)
    powers = np.einsum("ij,ij->i", samples, samples) / samples.shape[1] / FULL_SCALE**2
    return np.asarray(np.maximum(-70.0, 10 * np.log10(powers + 1e-12)))


def _alike(sent_db: Loudness, played_db: Loudness) -> float:
    """The greatest correlation of the two courses of loudness, with the echo up to 300 ms behind."""
    best = 0.0
    for lag in range(0, 31, 2):
        late, early = sent_db[lag:], played_db[: played_db.size - lag]
        if late.std() > 1 and early.std() > 1:
            best = max(best, float(np.corrcoef(late, early)[0, 1]))
    return best
