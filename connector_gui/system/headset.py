"""The buttons of a headset, whichever way the system exposes them.

Two ways, side by side: as media keys (`media_keys`: what Bluetooth headsets and keyboards send) and as those of a
telephone (`telephony`: what USB headsets send, which also have lamps). Both are held only while a call rings or
runs; otherwise they belong to the music player or another telephone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from connector_gui.core.hands_free import HeadsetButton, HeadsetProblem, HeadsetSigns


class Headset(Protocol):
    """One way to the buttons. All of it belongs to the main loop.

    Attributes:
        on_button: Called when a button was pressed.
        on_problem: Called when the way does not work, and why; with ``None`` when it does (again).
    """

    on_button: Callable[[HeadsetButton], None]
    on_problem: Callable[[HeadsetProblem | None], None]

    def show(self, signs: HeadsetSigns, /) -> None:
        """Let the headset know what is going on; returns at once."""
        ...

    async def run(self) -> None:
        """Work until cancelled, then give the buttons back. Never raises for a headset that misbehaves."""
        ...
