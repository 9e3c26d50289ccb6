"""Which tone each cue is, and how long a call waits for one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Final

from connector_gui.core.call_commands import Cue
from connector_gui.dsp import tones
from connector_gui.dsp.block import Block
from connector_gui.voice.line import Line

CUE_TONES: Final[Mapping[Cue, Callable[[int], Block]]] = {
    Cue.ACCEPTED: tones.accept_cue,
    Cue.ANSWERED: tones.answer_cue,
    Cue.ENDED: tones.end_cue,
}
WARNING_S: Final = 2.0
"""How long the microphone of a call that was answered by itself waits for its tone: a headset may be asleep."""
GOODBYE_S: Final = 0.3
"""How long the speaker is kept for the tone at the end: all of it, and a device that is slow to take it."""
_POLL_S: Final = 0.005


async def cue_over(line: Line, limit_s: float, *, while_: Callable[[], bool] = lambda: True) -> None:
    """Wait until the line's speaker has taken all of its cue, but not longer than *limit_s*, or than *while_* holds."""
    until_s = time.monotonic() + limit_s
    while line.is_cue_playing and time.monotonic() < until_s and while_():  # noqa: ASYNC110 - the device's thread sets no events
        await asyncio.sleep(_POLL_S)
