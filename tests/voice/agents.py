"""A voice thread with an agent for each call, played by the test: for several calls at once."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from connector_gui.core.call_reports import NoticeGiven, Report
from connector_gui.core.lines import LineDevices
from connector_gui.core.voice import CallSetup
from connector_gui.dsp.block import Block
from connector_gui.voice.sound import SoundSystem
from connector_gui.voice.thread import Listeners, VoiceThread
from connector_gui.voice.voice_loop import VoiceLoop
from tests.fakes.link import ScriptedLink

T = TypeVar("T", bound=Report)


class Agents:
    """A voice thread, and an agent for each call."""

    def __init__(self, sound: SoundSystem) -> None:
        self.links: defaultdict[str, ScriptedLink] = defaultdict(ScriptedLink)
        self.reports: list[tuple[str, Report]] = []
        self.voice = VoiceThread(sound, lambda url: self.links[url].open(url))

    def start(self, problem: Callable[[str], None]) -> None:
        """Start the thread; *problem* takes what rings and trials complain of."""
        self.voice.start(
            Listeners(lambda *said: self.reports.append(said), lambda _levels: None, lambda _level: None, problem)
        )

    def do(self, action: Callable[[], None]) -> None:
        """Let the voice loop do *action*, as what comes over a socket would."""
        done = threading.Event()

        def act(_work: VoiceLoop) -> None:
            action()
            done.set()

        self.voice._post(act)
        assert done.wait(5)

    async def open(self, name: str, line: LineDevices | None = None) -> None:
        self.voice.open_line(name, None, line)
        self.voice.connect(CallSetup(name, name))
        await self.until(lambda: self.links[name].opened_at)
        self.do(lambda: self.links[name].begin("pcm_48000"))
        await self.until(lambda: self.links[name].chunks)

    def swap(self, held: str, resumed: str) -> None:
        """As the desk does it: one command after the other."""
        self.voice.set_held(held, True)
        self.voice.set_held(resumed, False)

    def speak(self, name: str, samples: Block, event_id: int = 1) -> None:
        self.do(lambda: self.links[name].speak(samples.tobytes(), event_id))

    def told(self, kind: type[T], name: str) -> list[T]:
        return [report for about, report in self.reports if about == name and isinstance(report, kind)]

    def notices(self, name: str) -> list[str]:
        return [notice.message for notice in self.told(NoticeGiven, name)]

    def sent(self, name: str, since: int = 0) -> Block:
        return np.frombuffer(b"".join(self.links[name].chunks[since:]), dtype=np.int16)

    async def until_sent(self, name: str, since_chunk: int) -> None:
        """Until the agent hears something loud."""
        await self.until(lambda: np.abs(self.sent(name, since_chunk)).max(initial=0) > 1_000)

    async def until(self, holds: Callable[[], object], timeout_s: float = 8.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not holds():
                await asyncio.sleep(0.002)
