"""What each message of the agent means for the conversation; runs in the voice thread.

Messages go in, actions come out: what to play, to silence, to send, to report to the desk. Nothing
here waits for the desk: an interruption must silence the speaker even while every window is frozen.

Order of the first messages: our initiation → metadata (in any position: audio that comes before
it waits for the formats) → greeting. See `messages` for the whole picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connector_gui.core import messages as wire
from connector_gui.core.approvals import WORDS_LIMIT, Approval, Approvals
from connector_gui.core.call_events import AgentHangingUp, AgentReady, Failure, Interrupted
from connector_gui.core.call_reports import (
    AgentCorrected,
    AgentSaid,
    ApprovalAsked,
    ApprovalSettled,
    HumanSpeaks,
    HumanTypes,
    LineWaited,
    NoticeGiven,
    OperatorSaid,
    Report,
    RoundTripMeasured,
    ToolUsed,
)
from connector_gui.core.errors import ProtocolError
from connector_gui.core.pcm import AudioFormat
from connector_gui.core.record import ToolState
from connector_gui.core.sentence import sentence

TOOL_REFUSAL: Final = "This tool is not available at the operator's desk."
NOT_ANSWERED: Final = "Nobody at the desk answered in time."
OPERATOR_REFUSED: Final = "The operator refused it."
TOO_MANY_QUESTIONS: Final = "Too many tools wanted an answer at once."
TEXT_LIMIT: Final = 20_000
"""Characters kept of one turn; the service's own turns are far shorter."""
ERROR_EXPLAINS_MS: Final = 15_000
"""How long after an error a close is laid to it (a quota close came 4 s after its error: packages#911)."""
TYPING_S: Final = 5.0
"""How long somebody is taken to be typing where the message does not say; each further one says so again."""
MAX_TYPING_S: Final = 60.0
EARLY_LIMIT: Final = 500
"""Audio messages kept until the formats are known: a long greeting, not a flood."""


# --- actions: what the voice thread does at once ----------------------------------------------


@dataclass(frozen=True, slots=True)
class Begin:
    """Both formats are known: sound may flow both ways."""

    conversation_id: str
    input_format: AudioFormat
    output_format: AudioFormat


@dataclass(frozen=True, slots=True)
class Play:
    """Append to the playout buffer; *payload* is in the announced output format."""

    payload: bytes = field(repr=False)
    event_id: int


@dataclass(frozen=True, slots=True)
class FlushPlayout:
    """Silence the speaker now and forget what is queued."""

    event_id: int


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message to the agent."""

    message: wire.ClientMessage


@dataclass(frozen=True, slots=True)
class Tell:
    """Report to the desk."""

    report: Report


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The conversation cannot go on: close the socket and report *failure*."""

    failure: Failure


Action = Begin | Play | FlushPlayout | Send | Tell | GiveUp


