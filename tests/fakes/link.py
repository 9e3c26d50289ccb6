"""A link in memory: the test plays the agent."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from connector_gui.core.call_events import CloseFrame
from connector_gui.core.errors import AgentError
from connector_gui.core.messages import ClientMessage, ServerMessage, UserAudioChunk, parse_server_message


class ScriptedLink:
    """Both ends of one socket: the call uses it as its `Link`, the test as the agent.

    Attributes:
        sent: Everything the call sent, in order.
        refusal: What opening it raises, if anything.
    """

    def __init__(self) -> None:
        self.sent: list[ClientMessage] = []
        self.refusal: AgentError | None = None
        self.opened_at = ""
        self._coming: asyncio.Queue[ServerMessage | None] = asyncio.Queue()
        self._close_frame: CloseFrame | None = None

    @asynccontextmanager
    async def open(self, signed_url: str) -> AsyncIterator[ScriptedLink]:
        if self.refusal is not None:
            raise self.refusal
        self.opened_at = signed_url
        yield self
        await self.close()

    # The call's side.

    async def send(self, message: ClientMessage) -> None:
        if self._close_frame is None:
            self.sent.append(message)

    async def messages(self) -> AsyncIterator[ServerMessage]:
        while (message := await self._coming.get()) is not None:
            yield message

    async def close(self) -> None:
        self.hang_up(1000)

    @property
    def close_frame(self) -> CloseFrame | None:
        return self._close_frame

    # The agent's side.

    def say(self, frame: Mapping[str, Any]) -> None:
        self._coming.put_nowait(parse_server_message(json.dumps(frame)))

    def begin(self, output: str = "pcm_48000", user_input: str = "pcm_16000") -> None:
        event = {
            "conversation_id": "conv_1",
            "agent_output_audio_format": output,
            "user_input_audio_format": user_input,
        }
        self.say({"type": "conversation_initiation_metadata", "conversation_initiation_metadata_event": event})

    def speak(self, payload: bytes, event_id: int) -> None:
        encoded = base64.b64encode(payload).decode()
        self.say({"type": "audio", "audio_event": {"audio_base_64": encoded, "event_id": event_id}})

    def interrupt(self, event_id: int) -> None:
        self.say({"type": "interruption", "interruption_event": {"event_id": event_id}})

    def hang_up(self, code: int = 1000, reason: str = "") -> None:
        if self._close_frame is None:
            self._close_frame = CloseFrame(code, reason)
            self._coming.put_nowait(None)

    @property
    def chunks(self) -> list[bytes]:
        return [base64.b64decode(sent.user_audio_chunk) for sent in self.sent if isinstance(sent, UserAudioChunk)]
