"""The shipped sentences of the practice agent, at any rate; how they were made is in `resources/voices/README.md`."""

from __future__ import annotations

import json
import wave
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

import connector_gui
from connector_gui.core.errors import ConfigError
from connector_gui.dsp.block import Block
from connector_gui.dsp.resample import Resampler

TONE_HZ: Final = 440
TONE_PEAK: Final = 6_000
"""About -15 dBFS: well heard, not startling."""


class Sentence(StrEnum):
    """What the agent can say; the values are names of files."""

    GREETING = "greeting"
    YOU_SAID = "you_said"
    MESSAGE = "message"
    FAREWELL = "farewell"


def _folder() -> Path:
    """Where the voices lie: inside the package once installed, beside it in a work tree.

    Raises:
        ConfigError: They are in neither place.
    """
    package = Path(connector_gui.__file__).parent
    for parent in (package, package.parent):
        folder = parent / "resources" / "voices"
        if folder.is_dir():
            return folder
    raise ConfigError("The practice agent's voice is missing: the folder resources/voices. Install the program again.")


@lru_cache(maxsize=1)
def _texts() -> dict[str, str]:
    texts: dict[str, str] = json.loads((_folder() / "sentences.json").read_text(encoding="utf-8"))
    return texts


def text_of(sentence: Sentence) -> str:
    """What the sentence says."""
    return _texts()[sentence]


@lru_cache(maxsize=32)
def samples_of(sentence: Sentence, rate_hz: int) -> Block:
    """The sentence at *rate_hz*, read-only; the first call for a rate takes some 20 ms, then it is in memory."""
    with wave.open(str(_folder() / f"{sentence}.wav"), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)
        source_hz = file.getframerate()
    return converted(samples, source_hz, rate_hz)


def converted(samples: Block, from_hz: int, to_hz: int) -> Block:
    """The whole of *samples* at another rate, read-only."""
    result = Resampler(from_hz, to_hz).process(samples, last=True)
    result.setflags(write=False)
    return result


def tone(duration_ms: float, rate_hz: int) -> Block:
    """A plain tone, for events that only need to be audio."""
    frames = int(rate_hz * duration_ms / 1000)
    phases = np.arange(frames) * (2 * np.pi * TONE_HZ / rate_hz)
    samples: Block = (TONE_PEAK * np.sin(phases)).astype(np.int16)
    return samples
