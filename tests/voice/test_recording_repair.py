"""Recordings that were cut off, at any byte."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from connector_gui.core.errors import StoreError
from connector_gui.voice.recording.flac_file import FlacFile
from connector_gui.voice.recording.repair import repair
from tests.voice.recordings import RATE_HZ, numbered, read

FRAMES = RATE_HZ * 4
BLOCK = 1152


@pytest.fixture
def cut_off(tmp_path: Path) -> Path:
    """A recording as a killed program leaves it: 4 s, the last part still in the encoder."""
    path, copy = tmp_path / "running.flac", tmp_path / "cut.flac"
    file = FlacFile(path, RATE_HZ)
    for start in range(0, FRAMES, 1600):
        file.write(numbered(start, min(FRAMES, start + 1600)))
    copy.write_bytes(path.read_bytes())
    file.close()
    return copy


def test_a_recording_that_was_cut_off_gets_its_length_and_is_played_and_sought(cut_off: Path) -> None:
    assert soundfile.info(cut_off).frames != FRAMES
    duration_s = repair(cut_off)
    assert FRAMES / RATE_HZ - duration_s < BLOCK / RATE_HZ
    assert soundfile.info(cut_off).duration == duration_s
    sound = read(cut_off)
    np.testing.assert_array_equal(sound, numbered(0, len(sound)))
    with soundfile.SoundFile(cut_off) as file:
        file.seek(30_000)
        np.testing.assert_array_equal(file.read(100, dtype="int16"), numbered(30_000, 30_100))


def test_twice_is_once(cut_off: Path) -> None:
    duration_s = repair(cut_off)
    once, touched = cut_off.read_bytes(), cut_off.stat().st_mtime_ns
    assert repair(cut_off) == duration_s
    assert cut_off.read_bytes() == once
    assert cut_off.stat().st_mtime_ns == touched


def test_cut_at_any_byte_it_plays_up_to_there(cut_off: Path) -> None:
    whole = cut_off.read_bytes()
    bytes_per_second = len(whole) / (FRAMES / RATE_HZ)
    for size in [*np.random.default_rng(7).integers(9_000, len(whole), 60).tolist()]:
        cut_off.write_bytes(whole[:size])
        duration_s = repair(cut_off)
        assert duration_s == pytest.approx(size / bytes_per_second, abs=0.25)
        sound = read(cut_off)
        assert len(sound) == round(duration_s * RATE_HZ)
        np.testing.assert_array_equal(sound, numbered(0, len(sound)))


@pytest.mark.parametrize("rest", [bytes(4096), bytes(900_000), os.urandom(300_000), b"\xff\xf8\xc9\x18" * 50_000])
def test_what_a_power_cut_left_behind_the_sound_is_taken_away(cut_off: Path, rest: bytes) -> None:
    duration_s = repair(cut_off)
    cut_off.write_bytes(cut_off.read_bytes() + rest)
    # The last frame's end cannot be told from what follows it, so that one may go too.
    assert round((duration_s - repair(cut_off)) * RATE_HZ) in (0, BLOCK)
    sound = read(cut_off)
    np.testing.assert_array_equal(sound, numbered(0, len(sound)))


def test_a_recording_that_was_closed_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "whole.flac"
    file = FlacFile(path, RATE_HZ)
    file.write(numbered(0, 12_345))
    assert file.close() == 12_345 / RATE_HZ
    before = path.read_bytes()
    assert repair(path) == 12_345 / RATE_HZ
    assert path.read_bytes() == before
    assert before[26:42] != bytes(16)  # its checksum has stayed


@pytest.mark.parametrize("content", [b"", b"fLaC", b"garbage" * 1000, b"fLaC" + bytes(100), b"RIFF\0\0\0\0WAVEfmt "])
def test_what_is_no_recording_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.flac"
    path.write_bytes(content)
    assert repair(path) == 0.0
    assert path.read_bytes() == content


def test_a_missing_file_has_no_length(tmp_path: Path) -> None:
    assert repair(tmp_path / "none.flac") == 0.0


def test_a_head_without_sound_has_no_length(cut_off: Path) -> None:
    cut_off.write_bytes(cut_off.read_bytes()[:100])
    assert repair(cut_off) == 0.0


def test_what_cannot_be_opened_is_said_in_words(tmp_path: Path) -> None:
    folder = tmp_path / "folder.flac"
    folder.mkdir()
    with pytest.raises(StoreError, match=r"folder\.flac cannot be finished"):
        repair(folder)
