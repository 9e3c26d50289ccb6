"""Between a source that keeps its rate and a device that was opened at another one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from connector_gui.dsp.block import EMPTY, Block
from connector_gui.dsp.resample import Resampler

_STEP_MS = 10


class RateBridge:
    """Draws blocks at *from_hz* from *read_into* as they are needed, and gives blocks at *to_hz*.

    It runs in the device's callback, for the rest of a call whose speaker was replaced by one of
    another rate: what was queued, and how much of it was heard, stays at one rate from end to end.
    """

    def __init__(self, read_into: Callable[[Block], None], from_hz: int, to_hz: int) -> None:
        self._read_source = read_into
        self._resampler = Resampler(from_hz, to_hz)
        self._step = np.zeros(from_hz * _STEP_MS // 1000, dtype=np.int16)
        self._rest = EMPTY

    def read_into(self, out: Block) -> None:
        """Fill *out*, shape ``(frames,)``, at *to_hz*."""
        parts, frames = [self._rest], self._rest.size
        while frames < out.size:
            self._read_source(self._step)
            parts.append(self._resampler.process(self._step))
            frames += parts[-1].size
        ready = np.concatenate(parts)
        out[:] = ready[: out.size]
        self._rest = ready[out.size :]
