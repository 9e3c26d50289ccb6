"""Bodies of the agent's REST interface: what the client reads and the practice agent writes.

Only the members that a caller needs; what the service adds is ignored, and what is good to have may be absent.
Source: Python SDK 2.78.0 (`conversational_ai/…/raw_client.py`, `types/*`) and the service's page on errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeVar

import pydantic_core
from pydantic import Field, ValidationError

from connector_gui.core.errors import ProtocolError
from connector_gui.core.frames import Lenient, WireModel
from connector_gui.core.sentence import sentence
from connector_gui.core.server_messages import DEFAULT_CLIENT_EVENTS

KEY_HEADER: Final = "xi-api-key"
"""Carries the key on every request; headers are compared without regard to case."""

SIGNED_URL_PATH: Final = "/v1/convai/conversation/get-signed-url"
SOCKET_PATH: Final = "/v1/convai/conversation"
AGENTS_PATH: Final = "/v1/convai/agents"
CONVERSATIONS_PATH: Final = "/v1/convai/conversations"
USER_PATH: Final = "/v1/user"
SUBSCRIPTION_PATH: Final = "/v1/user/subscription"


class SignedUrlReply(WireModel):
    """Answer of `SIGNED_URL_PATH`; the URL is a secret and stands in no repr."""

    signed_url: str = Field(repr=False, min_length=1)


class AgentSummary(WireModel):
    """One row of the list of agents."""

    agent_id: str
    name: str = ""
    voice_id: Lenient[str] = None
    tags: Lenient[tuple[str, ...]] = ()
    created_at_unix_secs: Lenient[int] = None
    updated_at_unix_secs: Lenient[int] = None
    last_call_time_unix_secs: Lenient[int] = None
    archived: Lenient[bool] = False


class AgentPage(WireModel):
    """One page of `AGENTS_PATH`. Go on while `has_more`, but stop when `next_cursor` is absent or repeats."""

    agents: tuple[AgentSummary, ...]
    next_cursor: str | None = None
    has_more: bool = False


class PromptConfig(WireModel):
    """What the language model is told; names its variables as ``{{name}}``."""

    prompt: str = ""


class DynamicVariables(WireModel):
    """Names that a form should offer, with the values set for tests."""

    dynamic_variable_placeholders: dict[str, Any] = Field(default_factory=dict)


class AgentConfig(WireModel):
    """What the agent says; an empty `first_message` means that it waits for the user."""

    first_message: str = ""
    language: str = "en"
    prompt: PromptConfig = PromptConfig()
    dynamic_variables: DynamicVariables = DynamicVariables()
    disable_first_message_interruptions: bool = False


class AsrConfig(WireModel):
    """Speech recognition."""

    user_input_audio_format: str = "pcm_16000"


class TtsConfig(WireModel):
    """The voice."""

    agent_output_audio_format: str = "pcm_16000"


class ConversationConfig(WireModel):
    """The conversation as such."""

    client_events: tuple[str, ...] = DEFAULT_CLIENT_EVENTS
    max_duration_seconds: int = 600
    text_only: bool = False


class TurnConfig(WireModel):
    """When silence means something, in s; -1 is never."""

    turn_timeout: float = 7.0
    silence_end_call_timeout: float = -1.0


class AgentSettings(WireModel):
    """`conversation_config` of an agent."""

    agent: AgentConfig = AgentConfig()
    asr: AsrConfig = AsrConfig()
    tts: TtsConfig = TtsConfig()
    conversation: ConversationConfig = ConversationConfig()
    turn: TurnConfig = TurnConfig()


class AllowedHost(WireModel):
    """One entry of the allowlist of origins."""

    hostname: str


class AuthSettings(WireModel):
    """Who may connect; an empty allowlist means anyone."""

    enable_auth: bool = False
    allowlist: tuple[AllowedHost, ...] = ()
    require_origin_header: bool = False


class OverrideSettings(WireModel):
    """Which leaves a caller may override: a tree of booleans, off where nothing is said."""

    conversation_config_override: dict[str, Any] = Field(default_factory=dict)
    custom_llm_extra_body: bool = False

    def allows(self, path: str) -> bool:
        """Whether the leaf at the dotted *path* may be sent, e.g. ``agent.language``."""
        node: object = self.conversation_config_override
        for name in path.split("."):
            node = node.get(name) if isinstance(node, dict) else None
        return node is True


class PlatformSettings(WireModel):
    """Access and limits of an agent."""

    auth: AuthSettings = AuthSettings()
    overrides: OverrideSettings = OverrideSettings()
    archived: bool = False


class Agent(WireModel):
    """One agent with its settings."""

    agent_id: str
    name: str = ""
    tags: tuple[str, ...] = ()
    conversation_config: AgentSettings = AgentSettings()
    platform_settings: PlatformSettings = PlatformSettings()


class ConversationTurn(WireModel):
    """One party's say, as the service recorded it."""

    role: str
    message: str | None = None
    time_in_call_secs: int = 0
    interrupted: Lenient[bool] = False
    original_message: Lenient[str] = None


