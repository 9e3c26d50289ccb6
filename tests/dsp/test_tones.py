"""The program's own sounds: levels, pitches, and no click anywhere, the loop's seam included."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import numpy as np
import pytest

from connector_gui.core.settings import Settings
from connector_gui.dsp import tones
from connector_gui.dsp.block import Block
from connector_gui.dsp.level import level_of
from connector_gui.dsp.loop import LoopPlayer
from tests.dsp.signals import loudest_frequency, sine

CUES = (tones.accept_cue, tones.answer_cue, tones.end_cue)
SOUNDS = (*tones.RING_TONES.values(), *CUES, tones.test_tone)
RATES = (8_000, 44_100, 48_000)


@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize("rate_hz", RATES)
def test_begins_and_ends_in_silence_without_a_click(sound: Callable[[int], Block], rate_hz: int) -> None:
    samples = sound(rate_hz).astype(np.int32)
    peak = np.abs(samples).max()
    assert abs(samples[0]) <= 1
    assert abs(samples[-1]) <= peak * 0.02
    # The steepest slope is that of the highest partial at full amplitude, with both partials in step.
    steepest = peak * 2 * np.pi * 2_637 / rate_hz * 1.5
    assert np.abs(np.diff(samples)).max() <= steepest


@pytest.mark.parametrize(("sound", "peak_dbfs"), list(zip(SOUNDS, (-9, -9, -9, -20, -20, -20, -12), strict=True)))
def test_peaks_where_it_says(sound: Callable[[int], Block], peak_dbfs: float) -> None:
    assert level_of(sound(48_000)).peak_dbfs == pytest.approx(peak_dbfs, abs=0.1)


@pytest.mark.parametrize("rate_hz", RATES)
def test_sounds_the_same_at_every_rate(rate_hz: int) -> None:
    ring = tones.ring_tone(rate_hz)
    assert ring.size == rate_hz * tones.RING_PERIOD_MS // 1000
    assert loudest_frequency(ring[: rate_hz * 18 // 100], rate_hz) == pytest.approx(659.26, abs=4)


@pytest.mark.parametrize("tone", tones.RING_TONES.values())
def test_a_ring_leaves_a_pause(tone: Callable[[int], Block]) -> None:
    ring = tone(48_000)
    assert ring.size == 48_000 * tones.RING_PERIOD_MS // 1000
    assert not ring[48_000 * 16 // 10 :].any()


def test_every_ring_tone_that_can_be_set_exists_and_sounds_different() -> None:
    assert set(tones.RING_TONES) == set(get_args(Settings.model_fields["ring_tone"].annotation))
    assert len({tone(8_000).tobytes() for tone in tones.RING_TONES.values()}) == 3


def test_cues_are_short_and_cannot_be_mistaken_for_each_other() -> None:
    assert {cue(48_000).size for cue in CUES} == {48_000 * 140 // 1000}
    first = [loudest_frequency(cue(48_000)[: 48 * 40], 48_000) for cue in CUES]
    last = [loudest_frequency(cue(48_000)[-48 * 50 :], 48_000) for cue in CUES]
    assert first == pytest.approx([880, 659, 1_046], abs=30)
    assert last == pytest.approx([1_046, 1_318, 659], abs=30)


def blocks(player: LoopPlayer, count: int) -> Block:
    out = np.full(480 * count, 77, dtype=np.int16)
    for start in range(0, out.size, 480):
        player.read_into(out[start : start + 480])
    return out


def test_a_loop_repeats_to_the_frame() -> None:
    sound = sine(440, 48_000, 33)
    out = blocks(LoopPlayer(sound, 48_000), 20)
    assert np.array_equal(out, np.resize(sound, out.size))


def test_a_sound_played_once_is_followed_by_silence() -> None:
    sound = sine(440, 48_000, 33)
    player = LoopPlayer(sound, 48_000, repeats=False)
    out = blocks(player, 5)
    assert np.array_equal(out[: sound.size], sound)
    assert not out[sound.size :].any()
    assert player.is_over


def test_a_stopped_loop_fades_and_is_silent_within_a_block() -> None:
    player = LoopPlayer(np.full(48_000, 10_000, dtype=np.int16), 48_000)
    blocks(player, 3)
    player.stop()
    out = blocks(player, 3)
    assert out[0] > 9_900
    assert np.all(np.diff(out[:240].astype(int)) <= 0)
    assert np.abs(np.diff(out.astype(int))).max() < 50
    assert not out[240:].any()
    assert player.is_over


@pytest.mark.parametrize(("volume", "peak"), [(0.5, 5_000), (0.0, 0), (3.0, 10_000), (float("nan"), 10_000)])
def test_volume_turns_it_down(volume: float, peak: int) -> None:
    player = LoopPlayer(np.full(480, 10_000, dtype=np.int16), 48_000, volume=volume)
    assert blocks(player, 1).max() == peak


def test_there_must_be_something_to_play() -> None:
    with pytest.raises(ValueError, match="nothing"):
        LoopPlayer(np.zeros(0, dtype=np.int16), 48_000)
