"""Everything that goes over the agent's socket, in both directions. Frames are JSON text; none is binary.

    us → agent                                   agent → us
    ──────────                                   ──────────
    ConversationInitiation (first, always)
                                                 ConversationMetadata (formats, conversation_id)
                                                 Ping …
    Pong (at once) …
    UserAudioChunk … (in real time, silence too) AgentResponse, Audio … (faster than real time)
                                                 TentativeUserTranscript …, UserTranscript
                                                 Interruption (stop playing), AgentResponseCorrection
                                                 AgentToolResponse "end_call", then close 1000

The models are in `server_messages` and `client_messages`, and all of them can be had from here.
Source: the AsyncAPI contract of `@elevenlabs/types` 0.23.0, the clients' and observed traffic where they differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias, get_args

from connector_gui.core.client_messages import (
    AgentOverride,
    AsrOverride,
    ChatOverride,
    ClientToolResult,
    ConfigOverride,
    ContextualUpdate,
    ConversationInitiation,
    EnclaveSetupConfig,
    Feedback,
    FileInput,
    McpToolApprovalResult,
    MessageText,
    MultimodalMessage,
    Pong,
    PromptOverride,
    SourceInfo,
    TtsOverride,
    TurnOverride,
    UserActivity,
    UserAudioChunk,
    UserMessage,
    VariableName,
    VariableValue,
)
from connector_gui.core.frames import (
    UnknownMessage,
    WireMessage,
    decode_audio,
    encode_audio,
    parse_by_type,
    read_frame,
    validate,
)
from connector_gui.core.server_messages import (
    DEFAULT_CLIENT_EVENTS,
    END_CALL_TOOL,
    MAX_DURATION_EXCEEDED,
    AgentChatResponsePart,
    AgentReasoningResponsePart,
    AgentResponse,
    AgentResponseComplete,
    AgentResponseCorrection,
    AgentResponseMetadata,
    AgentToolRequest,
    AgentToolResponse,
    AgentToolResponseFullPayload,
    AgentTyping,
    AsrMetadata,
    Attachment,
    Audio,
    AudioAlignment,
    ClientError,
    ClientToolCall,
    ContextUsage,
    ConversationMetadata,
    DtmfRequest,
    ErrorMessage,
    ExternalAgentConnected,
    ExternalAgentDisconnected,
    GuardrailTriggered,
    Interruption,
    McpConnectionStatus,
    McpIntegration,
    McpToolCall,
    PartKind,
    Ping,
    QueueStatus,
    RichContent,
    TentativeAgentResponse,
    TentativeUserTranscript,
    TurnProbability,
    UserTranscript,
    VadScore,
)

KnownServerMessage: TypeAlias = (
    ConversationMetadata
    | Audio
    | UserTranscript
    | TentativeUserTranscript
    | AgentResponse
    | AgentResponseCorrection
    | AgentChatResponsePart
    | AgentReasoningResponsePart
    | Interruption
    | Ping
    | ClientToolCall
    | AgentToolRequest
    | AgentToolResponse
    | AgentToolResponseFullPayload
    | McpToolCall
    | McpConnectionStatus
    | VadScore
    | ContextUsage
    | AsrMetadata
    | GuardrailTriggered
    | TurnProbability
    | TentativeAgentResponse
    | AgentTyping
    | ExternalAgentConnected
    | ExternalAgentDisconnected
    | RichContent
    | QueueStatus
    | ErrorMessage
    | AgentResponseMetadata
    | AgentResponseComplete
    | ClientError
    | DtmfRequest
)
ServerMessage: TypeAlias = KnownServerMessage | UnknownMessage

TypedClientMessage: TypeAlias = (
    ConversationInitiation
    | Pong
    | UserMessage
    | UserActivity
    | ContextualUpdate
    | ClientToolResult
    | McpToolApprovalResult
    | Feedback
    | MultimodalMessage
    | EnclaveSetupConfig
)
ClientMessage: TypeAlias = UserAudioChunk | TypedClientMessage

_SERVER: Final[Mapping[str, type[KnownServerMessage]]] = {model.type: model for model in get_args(KnownServerMessage)}
_CLIENT: Final[Mapping[str, type[TypedClientMessage]]] = {model.type: model for model in get_args(TypedClientMessage)}


def parse_server_message(text: str | bytes) -> ServerMessage:
    """The message in a frame from the agent; an unknown type gives an `UnknownMessage`.

    Raises:
        ProtocolError: Not JSON, no type, a member missing or of the wrong type. The text never quotes the payload.
    """
    message: ServerMessage = parse_by_type(read_frame(text), _SERVER)
    return message


def parse_client_message(text: str | bytes) -> ClientMessage | UnknownMessage:
    """The message in a frame from a client, as the practice agent reads it.

    Raises:
        ProtocolError: As for `parse_server_message`.
    """
    frame: dict[str, Any] = read_frame(text)
    if "user_audio_chunk" in frame:
        return validate(UserAudioChunk, frame)
    message: ClientMessage | UnknownMessage = parse_by_type(frame, _CLIENT)
    return message


__all__ = [
    "DEFAULT_CLIENT_EVENTS",
    "END_CALL_TOOL",
    "MAX_DURATION_EXCEEDED",
    "AgentChatResponsePart",
    "AgentOverride",
    "AgentReasoningResponsePart",
    "AgentResponse",
    "AgentResponseComplete",
    "AgentResponseCorrection",
    "AgentResponseMetadata",
    "AgentToolRequest",
    "AgentToolResponse",
    "AgentToolResponseFullPayload",
    "AgentTyping",
    "AsrMetadata",
    "AsrOverride",
    "Attachment",
    "Audio",
    "AudioAlignment",
    "ChatOverride",
    "ClientError",
    "ClientMessage",
    "ClientToolCall",
    "ClientToolResult",
    "ConfigOverride",
    "ContextUsage",
    "ContextualUpdate",
    "ConversationInitiation",
    "ConversationMetadata",
    "DtmfRequest",
    "EnclaveSetupConfig",
    "ErrorMessage",
    "ExternalAgentConnected",
    "ExternalAgentDisconnected",
    "Feedback",
    "FileInput",
    "GuardrailTriggered",
    "Interruption",
    "KnownServerMessage",
    "McpConnectionStatus",
    "McpIntegration",
    "McpToolApprovalResult",
    "McpToolCall",
    "MessageText",
    "MultimodalMessage",
    "PartKind",
    "Ping",
    "Pong",
    "PromptOverride",
    "QueueStatus",
    "RichContent",
    "ServerMessage",
    "SourceInfo",
    "TentativeAgentResponse",
    "TentativeUserTranscript",
    "TtsOverride",
    "TurnOverride",
    "TurnProbability",
    "TypedClientMessage",
    "UnknownMessage",
    "UserActivity",
    "UserAudioChunk",
    "UserMessage",
    "UserTranscript",
    "VadScore",
    "VariableName",
    "VariableValue",
    "WireMessage",
    "decode_audio",
    "encode_audio",
    "parse_client_message",
    "parse_server_message",
]