class Conversation:
    """The state of one conversation with an agent.

    Attributes:
        is_ready: The metadata has come.
        is_waiting_for_line: The service holds the call in its queue: nothing may be sent.
        is_ending: The agent is hanging up.
    """

    def __init__(self) -> None:
        self.is_ready = False
        self.is_waiting_for_line = False
        self.is_ending = False
        self._error: wire.ErrorMessage | None = None
        self._error_at_ms = 0
        self._last_interruption_id: int | None = None
        self._early: list[wire.Audio] = []
        self._streamed: dict[int | None, str] = {}
        self._approvals = Approvals()

    def handle(self, message: wire.ServerMessage, at_ms: int) -> list[Action]:
        """What to do about *message*, received *at_ms* ms into the conversation; often nothing."""
        handler = _HANDLERS.get(type(message))
        return handler(self, message, at_ms) if handler else []

    def error_before_close(self, at_ms: int) -> wire.ErrorMessage | None:
        """The error that explains a close at *at_ms*; one the conversation got over long ago explains nothing."""
        return self._error if at_ms - self._error_at_ms <= ERROR_EXPLAINS_MS else None

    @staticmethod
    def initiation(
        variables: Mapping[str, Any], user_id: str | None, overrides: Mapping[str, Any] | None
    ) -> wire.ConversationInitiation:
        """The first frame of every conversation; only what the caller gave is in it.

        Raises:
            pydantic.ValidationError: A variable or override that the protocol does not know.
        """
        given: dict[str, Any] = {"type": wire.ConversationInitiation.type}
        if variables:
            given["dynamic_variables"] = dict(variables)
        if user_id:
            given["user_id"] = user_id
        if overrides:
            given["conversation_config_override"] = dict(overrides)
        return wire.ConversationInitiation.model_validate(given)

    # --- what the operator answers --------------------------------------------------------------

    def answer_approval(self, tool_call_id: str, is_approved: bool, at_ms: int) -> list[Action]:
        """The operator's word on a tool; nothing when that question does not stand (any more)."""
        approval = self._approvals.take(tool_call_id)
        if approval is None:
            return []
        return _answered(approval, is_approved, at_ms, "" if is_approved else OPERATOR_REFUSED)

    def refuse_overdue(self, at_ms: int) -> list[Action]:
        """Refuse the tools that nobody has said a word on in time: silence would block the agent for minutes."""
        actions: list[Action] = []
        for approval in self._approvals.overdue(at_ms):
            self._approvals.take(approval.tool_call_id)
            actions += _answered(approval, False, at_ms, NOT_ANSWERED)
        return actions

    # --- handlers, in the order of a conversation ---------------------------------------------

    def _on_metadata(self, message: wire.ConversationMetadata, at_ms: int) -> list[Action]:
        if self.is_ready:
            return []
        try:
            begin = Begin(message.conversation_id, message.input_format, message.output_format)
        except ProtocolError as error:
            return [GiveUp(Failure(error.code, str(error)))]
        self.is_ready = True
        early, self._early = self._early, []
        played = [action for audio in early for action in self._on_audio(audio, at_ms)]
        return [begin, Tell(AgentReady(message.conversation_id)), *played]

    def _on_audio(self, message: wire.Audio, _at_ms: int) -> list[Action]:
        if not self.is_ready:
            if len(self._early) < EARLY_LIMIT:
                self._early.append(message)
            return []
        if self._last_interruption_id is not None and message.event_id <= self._last_interruption_id:
            return []
        try:
            payload = wire.decode_audio(message.audio_base_64)
        except ProtocolError:
            return []
        return [Play(payload, message.event_id)] if payload else []

    def _on_interruption(self, message: wire.Interruption, _at_ms: int) -> list[Action]:
        self._last_interruption_id = max(message.event_id, self._last_interruption_id or message.event_id)
        self._early = [audio for audio in self._early if audio.event_id > message.event_id]
        # The flush reports `AgentCutOff` itself: only it knows how much had been heard.
        return [FlushPlayout(message.event_id), Tell(Interrupted(message.event_id))]

    def _on_agent_response(self, message: wire.AgentResponse, at_ms: int) -> list[Action]:
        self._streamed.pop(message.event_id, None)
        return _said(message.text, at_ms, message.event_id)

    def _on_chat_part(self, message: wire.AgentChatResponsePart, at_ms: int) -> list[Action]:
        text = (self._streamed.get(message.event_id, "") + message.text)[:TEXT_LIMIT]
        self._streamed = {message.event_id: text}
        return _said(text, at_ms, message.event_id)

    def _on_correction(self, message: wire.AgentResponseCorrection, at_ms: int) -> list[Action]:
        original, text = message.original_text.strip(), message.text.strip()
        return [Tell(AgentCorrected(original[:TEXT_LIMIT], text[:TEXT_LIMIT], at_ms, message.event_id))]

    def _on_user_transcript(self, message: wire.UserTranscript, at_ms: int) -> list[Action]:
        text = message.text.strip()[:TEXT_LIMIT]
        return [Tell(OperatorSaid(text, at_ms, message.event_id, is_final=True))] if text else []

    def _on_tentative(self, message: wire.TentativeUserTranscript, at_ms: int) -> list[Action]:
        return [Tell(OperatorSaid(message.text.strip()[:TEXT_LIMIT], at_ms, message.event_id, is_final=False))]

    def _on_ping(self, message: wire.Ping, _at_ms: int) -> list[Action]:
        # The link has answered it already. The first ones carry no measurement.
        return [] if message.ping_ms is None else [Tell(RoundTripMeasured(round(message.ping_ms)))]

    def _on_client_tool_call(self, message: wire.ClientToolCall, at_ms: int) -> list[Action]:
        refusal = wire.ClientToolResult(tool_call_id=message.tool_call_id, result=TOOL_REFUSAL, is_error=True)
        used = ToolUsed(message.tool_call_id, message.tool_name, "refused", at_ms, TOOL_REFUSAL)
        return [Send(refusal), Tell(used)]

    def _on_tool_request(self, message: wire.AgentToolRequest, at_ms: int) -> list[Action]:
        return [Tell(ToolUsed(message.tool_call_id, message.tool_name, "requested", at_ms))]

    def _on_tool_response(self, message: wire.AgentToolResponse, at_ms: int) -> list[Action]:
        state: ToolState = "failed" if message.is_error else "done"
        actions: list[Action] = [Tell(ToolUsed(message.tool_call_id, message.tool_name, state, at_ms))]
        if message.tool_name == wire.END_CALL_TOOL and not message.is_error:
            actions += self._hanging_up()
        return actions

    def _on_mcp_tool_call(self, message: wire.McpToolCall, at_ms: int) -> list[Action]:
        if message.state != "awaiting_approval":
            return self._mcp_went_on(message, at_ms)
        approval = self._approvals.ask(message, at_ms)
        if approval is None:
            return []
        if self._approvals.is_crowded:
            self._approvals.take(approval.tool_call_id)
            return _answered(approval, False, at_ms, TOO_MANY_QUESTIONS)
        waiting = ToolUsed(approval.tool_call_id, approval.tool_name, "asked", at_ms)
        return [Tell(waiting), Tell(ApprovalAsked(approval))]

    def _mcp_went_on(self, message: wire.McpToolCall, at_ms: int) -> list[Action]:
        """The tool runs, or is over; whoever was still asked about it need not answer."""
        states: dict[str, ToolState] = {"loading": "requested", "success": "done", "failure": "failed"}
        detail = message.error_message[:WORDS_LIMIT]
        used = ToolUsed(message.tool_call_id, message.tool_name, states[message.state], at_ms, detail)
        was_asked = self._approvals.take(message.tool_call_id) is not None
        return [Tell(used), Tell(ApprovalSettled(message.tool_call_id))] if was_asked else [Tell(used)]

    def _on_queue_status(self, message: wire.QueueStatus, _at_ms: int) -> list[Action]:
        self.is_waiting_for_line = message.status == "waiting"
        return [Tell(LineWaited(self.is_waiting_for_line))]

    def _on_error(self, message: wire.ErrorMessage, at_ms: int) -> list[Action]:
        self._error, self._error_at_ms = message, at_ms
        if message.error_type != wire.MAX_DURATION_EXCEEDED:
            return []
        return [
            Tell(NoticeGiven("time_limit", sentence("The agent's time limit for a call was reached."))),
            *self._hanging_up(),
        ]

    def _hanging_up(self) -> list[Action]:
        if self.is_ending:
            return []
        self.is_ending = True
        return [Tell(AgentHangingUp())]

    def _on_takeover(self, _message: wire.ExternalAgentConnected, _at_ms: int) -> list[Action]:
        notice = NoticeGiven("human_took_over", sentence("A person has taken over from the agent."))
        return [Tell(HumanSpeaks(is_human=True)), Tell(notice)]

    def _on_handback(self, _message: wire.ExternalAgentDisconnected, _at_ms: int) -> list[Action]:
        return [
            Tell(HumanSpeaks(is_human=False)),
            Tell(NoticeGiven("human_left", sentence("The person has left; the agent goes on."))),
        ]

    def _on_typing(self, message: wire.AgentTyping, _at_ms: int) -> list[Action]:
        for_s = TYPING_S if message.duration_ms is None else message.duration_ms / 1000
        return [Tell(HumanTypes(min(MAX_TYPING_S, max(0.0, for_s)) if message.is_typing else 0.0))]

    def _on_guardrail(self, _message: wire.GuardrailTriggered, _at_ms: int) -> list[Action]:
        return [Tell(NoticeGiven("guardrail", sentence("A safety rule of this agent stopped an answer.")))]


