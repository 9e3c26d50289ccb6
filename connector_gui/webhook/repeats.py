"""Requests without an id that come again: when is it the same call?

n8n repeats a failed request with the very same bytes; fifty equal rows are fifty requests with the very same
bytes. What tells them apart is the connection of the earlier one:

    answer went out to a connection that stood   another call
    connection stands, answer being prepared     another call
    connection gone, answer still being prepared the same call: the repeat takes its place and waits along
    connection gone before the answer            the same call for a minute from then on

The desk keeps with each call whether its answer was delivered, so that a repeat is known after a restart too.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Final

from pydantic import SecretStr

from connector_gui.core.service import PlacedCall
from connector_gui.webhook.connection import Connection

REPEAT_S: Final = 60.0
"""How long after its connection was lost a request may come again as the same one."""
MOST_LOST: Final = 1000
MOST_DELIVERED: Final = 10_000


def mark_of(key_name: str, key: SecretStr, raw_body: bytes) -> str:
    """What is kept of a request without an id, to know it again: equal for the same bytes under the same key.

    Made with the key, not only over its name: the bytes may hold short secrets, and a plain digest of those could
    be guessed back from the record.
    """
    name = key_name.encode("utf-8", "backslashreplace") + b"\0"
    return hmac.new(
        key.get_secret_value().encode("utf-8", "backslashreplace"), name + raw_body, hashlib.sha256
    ).hexdigest()


@dataclass(eq=False, slots=True)
class Attempt:
    """One request without an id, until its answer is delivered.

    Attributes:
        asker: The connection that waits for the answer; the latest one where it was repeated.
        placed: The call, as soon as it rings; an error when it does not.
    """

    mark: str
    asker: Connection
    placed: asyncio.Future[PlacedCall]


class Repeats:
    """The requests without an id whose answer has not been delivered."""

    def __init__(self, repeat_s: float = REPEAT_S) -> None:
        self._repeat_s = repeat_s
        self._began_s = time.monotonic()
        self._attempts: dict[str, list[Attempt]] = {}
        # Calls whose answer has just arrived, the oldest first, and when.
        self._delivered: dict[str, float] = {}

    def __len__(self) -> int:
        """How many are remembered."""
        return sum(map(len, self._attempts.values()))

    @property
    def knows_all(self) -> bool:
        """Whether whatever may still come again came to us, not to one before us (which the desk's record knows)."""
        return time.monotonic() - self._began_s >= self._repeat_s

    def take_over(self, mark: str, asker: Connection) -> Attempt | None:
        """The oldest equal request whose asker is gone; *asker* has its place from now on."""
        self._forget_old()
        for attempt in self._attempts.get(mark, ()):
            if attempt.asker.is_gone:
                attempt.asker = asker
                return attempt
        return None

    def is_alone(self, mark: str) -> bool:
        """Whether no equal request is being answered now."""
        return mark not in self._attempts

    def begin(self, mark: str, asker: Connection) -> Attempt:
        """A request that is no repeat."""
        attempt = Attempt(mark, asker, asyncio.get_running_loop().create_future())
        attempt.placed.add_done_callback(_look_at)
        self._attempts.setdefault(mark, []).append(attempt)
        return attempt

    def deliver(self, attempt: Attempt, session_id: str) -> None:
        """The answer to it has arrived."""
        self.forget(attempt)
        now_s = time.monotonic()
        old = [name for name, at_s in self._delivered.items() if now_s - at_s >= self._repeat_s]
        for name in old or list(self._delivered)[:-MOST_DELIVERED]:
            del self._delivered[name]
        self._delivered[session_id] = now_s

    def was_delivered(self, session_id: str) -> bool:
        """Whether the answer about that call arrived within the last minute, be it kept with the call or not."""
        return session_id in self._delivered

    def forget(self, attempt: Attempt) -> None:
        """Nothing came of it: an equal request is another one."""
        attempts = self._attempts.get(attempt.mark, [])
        if attempt in attempts:
            attempts.remove(attempt)
        if not attempts:
            self._attempts.pop(attempt.mark, None)

    def _forget_old(self) -> None:
        now_s = asyncio.get_running_loop().time()
        lost = [one for attempts in self._attempts.values() for one in attempts if one.asker.is_gone]
        done = [one for one in lost if one.placed.done()]
        late = [one for one in done if now_s - (one.asker.lost_at_s or now_s) >= self._repeat_s]
        for attempt in late or done[:-MOST_LOST]:
            self.forget(attempt)


def _look_at(placed: asyncio.Future[PlacedCall]) -> None:
    # An error that nobody waited along for is no surprise: its own request has answered with it.
    if not placed.cancelled():
        placed.exception()
