"""When a call looks again for what its microphone heard: as a wire message becomes complete, and seldom in between.

    block  block  block … block  block          (the microphone calls back every 10 ms)
                    ↑ look        ↑ look: the message is complete, and goes out

To wake up costs more than to move what has come: the processor's caches have been used by others meanwhile, and numpy
and the filters ask their price by the call. Looking as the last block comes is also quicker than to look often.
"""

from __future__ import annotations

import math
from typing import Final

from connector_gui.voice.sound import BLOCK_MS

LONGEST_S: Final = 0.05
"""The meters follow at this pace, and what is filtered at once keeps the interpreter from others."""
LINE_LONGEST_S: Final = 0.1
"""The same for a call on a line: nobody watches its meters closely, and there may be seven of them."""
UNHURRIED_S: Final = 0.02
"""While nothing is sent."""
AFTER_BLOCK_S: Final = 0.0003
"""A block is counted a moment before it can be taken."""
RETRY_S: Final = 0.002
"""A block is late by a little more or less."""


def pause_s(
    missing_s: float | None,
    last_block_s: float | None,
    now_s: float,
    *,
    longest_s: float = LONGEST_S,
    block_s: float = BLOCK_MS / 1000,
) -> float:
    """How long to wait, in seconds.

    Args:
        missing_s: Sound that the message under way still needs; None while nothing is sent.
        last_block_s: When the microphone called back, as read before its sound was taken; None while there is none.
        now_s: Of the same clock.
        longest_s: How long it may be at most, about.
        block_s: How often the microphone calls back.
    """
    if missing_s is None:
        return UNHURRIED_S
    steps = max(1, math.ceil(missing_s / longest_s))
    if last_block_s is None or not 0 <= now_s - last_block_s <= 2 * block_s:
        # Nobody knows when the next block comes, if one comes.
        return min(UNHURRIED_S, max(RETRY_S, missing_s / steps))
    blocks = max(1, math.ceil(missing_s / steps / block_s - 0.01))
    return max(RETRY_S, last_block_s + blocks * block_s + AFTER_BLOCK_S - now_s)
