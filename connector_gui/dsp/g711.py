"""G.711 µ-law, the telephone's one byte a sample.

Source: ITU-T G.711 (11/1988), table 2a/2b, in its usual 16-bit form: bias 0x84, clip 32,635,
every bit of the code inverted. Both directions are table look-ups.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from connector_gui.dsp.block import Block

SILENCE_BYTE: Final = 0xFF
"""Code of +0. (0x00 is the negative full scale: a stream padded with zero bytes is a loud pop.)"""

_BIAS: Final = 0x84
_CLIP: Final = 32_635


def encode(samples: Block) -> bytes:
    """One µ-law byte for each of *samples*; values beyond ±32,635 become the greatest code."""
    return _ENCODED[samples.view(np.uint16)].tobytes()


def decode(payload: bytes) -> Block:
    """The samples that the µ-law bytes of *payload* stand for, within ±32,124."""
    return _DECODED[np.frombuffer(payload, dtype=np.uint8)]


def _encoding_table() -> NDArray[np.uint8]:
    """The code of every int16 value, at the value's index as uint16."""
    values = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitudes = np.minimum(np.abs(values), _CLIP) + _BIAS
    # 132 ≤ magnitude < 32,768, so the leading bit is bit 7 to 14 and names the segment.
    segments = np.floor(np.log2(magnitudes)).astype(np.int32) - 7
    steps = (magnitudes >> (segments + 3)) & 0x0F
    signs = np.where(values < 0, 0x80, 0)
    return np.asarray(~(signs | (segments << 4) | steps) & 0xFF, dtype=np.uint8)


def _decoding_table() -> Block:
    """The int16 value of every code."""
    codes = ~np.arange(256, dtype=np.int32) & 0xFF
    segments = (codes >> 4) & 0x07
    magnitudes = ((((codes & 0x0F) << 3) + _BIAS) << segments) - _BIAS
    return np.where(codes & 0x80, -magnitudes, magnitudes).astype(np.int16)


_ENCODED: Final = _encoding_table()
_DECODED: Final = _decoding_table()
