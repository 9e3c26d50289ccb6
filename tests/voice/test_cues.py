"""The tones that tell that a call begins and ends: in the operator's ear, in time, and nowhere else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np

from connector_gui.core.call_commands import Cue
from connector_gui.core.voice import SoundSettings
from connector_gui.dsp.block import Block
from connector_gui.dsp.cue import CueMixer
from connector_gui.dsp.tones import CUE_MS, accept_cue, answer_cue, end_cue
from connector_gui.practice.scenarios import SCENARIOS
from tests.fakes.practice import Practice
from tests.fakes.sound import HEADSET, SPEAKER
from tests.voice.recordings import read
from tests.voice.room import CHUNK_MS, RATE_HZ, likeness, loud_ms, room
from tests.voice.test_live_call import Desk, running, tone

CUE_FRAMES = RATE_HZ * CUE_MS // 1000


def heard(desk: Desk) -> Block:
    return desk.sound.heard(SPEAKER.name)


async def test_the_cue_is_the_first_that_is_heard() -> None:
    async with running(cue=Cue.ACCEPTED) as desk:
        await desk.until(lambda: desk.sound.streams and not desk.line.is_cue_playing and heard(desk).any())
        begin = int(np.flatnonzero(heard(desk))[0])
        assert begin < RATE_HZ // 20
        assert likeness(heard(desk), accept_cue(RATE_HZ)) > 0.999


async def test_accepting_does_not_wait_for_its_cue() -> None:
    async with running(cue=Cue.ACCEPTED) as desk:
        await desk.until(desk.microphone_is_open)
        assert desk.line.is_cue_playing


async def test_a_call_answered_by_itself_opens_the_microphone_after_its_cue() -> None:
    async with running(cue=Cue.ANSWERED) as desk:
        while not desk.microphone_is_open():
            was_playing = not heard(desk).any() or desk.line.is_cue_playing
            await asyncio.sleep(0.001)
        assert was_playing or not desk.line.is_cue_playing
        assert np.count_nonzero(heard(desk)) > 0.9 * CUE_FRAMES
        assert likeness(heard(desk), answer_cue(RATE_HZ)) > 0.999


async def test_a_speaker_that_is_gone_does_not_keep_the_microphone_closed() -> None:
    async with running(cue=Cue.ANSWERED) as desk:
        await desk.until(lambda: desk.line.is_cue_playing)
        desk.sound.unplug(SPEAKER.name)
        await desk.until(desk.microphone_is_open)


async def test_what_the_microphone_makes_of_a_cue_is_not_sent() -> None:
    async with running() as desk:
        await desk.begin()
        desk.call.play_cue(Cue.ACCEPTED)
        desk.sound.say(tone(100))
        await desk.until(lambda: not desk.line.is_cue_playing)
        sent = len(desk.link.chunks)
        await desk.until(lambda: len(desk.link.chunks) > sent + 5)
        assert not any(np.frombuffer(chunk, dtype=np.int16).any() for chunk in desk.link.chunks[:sent])


async def test_the_end_is_heard_whole_though_the_call_is_released_at_once() -> None:
    async with running() as desk:
        await desk.begin()
        desk.link.speak(tone(2_000).tobytes(), 1)
        await desk.until(lambda: desk.line.playout.heard_ms(1) > 100)
        desk.call.silence()
        before = heard(desk).size
        desk.call.play_cue(Cue.ENDED)
    assert likeness(heard(desk)[before:], end_cue(RATE_HZ)) > 0.8  # the agent fades out beneath its first ms
    assert heard(desk).size - before < RATE_HZ * 0.4


async def test_the_end_is_not_in_the_recording(tmp_path: Path) -> None:
    async with running() as desk:
        await desk.begin()
        desk.call.set_recording(tmp_path / "call.flac")
        await asyncio.sleep(0.2)
        desk.call.silence()
        desk.call.play_cue(Cue.ENDED)
        await desk.until(lambda: heard(desk).any() and not desk.line.is_cue_playing)
        await asyncio.sleep(0.2)
    recorded = read(tmp_path / "call.flac")
    assert len(recorded) > 3_000
    assert not recorded.any()


async def test_a_cue_is_far_end_for_the_canceller() -> None:
    async with running() as desk:
        await desk.until(lambda: desk.line.is_output_open and desk.microphone_is_open())
        desk.call.play_cue(Cue.ENDED)
        levels = len(desk.levels)
        await desk.until(lambda: any(level.agent.peak_dbfs > -25 for level in desk.levels[levels:]))


async def test_a_whole_call_begins_and_ends_with_a_tone_unless_they_are_switched_off(practice: Practice) -> None:
    heard_ms: list[float] = []
    for has_cues in (True, False):
        practice.control.script(SCENARIOS["agent_waits"])
        async with room(practice.base_url) as desk:
            desk.voice.configure(SoundSettings(ring_device=HEADSET.name, chunk_ms=CHUNK_MS, has_cues=has_cues))
            await desk.accept()
            await desk.until(desk.is_active)
            await asyncio.sleep(0.3)
            desk.end()
            await desk.ended()
            heard_ms.append(loud_ms(desk.heard()))
            if has_cues:
                assert likeness(desk.heard(), accept_cue(RATE_HZ)) > 0.5
                assert likeness(desk.heard(), end_cue(RATE_HZ)) > 0.5
    assert CUE_MS < heard_ms[0] <= 2 * CUE_MS + 20  # their last notes die away
    assert heard_ms[1] == 0


def test_a_cue_over_loud_speech_is_limited() -> None:
    out = np.full(4_800, 32_000, dtype=np.int16)
    mixer = CueMixer(np.full(2_400, 3_000, dtype=np.int16), RATE_HZ)
    mixer.mix_into(out)
    assert out[:2_400].min() == out[:2_400].max() == 32_767
    assert out[2_400:].max() == 32_000
    assert mixer.is_over
