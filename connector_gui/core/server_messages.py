"""Messages from the agent to us, newest contract first (`elevenlabs/packages` types 0.23.0).

An agent's `client_events` list decides which of them come, so each may be absent. `event_id` is optional where
servers of 2025 did not send it. ids of agent and user events do not decrease; pings count on their own.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from connector_gui.core.frames import Lenient, WireMessage, WireModel
from connector_gui.core.pcm import PCM_16000, AudioFormat

END_CALL_TOOL: Final = "end_call"
"""`tool_name` of the system tool by which the agent hangs up."""

MAX_DURATION_EXCEEDED: Final = "max_duration_exceeded"
"""`error_type` of the one error that is a regular ending."""

DEFAULT_CLIENT_EVENTS: Final = (
    "audio",
    "interruption",
    "agent_response",
    "user_transcript",
    "tentative_user_transcript",
    "conversation_initiation_metadata",
    "ping",
)
"""What an agent sends while its `client_events` is unset."""


class ConversationMetadata(WireMessage):
    """The conversation has begun; comes once, usually first."""

    type: ClassVar[str] = "conversation_initiation_metadata"
    wrapper: ClassVar[str | None] = "conversation_initiation_metadata_event"

    conversation_id: str
    agent_output_audio_format: str | None = None
    user_input_audio_format: str | None = None

    @property
    def output_format(self) -> AudioFormat:
        """Format of the agent's audio; `ProtocolError` for one we do not know."""
        return _format_or_default(self.agent_output_audio_format)

    @property
    def input_format(self) -> AudioFormat:
        """Format that our audio must have; `ProtocolError` for one we do not know."""
        return _format_or_default(self.user_input_audio_format)


def _format_or_default(name: str | None) -> AudioFormat:
    # The official JavaScript client assumes 16 kHz when a format is missing.
    return PCM_16000 if name is None else AudioFormat.parse(name)


class AudioAlignment(WireModel):
    """When each character of a chunk is spoken, relative to the chunk."""

    chars: tuple[str, ...]
    char_start_times_ms: tuple[int, ...]
    char_durations_ms: tuple[int, ...]


class Audio(WireMessage):
    """A chunk of the agent's voice; arrives faster than it plays, and may be empty."""

    type: ClassVar[str] = "audio"
    wrapper: ClassVar[str | None] = "audio_event"

    audio_base_64: str = Field(repr=False)
    event_id: int
    alignment: Lenient[AudioAlignment] = Field(default=None, repr=False)


class UserTranscript(WireMessage):
    """What the user said, final."""

    type: ClassVar[str] = "user_transcript"
    wrapper: ClassVar[str | None] = "user_transcription_event"

    text: str = Field(alias="user_transcript", repr=False)
    event_id: int | None = None


class TentativeUserTranscript(WireMessage):
    """What the user seems to be saying; replaces the one before."""

    type: ClassVar[str] = "tentative_user_transcript"
    wrapper: ClassVar[str | None] = "tentative_user_transcription_event"

    text: str = Field(alias="user_transcript", repr=False)
    event_id: int | None = None


class Attachment(WireModel):
    """A file that the agent shows with its text."""

    url: str
    name: str
    mime_type: str | None = None


class AgentResponse(WireMessage):
    """The whole text of the agent's turn, sent about with its first audio."""

    type: ClassVar[str] = "agent_response"
    wrapper: ClassVar[str | None] = "agent_response_event"

    text: str = Field(alias="agent_response", repr=False)
    event_id: int | None = None
    attachments: Lenient[tuple[Attachment, ...]] = None


class AgentResponseCorrection(WireMessage):
    """After a barge-in: what of the turn was really spoken."""

    type: ClassVar[str] = "agent_response_correction"
    wrapper: ClassVar[str | None] = "agent_response_correction_event"

    original_text: str = Field(alias="original_agent_response", repr=False)
    text: str = Field(alias="corrected_agent_response", repr=False)
    event_id: int | None = None


