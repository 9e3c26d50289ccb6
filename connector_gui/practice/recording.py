"""The sound of one conversation, both sides on one timeline."""

from __future__ import annotations

import io
import wave
from typing import Final

import numpy as np

from connector_gui.core.pcm import PCM_16000, AudioFormat
from connector_gui.dsp import wire
from connector_gui.dsp.block import Block
from connector_gui.practice.voice import converted

RATE_HZ: Final = 16_000
JITTER_MS: Final = 250
"""A chunk that is late by less follows the one before it without a gap."""
LIMIT_S: Final = 200
"""Longer than a practice call; what comes after is not kept."""


class _Side:
    """One party's sound: pieces of wire audio, each at its place."""

    def __init__(self, audio_format: AudioFormat) -> None:
        self._format = audio_format
        self._pieces: list[tuple[int, bytes]] = []
        self._until_frame = 0

    def add(self, samples: bytes, at_s: float) -> None:
        """Put *samples* after what there is, or at *at_s* if that is clearly later."""
        start = round(at_s * self._format.rate_hz)
        if start < self._until_frame + self._format.frames_in(JITTER_MS):
            start = self._until_frame
        if start < LIMIT_S * self._format.rate_hz:
            self._pieces.append((start, samples))
            self._until_frame = start + len(samples) // self._format.bytes_per_frame

    def cut(self, at_s: float) -> None:
        """Forget what would be heard after *at_s*."""
        frame = round(at_s * self._format.rate_hz)
        size = self._format.bytes_per_frame
        self._pieces = [(start, data[: (frame - start) * size]) for start, data in self._pieces if start < frame]
        self._until_frame = min(self._until_frame, frame)

    def clear(self) -> None:
        """Forget everything."""
        self._pieces.clear()
        self._until_frame = 0

    @property
    def is_empty(self) -> bool:
        """There is no sound."""
        return not self._pieces

    def samples(self) -> Block:
        """The whole side, silence in the gaps, in the side's own rate."""
        line = np.zeros(self._until_frame, dtype=np.int16)
        for start, data in self._pieces:
            piece = wire.decode(data, self._format)[: max(0, line.size - start)]
            line[start : start + piece.size] = piece
        return line

    def joined(self) -> Block:
        """All pieces without the gaps."""
        return wire.decode(b"".join(data for _, data in self._pieces), self._format)

    def mixable(self) -> Block:
        """The whole side at the recording's rate."""
        return converted(self.samples(), self._format.rate_hz, RATE_HZ)


class Recording:
    """Collects what was said, and plays it back as one WAV file. Times are s since the conversation began."""

    def __init__(self, input_format: AudioFormat = PCM_16000, output_format: AudioFormat = PCM_16000) -> None:
        self._user = _Side(input_format)
        self._agent = _Side(output_format)

    def forget(self) -> None:
        """Keep nothing of it."""
        self._user.clear()
        self._agent.clear()

    @property
    def is_empty(self) -> bool:
        """Nothing was said, or it has been forgotten."""
        return self._user.is_empty and self._agent.is_empty

    def user_spoke(self, samples: bytes, at_s: float) -> None:
        """*samples* came from the client."""
        self._user.add(samples, at_s)

    def agent_spoke(self, samples: bytes, at_s: float) -> None:
        """*samples* went to the client, to be heard after what it had."""
        self._agent.add(samples, at_s)

    def interrupted(self, at_s: float) -> None:
        """The client stopped playing."""
        self._agent.cut(at_s)

    def heard(self) -> Block:
        """All that the client sent, at the input's rate, without gaps."""
        return self._user.joined()

    def wav(self) -> bytes:
        """Both sides mixed: mono 16-bit WAV at 16 kHz. Takes up to a second for a long call."""
        user, agent = self._user.mixable(), self._agent.mixable()
        mix = np.zeros(max(user.size, agent.size), dtype=np.int32)
        for side in (user, agent):
            mix[: side.size] += side
        file = io.BytesIO()
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE_HZ)
            out.writeframes(np.clip(mix, -32_768, 32_767).astype("<i2").tobytes())
        return file.getvalue()
