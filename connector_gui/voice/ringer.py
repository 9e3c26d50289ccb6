"""Rings: plays the ring tone, looped, on its own device.

`run` is the one task that opens and closes; `start` and `stop` only say what is wanted, so they may
come in any order and at any moment. A stopped ring is silent within one block, whatever the task is
doing at that moment.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from connector_gui.core.errors import AudioError
from connector_gui.dsp.tones import ring_tone
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.sound import SoundSystem
from connector_gui.voice.tone_output import ToneOutput

log = logging.getLogger(__name__)

_DEVICE_POLL_S: Final = 0.5
"""How often a ring looks whether its device is still there."""


class Ringer:
    """Belongs to the voice thread's loop. A problem of the ring device never reaches a call.

    Attributes:
        device: The setting ``RING_DEVICE``; takes effect with the next ring.
        volume: 0 to 1; takes effect with the next ring.
    """

    def __init__(
        self,
        sound: SoundSystem,
        catalog: DeviceCatalog,
        on_problem: Callable[[AudioError], None],
        *,
        device: str | None = None,
        volume: float = 1.0,
    ) -> None:
        """Prepare; *on_problem* hears, in the loop, when a ring cannot be played."""
        self.device = device
        self.volume = volume
        self._sound = sound
        self._catalog = catalog
        self._on_problem = on_problem
        self._is_wanted = False
        self._changed = asyncio.Event()
        self._ring: ToneOutput | None = None

    @property
    def is_wanted(self) -> bool:
        """It rings, or will as soon as its device is open."""
        return self._is_wanted

    def start(self) -> None:
        """Ring until `stop`; nothing new while it rings."""
        self._is_wanted = True
        self._changed.set()

    def stop(self) -> None:
        """Be silent within one block, and let go of the device right after."""
        self._is_wanted = False
        if self._ring is not None:
            self._ring.silence()
        self._changed.set()

    async def run(self) -> None:
        """Carry out what is wanted until cancelled; the device is free afterwards."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._is_wanted:
                await self._ring_once()

    async def _ring_once(self) -> None:
        """Ring from opening the device to letting it go."""
        ring = self._ring = ToneOutput(
            self._sound, self._catalog, ring_tone, device=self.device, volume=self.volume, repeats=True
        )
        try:
            await asyncio.to_thread(ring.open)
            await self._wait_for_end(ring)
        except AudioError as error:
            log.warning("ringer.unavailable", extra={"reason": str(error)})
            self._on_problem(error)
        finally:
            self._ring = None
            await asyncio.to_thread(ring.close)

    async def _wait_for_end(self, ring: ToneOutput) -> None:
        # Also over when it was stopped and started anew meanwhile: that ring stays silent, `run` begins the next.
        while not ring.is_over:
            self._changed.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), _DEVICE_POLL_S)
        if ring.is_lost:
            raise AudioError("The device that rings has gone. Plug it in again, or choose another in Settings.")