class PartKind(StrEnum):
    """Place of a part in a streamed text; `text` is empty on start and stop."""

    START = "start"
    DELTA = "delta"
    STOP = "stop"


class AgentChatResponsePart(WireMessage):
    """A piece of the agent's text, in text conversations."""

    type: ClassVar[str] = "agent_chat_response_part"
    wrapper: ClassVar[str | None] = "text_response_part"

    text: str = Field(repr=False)
    kind: PartKind = Field(alias="type")
    event_id: int | None = None


class AgentReasoningResponsePart(WireMessage):
    """A piece of the agent's reasoning; experimental."""

    type: ClassVar[str] = "agent_reasoning_response_part"
    wrapper: ClassVar[str | None] = "reasoning_response_part"

    text: str = Field(repr=False)
    kind: PartKind = Field(alias="type")
    event_id: str  # a text here, unlike every other event_id


class Interruption(WireMessage):
    """The user cut in on the event named: stop playing it and all before it."""

    type: ClassVar[str] = "interruption"
    wrapper: ClassVar[str | None] = "interruption_event"

    event_id: int


class Ping(WireMessage):
    """To be answered with a pong at once; has a sequence of ids of its own."""

    type: ClassVar[str] = "ping"
    wrapper: ClassVar[str | None] = "ping_event"

    event_id: int
    ping_ms: Lenient[int | float] = None


class ClientToolCall(WireMessage):
    """The agent wants something done on our side; to be answered with a `ClientToolResult`."""

    type: ClassVar[str] = "client_tool_call"
    wrapper: ClassVar[str | None] = "client_tool_call"

    tool_name: str
    tool_call_id: str
    parameters: dict[str, Any] = Field(repr=False)
    event_id: int | None = None


class AgentToolRequest(WireMessage):
    """The agent starts a tool on its own side."""

    type: ClassVar[str] = "agent_tool_request"
    wrapper: ClassVar[str | None] = "agent_tool_request"

    tool_name: str
    tool_call_id: str
    tool_type: str
    event_id: int | None = None


class AgentToolResponse(WireMessage):
    """A tool on the agent's side is done; the only sign of system tools such as `end_call`."""

    type: ClassVar[str] = "agent_tool_response"
    wrapper: ClassVar[str | None] = "agent_tool_response"

    tool_name: str
    tool_call_id: str
    tool_type: str
    is_error: bool
    is_called: bool | None = None
    event_id: int | None = None


class AgentToolResponseFullPayload(AgentToolResponse):
    """The same with the tool's result, at most 64 KB of it."""

    type: ClassVar[str] = "agent_tool_response_full_payload"
    wrapper: ClassVar[str | None] = "agent_tool_response_full_payload"

    full_tool_result: str = Field(repr=False)
    is_blocked: bool = False
    truncated: bool = False


class McpToolCall(WireMessage):
    """State of a tool of a Model Context Protocol server; may wait for the user's approval."""

    type: ClassVar[str] = "mcp_tool_call"
    wrapper: ClassVar[str | None] = "mcp_tool_call"

    service_id: str
    tool_call_id: str
    tool_name: str
    tool_description: str | None = None
    parameters: dict[str, Any] = Field(repr=False)
    timestamp: str
    state: Literal["loading", "awaiting_approval", "success", "failure"]
    approval_timeout_secs: Lenient[int | float] = None
    result: tuple[dict[str, Any], ...] = Field(default=(), repr=False)
    error_message: str = ""


class McpIntegration(WireModel):
    """One tool server of the agent."""

    integration_id: str
    integration_type: str
    is_connected: bool
    tool_count: int = 0


class McpConnectionStatus(WireMessage):
    """Which tool servers the agent reaches."""

    type: ClassVar[str] = "mcp_connection_status"
    wrapper: ClassVar[str | None] = "mcp_connection_status"

    integrations: tuple[McpIntegration, ...]


class VadScore(WireMessage):
    """How sure the agent is that the user speaks, 0 to 1; frequent."""

    type: ClassVar[str] = "vad_score"
    wrapper: ClassVar[str | None] = "vad_score_event"

    vad_score: float


