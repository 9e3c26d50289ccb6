"""One conversation on its socket: carries out what the dialogue decides and what the script asks for.

socket ────────────────────────┐
control (any thread) → actions ┼→ one loop: handle one event to its end, then what is due → socket
dialogue and steps → wake-up ──┘
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Final, NoReturn

from connector_gui.core.agent_api import Agent
from connector_gui.core.errors import ProtocolError
from connector_gui.core.frames import bad_message
from connector_gui.core.messages import (
    Audio,
    ClientMessage,
    ConversationInitiation,
    ConversationMetadata,
    ErrorMessage,
    Interruption,
    MultimodalMessage,
    Pong,
    UnknownMessage,
    UserAudioChunk,
    UserMessage,
    UserTranscript,
    WireMessage,
    decode_audio,
    parse_client_message,
)
from connector_gui.dsp import wire
from connector_gui.practice.admission import POLICY_VIOLATION, refusal
from connector_gui.practice.conversation import Closing, Conversation, PongSeen, Received, Sent
from connector_gui.practice.dialogue import Close, Command, Dialogue
from connector_gui.practice.recording import Recording
from connector_gui.practice.script import NEVER, Action, On, Script, Step
from connector_gui.practice.socket import ABNORMAL, WAKE, AgentSocket, ConnectionOverError
from connector_gui.practice.stage import carry_out

log = logging.getLogger(__name__)

UNFILTERED: Final = frozenset({"error", "queue_status", "conversation_initiation_metadata", "ping"})
"""Types that come whatever the agent's list of events says."""


