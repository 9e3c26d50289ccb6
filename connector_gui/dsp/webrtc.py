"""WebRTC's audio processing (AEC3, noise suppressor, gain control), as the package `livekit` brings it.

Why this wheel: of those that carry AEC3 it keeps most of a voice that talks over the agent, has
files for every system the program runs on (Windows on ARM too, one for all versions of Python), and
is released with the company's own product. What it costs: 28 MiB of memory and a second to import,
so it is imported for the first call and in a thread, never at the start of the program.

All wanted filters are in one module, which costs half of what one for each does. When another one is switched on or
off in a call, a new module runs beside the old one until it has learned the room, and takes over in a fade. What is
off adds no delay: 8 ms the canceller, 6 ms the suppressor.
"""

from __future__ import annotations

import importlib
from contextlib import suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Final

import numpy as np

from connector_gui.core.errors import AudioError
from connector_gui.core.sentence import sentence
from connector_gui.core.voice import Filters
from connector_gui.dsp.block import Block
from connector_gui.dsp.echo import FRAME_MS
from connector_gui.dsp.webrtc_module import FilterModule

ALL_OFF: Final = Filters(echo_cancellation=False, noise_suppression=False, auto_gain=False)
WARM_UP_FRAMES: Final = 5
"""A module runs this long before it is heard: its first frames are not filled yet."""
LEARNING_FRAMES: Final = 200
"""The same where it takes over from another one that cancels echo: it needs to know the room as well."""

CANCELLER_MS: Final = 8.0
SUPPRESSOR_MS: Final = 6.0
BANDS_MS: Final = {48_000: 4 / 3}
"""By rate, what splitting the sound into bands adds to that; measured, as the tests do."""


def load() -> ModuleType:
    """Import the library: half a second and more, so in a thread.

    Raises:
        AudioError: It is not installed here, or does not run on this machine.
    """
    try:
        # Here and not above: at the start of the program it would cost a second and 28 MiB.
        library = importlib.import_module("livekit.rtc")
        library.AudioProcessingModule()  # starts the library's own threads
    except (ImportError, OSError, RuntimeError, AttributeError) as exc:
        raise AudioError(sentence("The echo canceller could not be loaded ({reason}).", reason=exc)) from exc
    return library


def prepare() -> None:
    """`load` ahead of need; what goes wrong is told when it is needed."""
    with suppress(AudioError):
        load()


class WebRtcProcessor:
    """A `echo.VoiceProcessor` out of WebRTC's filters."""

    def __init__(self, library: ModuleType, rate_hz: int, filters: Filters, *, is_under_way: bool = False) -> None:
        """Make the filters ready.

        Args:
            library: From `load`.
            rate_hz: 8, 16, 32 or 48 kHz.
            filters: What is switched on.
            is_under_way: The call has gone on without it so far: come in with a fade.
        """
        self.rate_hz = rate_hz
        self._library = library
        self._rise = np.linspace(0, 1, rate_hz * FRAME_MS // 1000, endpoint=False)
        self._heard = _Stage(ALL_OFF, None)
        self._coming: _Stage | None = None
        self._frames_to_wait = 0
        self._filters = ALL_OFF
        self.filters = filters
        if not is_under_way and self._coming is not None:
            self._heard, self._coming = self._coming, None

    @property
    def filters(self) -> Filters:
        """What is switched on."""
        return self._filters

    @filters.setter
    def filters(self, filters: Filters) -> None:
        if filters == self._filters:
            return
        self._filters = filters
        self._coming = None if filters == self._heard.filters else self._stage(filters)
        is_learning = filters.echo_cancellation and self._heard.filters.echo_cancellation
        self._frames_to_wait = LEARNING_FRAMES if is_learning else WARM_UP_FRAMES if filters != ALL_OFF else 0

    @property
    def delay_ms(self) -> float:
        """How much later a sound leaves `process` than it came in, with the filters that are heard now."""
        filters = self._heard.filters
        delay_ms = CANCELLER_MS * filters.echo_cancellation + SUPPRESSOR_MS * filters.noise_suppression
        return delay_ms + BANDS_MS.get(self.rate_hz, 0.0) if delay_ms else 0.0

    def _stage(self, filters: Filters) -> _Stage:
        return _Stage(filters, FilterModule(self._library, self.rate_hz, filters) if filters != ALL_OFF else None)

    def process(self, near_end: Block, far_end: Block) -> Block:
        """See `echo.VoiceProcessor.process`."""
        heard = self._heard.process(near_end, far_end)
        if self._coming is None:
            return heard
        coming = self._coming.process(near_end, far_end)
        self._frames_to_wait -= 1
        if self._frames_to_wait >= 0:
            return heard
        self._heard, self._coming = self._coming, None
        return np.rint(heard + self._rise * (coming.astype(np.float64) - heard)).astype(np.int16)


@dataclass(frozen=True, slots=True)
class _Stage:
    """Some filters and the module that has them; none when all are off."""

    filters: Filters
    module: FilterModule | None

    def process(self, near_end: Block, far_end: Block) -> Block:
        return near_end if self.module is None else self.module.process(near_end, far_end)
