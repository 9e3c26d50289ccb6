"""Carries out the actions of a script on a live conversation: regular turns, and every fault to be survived."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import Final, Protocol

from connector_gui.core.messages import Audio, AudioAlignment, ClientToolCall, Interruption, WireMessage
from connector_gui.practice import script as act
from connector_gui.practice.dialogue import Command, Dialogue
from connector_gui.practice.socket import AgentSocket
from connector_gui.practice.voice import Sentence, tone

ALIGNED_TEXT: Final = "la la la"


class Stage(Protocol):
    """What an action needs of the session that it happens in."""

    socket: AgentSocket
    dialogue: Dialogue | None

    def send(self, message: WireMessage) -> Awaitable[None]:
        """Send a message and note it."""
        ...

    def close(self, code: int, reason: str) -> Awaitable[None]:
        """Close the socket and note why."""
        ...


async def carry_out(stage: Stage, action: act.Action) -> list[Command]:
    """Do *action* on *stage*; what the dialogue has to say to it is returned.

    Raises:
        ConnectionOverError: The action ended the connection.
    """
    match action:
        case act.SendText(text):
            await stage.socket.send_text(text)
        case act.SendBinary(data):
            await stage.socket.send_binary(data)
        case act.SendRaw(data):
            stage.socket.write_raw(data)
        case act.StopReading(for_s):
            stage.socket.stop_reading(for_s)
        case act.Close(code, reason):
            await stage.close(code, reason)
        case act.Drop():
            stage.socket.drop()
        case act.Freeze():
            stage.socket.freeze()
        case _ if stage.dialogue is not None:
            return await _with_dialogue(stage, stage.dialogue, action)
    return []


async def _with_dialogue(stage: Stage, dialogue: Dialogue, action: act.Action) -> list[Command]:
    match action:
        case act.Speak(sentence, text):
            return dialogue.speak(Sentence(sentence), time.monotonic(), text=text)
        case act.SayGoodbye():
            return dialogue.leave(time.monotonic())
        case act.FallSilent():
            dialogue.fall_silent()
        case act.SendAudio():
            await stage.send(_audio(dialogue, action))
        case act.SendBadAudio(payload):
            await stage.send(Audio(audio_base_64=payload, event_id=dialogue.last_agent_id))
        case act.Interrupt(count, event_id):
            for _ in range(count):
                await stage.send(Interruption(event_id=dialogue.last_agent_id if event_id is None else event_id))
        case act.CallTool():
            await stage.send(_tool_call(dialogue, action))
        case _:
            pass  # all others are done without the dialogue
    return []


def _tool_call(dialogue: Dialogue, action: act.CallTool) -> ClientToolCall:
    return ClientToolCall(
        tool_name=action.tool_name,
        tool_call_id=action.tool_call_id,
        parameters=action.parameters,
        event_id=dialogue.last_agent_id,
    )


def _audio(dialogue: Dialogue, action: act.SendAudio) -> Audio:
    event_id = dialogue.last_agent_id if action.event_id is None else action.event_id
    chunk = dialogue.speaker.audio(event_id, tone(action.duration_ms, dialogue.output_format.rate_hz))
    return chunk.model_copy(update={"alignment": _alignment(action.duration_ms)}) if action.with_alignment else chunk


def _alignment(duration_ms: float) -> AudioAlignment:
    step_ms = int(duration_ms / len(ALIGNED_TEXT))
    return AudioAlignment(
        chars=tuple(ALIGNED_TEXT),
        char_start_times_ms=tuple(place * step_ms for place in range(len(ALIGNED_TEXT))),
        char_durations_ms=(step_ms,) * len(ALIGNED_TEXT),
    )
