"""From the wire's payloads to the playout buffer: decoded, and converted to the device's rate."""

from __future__ import annotations

from connector_gui.core.pcm import AudioFormat
from connector_gui.dsp import wire
from connector_gui.dsp.block import EMPTY, Block
from connector_gui.dsp.resample import Resampler


class Downlink:
    """The receiving half of one link.

    The converter holds back a few milliseconds until more comes. At the end of a reply nothing
    more does: `finish` gives what is left, so that no last syllable is lost.
    """

    def __init__(self, audio_format: AudioFormat, rate_hz: int) -> None:
        self._format = audio_format
        self._resampler = Resampler(audio_format.rate_hz, rate_hz)
        self._holds_tail = False

    def feed(self, payload: bytes) -> Block:
        """The samples of *payload* that are ready, at the device's rate; int16, shape ``(frames,)``."""
        self._holds_tail = True
        return self._resampler.process(wire.decode(payload, self._format))

    def finish(self) -> Block:
        """The tail of what was fed; empty when there is none. What is fed next begins anew."""
        if not self._holds_tail:
            return EMPTY
        self._holds_tail = False
        tail = self._resampler.process(EMPTY, last=True)
        self._resampler.clear()
        return tail

    def clear(self) -> None:
        """Forget the tail: it belongs to a turn that was interrupted."""
        self._holds_tail = False
        self._resampler.clear()
