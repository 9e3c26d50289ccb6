"""Formats of audio on the wire and in memory; the one place that converts ms, frames and bytes.

Inside the program audio is mono int16 in numpy arrays (`dsp`); on the wire it is one of the
formats below, as bytes without a header (PCM is little-endian).
Source: the AsyncAPI contract of `@elevenlabs/types`: both directions take
``pcm_8000 pcm_16000 pcm_22050 pcm_24000 pcm_44100 pcm_48000 ulaw_8000``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from connector_gui.core.errors import ProtocolError
from connector_gui.core.sentence import sentence


class Codec(StrEnum):
    """How one sample is written on the wire."""

    PCM = "pcm"
    """Signed 16-bit little-endian: two bytes a sample, silence is 0."""

    ULAW = "ulaw"
    """G.711 µ-law: one byte a sample, silence is 0xFF (0x00 would be a loud pop)."""


BYTES_PER_SAMPLE: Final = {Codec.PCM: 2, Codec.ULAW: 1}


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """A mono wire format: codec and rate.

    Attributes:
        codec: How a sample is written.
        rate_hz: Frames per second; one frame is one sample, all is mono.
    """

    codec: Codec
    rate_hz: int

    @property
    def name(self) -> str:
        """The protocol's name, e.g. ``pcm_16000``."""
        return f"{self.codec}_{self.rate_hz}"

    @property
    def bytes_per_frame(self) -> int:
        """Bytes of one frame on the wire."""
        return BYTES_PER_SAMPLE[self.codec]

    def frames_in(self, duration_ms: float) -> int:
        """Whole frames in *duration_ms*, rounded down (22,050 Hz has no whole 25 ms)."""
        return int(self.rate_hz * duration_ms / 1000)

    def bytes_in(self, duration_ms: float) -> int:
        """Bytes of the whole frames in *duration_ms*."""
        return self.frames_in(duration_ms) * self.bytes_per_frame

    def duration_ms(self, frames: int) -> float:
        """How long *frames* last, in ms."""
        return frames * 1000 / self.rate_hz

    @classmethod
    def parse(cls, name: str) -> AudioFormat:
        """The format that *name* stands for in the metadata, e.g. ``ulaw_8000``.

        Raises:
            ProtocolError: An unknown codec or rate; the text names it.
        """
        codec, _, rate = name.partition("_")
        if name not in WIRE_FORMAT_NAMES:
            raise ProtocolError(
                sentence(
                    "The agent uses an audio format this program does not know: “{name}”. "
                    "Choose PCM or µ-law 8000 Hz in the agent's voice settings.",
                    name=name[:40],
                ),
                code="audio_format_unknown",
            )
        return cls(Codec(codec), int(rate))


WIRE_FORMAT_NAMES: Final = frozenset(
    {"pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000", "pcm_44100", "pcm_48000", "ulaw_8000"}
)
PCM_16000: Final = AudioFormat(Codec.PCM, 16_000)
"""What the service assumes when the metadata names no format."""