class ConversationFault(WireModel):
    """Why the service ended a conversation."""

    code: Lenient[int] = None
    reason: Lenient[str] = None


class ConversationFacts(WireModel):
    """`metadata` of a conversation: the only place that always has the true reason of an ending."""

    start_time_unix_secs: int = 0
    call_duration_secs: int = 0
    cost: Lenient[float] = None
    termination_reason: Lenient[str] = None
    error: Lenient[ConversationFault] = None


class ConversationAnalysis(WireModel):
    """What the service makes of a conversation."""

    call_successful: Lenient[str] = None
    transcript_summary: Lenient[str] = None
    call_summary_title: Lenient[str] = None


class ConversationDetails(WireModel):
    """A conversation afterwards: `status` goes initiated, in-progress, processing, then done or failed."""

    conversation_id: str
    agent_id: str
    status: str
    user_id: Lenient[str] = None
    has_audio: bool = False
    transcript: tuple[ConversationTurn, ...] = ()
    metadata: ConversationFacts = ConversationFacts()
    analysis: Lenient[ConversationAnalysis] = None


class Subscription(WireModel):
    """What is left of the account's credits."""

    tier: str = ""
    status: str = ""
    character_count: int = 0
    character_limit: int = 0
    next_character_count_reset_unix: Lenient[int] = None


R = TypeVar("R", bound=WireModel)


def parse_reply(model: type[R], body: str | bytes) -> R:
    """The *body* of a successful answer as *model*.

    Raises:
        ProtocolError: Not JSON, or a member is missing or of the wrong type. The text quotes nothing of it.
    """
    try:
        return model.model_validate(pydantic_core.from_json(body))
    except ValidationError:
        reason = f"{model.__name__} does not fit"
    except ValueError:
        reason = "it is not JSON"
    # Raised out here so that no traceback carries the body along.
    raise ProtocolError(
        sentence("The service's answer cannot be read: {reason}.", reason=reason), code="elevenlabs_error"
    )


@dataclass(frozen=True, slots=True)
class ApiError:
    """What an error body says.

    Attributes:
        code: Stable name such as ``invalid_api_key``; empty where the body has none.
        message: A sentence of the service; empty where the body has none.
    """

    code: str = ""
    message: str = ""


def read_error(body: str | bytes) -> ApiError:
    """The error in *body*, whatever its shape: new, legacy, list of faults, plain text, or none (HTML of a proxy)."""
    try:
        whole = pydantic_core.from_json(body)
    except ValueError:
        return ApiError()
    detail = whole.get("detail") if isinstance(whole, dict) else None
    match detail:
        case dict():
            return ApiError(_text(detail.get("code")) or _text(detail.get("status")), _text(detail.get("message")))
        case list():
            faults = [_text(fault.get("msg")) for fault in detail if isinstance(fault, dict)]
            return ApiError("", "; ".join(filter(None, faults)))
        case _:
            return ApiError("", _text(detail))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
