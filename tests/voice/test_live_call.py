"""One conversation in the voice thread, with the test as the agent and sound on the test's clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import numpy as np
import pytest

from connector_gui.core.call_commands import Cue
from connector_gui.core.call_events import AgentHangingUp, AgentReady, LineFailed, LinkClosed, PlayedOut
from connector_gui.core.call_reports import AgentCutOff, LineWaited, NoticeGiven, Report, SpeakerChanged
from connector_gui.core.errors import AgentError, AudioError
from connector_gui.core.messages import ConversationInitiation
from connector_gui.core.view import Levels, Speaker
from connector_gui.core.voice import CallSetup, Filters
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.line import Line
from connector_gui.voice.live_call import LiveCall
from connector_gui.voice.pair import Pair
from tests.fakes.link import ScriptedLink
from tests.fakes.sound import HEADSET, MICROPHONE, SPEAKER, FakeSound

SETUP = CallSetup("crm-42", "ws://127.0.0.1/signed", {"name": "Mara"}, None, "crm-1")
RATE_HZ = 48_000
NO_FILTERS = Filters(echo_cancellation=False, noise_suppression=False, auto_gain=False)


def tone(duration_ms: float, amplitude: int = 8000) -> np.ndarray:
    time_s = np.arange(round(RATE_HZ * duration_ms / 1000)) / RATE_HZ
    return (amplitude * np.sin(2 * np.pi * 440 * time_s)).astype(np.int16)


class Desk:
    """A live call with its surroundings; sound moves in real time while it runs."""

    def __init__(self, chunk_ms: int = 20, cue: Cue | None = None) -> None:
        self.sound = FakeSound()
        self.link = ScriptedLink()
        self.reports: list[Report] = []
        self.levels: list[Levels] = []
        line = Line(self.sound, DeviceCatalog(self.sound, platform="darwin"))
        self.pair = Pair(line, NO_FILTERS)
        self.call = LiveCall(
            "crm-42",
            self.pair,
            self.link.open,
            tell=self.reports.append,
            tell_levels=self.levels.append,
            chunk_ms=chunk_ms,
            cue=cue,
        )
        self.line = line

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not holds():
                await asyncio.sleep(0.002)

    def told(self, kind: type[Report]) -> list[Report]:
        return [report for report in self.reports if isinstance(report, kind)]

    async def begin(self, output: str = "pcm_48000", user_input: str = "pcm_16000") -> None:
        self.call.connect(SETUP)
        self.link.begin(output, user_input)
        await self.until(lambda: self.link.chunks)

    def microphone_is_open(self) -> bool:
        return any(stream.device.name == MICROPHONE.name for stream in self.sound.streams)

    def loudest(self) -> int:
        heard = self.sound.heard(SPEAKER.name)
        return int(np.abs(heard).max()) if heard.size else 0


@asynccontextmanager
async def running(chunk_ms: int = 20, cue: Cue | None = None) -> AsyncIterator[Desk]:
    desk = Desk(chunk_ms, cue)
    work = asyncio.create_task(desk.call.run())
    clock = asyncio.create_task(_let_time_pass(desk.sound))
    try:
        yield desk
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        clock.cancel()
    assert desk.sound.streams == []


async def _let_time_pass(sound: FakeSound) -> None:
    loop = asyncio.get_running_loop()
    passed_ms, started_s = 0, loop.time()
    while True:
        due_ms = round((loop.time() - started_s) * 100) * 10
        sound.advance(due_ms - passed_ms)
        passed_ms = due_ms
        await asyncio.sleep(0.005)


async def test_the_initiation_goes_first_and_sound_only_after_the_metadata() -> None:
    async with running() as desk:
        desk.call.connect(SETUP)
        await desk.until(lambda: desk.link.sent and desk.microphone_is_open())
        await asyncio.sleep(0.1)
        assert desk.link.chunks == []
        desk.link.begin()
        await desk.until(lambda: len(desk.link.chunks) > 5)
        first = desk.link.sent[0]
        assert isinstance(first, ConversationInitiation)
        assert first.dynamic_variables == {"name": "Mara"}
        assert desk.told(AgentReady) == [AgentReady("conv_1")]
        assert {len(chunk) for chunk in desk.link.chunks} == {640}  # 20 ms of pcm_16000


@pytest.mark.parametrize(("name", "size"), [("pcm_16000", 640), ("ulaw_8000", 160), ("pcm_48000", 1920)])
async def test_the_microphone_is_sent_in_the_announced_format(name: str, size: int) -> None:
    async with running() as desk:
        await desk.begin(user_input=name)
        desk.sound.say(tone(300))
        await desk.until(lambda: len(desk.link.chunks) > 20)
        assert {len(chunk) for chunk in desk.link.chunks} == {size}
        assert len(set(desk.link.chunks)) > 3  # the tone, not only silence


async def test_the_agent_is_heard_to_the_last_sample() -> None:
    async with running() as desk:
        await desk.begin(output="pcm_16000")
        sent = (np.ones(1600) * 5000).astype("<i2")
        desk.link.speak(sent.tobytes(), 1)
        desk.link.speak(sent.tobytes(), 1)
        await desk.until(lambda: desk.line.playout.heard_ms(1) > 150 and desk.line.playout.is_empty)
        await asyncio.sleep(0.25)
        heard = desk.sound.heard(SPEAKER.name)
        played_ms = np.count_nonzero(np.abs(heard) > 2500) * 1000 / RATE_HZ
        # Never less; on a busy machine the second half comes late, and what bridges the gap is heard too.
        assert played_ms >= 197
        assert desk.line.playout.heard_ms(1) == pytest.approx(200, abs=3)


async def test_an_interruption_is_silence_at_once_and_late_audio_stays_unheard() -> None:
    async with running() as desk:
        await desk.begin()
        desk.link.speak(tone(4000).tobytes(), 5)
        await desk.until(lambda: desk.line.playout.heard_ms(5) > 200)
        desk.link.interrupt(5)
        await desk.until(lambda: desk.told(AgentCutOff))
        desk.sound.advance(20)
        before = desk.sound.heard(SPEAKER.name).size
        desk.link.speak(tone(200).tobytes(), 5)
        await asyncio.sleep(0.2)
        after = desk.sound.heard(SPEAKER.name)[before:]
        assert after.size
        assert not after.any()
        (cut,) = desk.told(AgentCutOff)
        assert isinstance(cut, AgentCutOff)
        assert 200 < cut.heard_ms < 1000
        desk.link.speak(tone(200).tobytes(), 6)
        await desk.until(lambda: desk.line.playout.heard_ms(6) > 100)


async def test_muted_means_zeros_at_the_same_pace() -> None:
    async with running() as desk:
        await desk.begin()
        desk.sound.say(tone(3000))
        desk.call.set_muted(True)
        await asyncio.sleep(0.1)
        count = len(desk.link.chunks)
        await asyncio.sleep(0.4)
        muted = desk.link.chunks[count:]
        assert 14 <= len(muted) <= 26  # 20 chunks of 20 ms
        assert not any(any(chunk) for chunk in muted)
        assert desk.levels[-1].operator.rms_dbfs < -90


async def test_nothing_leaves_the_desk_once_the_microphone_is_closed() -> None:
    async with running() as desk:
        await desk.begin()
        desk.sound.say(tone(3000))
        desk.call.close_microphone()
        count = len(desk.link.chunks)
        await desk.until(lambda: not desk.microphone_is_open())
        await asyncio.sleep(0.1)
        assert len(desk.link.chunks) == count


async def test_hanging_up_says_goodbye_and_is_reported_once() -> None:
    async with running() as desk:
        await desk.begin()
        desk.link.speak(tone(4000).tobytes(), 5)
        await desk.until(lambda: desk.loudest() > 1000)
        desk.call.hang_up()
        await desk.until(lambda: desk.told(LinkClosed))
        assert desk.link.close_frame is not None
        assert desk.link.close_frame.code == 1000
        desk.sound.advance(20)
        before = desk.sound.heard(SPEAKER.name).size
        await asyncio.sleep(0.1)
        assert not desk.sound.heard(SPEAKER.name)[before:].any()
        assert len(desk.told(LinkClosed)) == 1


async def test_hanging_up_before_there_is_a_link_ends_too() -> None:
    async with running() as desk:
        desk.call.hang_up()
        await desk.until(lambda: desk.told(LinkClosed))


async def test_the_agents_last_words_are_heard_after_it_closed() -> None:
    async with running() as desk:
        await desk.begin()
        desk.link.speak(tone(600).tobytes(), 1)
        desk.link.hang_up(1000)
        await desk.until(lambda: desk.told(LinkClosed))
        assert desk.told(LinkClosed)[0] == LinkClosed(desk.link.close_frame, None)
        desk.call.play_out()
        await desk.until(lambda: desk.told(PlayedOut))
        assert desk.line.playout.heard_ms(1) == pytest.approx(600, abs=15)
        assert not desk.microphone_is_open()


async def test_end_call_ends_even_when_the_agent_does_not_close() -> None:
    async with running() as desk:
        await desk.begin()
        used = {"tool_name": "end_call", "tool_call_id": "e", "tool_type": "system", "is_error": False, "event_id": 3}
        desk.link.speak(tone(100).tobytes(), 1)
        desk.link.say({"type": "agent_tool_response", "agent_tool_response": used})
        await desk.until(lambda: desk.told(AgentHangingUp))
        desk.call.play_out()
        await desk.until(lambda: desk.told(PlayedOut))


async def test_a_lost_connection_is_a_failure_in_words() -> None:
    async with running() as desk:
        await desk.begin()
        desk.link.hang_up(1006)
        await desk.until(lambda: desk.told(LinkClosed))
        closed = desk.told(LinkClosed)[0]
        assert isinstance(closed, LinkClosed)
        assert closed.failure is not None
        assert closed.failure.message.endswith(".")


async def test_a_link_that_cannot_be_opened_is_reported_with_its_reason() -> None:
    async with running() as desk:
        desk.link.refusal = AgentError("ElevenLabs cannot be reached.", code="elevenlabs_error")
        desk.call.connect(SETUP)
        await desk.until(lambda: desk.told(LinkClosed))
        closed = desk.told(LinkClosed)[0]
        assert isinstance(closed, LinkClosed)
        assert closed.failure is not None
        assert closed.failure.code == "elevenlabs_error"


async def test_an_unknown_audio_format_ends_the_call_in_words() -> None:
    async with running() as desk:
        desk.call.connect(SETUP)
        desk.link.begin(output="opus_48000")
        await desk.until(lambda: desk.told(LinkClosed))
        closed = desk.told(LinkClosed)[0]
        assert isinstance(closed, LinkClosed)
        assert closed.failure is not None
        assert "opus_48000" in closed.failure.message


async def test_a_microphone_that_cannot_be_opened_fails_the_call_in_words() -> None:
    desk = Desk()
    for name in (MICROPHONE.name, HEADSET.name):
        desk.sound.refused[name] = AudioError("The microphone is used by another program.")
    work = asyncio.create_task(desk.call.run())
    await desk.until(lambda: desk.told(LineFailed))
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert "another program" in str(desk.told(LineFailed)[0])
    assert desk.sound.streams == []


async def test_on_hold_the_agent_hears_silence_at_the_real_pace_and_its_words_wait() -> None:
    async with running() as desk:
        await desk.begin()
        desk.sound.say(tone(5000))
        desk.call.set_held(True)
        await desk.until(lambda: not desk.microphone_is_open())
        await asyncio.sleep(0.2)
        count = len(desk.link.chunks)
        desk.link.speak(tone(100).tobytes(), 1)
        await asyncio.sleep(0.5)
        held = desk.link.chunks[count:]
        assert 18 <= len(held) <= 32  # 25 chunks of 20 ms
        assert not any(any(chunk) for chunk in held)
        assert not desk.sound.heard(SPEAKER.name)[-RATE_HZ // 3 :].any()
        desk.call.set_held(False)
        await desk.until(lambda: desk.microphone_is_open() and desk.line.playout.heard_ms(1) >= 100)


async def test_while_the_service_has_no_free_line_nothing_is_sent() -> None:
    async with running() as desk:
        await desk.begin()
        desk.link.say({"type": "queue_status", "queue_status_event": {"status": "waiting"}})
        await desk.until(lambda: desk.told(LineWaited))
        count = len(desk.link.chunks)
        await asyncio.sleep(0.1)
        assert len(desk.link.chunks) == count
        desk.link.say({"type": "queue_status", "queue_status_event": {"status": "admitted"}})
        await desk.until(lambda: len(desk.link.chunks) > count)


async def test_who_speaks_is_told_as_it_changes() -> None:
    async with running() as desk:
        await desk.begin()
        desk.sound.say(tone(200))
        await desk.until(lambda: SpeakerChanged(Speaker.OPERATOR) in desk.reports)
        desk.link.speak(tone(300).tobytes(), 1)
        await desk.until(lambda: SpeakerChanged(Speaker.AGENT) in desk.reports)
        await desk.until(lambda: desk.reports[-1] == SpeakerChanged(Speaker.NOBODY))


async def test_a_microphone_that_delivers_nothing_is_noticed_and_silence_goes_on() -> None:
    async with running() as desk:
        await desk.begin()
        desk.sound.stall(MICROPHONE.name)
        count = len(desk.link.chunks)
        await desk.until(lambda: desk.told(NoticeGiven))
        assert len(desk.link.chunks) - count > 30  # a second of it


@pytest.mark.parametrize("after_s", [0, 0.01, 0.05])
async def test_released_at_any_moment_no_device_stays_open(after_s: float) -> None:
    async with running() as desk:
        desk.call.connect(SETUP)
        desk.link.begin()
        await asyncio.sleep(after_s)


async def test_an_unplugged_microphone_is_replaced_and_the_operator_told() -> None:
    async with running() as desk:
        await desk.begin()
        desk.sound.unplug(MICROPHONE.name)
        await desk.until(lambda: desk.told(NoticeGiven))
        told = desk.told(NoticeGiven)[0]
        assert isinstance(told, NoticeGiven)
        assert told.code == "microphone_replaced"
        count = len(desk.link.chunks)
        desk.sound.say((8000 * np.sin(np.arange(8000) / 6)).astype(np.int16), HEADSET.name)
        await desk.until(lambda: any(any(chunk) for chunk in desk.link.chunks[count:]))


async def test_a_call_on_hold_takes_no_microphone_that_comes_meanwhile() -> None:
    async with running() as desk:
        await desk.begin()
        desk.call.set_held(True)
        await desk.until(lambda: not desk.microphone_is_open())
        desk.sound.unplug(MICROPHONE.name)
        desk.sound.plug(MICROPHONE)
        await asyncio.sleep(0.5)
        assert not desk.microphone_is_open()