def _said(text: str, at_ms: int, event_id: int | None) -> list[Action]:
    stripped = text.strip()[:TEXT_LIMIT]
    return [Tell(AgentSaid(stripped, at_ms, event_id))] if stripped else []


def _answered(approval: Approval, is_approved: bool, at_ms: int, detail: str) -> list[Action]:
    """Send the answer to a question, and tell what becomes of the tool."""
    tool_call_id = approval.tool_call_id
    state: ToolState = "requested" if is_approved else "refused"
    return [
        Send(wire.McpToolApprovalResult(tool_call_id=tool_call_id, is_approved=is_approved)),
        Tell(ToolUsed(tool_call_id, approval.tool_name, state, at_ms, detail)),
        Tell(ApprovalSettled(tool_call_id)),
    ]


C = Conversation
_HANDLERS: Final[Mapping[type[Any], Callable[[Conversation, Any, int], list[Action]]]] = {
    wire.ConversationMetadata: C._on_metadata,  # noqa: SLF001 - the table below the class is part of it
    wire.Audio: C._on_audio,  # noqa: SLF001
    wire.Interruption: C._on_interruption,  # noqa: SLF001
    wire.AgentResponse: C._on_agent_response,  # noqa: SLF001
    wire.AgentChatResponsePart: C._on_chat_part,  # noqa: SLF001
    wire.AgentResponseCorrection: C._on_correction,  # noqa: SLF001
    wire.UserTranscript: C._on_user_transcript,  # noqa: SLF001
    wire.TentativeUserTranscript: C._on_tentative,  # noqa: SLF001
    wire.Ping: C._on_ping,  # noqa: SLF001
    wire.ClientToolCall: C._on_client_tool_call,  # noqa: SLF001
    wire.AgentToolRequest: C._on_tool_request,  # noqa: SLF001
    wire.AgentToolResponse: C._on_tool_response,  # noqa: SLF001
    wire.AgentToolResponseFullPayload: C._on_tool_response,  # noqa: SLF001
    wire.McpToolCall: C._on_mcp_tool_call,  # noqa: SLF001
    wire.QueueStatus: C._on_queue_status,  # noqa: SLF001
    wire.ErrorMessage: C._on_error,  # noqa: SLF001
    wire.AgentTyping: C._on_typing,  # noqa: SLF001
    wire.ExternalAgentConnected: C._on_takeover,  # noqa: SLF001
    wire.ExternalAgentDisconnected: C._on_handback,  # noqa: SLF001
    wire.GuardrailTriggered: C._on_guardrail,  # noqa: SLF001
}
