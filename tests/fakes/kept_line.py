"""A call's line with its keeper on real devices: an operator who talks all the time, an agent who does the same."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import numpy as np

from connector_gui.core.call_reports import NoticeGiven
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.line import Line
from connector_gui.voice.line_keeper import LineKeeper
from connector_gui.voice.portaudio import PortAudio
from tests.dsp.signals import sine
from tests.rig import MICROPHONE, SPEAKER

RATE_HZ = 48_000
LOUD = 1_000


class KeptLine:
    """What is heard at both ends, and what the operator is told."""

    def __init__(self, sound: PortAudio, line: Line, told: list[NoticeGiven]) -> None:
        self.sound = sound
        self.line = line
        self.told = told
        self.heard_s = 0.0  # when the operator was last heard by the agent
        self.played_s = 0.0  # when the agent was last given to a speaker
        self.heard_ms = 0.0
        self.tasks: list[asyncio.Task[None]] = []

    def move(self) -> None:
        """What a call does with its line every few milliseconds."""
        now_s = time.monotonic()
        captured = self.line.take_captured()
        if captured.size and np.abs(captured).max() > LOUD:
            self.heard_s = now_s
            self.heard_ms += np.count_nonzero(np.abs(captured) > LOUD) * 1000 / RATE_HZ
        played = self.line.take_played()
        if played.size and np.abs(played).max() > LOUD:
            self.played_s = now_s
        if self.line.playout.pending_ms < 500:
            self.line.playout.write(sine(440, RATE_HZ, 1_000))

    @property
    def codes(self) -> list[str]:
        return [notice.code for notice in self.told]

    async def s_until(self, condition: Callable[[], object], within_s: float = 4.0) -> float:
        start_s = time.monotonic()
        while not condition():
            for task in self.tasks:
                if task.done():
                    task.result()
            assert time.monotonic() - start_s < within_s, f"not within {within_s} s: {self.told}"
            await asyncio.sleep(0.005)
        return time.monotonic() - start_s

    async def s_until_back(self, code: str) -> float:
        """From now until the operator is told *code*, that the device is back.

        Once the library hangs in a call, its list cannot be made anew, and a device that comes is not seen: then
        what stands in for it has to do.
        """
        return await self.s_until(lambda: self.codes[-1:] == [code] or self.sound.is_stuck)

    async def s_until_heard(self) -> float:
        """From now until the agent hears the operator."""
        now_s = time.monotonic()
        return await self.s_until(lambda: self.heard_s > now_s)

    async def s_until_played(self) -> float:
        """From now until a speaker takes what the agent says."""
        now_s = time.monotonic()
        return await self.s_until(lambda: self.played_s > now_s)


@asynccontextmanager
async def kept_line(microphone: str = MICROPHONE, speaker: str = SPEAKER) -> AsyncIterator[KeptLine]:
    sound = PortAudio()
    told: list[NoticeGiven] = []
    catalog = DeviceCatalog(sound)
    try:
        catalog.check(microphone, speaker)  # as before every call: the list is of another server yet
    finally:
        catalog.close()
    line = Line(sound, catalog, input_device=microphone, output_device=speaker)
    live = KeptLine(sound, line, told)
    try:
        await asyncio.to_thread(line.open_output)
        await asyncio.to_thread(line.open_input)
        live.tasks = [
            asyncio.create_task(LineKeeper(line, told.append).run(), name="keeper"),
            asyncio.create_task(_every_5_ms(live.move), name="move"),
        ]
        await live.s_until_played()
        yield live
        for task in live.tasks:
            task.cancel()
        await asyncio.gather(*live.tasks, return_exceptions=True)
    finally:
        line.close()
        sound.shut_down()


async def _every_5_ms(move: Callable[[], None]) -> None:
    while True:
        move()
        await asyncio.sleep(0.005)


@asynccontextmanager
async def talking(microphone: str) -> AsyncIterator[None]:
    """Somebody talks into *microphone* without a pause."""
    talk = await asyncio.create_subprocess_exec(
        "pacat", "--raw", "--rate=48000", "--channels=1", "--format=s16le", "--latency-msec=20",
        f"--device={microphone}.room", stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert talk.stdin is not None
    feeding = asyncio.create_task(_feed(talk.stdin), name="talk")
    try:
        yield
    finally:
        feeding.cancel()
        if talk.returncode is None:
            talk.send_signal(signal.SIGKILL)
        await talk.wait()


async def _feed(pipe: asyncio.StreamWriter) -> None:
    second = sine(300, RATE_HZ, 1_000).tobytes()
    while not pipe.is_closing():
        pipe.write(second)
        await pipe.drain()
