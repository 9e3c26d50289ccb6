"""A speaker that plays one of the program's own sounds: ring, cue or test tone."""

from __future__ import annotations

import threading
from collections.abc import Callable

from connector_gui.dsp.block import Block
from connector_gui.dsp.loop import LoopPlayer
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.sound import Direction, SoundSystem, Stream


class ToneOutput:
    """Plays a sound once or over and over, from `open` to `close`; not to be used again.

    `open` and `close` block (call them through `asyncio.to_thread`) and wait for each other, so a
    `close` after an `open` that was given up always leaves the device free.
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
    ) -> None:
        """Choose the sound (*make_tone* computes it for the device's rate) and the device, by name."""
        self._sound = sound
        self._catalog = catalog
        self._make_tone = make_tone
        self._device = device
        self._volume = volume
        self._repeats = repeats
        self._lock = threading.Lock()
        self._stream: Stream | None = None
        self._player: LoopPlayer | None = None
        self._is_silenced = False

    def open(self) -> None:
        """Open the device and begin, unless it has been silenced or closed by now.

        Raises:
            AudioError: There is no such device, or it cannot be opened.
        """
        with self._lock:
            if self._is_silenced:
                return
            device = self._catalog.find(self._device, Direction.OUTPUT)
            self._stream = self._sound.open_output(device, self._fill)
            rate_hz = self._stream.rate_hz
            player = LoopPlayer(self._make_tone(rate_hz), rate_hz, volume=self._volume, repeats=self._repeats)
            self._player = player
            if self._is_silenced:  # while it was being opened
                player.stop()
                return
            self._stream.start()

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
        """The sound system has ended the stream: the device is gone."""
        stream = self._stream
        return stream is not None and stream.stats.is_finished

    def _fill(self, out: Block) -> None:
        # On the device's thread; it does not call before the player is there.
        if self._player is None:
            out.fill(0)
        else:
            self._player.read_into(out)
