"""Samples to the bytes of a wire message and back, for every format of the protocol."""

from __future__ import annotations

from typing import Final

import numpy as np

from connector_gui.core.pcm import AudioFormat, Codec
from connector_gui.dsp import g711
from connector_gui.dsp.block import Block

_LITTLE_ENDIAN: Final = np.dtype("<i2")


def encode(samples: Block, audio_format: AudioFormat) -> bytes:
    """*samples*, already at the format's rate, as the bytes of a wire message."""
    if audio_format.codec is Codec.ULAW:
        return g711.encode(samples)
    return samples.astype(_LITTLE_ENDIAN, copy=False).tobytes()


def decode(payload: bytes, audio_format: AudioFormat) -> Block:
    """The samples in *payload*, at the format's rate; half a sample at its end is dropped."""
    if audio_format.codec is Codec.ULAW:
        return g711.decode(payload)
    whole_bytes = len(payload) - len(payload) % audio_format.bytes_per_frame
    return np.frombuffer(payload[:whole_bytes], dtype=_LITTLE_ENDIAN).astype(np.int16)


def silence(audio_format: AudioFormat, frames: int) -> bytes:
    """*frames* of digital silence: zeros in PCM, 0xFF in µ-law."""
    if audio_format.codec is Codec.ULAW:
        return bytes((g711.SILENCE_BYTE,)) * frames
    return bytes(frames * audio_format.bytes_per_frame)
