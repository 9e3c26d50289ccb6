"""All of a call but windows, webhook and sound card: switchboard, voice thread, real links, the practice agent.

    async with room(base_url) as desk:
        await desk.accept()
        await desk.until(desk.is_active)
        desk.end()
        record = await desk.ended()

Leaving the block makes sure that nothing is left: no open device, no task, and one end told for each link.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pydantic import SecretStr

from connector_gui.core.call import CallState
from connector_gui.core.call_events import LinkClosed
from connector_gui.core.call_reports import DevicesUsed, Report
from connector_gui.core.call_request import CallRequest
from connector_gui.core.desk import Desk
from connector_gui.core.desk_rules import DeskRules
from connector_gui.core.link import LinkOpener
from connector_gui.core.moment import Moment
from connector_gui.core.record import CallRecord
from connector_gui.core.service import Action
from connector_gui.core.view import CallView
from connector_gui.core.voice import SoundSettings
from connector_gui.dsp.block import Block
from connector_gui.elevenlabs.agent_socket import LinkTiming
from connector_gui.elevenlabs.api import ElevenLabsApi
from connector_gui.elevenlabs.link import open_link
from connector_gui.switchboard import Switchboard
from connector_gui.voice.thread import Listeners, VoiceThread
from tests.fakes.rooms import MemoryStore, RecordingsFolder
from tests.fakes.sound import HEADSET, MICROPHONE, FakeSound

T = TypeVar("T", bound=Report)

RATE_HZ = 48_000
CHUNK_MS = 40
CALL = "crm-42"


class Room:
    """The operator's side of calls to one agent.

    Attributes:
        sound: The devices; they run in real time, or faster.
        reports: What the voice thread told, with the call it was about.
    """

    def __init__(self, base_url: str, opener: LinkOpener, patience_s: float) -> None:
        self.sound = FakeSound()
        self.store = MemoryStore()
        self.reports: list[tuple[str, Report]] = []
        self.voice = VoiceThread(self.sound, opener, agent_patience_s=patience_s)
        self._api = ElevenLabsApi(base_url, lambda: SecretStr("key"))
        self.board = Switchboard(
            Desk(DeskRules()), self.store, self.voice, self, RecordingsFolder(Path("recordings")), _read_clocks
        )
        self._standing: set[str] = set()

    # As the switchboard sees it: who answers calls.

    def choose(self, *, practice: bool = False) -> ElevenLabsApi:
        return self._api

    # What the operator does.

    async def accept(self, name: str = CALL, **members: Any) -> None:
        """A call comes and is accepted."""
        await self.board.place_call(CallRequest(name, "agent_1", ring_timeout_s=30, **members))
        await self.board.act(name, Action.ACCEPT)

    def end(self, name: str = CALL) -> None:
        """Press End."""
        self.board.act_at_desk(name, Action.END)

    def say(self, samples: Block) -> None:
        """Speak into the microphone; *samples* at `RATE_HZ`."""
        self.sound.say(samples)

    # What the operator gets.

    def told(self, kind: type[T], name: str = CALL) -> list[T]:
        """Reports of one kind on one call."""
        return [report for about, report in self.reports if about == name and isinstance(report, kind)]

    def heard(self, since_frame: int = 0) -> Block:
        """What the speaker played, at `RATE_HZ`."""
        return self.sound.heard()[since_frame:]

    def shown(self, name: str = CALL) -> CallView:
        """The call as the windows show it."""
        return next(view for view in self.board.views.current.calls if view.record.session_id == name)

    def record(self, name: str = CALL) -> CallRecord:
        """The call as it is committed."""
        return self.store.records[name]

    async def whole(self, name: str = CALL) -> CallRecord:
        """The same with its transcript."""
        record = await self.store.get(name)
        assert record is not None
        return record

    def is_active(self, name: str = CALL) -> bool:
        return self.record(name).status is CallState.ACTIVE

    def microphone_is_open(self) -> bool:
        return any(stream.device.name == MICROPHONE.name for stream in self.sound.streams)

    async def until(self, holds: Callable[[], object], timeout_s: float = 8.0) -> None:
        """Wait until *holds*."""
        async with asyncio.timeout(timeout_s):
            while not holds():
                await asyncio.sleep(0.005)

    async def ended(self, name: str = CALL, timeout_s: float = 8.0) -> CallRecord:
        """Wait for the end of a call, and until its devices are free."""
        await self.until(lambda: self.record(name).status is CallState.ENDED, timeout_s)
        await self.until(lambda: not self.sound.streams, 2)
        return await self.whole(name)

    # From start to end.

    async def start(self) -> None:
        report = self.board.report

        def note(name: str, said: Report) -> None:
            self.reports.append((name, said))
            report(name, said)

        # It rings elsewhere, so that what the speaker plays is the agent.
        self.voice.configure(SoundSettings(ring_device=HEADSET.name, chunk_ms=CHUNK_MS))
        self.voice.start(Listeners(note, lambda _levels: None, lambda _level: None, _never))
        await self.until(lambda: {"preview.meter", "preview.tone"} <= self._tasks())
        self._standing = self._tasks()

    async def check_nothing_is_left(self) -> None:
        """Neither device nor task of any call is, and the end of each link was told once."""
        await self.caught_up()
        await self.until(lambda: not self.sound.streams and self._tasks() == self._standing, 3)
        assert self.voice._work is not None
        assert not self.voice._work.calls
        # Which devices it has is told before there is a link.
        for name in {name for name, report in self.reports if not isinstance(report, DevicesUsed)}:
            assert len(self.told(LinkClosed, name)) == 1, name

    async def caught_up(self) -> None:
        """Wait until the voice loop has carried out every command so far."""
        done = threading.Event()
        self.voice._post(lambda _work: done.set())
        await self.until(done.is_set)

    async def stop(self) -> None:
        await self.voice.stop()
        await self._api.aclose()

    def _tasks(self) -> set[str]:
        assert self.voice._loop is not None
        return {task.get_name() for task in asyncio.all_tasks(self.voice._loop)}


@asynccontextmanager
async def room(
    base_url: str,
    *,
    timing: LinkTiming | None = None,
    opener: LinkOpener | None = None,
    patience_s: float = 18.0,
    speed: int = 1,
) -> AsyncIterator[Room]:
    """A room with everything running.

    Args:
        timing: Deadlines of the links.
        opener: Opens them, in a way of its own.
        patience_s: Of the watch on an agent that has fallen silent.
        speed: How much faster than real time the devices run.
    """
    desk = Room(base_url, opener or (lambda url: open_link(url, timing=timing)), patience_s)
    with time_passing(desk.sound, speed):
        await desk.start()
        # No group: it would wrap what a test raises, and show that instead of the assertion.
        work = asyncio.create_task(desk.board.run())
        try:
            yield desk
            await desk.board.shut_down()
            await desk.check_nothing_is_left()
        finally:
            await desk.stop()
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)


@contextmanager
def time_passing(sound: FakeSound, speed: int = 1) -> Iterator[None]:
    """Let the devices run, on a thread of their own as real ones do."""
    stop = threading.Event()

    def run() -> None:
        passed_ms, started_s = 0, time.monotonic()
        while not stop.wait(0.005):
            due_ms = int((time.monotonic() - started_s) * 100 * speed) * 10
            sound.advance(due_ms - passed_ms)
            passed_ms = due_ms

    clock = threading.Thread(target=run, name="devices", daemon=True)
    clock.start()
    try:
        yield
    finally:
        stop.set()
        clock.join()


def loud_ms(samples: Block, rate_hz: int = RATE_HZ) -> float:
    """How long something is heard, in windows of 10 ms."""
    window = rate_hz // 100
    whole = samples[: samples.size // window * window].reshape(-1, window)
    return float((np.abs(whole.astype(np.int32)).max(axis=1, initial=0) > 200).sum() * 10)


def likeness(heard: Block, said: Block) -> float:
    """How much of *heard* is *said*, wherever it begins: the greatest normalised correlation, up to 1."""
    size = 1 << int(np.ceil(np.log2(heard.size + said.size)))
    product = np.fft.rfft(heard.astype(np.float64), size) * np.conj(np.fft.rfft(said.astype(np.float64), size))
    norm = np.linalg.norm(heard.astype(np.float64)) * np.linalg.norm(said.astype(np.float64))
    return float(np.fft.irfft(product, size).max() / norm) if norm else 0.0


def _read_clocks() -> Moment:
    return Moment(datetime.now(UTC), time.monotonic())


def _never(problem: str) -> None:
    raise AssertionError(f"a ring or trial failed: {problem}")