class ContextUsage(WireMessage):
    """How full the language model's context is, after each turn of the agent."""

    type: ClassVar[str] = "context_usage"
    wrapper: ClassVar[str | None] = "context_usage_event"

    event_id: int
    model: str
    context_tokens: int
    context_limit_tokens: int


class AgentTyping(WireMessage):
    """A human who took over is typing."""

    type: ClassVar[str] = "agent_typing"
    wrapper: ClassVar[str | None] = "agent_typing_event"

    is_typing: bool
    duration_ms: int | None = None


class RichContent(WireMessage):
    """Something to draw, for the web widget; the props are untrusted."""

    type: ClassVar[str] = "rich_content"
    wrapper: ClassVar[str | None] = "rich_content"

    rich_content_id: str
    component: str
    props: dict[str, Any] = Field(repr=False)
    event_id: int | None = None


class QueueStatus(WireMessage):
    """All lines of the agent are busy: seen are waiting, admitted and timed_out."""

    type: ClassVar[str] = "queue_status"
    wrapper: ClassVar[str | None] = "queue_status_event"

    status: str


class TurnProbability(WireMessage):
    """How likely it is that the user has finished; internal to the service."""

    type: ClassVar[str] = "internal_turn_probability"
    wrapper: ClassVar[str | None] = "turn_probability_internal_event"

    turn_probability: float


class TentativeAgentResponse(WireMessage):
    """What the agent may be about to say; internal to the service."""

    type: ClassVar[str] = "internal_tentative_agent_response"
    wrapper: ClassVar[str | None] = "tentative_agent_response_internal_event"

    text: str = Field(alias="tentative_agent_response", repr=False)


class ErrorMessage(WireMessage):
    """Why the connection is about to close.

    Every member may be absent or lie beside `type`: real traffic had a `message` there, and a bare
    ``{"type":"error"}``.
    """

    type: ClassVar[str] = "error"
    wrapper: ClassVar[str | None] = "error_event"

    code: Lenient[int] = None
    message: Lenient[str] = None
    error_type: Lenient[str] = None
    reason: Lenient[str] = None
    debug_message: Lenient[str] = None
    details: Lenient[dict[str, Any]] = Field(default=None, repr=False)

    @classmethod
    def body_of(cls, frame: dict[str, Any]) -> object:
        """The members, wherever they lie: nested, flat beside `type`, or nowhere."""
        nested = frame.get("error_event")
        return {**frame, **(nested if isinstance(nested, dict) else {})}

    @property
    def text(self) -> str:
        """The best sentence in it; empty if there is none. `reason` is meant for everybody's eyes, so it goes first."""
        return self.reason or self.message or ""


class _Bare(WireMessage):
    """A message whose coming is all that is known of it."""


class AsrMetadata(_Bare):
    """Speech recognition has started."""

    type: ClassVar[str] = "asr_initiation_metadata"

    asr_initiation_metadata_event: dict[str, Any] = Field(default_factory=dict)


class GuardrailTriggered(_Bare):
    """A safety rule stopped the agent."""

    type: ClassVar[str] = "guardrail_triggered"


class ExternalAgentConnected(_Bare):
    """A human takes over from the agent."""

    type: ClassVar[str] = "external_agent_connected"


class ExternalAgentDisconnected(_Bare):
    """The human has left again."""

    type: ClassVar[str] = "external_agent_disconnected"


class AgentResponseMetadata(_Bare):
    """Its payload is not published."""

    type: ClassVar[str] = "agent_response_metadata"


class AgentResponseComplete(_Bare):
    """Its payload is not published; not prompt after a scripted greeting."""

    type: ClassVar[str] = "agent_response_complete"


class ClientError(_Bare):
    """Its payload is not published."""

    type: ClassVar[str] = "client_error"


class DtmfRequest(_Bare):
    """Its payload is not published."""

    type: ClassVar[str] = "dtmf_request"
