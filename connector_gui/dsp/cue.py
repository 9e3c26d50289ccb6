"""A short sound mixed into what a speaker plays, so that the far end knows of it."""

from __future__ import annotations

from typing import Final

import numpy as np

from connector_gui.dsp.block import FULL_SCALE, Block
from connector_gui.dsp.loop import LoopPlayer

_MIX_FRAMES: Final = 1_024


class CueMixer:
    """One cue under way; made in the voice thread, played on the device's."""

    def __init__(self, sound: Block, rate_hz: int) -> None:
        """Make *sound*, at the device's rate, ready to be heard once.

        Raises:
            ValueError: *sound* is empty.
        """
        self._player = LoopPlayer(sound, rate_hz, repeats=False)
        self._cue = np.zeros(_MIX_FRAMES, dtype=np.int16)
        self._sum = np.zeros(_MIX_FRAMES, dtype=np.int32)

    @property
    def is_over(self) -> bool:
        """All of it has been given to the device."""
        return self._player.is_over

    def mix_into(self, out: Block) -> None:
        """Add the cue's next frames to *out*, shape ``(frames,)``; limited, never wrapped. In the callback."""
        for start in range(0, out.size, _MIX_FRAMES):
            if self._player.is_over:
                return
            part = out[start : start + _MIX_FRAMES]
            cue, total = self._cue[: part.size], self._sum[: part.size]
            self._player.read_into(cue)
            np.add(part, cue, out=total, dtype=np.int32)
            np.clip(total, -FULL_SCALE, FULL_SCALE - 1, out=total)
            part[:] = total
