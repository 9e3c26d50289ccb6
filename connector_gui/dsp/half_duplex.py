"""The way out without an echo canceller: the microphone is turned down while the agent speaks."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from connector_gui.core.voice import Filters
from connector_gui.dsp.block import FULL_SCALE, Block
from connector_gui.dsp.echo import FRAME_MS, energy

DUCKED_GAIN: Final = 10 ** (-40 / 20)
"""What is left of the microphone: an echo is under the noise, and the line does not sound dead."""
TAIL_MS: Final = 300.0
"""How long the agent's last sound is on its way: through the speaker's buffer, the air and the room."""
SPEAKS_DBFS: Final = -55.0


class HalfDuplex:
    """A `echo.VoiceProcessor` that needs no library; nobody can talk over the agent through it.

    It knows neither noise suppression nor gain.
    """

    def __init__(self, rate_hz: int, filters: Filters) -> None:
        self.rate_hz = rate_hz
        self.filters = filters
        self._gain = 1.0
        self._quiet_ms = math.inf
        self._threshold = (FULL_SCALE * 10 ** (SPEAKS_DBFS / 20)) ** 2

    @property
    def is_ducking(self) -> bool:
        """The microphone is turned down at present."""
        return self._gain < 1

    def process(self, near_end: Block, far_end: Block) -> Block:
        """See `echo.VoiceProcessor.process`."""
        if not (self.filters.echo_cancellation or self.is_ducking):
            return near_end
        self._quiet_ms += FRAME_MS
        if far_end.size and energy(far_end) / far_end.size > self._threshold:
            self._quiet_ms = 0
        is_speaking = self._quiet_ms <= TAIL_MS
        gain = DUCKED_GAIN if is_speaking and self.filters.echo_cancellation else 1.0
        start, self._gain = self._gain, gain
        if start == gain == 1:
            return near_end
        return np.rint(near_end * np.linspace(start, gain, near_end.size)).astype(np.int16)
