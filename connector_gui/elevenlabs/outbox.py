"""What waits to go out: messages in order, and sound while it is fresh.

Sound that a slow network does not take would arrive later and later; a conversation is better off without it. So while
the socket is blocked, chunks that have waited too long give way to new ones. Everything else goes before sound.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

MAX_AUDIO_AGE_S: Final = 0.2
"""How long a chunk of sound may wait for a blocked socket."""
MAX_MESSAGES: Final = 256
"""Messages other than sound that may wait; a socket that takes none of them is about to be given up."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    text: str
    put_s: float


class Outbox:
    """Two queues of text frames.

    Attributes:
        is_closed: Nothing more is taken in.
        dropped_chunks: Chunks of sound that waited too long.
        dropped_messages: Other messages that found no room.
    """

    def __init__(self, *, max_audio_age_s: float = MAX_AUDIO_AGE_S, max_messages: int = MAX_MESSAGES) -> None:
        self._max_audio_age_s = max_audio_age_s
        self._max_messages = max_messages
        self._messages: deque[str] = deque()
        self._chunks: deque[_Chunk] = deque()
        self.is_closed = False
        self.dropped_chunks = 0
        self.dropped_messages = 0

    def put(self, text: str) -> None:
        """Queue a message that is not sound; after `close` it is forgotten."""
        if self.is_closed:
            return
        if len(self._messages) >= self._max_messages:
            self.dropped_messages += 1
            return
        self._messages.append(text)

    def put_audio(self, text: str, now_s: float, *, is_blocked: bool) -> None:
        """Queue a chunk of sound; while the socket *is_blocked*, stale ones before it give way."""
        if self.is_closed:
            return
        while is_blocked and self._chunks and now_s - self._chunks[0].put_s > self._max_audio_age_s:
            self._chunks.popleft()
            self.dropped_chunks += 1
        self._chunks.append(_Chunk(text, now_s))

    def take(self) -> str | None:
        """What is to be sent next; ``None`` when nothing waits."""
        if self._messages:
            return self._messages.popleft()
        return self._chunks.popleft().text if self._chunks else None

    def close(self) -> None:
        """Forget all sound, for nothing is to be heard after the end; messages that wait may still go."""
        self.is_closed = True
        self._chunks.clear()