class Session:
    """One conversation, from the open socket to its end."""

    def __init__(
        self, socket: AgentSocket, conversation: Conversation, script: Script, agent: Agent, *, takes_overrides: bool
    ) -> None:
        self.socket = socket
        self.dialogue: Dialogue | None = None
        self._conversation = conversation
        self._script = script
        self._agent = agent
        self._takes_overrides = takes_overrides
        self._events = frozenset(agent.conversation_config.conversation.client_events) | UNFILTERED
        self._actions: deque[Action] = deque()
        self._steps: list[Step] = list(script.steps)
        self._reached_s: dict[On, float] = {}

    async def run(self) -> None:
        """Hold the conversation; returns when the connection has ended, however that came about."""
        loop = asyncio.get_running_loop()
        conversation = self._conversation
        conversation.perform = lambda action: _hand_over(loop, self.ask, action)
        log.debug("practice.opened", extra={"conversation_id": conversation.conversation_id})
        try:
            async with self.socket.reading():
                over = await self._until_over()
            conversation.close(over.closing)
            if over.plays_dead:
                await self.socket.play_dead()
        finally:
            # A server that is being stopped, or a fault of ours, leaves no other word.
            conversation.close(Closing(ABNORMAL, "", "agent", time.monotonic()))
            log.debug("practice.closed", extra={"conversation_id": conversation.conversation_id})

    def ask(self, action: Action) -> None:
        """Do *action* as soon as the event in hand is dealt with."""
        self._actions.append(action)
        self.socket.wake()

    # The conversation

    async def _until_over(self) -> ConnectionOverError:
        """Hold the conversation; how it ended."""
        try:
            await self._converse()
        except ConnectionOverError as over:
            return over

    async def _converse(self) -> NoReturn:
        dialogue = await self._begin(await self._initiation())
        while True:
            frame = await self.socket.next_frame(self._wake_s(dialogue))
            if frame:
                await self._take(dialogue, await self._parsed(frame))
            await self._do_what_is_due(dialogue)

    async def _initiation(self) -> ConversationInitiation:
        """The client's first frame, which must be this one."""
        deadline_s = time.monotonic() + self._script.initiation_timeout_s
        while (frame := await self.socket.next_frame(deadline_s)) == WAKE:
            if time.monotonic() >= deadline_s:
                await self._refuse(_invalid("No conversation_initiation_client_data came."))
        message = await self._parsed(frame)
        if not isinstance(message, ConversationInitiation):
            await self._refuse(_invalid("The first message must be conversation_initiation_client_data."))
        return message

    async def _begin(self, initiation: ConversationInitiation) -> Dialogue:
        conversation = self._conversation
        conversation.initiation = initiation
        fault = refusal(self._agent, initiation, takes_overrides=self._takes_overrides)
        if fault is not None:
            await self._refuse(fault)
        dialogue = self.dialogue = Dialogue(conversation.conversation_id, self._script, self._agent, initiation)
        conversation.begin(dialogue.transcript, Recording(dialogue.input_format, dialogue.output_format))
        self._reached(On.CONNECTED)
        await self._perform(dialogue.begin(time.monotonic()))
        return dialogue

    async def _parsed(self, frame: str | bytes) -> ClientMessage | UnknownMessage:
        now_s = time.monotonic()
        try:
            message = parse_client_message(frame) if isinstance(frame, str) else _no_binary()
        except ProtocolError as error:
            self._conversation.note_bad_frame(now_s)
            await self._refuse(_invalid(str(error)))
        if not isinstance(message, UserAudioChunk):
            self._conversation.note_received(Received(now_s, message))
        return message

    async def _take(self, dialogue: Dialogue, message: ClientMessage | UnknownMessage) -> None:
        now_s = time.monotonic()
        match message:
            case UserAudioChunk(user_audio_chunk=payload):
                await self._hear(dialogue, payload, now_s)
            case UserMessage(text=str(text)):
                await self._perform(dialogue.read(text, now_s))
            case MultimodalMessage(text=part) if part is not None and part.text:
                await self._perform(dialogue.read(part.text, now_s))
            case Pong(event_id=event_id):
                self._conversation.note_pong(PongSeen(event_id, dialogue.pong(event_id, now_s)))
            case _:
                pass  # noted already; the rest of what a client can say changes nothing here

    async def _hear(self, dialogue: Dialogue, payload: str, now_s: float) -> None:
        try:
            samples = decode_audio(payload)
        except ProtocolError as error:
            self._conversation.note_bad_frame(now_s)
            await self._refuse(_invalid(str(error)))
        conversation = self._conversation
        conversation.note_received(Received(now_s, None, len(samples)))
        conversation.recording.user_spoke(samples, now_s - conversation.started_s)
        await self._perform(dialogue.hear(wire.decode(samples, dialogue.input_format), now_s))

    # What is due

    def _wake_s(self, dialogue: Dialogue) -> float:
        return min([dialogue.wake_s, *(self._due_s(step) for step in self._steps)])

    def _due_s(self, step: Step) -> float:
        return self._reached_s.get(step.on, NEVER) + step.after_s

    async def _do_what_is_due(self, dialogue: Dialogue) -> None:
        while self._actions:
            await self._perform(await carry_out(self, self._actions.popleft()))
        now_s = time.monotonic()
        for step in [step for step in self._steps if self._due_s(step) <= now_s]:
            self._steps.remove(step)
            await self._perform(await carry_out(self, step.do))
        await self._perform(dialogue.tick(time.monotonic()))

    def _reached(self, milestone: On) -> None:
        self._reached_s.setdefault(milestone, time.monotonic())

    # Going out

    async def _perform(self, commands: list[Command]) -> None:
        for command in commands:
            if isinstance(command, Close):
                await self.close(command.code, command.reason, termination=command.termination)
            elif command.type in self._events:
                await self.send(command)

    async def send(self, message: WireMessage) -> None:
        """Send one message, whatever the agent's list of events says; raises as `AgentSocket.send_text` does."""
        await self.socket.send_text(message.to_json())
        now_s = time.monotonic()
        conversation = self._conversation
        at_s = now_s - conversation.started_s
        audio_bytes = 0
        match message:
            case ConversationMetadata():
                self._reached(On.STARTED)
            case Audio(audio_base_64=payload):
                audio_bytes = conversation.note_audio(payload, at_s)
                self._reached(On.SPEAKING)
            case UserTranscript():
                self._reached(On.HEARD)
            case Interruption():
                conversation.recording.interrupted(at_s)
                self._reached(On.INTERRUPTED)
            case _:
                pass
        conversation.note_sent(Sent(now_s, message.type, getattr(message, "event_id", None), audio_bytes))

    async def close(self, code: int, reason: str, *, termination: str = "") -> NoReturn:
        """Close the socket; the conversation's record will give *termination* as the cause."""
        self._conversation.termination = termination or reason
        await self.socket.close(code, reason)

    async def _refuse(self, error: ErrorMessage) -> NoReturn:
        await self.send(error)
        await self.close(error.code or POLICY_VIOLATION, error.text)


def _invalid(text: str) -> ErrorMessage:
    return ErrorMessage(code=POLICY_VIOLATION, error_type="invalid_message", message=text, reason=text)


def _no_binary() -> NoReturn:
    raise bad_message("a binary frame")


def _hand_over(loop: asyncio.AbstractEventLoop, ask: Callable[[Action], None], action: Action) -> None:
    loop.call_soon_threadsafe(ask, action)
