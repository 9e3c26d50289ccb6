"""Plays a recording again: both sides together, on the device that calls are heard on.

    file ──→ read ahead, both sides joined, converted (in a thread) ──→ playout buffer ──→ device

`run` is the one task that opens and closes; the other methods only say what is wanted, so they may come in any order
and at any moment. A recording that is paused keeps its device for a while, as the operator will go on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np

from connector_gui.core.errors import AudioError, ConnectorError
from connector_gui.core.sentence import sentence
from connector_gui.core.voice import Playback
from connector_gui.dsp.block import EMPTY, Block
from connector_gui.dsp.playout import PlayoutBuffer
from connector_gui.dsp.resample import Resampler
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.recording.flac_file import Stereo
from connector_gui.voice.recording.reader import Reader
from connector_gui.voice.sound import Direction, SoundSystem, Stream

log = logging.getLogger(__name__)

PERIOD_S: Final = 0.04
"""How often the position is told: 25 times a second, as fast as an eye follows a line."""
AHEAD_MS: Final = 600.0
"""Sound that is ready, against a slow disk."""
READ_S: Final = 0.3
STALL_S: Final = 2.0
"""A device that takes nothing for this long has gone, or slept."""
PAUSED_S: Final = 30.0
"""How long the device is kept for a recording that is paused."""
_GONE: Final = sentence("The speaker has gone. Plug it in again, or choose another in Settings.")


class Player:
    """Belongs to the voice thread's loop; plays one recording at a time.

    Args:
        tell: Takes what there is to show, at most 25 times a second while it plays; called in the loop.
    """

    def __init__(self, sound: SoundSystem, catalog: DeviceCatalog, tell: Callable[[Playback], None]) -> None:
        self._sound = sound
        self._catalog = catalog
        self._tell = tell
        self._wanted: _Wanted | None = None
        self._changed = asyncio.Event()

    def play(self, path: Path, from_s: float = 0.0, device: str = "") -> None:
        """Play *path* from *from_s* on, on *device* (a setting; empty: the system's default), and nothing else."""
        self._want(_Wanted(path, max(0.0, from_s), device))

    def pause(self) -> None:
        """Fall silent where it is; `resume` goes on."""
        if self._wanted is not None:
            self._wanted.is_paused = True
            self._changed.set()

    def resume(self) -> None:
        """Go on after `pause`."""
        if self._wanted is not None:
            self._wanted.is_paused = False
            self._changed.set()

    def seek(self, to_s: float) -> None:
        """Go on from *to_s*; a recording that is paused stays so."""
        if self._wanted is not None:
            self._wanted.seek_s = max(0.0, to_s)
            self._changed.set()

    def stop(self) -> None:
        """Let go of the device."""
        self._want(None)

    def _want(self, wanted: _Wanted | None) -> None:
        if self._wanted is not None:
            self._wanted.is_over = True
        self._wanted = wanted
        self._changed.set()

    async def run(self) -> None:
        """Carry out what is wanted until cancelled; the device and the file are free afterwards."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            wanted = self._wanted
            if wanted is not None:
                await self._play(wanted)
                if self._wanted is wanted:
                    self._wanted = None

    async def _play(self, wanted: _Wanted) -> None:
        """From opening the file to the end of what is heard of it; tells that end."""
        session = _Session(self._sound, self._catalog, wanted)
        problem: str | None = None
        try:
            await asyncio.to_thread(session.open)
            await self._follow(session, wanted)
        except ConnectorError as error:
            log.info("playback.failed", extra={"reason": str(error)})
            problem = str(error)
        finally:
            await asyncio.shield(asyncio.to_thread(session.close))
        self._tell(session.state(is_playing=False, is_over=True, problem=problem))

    async def _follow(self, session: _Session, wanted: _Wanted) -> None:
        """Keep sound ready and tell the position until it is over.

        Raises:
            ConnectorError: The file or the device is of no use any more.
        """
        paused_s = 0.0
        while not wanted.is_over and not session.is_at_end:
            if wanted.seek_s is not None:
                to_s, wanted.seek_s = wanted.seek_s, None
                session.seek(to_s)
            session.set_paused(wanted.is_paused)
            await session.read_ahead()
            session.check_device(time.monotonic())
            if wanted.is_over:
                return
            self._tell(session.state(is_playing=not wanted.is_paused))
            paused_s = paused_s + PERIOD_S if wanted.is_paused else 0.0
            if paused_s > PAUSED_S:
                return
            self._changed.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), PERIOD_S)


class _Wanted:
    """What is to be played, and how, as the commands leave it.

    Attributes:
        seek_s: Where to go on from; None once that is done.
        is_over: Something else is wanted, or nothing.
    """

    def __init__(self, path: Path, from_s: float, device: str) -> None:
        self.path = path
        self.device = device
        self.seek_s: float | None = from_s
        self.is_paused = False
        self.is_over = False


class _Session:
    """One recording with its device, from `open` to `close`, which block."""

    def __init__(self, sound: SoundSystem, catalog: DeviceCatalog, wanted: _Wanted) -> None:
        self._sound = sound
        self._catalog = catalog
        self._wanted = wanted
        self._reader: Reader | None = None
        self._stream: Stream | None = None
        self._playout: PlayoutBuffer | None = None
        self._resampler = Resampler(1, 1)
        self._generation = 0  # of the latest seek: what is heard is counted by it
        self._from_s = wanted.seek_s or 0.0
        self._pending_seek_s: float | None = self._from_s
        self._is_read = False
        self._callbacks = 0
        self._called_back_s = 0.0

    # Through asyncio.to_thread.

    def open(self) -> None:
        """Open the file, then the device.

        Raises:
            ConnectorError: One of them cannot be opened.
        """
        self._reader = Reader(self._wanted.path)
        stream = self._stream = self._open_device()
        self._playout = PlayoutBuffer(stream.rate_hz, prebuffer_ms=0.0)
        self._resampler = Resampler(self._reader.rate_hz, stream.rate_hz)
        stream.start()
        self._called_back_s = time.monotonic()

    def _open_device(self) -> Stream:
        """The device that the setting means, or the best in its place, as a call would."""
        problem: AudioError | None = None
        for candidate in self._catalog.candidates(self._wanted.device or None, Direction.OUTPUT):
            try:
                return self._sound.open_output(candidate.device, self._fill)
            except AudioError as error:
                problem = problem or error
        raise problem or AudioError(sentence("No sound device can be opened."))

    def close(self) -> None:
        """Let go of both."""
        if self._playout is not None:
            self._playout.flush()
        if self._stream is not None:
            self._stream.close(drain=True)
        if self._reader is not None:
            self._reader.close()

    def _read(self, at_s: float | None) -> Block:
        """The next sound at the device's rate; from *at_s* on where that is given."""
        reader = self._reader
        assert reader is not None
        if at_s is not None:
            reader.seek(round(at_s * reader.rate_hz))
            self._resampler.clear()
        sides = reader.read(round(reader.rate_hz * READ_S))
        if len(sides):
            return self._resampler.process(joined(sides))
        self._is_read = True
        return self._resampler.process(EMPTY, last=True)

    # In the voice loop.

    @property
    def is_at_end(self) -> bool:
        """All of it has been played."""
        return self._is_read and self._opened.is_empty and self._wanted.seek_s is None

    @property
    def _opened(self) -> PlayoutBuffer:
        assert self._playout is not None
        return self._playout

    def seek(self, to_s: float) -> None:
        """What is read next is from there; what was ready is not heard any more."""
        assert self._reader is not None
        self._from_s = min(to_s, self._reader.duration_s)
        self._generation += 1
        self._is_read = False
        self._opened.flush()
        self._pending_seek_s = self._from_s

    def set_paused(self, is_paused: bool) -> None:
        """Play silence and keep what is ready, or go on."""
        if is_paused:
            self._opened.hold()
        else:
            self._opened.resume()

    async def read_ahead(self) -> None:
        """See to it that enough sound is ready.

        Raises:
            UnreadableError: The file is damaged.
        """
        while not self._is_read and self._opened.pending_ms < AHEAD_MS and self._wanted.seek_s is None:
            at_s, self._pending_seek_s = self._pending_seek_s, None
            self._opened.write(await asyncio.to_thread(self._read, at_s), self._generation)

    def check_device(self, now_s: float) -> None:
        """Make sure that the device still takes sound.

        Raises:
            AudioError: It does not.
        """
        stats = self._stream.stats if self._stream is not None else None
        if stats is None or stats.is_finished:
            raise AudioError(_GONE)
        if stats.callbacks != self._callbacks:
            self._callbacks, self._called_back_s = stats.callbacks, now_s
        elif now_s - self._called_back_s > STALL_S:
            raise AudioError(_GONE)

    def state(self, *, is_playing: bool, is_over: bool = False, problem: str | None = None) -> Playback:
        """What there is to show."""
        duration_s = self._reader.duration_s if self._reader is not None else 0.0
        heard_s = self._playout.heard_ms(self._generation) / 1000 if self._playout is not None else 0.0
        position_s = min(self._from_s + heard_s, duration_s)
        return Playback(self._wanted.path, position_s, duration_s, is_playing, is_over, problem)

    # On the device's thread.

    def _fill(self, out: Block) -> None:
        if self._playout is None:
            out.fill(0)
        else:
            self._playout.read_into(out)


def joined(sides: Stereo) -> Block:
    """Both sides for one ear, each as loud as it was: they seldom speak at once, and are clipped where they do."""
    return np.asarray(sides.astype(np.int32).sum(axis=1).clip(-32_768, 32_767), dtype=np.int16)
