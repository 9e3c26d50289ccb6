"""A speaker that plays one of the program's own sounds: ring, cue or test tone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from connector_gui.core.errors import AudioError
from connector_gui.dsp.block import Block
from connector_gui.dsp.loop import LoopPlayer
from connector_gui.voice.devices import STAND_IN, Candidate, DeviceCatalog
from connector_gui.voice.sound import Direction, SoundSystem, Stream

STALLED_S: Final = 1.0
"""A stream that does not call back for so long plays nothing any more, though nobody says so."""


class ToneOutput:
    """Plays a sound once or over and over, from `open` to `close`; not to be used again.

    `open` and `close` block (call them through `asyncio.to_thread`) and wait for each other, so a
    `close` after an `open` that was given up always leaves the device free.

    Attributes:
        device: What was chosen, as `DeviceCatalog.find` takes it.
        refusal: Why the device that is wanted does not play, where another one does; None if it is only not there.
    """

    def __init__(
        self,
        sound: SoundSystem,
        catalog: DeviceCatalog,
        make_tone: Callable[[int], Block],
        *,
        device: str | None,
        volume: float = 1.0,
        repeats: bool,
        stands_in: bool = False,
    ) -> None:
        """Choose the sound (*make_tone* computes it for the device's rate) and the device, by name.

        With *stands_in* another device plays where that one is not there or refuses.
        """
        self.refusal: AudioError | None = None
        self._sound = sound
        self._catalog = catalog
        self._make_tone = make_tone
        self.device = device
        self._volume = volume
        self._repeats = repeats
        self._stands_in = stands_in
        self._stand_in = ""
        self._lock = threading.Lock()
        self._stream: Stream | None = None
        self._player: LoopPlayer | None = None
        self._is_silenced = False

    def open(self) -> None:
        """Open the device and begin, unless it has been silenced or closed by now.

        Raises:
            AudioError: There is no such device, or it cannot be opened; nor can any that may stand in.
        """
        with self._lock:
            for candidate in self._candidates():
                if self._is_silenced:
                    return
                try:
                    self._begin(candidate)
                except AudioError as error:
                    self.refusal = self.refusal or error
                    continue
                self._stand_in = candidate.device.name if candidate.rank >= STAND_IN else ""
                return
            assert self.refusal is not None  # there is one candidate at least
            raise self.refusal

    def _candidates(self) -> list[Candidate]:
        if self._stands_in:
            return self._catalog.candidates(self.device, Direction.OUTPUT)
        return [Candidate(self._catalog.find(self.device, Direction.OUTPUT), 0)]

    def _begin(self, candidate: Candidate) -> None:
        stream = self._sound.open_output(candidate.device, self._fill)
        player = LoopPlayer(self._make_tone(stream.rate_hz), stream.rate_hz, volume=self._volume, repeats=self._repeats)
        self._stream, self._player = stream, player
        if self._is_silenced:  # while it was being opened
            player.stop()
            return
        try:
            stream.start()
        except AudioError:
            self._stream = None
            stream.close()
            raise

    @property
    def stand_in(self) -> str:
        """The device that plays in place of the one that is wanted; empty where that one does."""
        return self._stand_in

    def silence(self) -> None:
        """Be silent within one block, and never begin again. Quick; from any thread."""
        self._is_silenced = True
        player = self._player
        if player is not None:
            player.stop()

    def close(self) -> None:
        """Let go of the device, after the blocks that are on their way to it."""
        self.silence()
        with self._lock:
            stream, self._stream = self._stream, None
            if stream is not None:
                stream.close(drain=True)

    @property
    def is_over(self) -> bool:
        """The sound has come to its end, was silenced, or its device is gone."""
        player = self._player
        return self._is_silenced or (player is not None and player.is_over) or self.is_lost

    @property
    def is_lost(self) -> bool:
        """The sound system has ended the stream, or forgotten it: the device is gone."""
        stream = self._stream
        if stream is None:
            return False
        called_back_s = stream.stats.last_callback_s
        is_stalled = called_back_s > 0 and time.monotonic() - called_back_s > STALLED_S
        return stream.stats.is_finished or is_stalled

    def _fill(self, out: Block) -> None:
        # On the device's thread; it does not call before the player is there.
        if self._player is None:
            out.fill(0)
        else:
            self._player.read_into(out)
