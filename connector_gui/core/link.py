"""What the voice thread needs of a link: one open socket to an agent.

`elevenlabs.link` provides it, `voice.live_call` uses it; they meet in `app`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from connector_gui.core.call_events import CloseFrame
from connector_gui.core.messages import ClientMessage, ServerMessage


class Link(Protocol):
    """One open socket to the agent. Used from the loop it was opened in, only."""

    async def send(self, message: ClientMessage) -> None:
        """Send one message; sending on a closed link does nothing (its end is told by `messages`)."""
        ...

    def messages(self) -> AsyncIterator[ServerMessage]:
        """What the agent sends, in order, until the socket closes; then it ends without an error.

        Pings are answered before anything else and are passed on all the same (they carry the round trip).
        What cannot be parsed is counted and skipped.

        Raises:
            ProtocolError: Too many messages in a row made no sense.
        """
        ...

    async def close(self) -> None:
        """Say goodbye (1000) and wait briefly for the answer; safe to call twice."""
        ...

    @property
    def close_frame(self) -> CloseFrame | None:
        """How the socket closed; ``None`` while it is open. 1006 when it broke without a word."""
        ...


class LinkOpener(Protocol):
    """Opens a link at a signed URL."""

    def __call__(self, signed_url: str) -> AbstractAsyncContextManager[Link]:
        """A context in which the link is open; leaving it closes the socket.

        Raises:
            AgentError: On entering: the socket could not be opened. The text never has the URL in it.
        """
        ...
