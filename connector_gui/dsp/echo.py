"""What the microphone's sound goes through before it is sent: echo cancelling, noise suppression, gain.

    near end (microphone) ──→ echo canceller ──→ noise suppression ──→ gain ──→ to the wire
                                   ↑
    far end (what was really played)

`webrtc.WebRtcProcessor` is the real one; `half_duplex.HalfDuplex` stands in where its library is missing.
"""

from __future__ import annotations

import math
from typing import Final, Protocol

import numpy as np

from connector_gui.core.voice import Filters
from connector_gui.dsp.block import Block

FRAME_MS: Final = 10
"""Length of what a processor takes at a time; WebRTC's audio processing knows no other."""


class VoiceProcessor(Protocol):
    """One microphone's processing; belongs to one thread."""

    @property
    def rate_hz(self) -> int:
        """The rate of both sides."""

    @property
    def filters(self) -> Filters:
        """What is switched on."""

    @filters.setter
    def filters(self, filters: Filters) -> None:
        """Switch, at any time; the change is faded over one frame."""

    def process(self, near_end: Block, far_end: Block) -> Block:
        """The microphone's next `FRAME_MS` after processing.

        Args:
            near_end: What the microphone heard, int16, shape ``(rate_hz * FRAME_MS / 1000,)``.
            far_end: What was played, of the same length; before its echo is in *near_end*, or with it.
        """


def erle_db(near_end: Block, residual: Block) -> float:
    """Echo removed by the canceller, in dB; higher is better.

    Args:
        near_end: Microphone signal before the canceller, shape ``(frames,)``, int16.
        residual: The same frames after it.

    Raises:
        ValueError: The arrays differ in length or *near_end* is all zero.

    Source: ITU-T G.168 (03/2009), 3.15; as 10·log10(Σ near_end² / Σ residual²). A residual of nothing
    counts as one of a single step. Meaningful only while the far end alone speaks.
    """
    if near_end.size != residual.size:
        raise ValueError(f"The microphone has {near_end.size} frames, the residual {residual.size}.")
    echo, left = energy(near_end), energy(residual)
    if not echo:
        raise ValueError("The microphone heard nothing: there is no echo to remove.")
    return 10 * math.log10(echo / max(left, 1.0))


def energy(block: Block) -> float:
    """The sum of the squares of *block*."""
    samples = block.astype(np.float64)
    return float(np.dot(samples, samples))
