"""Messages from us to the agent. All but audio carry `type`; what was not set is not sent.

The practice agent reads the same models, so a fault in one would show on both sides of every test.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    AllowInfNan,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    StringConstraints,
)

from connector_gui.core.frames import WireMessage, WireModel, encode_audio


def _no_system_name(name: str) -> str:
    if name.startswith("system__"):
        raise ValueError("names that begin with system__ belong to the service")
    return name


VariableName = Annotated[str, StringConstraints(min_length=1), AfterValidator(_no_system_name)]
VariableValue = StrictBool | StrictInt | Annotated[StrictFloat, AllowInfNan(False)] | StrictStr
"""Scalars only; strict, so that ``"1"``, ``1`` and ``true`` stay what they are."""


class _Override(WireModel):
    """A part of the agent's configuration; the service refuses the call if a leaf is not allowed on the agent."""

    # Leaves we do not know are the caller's business and the service's.
    model_config = ConfigDict(extra="allow")


class PromptOverride(_Override):
    """What the language model is told."""

    prompt: str = ""
    llm: str = ""
    tool_ids: tuple[str, ...] = ()
    native_mcp_server_ids: tuple[str, ...] = ()


class AgentOverride(_Override):
    """What the agent says and in which language; an empty `first_message` makes it wait for the user."""

    prompt: PromptOverride = PromptOverride()
    first_message: str = ""
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]{2})?$")] = "en"
    max_conversation_duration_message: str = ""


class AsrOverride(_Override):
    """Speech recognition."""

    keywords: tuple[str, ...] = ()


class TtsOverride(_Override):
    """The voice."""

    voice_id: str = ""
    model_id: str = ""
    stability: Annotated[float, Field(ge=0, le=1)] = 0.5
    similarity_boost: Annotated[float, Field(ge=0, le=1)] = 0.8
    # The contract allows 0.7 to 5, the older REST description 0.7 to 1.2.
    speed: Annotated[float, Field(ge=0.7, le=5)] = 1.0
    clone_strength: float = 0.0


class TurnOverride(_Override):
    """Taking turns."""

    soft_timeout_config: dict[str, Any] = Field(default_factory=dict)
    noisy_environment_message: str = ""


class ChatOverride(_Override):
    """The conversation as such."""

    text_only: bool = False
    max_duration_seconds: Annotated[int, Field(ge=1)] = 600
    client_events: Annotated[tuple[str, ...], Field(min_length=1)] = ("audio",)


class ConfigOverride(_Override):
    """Leaves of the agent's configuration for this one conversation.

    Defaults are never sent: only what was set goes over the wire, and only such leaves are to be set as the caller
    named.
    """

    agent: AgentOverride = AgentOverride()
    asr: AsrOverride = AsrOverride()
    tts: TtsOverride = TtsOverride()
    turn: TurnOverride = TurnOverride()
    conversation: ChatOverride = ChatOverride()

    def leaves(self) -> dict[str, object]:
        """What is set, by dotted path, e.g. ``{"agent.language": "de"}``."""
        return dict(_leaves("", self.model_dump(exclude_unset=True)))


def _leaves(path: str, tree: dict[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in tree.items():
        # `soft_timeout_config` is one leaf with an object in it: permission is given for the whole.
        if isinstance(value, dict) and not name.endswith("_config"):
            yield from _leaves(f"{path}{name}.", value)
        else:
            yield path + name, value


class SourceInfo(WireModel):
    """Which client this is, for the service's statistics; unlisted values have unknown effects."""

    source: str | None = None
    version: str | None = None


class ConversationInitiation(WireMessage):
    """Opens the conversation: always the first frame, even when empty."""

    type: ClassVar[str] = "conversation_initiation_client_data"

    # Values of secret__ variables and prompts must not show when a message is logged.
    conversation_config_override: ConfigOverride = Field(default=ConfigOverride(), repr=False)
    custom_llm_extra_body: dict[str, Any] = Field(default_factory=dict, repr=False)
    dynamic_variables: dict[VariableName, VariableValue] = Field(default_factory=dict, repr=False)
    user_id: str | None = None
    source_info: SourceInfo = SourceInfo()
    tool_mock_config: dict[str, Any] = Field(default_factory=dict)
    branch_id: str = ""
    environment: str = ""
    starting_workflow_node_id: str = ""
    procedure_ids: tuple[str, ...] = ()
    start_procedure_ids: Annotated[tuple[str, ...], Field(max_length=5)] = ()


class UserAudioChunk(WireMessage):
    """A chunk of the user's voice, in the announced input format. The one message without a `type`."""

    type: ClassVar[str] = "user_audio_chunk"

    user_audio_chunk: str = Field(repr=False)

    @classmethod
    def of(cls, samples: bytes) -> UserAudioChunk:
        """The message for raw *samples*."""
        return cls(user_audio_chunk=encode_audio(samples))

    def to_frame(self) -> dict[str, Any]:
        """The JSON object as it goes over the wire."""
        return {"user_audio_chunk": self.user_audio_chunk}

    def to_json(self) -> str:
        """The text frame, without a trip through the serialiser: this one is sent up to fifty times a second."""
        return f'{{"user_audio_chunk":"{self.user_audio_chunk}"}}'


class Pong(WireMessage):
    """Answer to a ping: its id, at once."""

    type: ClassVar[str] = "pong"

    event_id: int


class UserMessage(WireMessage):
    """Text as if the user had said it; makes the agent reply. None is a mere signal in text conversations."""

    type: ClassVar[str] = "user_message"

    text: str | None = Field(default=None, repr=False)
    rich_content_id: str = ""


class UserActivity(WireMessage):
    """The user is busy typing: the agent should not butt in."""

    type: ClassVar[str] = "user_activity"


class ContextualUpdate(WireMessage):
    """Background for the agent; forces no turn. Of several with one `context_id` the newest counts."""

    type: ClassVar[str] = "contextual_update"

    text: str = Field(repr=False)
    context_id: str = ""


class ClientToolResult(WireMessage):
    """Answer to a `ClientToolCall`; structured results go as JSON text."""

    type: ClassVar[str] = "client_tool_result"

    tool_call_id: str
    result: str = Field(repr=False)
    is_error: bool


class McpToolApprovalResult(WireMessage):
    """The user's word on an MCP tool call, once per id."""

    type: ClassVar[str] = "mcp_tool_approval_result"

    tool_call_id: str
    is_approved: StrictBool


class Feedback(WireMessage):
    """The user's liking of one event; None takes it back."""

    type: ClassVar[str] = "feedback"

    event_id: int
    score: Literal["like", "dislike"] | None


class FileInput(WireModel):
    """A file that was uploaded before."""

    type: Literal["file_input"]
    file_id: str


class MessageText(WireModel):
    """A user message inside a multimodal one."""

    type: Literal["user_message"]
    text: str | None = Field(default=None, repr=False)


class MultimodalMessage(WireMessage):
    """Text and files together; the first file goes in `file` and in `files`."""

    type: ClassVar[str] = "multimodal_message"

    text: MessageText | None = None
    file: FileInput | None = None
    files: tuple[FileInput, ...] = ()


class EnclaveSetupConfig(WireMessage):
    """Set-up of a self-hosted service, secrets in it; known so that it can be told apart, neither sent nor kept."""

    type: ClassVar[str] = "enclave_setup_config"
