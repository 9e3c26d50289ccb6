"""What a sound check says of scenes whose echo, voice and delay are known."""

from __future__ import annotations

import numpy as np
import pytest

from connector_gui.core.sound_check import DelayVerdict, EchoFigures, EchoVerdict, SoundCheck, VoiceVerdict
from connector_gui.core.voice import Filters
from connector_gui.dsp import webrtc
from connector_gui.dsp.block import FULL_SCALE, Block
from connector_gui.dsp.echo_test import judge_echo, judge_voice
from connector_gui.dsp.webrtc import WebRtcProcessor
from tests.dsp.echo_scene import NOISE_DBFS, RATE_HZ, Sound, agent, block, echo_of, noise, operator, run
from tests.dsp.signals import rms

QUIET_S = 1.0
SPEECH_S = 8.0


def played() -> Sound:
    return np.concatenate((np.zeros(round(QUIET_S * RATE_HZ)), agent(SPEECH_S)))


def microphone(echo_db: float, delay_ms: float = 50.0) -> Block:
    return block(echo_of(played(), echo_db, delay_ms=delay_ms) + noise(QUIET_S + SPEECH_S))


def figures(heard: Block, sent: Block) -> EchoFigures:
    return judge_echo(block(played()), heard, sent, RATE_HZ, round(QUIET_S * RATE_HZ))


def verdict(echo: EchoFigures) -> EchoVerdict:
    return check(echo=echo).echo_verdict


def check(*, echo: EchoFigures | None = None, voice: Block | None = None, stated_ms: float = 40) -> SoundCheck:
    echo = echo or EchoFigures(NOISE_DBFS)
    heard = block(noise(3)) if voice is None else voice
    return SoundCheck(echo, judge_voice(heard, RATE_HZ, echo.noise_dbfs), stated_ms)


@pytest.mark.parametrize(("echo_db", "delay_ms"), [(-6.0, 30.0), (-20.0, 120.0), (-30.0, 400.0)])
def test_the_echo_and_its_delay_are_measured(echo_db: float, delay_ms: float) -> None:
    heard = microphone(echo_db, delay_ms)
    found = figures(heard, heard)
    assert found.delay_ms == pytest.approx(delay_ms, abs=1)
    assert found.echo_db == pytest.approx(echo_db, abs=1)
    assert found.left_db == pytest.approx(found.echo_db)
    assert found.erle_db == pytest.approx(0)


@pytest.mark.parametrize("removed_db", [10.0, 25.0, 40.0])
def test_what_is_left_is_told_from_what_was_taken(removed_db: float) -> None:
    sent = block(echo_of(played(), -10 - removed_db))
    found = figures(microphone(-10), sent)
    assert found.erle_db == pytest.approx(removed_db, abs=1)
    assert found.left_db == pytest.approx(-10 - removed_db, abs=1)


def test_with_the_canceller_an_echo_of_a_loud_speaker_is_gone() -> None:
    heard = microphone(-12)
    processor = WebRtcProcessor(webrtc.load(), RATE_HZ, Filters())
    found = figures(heard, run(processor, heard, block(played())))
    assert found.erle_db is not None and found.erle_db > 30  # noqa: PT018
    assert verdict(found) is EchoVerdict.GOOD
    assert verdict(figures(heard, heard)) is EchoVerdict.MUCH


def test_a_headset_gives_no_echo_and_no_delay() -> None:
    heard = block(noise(QUIET_S + SPEECH_S))
    found = figures(heard, heard)
    assert (found.echo_db, found.left_db, found.erle_db, found.delay_ms) == (None, None, None, None)
    assert found.noise_dbfs == pytest.approx(NOISE_DBFS, abs=1)
    assert verdict(found) is EchoVerdict.UNHEARD


def test_a_voice_in_place_of_the_echo_is_given_no_delay() -> None:
    heard = block(np.concatenate((np.zeros(round(QUIET_S * RATE_HZ)), operator(SPEECH_S))))
    assert figures(heard, heard).delay_ms is None


def test_zeros_are_no_quiet_room() -> None:
    nothing = np.zeros(round((QUIET_S + SPEECH_S) * RATE_HZ), dtype=np.int16)
    found = figures(nothing, nothing)
    assert found.is_silent
    assert check(echo=found, voice=nothing[:RATE_HZ]).voice_verdict is VoiceVerdict.SILENT


def test_arrays_that_do_not_go_together_are_refused() -> None:
    heard = microphone(-10)
    with pytest.raises(ValueError, match="do not go together"):
        judge_echo(heard, heard[1:], heard, RATE_HZ, 0)


@pytest.mark.parametrize(
    ("at_dbfs", "expected"),
    [(-50, VoiceVerdict.LOW), (-30, VoiceVerdict.GOOD), (-20, VoiceVerdict.GOOD), (-6, VoiceVerdict.LOUD)],
)
def test_a_voice_is_low_good_or_loud(at_dbfs: float, expected: VoiceVerdict) -> None:
    voice = operator(4)
    spoken = voice[np.abs(voice) > 200]
    found = check(voice=block(voice * FULL_SCALE * 10 ** (at_dbfs / 20) / rms(spoken) + noise(4)))
    assert found.voice_verdict is expected
    assert found.voice.level_dbfs == pytest.approx(at_dbfs, abs=4)


def test_clipping_is_too_loud_whatever_the_mean() -> None:
    voice = np.clip(operator(4) * 12, -FULL_SCALE, FULL_SCALE - 1) * np.concatenate(
        (np.ones(RATE_HZ), np.zeros(3 * RATE_HZ))
    )
    assert check(voice=block(voice)).voice.is_clipping


def test_pauses_do_not_make_a_voice_low() -> None:
    voice = operator(2)
    whole, paused = check(voice=block(voice)), check(voice=block(np.concatenate((voice, np.zeros(6 * RATE_HZ)))))
    assert paused.voice.level_dbfs == pytest.approx(whole.voice.level_dbfs, abs=0.5)


def test_a_room_without_a_voice_is_unheard() -> None:
    assert check().voice_verdict is VoiceVerdict.UNHEARD


def test_the_delay_is_the_measured_one_else_what_the_devices_state() -> None:
    assert check(stated_ms=40).delay_ms == 40
    late = check(echo=figures(microphone(-10, 320), microphone(-10, 320)), stated_ms=40)
    assert late.delay_ms == pytest.approx(320, abs=1)
    assert late.delay_verdict is DelayVerdict.LONG
    assert check(stated_ms=40).delay_verdict is DelayVerdict.GOOD
