"""What the tests of recordings share: sound that tells where it belongs, and small disks."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from connector_gui.core.call_reports import NoticeGiven, RecordingEnded
from connector_gui.voice.recording.flac_file import Stereo
from connector_gui.voice.recording.space import SpaceRules
from connector_gui.voice.recording.writer import WriterReport

RATE_HZ = 16_000
ANY_SPACE = SpaceRules(0, 0)
PERIOD = 20_011
"""A prime: the numbers of `numbered` fall together with no block."""


def numbered(start: int, stop: int) -> Stereo:
    """Frames *start* to *stop* of a sound in which every frame is another number, for a second and more."""
    numbers = np.arange(start, stop) % PERIOD + 1
    # The encoder finds a line too easy: frames of a few bytes would be no test.
    noise = (numbers * 7919) % 4001
    return np.stack((numbers, -noise), axis=1).astype(np.int16)


def read(path: Path) -> Stereo:
    """All of a recording."""
    sound, rate_hz = soundfile.read(path, dtype="int16", always_2d=True)
    assert rate_hz == RATE_HZ
    return np.asarray(sound, dtype=np.int16)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A disk of its own at *folder*; where the system allows none, the test is skipped."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


class Told:
    """What a writer reports."""

    def __init__(self) -> None:
        self.reports: list[WriterReport] = []

    @property
    def end(self) -> RecordingEnded:
        (end,) = [report for report in self.reports if isinstance(report, RecordingEnded)]
        assert self.reports[-1] is end
        return end

    @property
    def notices(self) -> dict[str, str]:
        return {report.code: report.message for report in self.reports if isinstance(report, NoticeGiven)}
