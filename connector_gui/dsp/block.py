"""The array that sound travels in: mono int16, shape ``(frames,)``."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Block: TypeAlias = NDArray[np.int16]
"""Mono samples, shape ``(frames,)``; the rate travels beside it, in the object that made it."""

FULL_SCALE: Final = 32_768
"""The magnitude that 0 dBFS stands for."""

EMPTY: Final[Block] = np.zeros(0, dtype=np.int16)
EMPTY.setflags(write=False)
