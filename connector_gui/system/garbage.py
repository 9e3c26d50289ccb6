"""When, and in which thread, Python looks for objects that only refer to each other.

By itself it looks in whatever thread has just made one object too many. Qt's objects among what it finds would be
taken apart there while the main thread paints them, and the program would crash. So it never looks by itself: the
main thread does, now and then.

Most of what a program is made of is made at its start and stays. To look through all of it takes 50 ms and more, in
which no other thread runs: neither the window's nor the one that carries a conversation.
"""

from __future__ import annotations

import asyncio
import gc
import time
from typing import Final

LOOK_S: Final = 0.5
OLD_EVERY: Final = 10
"""After so many looks at what is new, one at what was new then, too."""
ALL_S: Final = 300.0
"""How often all that was made since the start is looked at, which takes longest."""


def hold_off() -> None:
    """Look for nothing by itself from now on, in any thread."""
    gc.disable()


def settle() -> None:
    """Look only at what is made from now on (docs.python.org/3/library/gc.html#gc.freeze)."""
    gc.freeze()


async def collect() -> None:
    """Look now and then, in the thread of this loop, which is to be Qt's own; until cancelled."""
    looked_at_all_s = time.monotonic()
    while True:
        await asyncio.sleep(LOOK_S)
        new, old, _ = gc.get_count()
        if time.monotonic() - looked_at_all_s >= ALL_S:
            looked_at_all_s = time.monotonic()
            gc.collect(2)
        elif new > gc.get_threshold()[0]:
            gc.collect(1 if old >= OLD_EVERY else 0)
