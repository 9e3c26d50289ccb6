"""WebRTC's audio processing (AEC3, noise suppressor, gain control), as the package `livekit` brings it.

Why this wheel: of those that carry AEC3 it keeps most of a voice that talks over the agent, has
files for every system the program runs on (Windows on ARM too, one for all versions of Python), and
is released with the company's own product. What it costs: 28 MiB of memory and a second to import,
so it is imported for the first call and in a thread, never at the start of the program.

Each filter is a module of its own, so that one can be switched without the others forgetting what
they have learned. One that is off adds no delay: 8 ms the canceller, 6 ms the suppressor.
"""

from __future__ import annotations

import importlib
from contextlib import suppress
from types import ModuleType
from typing import Any, Final

import numpy as np

from connector_gui.core.errors import AudioError
from connector_gui.core.voice import Filters
from connector_gui.dsp.block import Block
from connector_gui.dsp.echo import FRAME_MS

WARM_UP_FRAMES: Final = 5
"""A filter runs this long before it is heard: its first frames are not filled yet."""


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
        raise AudioError(f"The echo canceller could not be loaded ({exc}).") from exc
    return library


def prepare() -> None:
    """`load` ahead of need; what goes wrong is told when it is needed."""
    with suppress(AudioError):
        load()


class WebRtcProcessor:
    """A `echo.VoiceProcessor` out of three filters in a row."""

    def __init__(self, library: ModuleType, rate_hz: int, filters: Filters, *, is_under_way: bool = False) -> None:
        """Make the filters ready.

        Args:
            library: From `load`.
            rate_hz: 8, 16, 32 or 48 kHz.
            filters: What is switched on.
            is_under_way: The call has gone on without it so far: come in with a fade.
        """
        self.rate_hz = rate_hz
        self._echo = _Filter(library, rate_hz, "echo_cancellation", takes_far_end=True)
        self._noise = _Filter(library, rate_hz, "noise_suppression")
        self._gain = _Filter(library, rate_hz, "auto_gain_control")
        self.filters = filters
        if not is_under_way:
            for one in (self._echo, self._noise, self._gain):
                one.begin()

    @property
    def filters(self) -> Filters:
        """What is switched on."""
        return self._filters

    @filters.setter
    def filters(self, filters: Filters) -> None:
        self._filters = filters
        self._echo.is_wanted = filters.echo_cancellation
        self._noise.is_wanted = filters.noise_suppression
        self._gain.is_wanted = filters.auto_gain

    def process(self, near_end: Block, far_end: Block) -> Block:
        """See `echo.VoiceProcessor.process`."""
        return self._gain.process(self._noise.process(self._echo.process(near_end, far_end)))


class _Filter:
    """One of WebRTC's filters, faded in and out over a frame."""

    def __init__(self, library: ModuleType, rate_hz: int, name: str, *, takes_far_end: bool = False) -> None:
        self.is_wanted = False
        self._library: Any = library
        self._name = name
        self._takes_far_end = takes_far_end
        self._module: Any = None
        self._is_heard = False
        self._warm_frames = 0
        frames = rate_hz * FRAME_MS // 1000
        # The library works in place, on memory that is kept: nothing is allocated per frame.
        self._near = library.AudioFrame(bytearray(2 * frames), rate_hz, 1, frames)
        self._far = library.AudioFrame(bytearray(2 * frames), rate_hz, 1, frames)
        self._near_samples = np.frombuffer(self._near.data, dtype=np.int16)
        self._far_samples = np.frombuffer(self._far.data, dtype=np.int16)
        self._rise = np.linspace(0, 1, frames, endpoint=False)

    def begin(self) -> None:
        """Be heard from the first frame: there is nothing to fade from."""
        self._warm_frames = WARM_UP_FRAMES
        self._is_heard = self.is_wanted

    def process(self, block: Block, far_end: Block | None = None) -> Block:
        """*block* filtered, or as it is while the filter is off; both of one frame."""
        if not self.is_wanted and not self._is_heard:
            self._module = None
            self._warm_frames = 0
            return block
        filtered = self._run(block, far_end)
        should_be_heard = self.is_wanted and self._warm_frames >= WARM_UP_FRAMES
        self._warm_frames += 1
        was_heard, self._is_heard = self._is_heard, should_be_heard
        if was_heard == should_be_heard:
            return filtered if should_be_heard else block
        old, new = (filtered, block) if was_heard else (block, filtered)
        return np.rint(old + self._rise * (new.astype(np.float64) - old)).astype(np.int16)

    def _run(self, block: Block, far_end: Block | None) -> Block:
        if self._module is None:
            self._module = self._library.AudioProcessingModule(**{self._name: True})
        if self._takes_far_end and far_end is not None:
            self._far_samples[:] = far_end
            self._module.process_reverse_stream(self._far)
        self._near_samples[:] = block
        self._module.process_stream(self._near)
        return self._near_samples.copy()
