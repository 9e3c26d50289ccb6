"""Several calls on the real sound server: turns at one pair of devices, and a line beside it.

Run by `test_real_devices`, each in a process of its own. The same runs on the test's clock in `test_several_calls`.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest

from connector_gui.core.call_events import LinkClosed
from connector_gui.core.call_reports import NoticeGiven
from connector_gui.core.lines import LineDevices
from connector_gui.core.voice import SoundSettings
from connector_gui.dsp.block import Block
from connector_gui.dsp.playout import PlayoutBuffer
from connector_gui.voice.portaudio import PortAudio
from tests.dsp.signals import sine
from tests.fakes.kept_line import talking
from tests.rig import MICROPHONE, SPEAKER, SpeakerRecording, plug_mic, plug_speaker, sound_server, unplug
from tests.voice.agents import Agents

pytestmark = pytest.mark.sound
RATE_HZ = 48_000
LOUD = 1_000
CABLE_OUT, CABLE_IN = "cable_out", "cable_in"
LINE = LineDevices("Softphone", CABLE_OUT, CABLE_IN)
GAP_S = 0.3
"""Many times what the devices keep ready."""
SWAP_S = 0.5
"""Ten times what it takes; `tests.bench` measures it."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with sound_server() as env:
        for name, value in env.items():
            if os.environ.get(name) != value:
                monkeypatch.setenv(name, value)
        plug_mic(CABLE_OUT, is_default=False)
        plug_speaker(CABLE_IN, is_default=False)
        yield


@asynccontextmanager
async def agents(microphone: str = MICROPHONE, speaker: str = SPEAKER) -> AsyncIterator[Agents]:
    sound = PortAudio()
    desk = Agents(sound)
    desk.voice.configure(SoundSettings(chunk_ms=20, input_device=microphone, output_device=speaker))
    desk.start(pytest.fail)
    try:
        assert await desk.voice.check_devices() is None
        yield desk
    finally:
        await desk.voice.stop()
        await asyncio.to_thread(sound.shut_down)


def loud_from(recording: SpeakerRecording, since_frame: int) -> bool:
    return bool(np.abs(recording.samples()[since_frame:].astype(np.int32)).max(initial=0) > LOUD)


async def _heard(desk: Agents, recording: SpeakerRecording, since_frame: int) -> None:
    await desk.until(lambda: loud_from(recording, since_frame))


async def test_the_next_call_is_heard_at_once(server: None) -> None:
    async with agents() as desk:
        await desk.open("a")
        desk.voice.set_held("a", True)
        await desk.open("b")
        desk.speak("a", sine(440, RATE_HZ, 30_000))
        waits_s = []
        with SpeakerRecording() as recording:
            for _ in range(3):
                await asyncio.sleep(0.3)
                since = recording.samples().size
                began_s = time.monotonic()
                desk.swap("b", "a")
                await _heard(desk, recording, since)
                waits_s.append(time.monotonic() - began_s)
                desk.swap("a", "b")
        assert min(waits_s) < SWAP_S


async def test_each_agent_hears_the_microphone_of_its_own_line(server: None) -> None:
    async with agents() as desk:
        await desk.open("a")
        await desk.open("b", LINE)
        async with talking(CABLE_OUT):
            await desk.until_sent("b", 0)
            await asyncio.sleep(0.3)
            assert np.abs(desk.sent("a")).max() < LOUD
        assert not desk.notices("a")
        assert not desk.notices("b")


async def test_after_gaps_each_call_is_known_to_be_where_it_is(server: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a gap the server knows each speaker by a new stream, in whatever order."""
    read, late, gaps = PlayoutBuffer.read_into, set[int](), list[int]()

    def read_late(buffer: PlayoutBuffer, out: Block) -> None:
        if id(buffer) in late:
            late.discard(id(buffer))
            gaps.append(id(buffer))
            time.sleep(GAP_S)
        read(buffer, out)

    monkeypatch.setattr(PlayoutBuffer, "read_into", read_late)
    played: list[PlayoutBuffer] = []
    made = PlayoutBuffer.__init__

    def note(buffer: PlayoutBuffer, *args: Any, **options: Any) -> None:
        made(buffer, *args, **options)
        played.append(buffer)

    monkeypatch.setattr(PlayoutBuffer, "__init__", note)
    async with agents() as desk:
        await desk.open("a")
        await desk.open("b", LINE)
        await asyncio.sleep(0.5)
        for buffers in (played, played[::-1]):
            for buffer in buffers:
                late.add(id(buffer))
                await asyncio.sleep(GAP_S / 4)
            await asyncio.sleep(3 * GAP_S)
        assert len(gaps) == 4
        codes = [notice.code for name in ("a", "b") for notice in desk.told(NoticeGiven, name)]
        assert not [code for code in codes if code.startswith("speaker")]


async def test_a_line_whose_devices_die_leaves_the_desk_alone(server: None) -> None:
    async with agents() as desk:
        await desk.open("a")
        await desk.open("b", LINE)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(unplug, CABLE_OUT)
        await asyncio.to_thread(unplug, CABLE_IN)
        await desk.until(lambda: len(desk.notices("b")) >= 2)
        assert all("“Softphone”" in notice for notice in desk.notices("b"))
        since = len(desk.links["a"].chunks)
        async with talking(MICROPHONE):
            await desk.until_sent("a", since)
        with SpeakerRecording() as recording:
            desk.speak("a", sine(440, RATE_HZ, 1_000))
            await desk.until(lambda: loud_from(recording, 0))
        assert not desk.told(LinkClosed, "b")
        assert not [notice for notice in desk.notices("a") if "gone" in notice]


@pytest.mark.parametrize("setting", ["", MICROPHONE], ids=["default", "named"])
async def test_a_line_never_reads_the_desks_microphone(server: None, setting: str) -> None:
    async with agents(microphone=setting) as desk:
        await desk.open("a")
        await desk.open("b", LineDevices("Softphone", MICROPHONE, CABLE_IN))
        await desk.until(lambda: desk.notices("b"))
        assert "the desk's own" in desk.notices("b")[0]
        async with talking(MICROPHONE):
            await desk.until_sent("a", 0)
            await asyncio.sleep(0.3)
        assert not np.abs(desk.sent("b")).max(initial=0)
