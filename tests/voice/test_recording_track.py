"""A device's blocks on the clock of a recording."""

from __future__ import annotations

import numpy as np
import pytest

from connector_gui.dsp.block import Block
from connector_gui.voice.recording.track import LATE_S, Track

RATE_HZ = 16_000
BLOCK = 160


def click_at(position: int, frames: int = RATE_HZ * 4) -> Block:
    sound = np.zeros(frames, dtype=np.int16)
    sound[position] = 20_000
    return sound


def recorded(
    sound: Block, lateness_ms: list[float], *, starts_at: int = 0, ppm: float = 0.0, lost: range = range(0)
) -> Block:
    """What a track makes of *sound* whose blocks come late by one of *lateness_ms* each, in turn."""
    track, taken = Track(RATE_HZ), []
    arrivals = []
    for number in range(sound.size // BLOCK):
        if number in lost:
            continue
        ended = starts_at + (number + 1) * BLOCK * (1 + ppm / 1e6)
        late = lateness_ms[number % len(lateness_ms)] * RATE_HZ / 1000
        arrivals.append((ended + late, sound[number * BLOCK : (number + 1) * BLOCK]))
    for arrived, block in arrivals:
        track.add(block, arrived)
        taken.append(track.take(int(arrived - LATE_S * RATE_HZ)))
    taken.append(track.take(int(arrivals[-1][0])))
    return np.concatenate(taken)


def clicks(sound: Block) -> list[int]:
    return [int(frame) for frame in np.flatnonzero(np.abs(sound) > 10_000)]


@pytest.mark.parametrize("lateness_ms", [[0.0], [0.0, 3.0, 7.0, 1.0], [0.0, 60.0, 50.0, 40.0, 30.0, 20.0, 10.0]])
def test_a_click_lies_where_it_was_heard_however_late_the_blocks_come(lateness_ms: list[float]) -> None:
    (frame,) = clicks(recorded(click_at(30_000), lateness_ms, starts_at=800))
    assert frame == pytest.approx(30_800, abs=RATE_HZ / 1000)


def test_a_device_that_was_away_leaves_silence_of_the_right_length() -> None:
    sound = click_at(10_000) + click_at(50_000)
    track = recorded(sound, [0.0, 4.0, 8.0], lost=range(100, 250))
    assert clicks(track) == pytest.approx([10_000, 50_000], abs=RATE_HZ / 1000)
    assert not track[100 * BLOCK + 400 : 250 * BLOCK - 400].any()


def test_a_little_lost_sound_does_not_move_what_follows() -> None:
    (frame,) = clicks(recorded(click_at(50_000), [0.0, 2.0], lost=range(150, 153)))
    assert frame == pytest.approx(50_000, abs=RATE_HZ / 1000)


@pytest.mark.parametrize("ppm", [-200, 200])
def test_a_device_whose_clock_is_off_stays_in_step_for_minutes(ppm: int) -> None:
    sound = click_at(RATE_HZ * 118, RATE_HZ * 120)
    (frame,) = clicks(recorded(sound, [0.0, 1.0, 0.5], ppm=ppm))
    true = RATE_HZ * 118 * (1 + ppm / 1e6)
    assert abs(true - RATE_HZ * 118) > 300  # it would be off by 23 ms
    assert frame == pytest.approx(true, abs=1.5 * RATE_HZ / 1000)


def test_sound_in_step_is_kept_to_the_sample() -> None:
    sound = (np.random.default_rng(1).normal(0, 3000, RATE_HZ * 2)).astype(np.int16)
    np.testing.assert_array_equal(recorded(sound, [0.0, 0.4, 0.2])[: sound.size], sound)


def test_what_is_taken_is_as_long_as_the_time_that_passed_with_or_without_sound() -> None:
    track = Track(RATE_HZ, position=500)
    assert track.take(500).size == 0
    assert track.take(1700).size == 1200
    track.add(np.ones(BLOCK, dtype=np.int16), 2000)
    taken = track.take(2600)
    assert taken.size == 900
    assert list(np.flatnonzero(taken)) == list(range(2000 - BLOCK - 1700, 2000 - 1700))


def test_a_recording_from_the_middle_leaves_out_what_was_before() -> None:
    track = Track(RATE_HZ, position=100)
    track.add(np.arange(1, BLOCK + 1, dtype=np.int16), 200)
    assert track.take(110)[0] == 61
