"""When Python looks for objects that only refer to each other.

Most of what a program is made of is made at its start and stays. To look through all of it takes 50 ms and more, in
which no other thread runs: neither the window's nor the one that carries a conversation.
"""

from __future__ import annotations

import gc


def hold_off() -> None:
    """Look for nothing while modules are loaded: a tenth of a start would go into it, for next to nothing."""
    gc.disable()


def settle() -> None:
    """Look again, but only at what is made from now on (docs.python.org/3/library/gc.html#gc.freeze)."""
    gc.freeze()
    gc.enable()
