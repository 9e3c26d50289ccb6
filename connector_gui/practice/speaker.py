"""Sends the agent's audio faster than real time, and knows what of it is still to be heard.

The client plays in real time what it gets in bursts: "sent" is not "heard". Where playback must be is computed from
what was sent and the time that passed, as the real service must do it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import cycle
from typing import Final

from connector_gui.core.messages import Audio, encode_audio
from connector_gui.core.pcm import AudioFormat
from connector_gui.dsp import wire
from connector_gui.dsp.block import Block

CHUNKS_MS: Final = (200, 100, 400, 150, 500, 50)
"""Lengths of the chunks, in turn: clients must not count on one size."""


@dataclass(slots=True)
class _Utterance:
    event_id: int
    samples: Block
    sent_frames: int = 0
    heard_from_s: float = 0.0
    """When its playback begins; known once the first chunk is sent."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What an interruption found.

    Attributes:
        event_id: The turn that was cut.
        heard_part: How much of the turn had been heard, 0 to 1.
        rest: What of the turn had not been heard, sent or not.
    """

    event_id: int
    heard_part: float
    rest: Block


class Speaker:
    """One conversation's outgoing audio."""

    def __init__(self, audio_format: AudioFormat, *, speed: float) -> None:
        """Send in *audio_format*, *speed* seconds of sound a second."""
        self._format = audio_format
        self._speed = speed
        self._queue: deque[_Utterance] = deque()
        self._current: _Utterance | None = None
        self._chunks_ms = cycle(CHUNKS_MS)
        self._next_s = 0.0
        self._heard_until_s = 0.0

    @property
    def is_sending(self) -> bool:
        """There is audio that has not been sent."""
        return bool(self._queue)

    @property
    def wake_s(self) -> float | None:
        """When the next chunk is due; None without one."""
        return self._next_s if self._queue else None

    def is_heard(self, now_s: float) -> bool:
        """The client must still have audio to play: the agent is speaking, as far as the user can tell."""
        return self.is_sending or now_s < self._heard_until_s

    def say(self, event_id: int, samples: Block, now_s: float) -> None:
        """Say *samples*, after whatever is being said."""
        if not samples.size:
            return
        if not self._queue:
            self._next_s = max(self._next_s, now_s)
        self._queue.append(_Utterance(event_id, samples))

    def due(self, now_s: float) -> list[Audio]:
        """The chunks whose time has come."""
        chunks: list[Audio] = []
        while self._queue and self._next_s <= now_s:
            chunks.append(self._send_chunk(self._queue[0], now_s))
        return chunks

    def _send_chunk(self, utterance: _Utterance, now_s: float) -> Audio:
        if not utterance.sent_frames:
            self._current = utterance
            utterance.heard_from_s = max(now_s, self._heard_until_s)
        start = utterance.sent_frames
        samples = utterance.samples[start : start + self._format.frames_in(next(self._chunks_ms))]
        duration_s = self._format.duration_ms(samples.size) / 1000
        utterance.sent_frames += samples.size
        self._heard_until_s = max(now_s, self._heard_until_s) + duration_s
        self._next_s += duration_s / self._speed
        if utterance.sent_frames >= utterance.samples.size:
            self._queue.popleft()
        return self.audio(utterance.event_id, samples)

    def audio(self, event_id: int, samples: Block) -> Audio:
        """*samples* as one message."""
        return Audio(audio_base_64=encode_audio(wire.encode(samples, self._format)), event_id=event_id)

    def cut(self, now_s: float) -> Cut | None:
        """Fall silent; None if nothing was being heard."""
        if not self.is_heard(now_s) or self._current is None:
            self._queue.clear()
            return None
        turn = self._current
        heard_frames = int(max(0.0, now_s - turn.heard_from_s) * self._format.rate_hz)
        heard_frames = min(heard_frames, turn.sent_frames)
        self._queue.clear()
        self._heard_until_s = now_s
        return Cut(turn.event_id, heard_frames / turn.samples.size, turn.samples[heard_frames:])
