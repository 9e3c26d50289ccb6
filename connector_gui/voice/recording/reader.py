"""Reads a recording: block by block from anywhere, never all of it at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from connector_gui.core.errors import StoreError
from connector_gui.core.sentence import sentence
from connector_gui.voice.recording.flac_file import CHANNELS, Stereo

BLOCK_S: Final = 1.0
NO_LENGTH: Final = 1 << 36
"""More frames than the format can count: what the library gives for a file whose length is not set."""


class UnreadableError(StoreError):
    """The recording is gone, damaged, or none at all; the text says so."""


class Reader:
    """An open recording; belongs to one thread at a time, and blocks as long as the disk takes."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            UnreadableError: It is gone, no recording, or not finished.
        """
        import soundfile  # not before a recording is read: it takes a tenth of a second

        if not path.is_file():
            raise UnreadableError(sentence("The recording is gone: its file is not there any more."))
        try:
            self._file: Any = soundfile.SoundFile(path)
        except RuntimeError as error:
            raise UnreadableError(sentence("The recording cannot be read: its file is damaged.")) from error
        self.frames: int = self._file.frames
        self.rate_hz: int = self._file.samplerate
        if self.frames >= NO_LENGTH:
            self.close()
            raise UnreadableError(sentence("The recording cannot be read yet: it is still being written."))
        if self._file.channels != CHANNELS:
            self.close()
            raise UnreadableError(sentence("The recording cannot be read: it has not two sides."))

    @property
    def duration_s(self) -> float:
        """Its length."""
        return self.frames / self.rate_hz

    def seek(self, frame: int) -> None:
        """Read from *frame* on; beyond the end there is nothing.

        Raises:
            UnreadableError: The file is damaged.
        """
        try:
            self._file.seek(min(max(0, frame), self.frames))
        except RuntimeError as error:
            raise UnreadableError(sentence("The recording cannot be read: its file is damaged.")) from error

    def read(self, frames: int) -> Stereo:
        """The next *frames*, or as many as there are.

        Raises:
            UnreadableError: The file is damaged.
        """
        try:
            return np.asarray(self._file.read(frames, dtype="int16", always_2d=True), dtype=np.int16)
        except RuntimeError as error:
            raise UnreadableError(sentence("The recording cannot be read: its file is damaged.")) from error

    def close(self) -> None:
        """Let go of the file. May be called twice."""
        self._file.close()


def blocks_of(path: Path) -> Iterator[Stereo]:
    """A recording from beginning to end, in blocks of a second.

    Raises:
        UnreadableError: It is gone, damaged, or none at all.
    """
    reader = Reader(path)
    try:
        while len(block := reader.read(round(reader.rate_hz * BLOCK_S))):
            yield block
    finally:
        reader.close()
