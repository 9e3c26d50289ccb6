"""Silence for the agent of a call that has no microphone: at the real pace, without an uplink's work.

    clock  │····│····│····│····│     steps of one message, the same for all calls
    call A       x    x    x    x
    call B         x  x    x    x    so all of them are served by one wake-up

The agent needs to hear the pause: it hangs up on a stream that dries up.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from connector_gui.core.pcm import AudioFormat
from connector_gui.dsp import wire

MOST_AT_ONCE: Final = 2
"""Messages that make up for a gap in our own attention; a longer one is not owed, as with a microphone."""


class SilentPace:
    """When the next message of silence is due. *now_s* of every call is one monotonic clock in s."""

    def __init__(self, audio_format: AudioFormat, chunk_ms: float, *, now_s: float) -> None:
        """Begin: the first message is due with the clock's next step."""
        frames = audio_format.frames_in(chunk_ms)
        self.payload: Final = wire.encode(np.zeros(frames, dtype=np.int16), audio_format)
        """One message."""
        self._step_s = frames / audio_format.rate_hz
        self._steps = math.floor(now_s / self._step_s)

    @property
    def next_s(self) -> float:
        """When the next message is due."""
        return (self._steps + 1) * self._step_s

    @property
    def covered_s(self) -> float:
        """Up to when the agent has been given silence."""
        return self._steps * self._step_s

    def take(self, now_s: float) -> int:
        """How many messages are due; they count as sent."""
        due = math.floor(now_s / self._step_s + 1e-6) - self._steps
        if due <= 0:
            return 0
        self._steps += due
        return min(due, MOST_AT_ONCE)
