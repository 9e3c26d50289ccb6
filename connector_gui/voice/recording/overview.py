"""The picture of a whole recording, made by reading it once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from connector_gui.dsp.waveform import COLUMNS, Waveform, WaveformBuilder
from connector_gui.voice.recording.reader import BLOCK_S, Reader


def read_waveform(path: Path, *, columns: int = COLUMNS, is_wanted: Callable[[], bool] = lambda: True) -> Waveform:
    """What the recording at *path* looks like. Takes a second or two for an hour: to be called in a thread.

    Args:
        columns: The most that the picture has.
        is_wanted: Asked now and then; once it is false, what has been read so far is enough.

    Raises:
        UnreadableError: The recording is gone, damaged, or none at all.
    """
    reader = Reader(path)
    try:
        builder = WaveformBuilder(reader.frames, reader.rate_hz, columns)
        step = round(reader.rate_hz * BLOCK_S * 10)
        while is_wanted() and len(block := reader.read(step)):
            builder.add(block)
        return builder.finish()
    finally:
        reader.close()
