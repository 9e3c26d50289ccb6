"""Rings: plays the ring tone, looped, on its own device, or on all of them.

`run` is the one task that opens and closes; `start` and `stop` only say what is wanted, so they may
come in any order and at any moment. A stopped ring is silent within one block, whatever the task is
doing at that moment. Where the device that is to ring is not there, refuses or goes, another one rings:
a call that nobody hears is lost.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from connector_gui.core.device_order import in_order
from connector_gui.core.errors import AudioError
from connector_gui.core.sentence import sentence
from connector_gui.dsp.tones import RING_TONES
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.sound import Direction, SoundSystem
from connector_gui.voice.tone_output import ToneOutput

log = logging.getLogger(__name__)

_DEVICE_POLL_S: Final = 0.5
"""How often a ring looks whether its device is still there."""
_AGAIN_S: Final = 1.0
"""How soon a device is looked for again where none could ring."""


class Ringer:
    """Belongs to the voice thread's loop. A problem of the ring device never reaches a call.

    Attributes:
        device: The setting ``RING_DEVICE``; takes effect with the next ring.
        volume: 0 to 1; takes effect with the next ring.
        tone: A name in `RING_TONES`; takes effect with the next ring.
        is_everywhere: Ring on all devices at once; takes effect with the next ring.
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
        self.tone = "bells"
        self.is_everywhere = False
        self._sound = sound
        self._catalog = catalog
        self._on_problem = on_problem
        self._is_wanted = False
        self._changed = asyncio.Event()
        self._rings: list[ToneOutput] = []
        self._told = ""
        self._told_stand_in = ""

    @property
    def is_wanted(self) -> bool:
        """It rings, or will as soon as its device is open."""
        return self._is_wanted

    def start(self) -> None:
        """Ring until `stop`; nothing new while it rings."""
        self._is_wanted = True
        self._told = ""
        self._changed.set()

    def stop(self) -> None:
        """Be silent within one block, and let go of the device right after."""
        self._is_wanted = False
        for ring in self._rings:
            ring.silence()
        self._changed.set()

    async def run(self) -> None:
        """Carry out what is wanted until cancelled; the device is free afterwards."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            while self._is_wanted and not await self._ring_once():
                # The list of devices is only ever made anew on request, and not while any is open.
                with suppress(AudioError):
                    await asyncio.to_thread(self._catalog.refresh)

    async def _ring_once(self) -> bool:
        """Ring from opening the devices to letting them go; false if another device is to be tried."""
        rings: list[ToneOutput] = []
        try:
            rings = self._rings = [self._tone_on(device) for device in await self._devices()]
            if not self._is_wanted:  # stopped while devices were looked for
                return True
            outcomes = await asyncio.gather(*(asyncio.to_thread(ring.open) for ring in rings), return_exceptions=True)
            rings = self._rings = _those_that_ring(rings, outcomes)
            self._tell_stand_in(rings)
            return await self._wait_for_end(rings)
        except AudioError as error:
            self._tell(str(error))
            self._changed.clear()  # what it said is in `_is_wanted`
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), _AGAIN_S)
            return False
        finally:
            closing, self._rings = rings, []
            await asyncio.gather(*(asyncio.to_thread(ring.close) for ring in closing))

    async def _devices(self) -> list[str | None]:
        if not self.is_everywhere:
            return [self.device]
        return [*await asyncio.to_thread(self._catalog.names, Direction.OUTPUT)] or [None]

    def _tone_on(self, device: str | None) -> ToneOutput:
        tone = RING_TONES[self.tone]
        return ToneOutput(
            self._sound,
            self._catalog,
            tone,
            device=device,
            volume=self.volume,
            repeats=True,
            stands_in=not self.is_everywhere,
        )

    async def _wait_for_end(self, rings: list[ToneOutput]) -> bool:
        """Wait until they are silenced; false if their devices have gone instead."""
        # Also over when it was stopped and started anew meanwhile: that ring stays silent, `run` begins the next.
        while not all(ring.is_over for ring in rings):
            self._changed.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), _DEVICE_POLL_S)
        return not all(ring.is_lost for ring in rings)

    def _tell_stand_in(self, rings: list[ToneOutput]) -> None:
        """Say where it rings instead, once until that changes: a headset that is elsewhere stays so for days."""
        problem = next((self._instead(ring) for ring in rings if ring.stand_in), "")
        if problem and problem != self._told_stand_in:
            log.warning("ringer.stand_in", extra={"reason": problem})
            self._on_problem(AudioError(problem))
        self._told_stand_in = problem

    def _instead(self, ring: ToneOutput) -> str:
        if ring.refusal is not None:
            return sentence("{refusal} It rings on “{name}”.", refusal=str(ring.refusal), name=ring.stand_in)
        wanted = "; ".join(in_order(ring.device))
        if not wanted:  # the system's default leads nowhere, which is not the operator's choice
            return ""
        return sentence("“{wanted}” is not there: it rings on “{name}”.", wanted=wanted, name=ring.stand_in)

    def _tell(self, problem: str) -> None:
        """Say why nothing rings, once a ring."""
        log.warning("ringer.unavailable", extra={"reason": problem})
        if problem != self._told:
            self._told = problem
            self._on_problem(AudioError(problem))


def _those_that_ring(rings: list[ToneOutput], outcomes: list[BaseException | None]) -> list[ToneOutput]:
    """The rings whose opening worked.

    Raises:
        AudioError: None did.
    """
    for ring, outcome in zip(rings, outcomes, strict=True):
        if outcome is not None:
            ring.close()  # nothing was opened: this does not block
            if not isinstance(outcome, AudioError):
                raise outcome
    ringing = [ring for ring, outcome in zip(rings, outcomes, strict=True) if outcome is None]
    refusals = [outcome for outcome in outcomes if isinstance(outcome, AudioError)]
    if not ringing:
        raise refusals[0]
    for refusal in refusals:
        log.info("ringer.one_is_silent", extra={"reason": str(refusal)})
    return ringing
