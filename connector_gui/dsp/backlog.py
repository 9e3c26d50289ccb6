"""What the agent said to a call that nobody listens to: it waits as it came over the wire, until the call is resumed.

A minute of it is 2 MB as the wire has it and three times that at a speaker's rate, so it is decoded as it is heard.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from connector_gui.core.pcm import AudioFormat


class Waiting(NamedTuple):
    """One message of sound, and the agent's event that it belongs to."""

    payload: bytes
    event_id: int
    duration_ms: float


class Backlog:
    """Messages in the order in which they came; belongs to the voice thread."""

    def __init__(self, audio_format: AudioFormat) -> None:
        self._format = audio_format
        self._messages: deque[Waiting] = deque()
        self._waiting_ms = 0.0

    @property
    def waiting_ms(self) -> float:
        """How much there is to be heard."""
        return self._waiting_ms if self._messages else 0.0

    @property
    def is_empty(self) -> bool:
        """Nothing waits."""
        return not self._messages

    def add(self, payload: bytes, event_id: int) -> None:
        """Keep *payload*, which is heard after all that waits already."""
        frames = len(payload) // self._format.bytes_per_frame
        waiting = Waiting(payload, event_id, frames * 1000 / self._format.rate_hz)
        self._messages.append(waiting)
        self._waiting_ms += waiting.duration_ms

    def take(self) -> Waiting:
        """The next message to be heard.

        Raises:
            IndexError: Nothing waits.
        """
        waiting = self._messages.popleft()
        self._waiting_ms -= waiting.duration_ms
        return waiting

    def drop_beyond(self, limit_ms: float) -> float:
        """Let the oldest messages go, whole ones, until no more than *limit_ms* waits; how much went, in ms."""
        dropped_ms = 0.0
        while self._messages and self._waiting_ms > limit_ms:
            dropped_ms += self.take().duration_ms
        return dropped_ms

    def clear(self) -> None:
        """Forget all of it: the agent was interrupted."""
        self._messages.clear()
        self._waiting_ms = 0.0
