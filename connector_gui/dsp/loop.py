"""Plays one sound over and over, or once, straight from the device's callback."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from connector_gui.dsp.block import Block

FADE_MS: Final = 5.0


class LoopPlayer:
    """A ring tone under way: silent within one block of `stop`, and for good."""

    def __init__(self, sound: Block, rate_hz: int, *, volume: float = 1.0, repeats: bool = True) -> None:
        """Make *sound* ready to play.

        Args:
            sound: At the device's rate; must not change afterwards.
            rate_hz: The device's rate.
            volume: 0 to 1, clamped; the tone is turned down once, here.
            repeats: Start again at the end instead of falling silent.

        Raises:
            ValueError: *sound* is empty.
        """
        if not sound.size:
            raise ValueError("There is nothing to play.")
        gain = 1.0 if math.isnan(volume) else min(1.0, max(0.0, volume))
        self._sound = np.round(sound * gain).astype(np.int16)
        self._repeats = repeats
        fade_frames = max(1, round(rate_hz * FADE_MS / 1000))
        self._fall = np.linspace(1, 0, fade_frames, dtype=np.float32)
        self._scratch = np.zeros(fade_frames, dtype=np.float32)
        self._is_stopping = False  # the caller sets it
        self._is_over = False  # the callback sets it
        self._position = 0

    def stop(self) -> None:
        """Fade out; the block after the present one is silent."""
        self._is_stopping = True

    @property
    def is_over(self) -> bool:
        """Nothing more will be heard from here."""
        return self._is_over

    def read_into(self, out: Block) -> None:
        """Fill *out*, shape ``(frames,)``. In the callback: copies and counts."""
        if self._is_over:
            out.fill(0)
            return
        is_last = self._is_stopping
        self._copy_into(out)
        if is_last:
            frames = min(out.size, self._fall.size)
            np.multiply(out[:frames], self._fall[-frames:], out=self._scratch[:frames])
            out[:frames] = self._scratch[:frames]
            out[frames:] = 0
            self._is_over = True

    def _copy_into(self, out: Block) -> None:
        done = 0
        while done < out.size:
            frames = min(out.size - done, self._sound.size - self._position)
            out[done : done + frames] = self._sound[self._position : self._position + frames]
            done += frames
            self._position = (self._position + frames) % self._sound.size
            if not self._position and not self._repeats:
                out[done:] = 0
                self._is_over = True
                return
