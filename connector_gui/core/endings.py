"""How a conversation ended, in words the operator can act on.

A link ends with a close frame, an error message before it, both, or neither. What they say is weighed in this order:

1. the close frame's reason, where it tells the cause (quota, a missing variable, an override …),
2. the error's type, or a cause in its text,
3. the close frame's code.

Sources: the AsyncAPI contract's error types and close codes; reasons seen in real traffic (elevenlabs/packages#911,
#626, #23, create-simli-app-elevenlabs#1, the widget's own mock server).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from connector_gui.core.call_events import CloseFrame, Failure
from connector_gui.core.quoting import excerpt
from connector_gui.core.sentence import sentence
from connector_gui.core.server_messages import ErrorMessage

NORMAL_CLOSURE: Final = 1000
ABNORMAL_CLOSURE: Final = 1006
"""Never sent: stands for a connection that broke without a close frame (RFC 6455, 7.1.5)."""

NAMES_SHOWN: Final = 8
"""How many missing variables are named."""


NO_CREDITS: Final = sentence(
    "The ElevenLabs account has used up its credits. Add credits, or wait for the next billing period."
)


@dataclass(frozen=True, slots=True)
class _Cause:
    """A stable code, and what to do."""

    code: str
    sentence: str


CONNECTION_LOST: Final = Failure(
    "connection_lost",
    sentence(
        "The connection to the agent was lost. Check the internet connection, then call again: "
        "a conversation cannot be taken up where it broke off."
    ),
)
_QUOTA: Final = _Cause("elevenlabs_quota_exceeded", NO_CREDITS)
_CONCURRENCY: Final = _Cause(
    "elevenlabs_concurrency",
    sentence("All lines of this agent or account are in use. Call again when another call has ended."),
)
_MISSING_VARIABLE: Final = _Cause(
    "missing_dynamic_variable",
    sentence("The agent needs a dynamic variable that the call did not bring. Add it to the request's metadata."),
)
_OVERRIDE: Final = _Cause(
    "override_not_allowed",
    sentence(
        "The call overrides a setting that the agent does not let callers change. Allow it in "
        "the agent's security settings, or leave it out of the request's overrides."
    ),
)
_MISCONFIGURED: Final = _Cause(
    "agent_misconfigured",
    sentence("The agent is not set up correctly. Check it in the ElevenLabs dashboard, its language model first."),
)
_REFUSED: Final = _Cause(
    "request_refused",
    sentence(
        "ElevenLabs refused the conversation. Check that the agent exists, is published, and "
        "belongs to the account and region of the API key; then call again."
    ),
)
_MODEL: Final = _Cause(
    "agent_model_failed",
    sentence(
        "The agent's language model did not answer. Call again; if it goes on, choose another "
        "model in the ElevenLabs dashboard."
    ),
)
_CUSTOM_MODEL: Final = _Cause(
    "agent_model_failed",
    sentence("The agent's own language model server failed. Check its address and its key in the agent's settings."),
)
_SPEECH: Final = _Cause(
    "agent_speech_failed",
    sentence(
        "ElevenLabs could not make or understand speech. Call again; if it goes on, check the "
        "agent's voice and language."
    ),
)
_TOOL: Final = _Cause(
    "agent_tool_failed", sentence("A tool of the agent failed. Check its tools in the ElevenLabs dashboard.")
)
_SERVICE: Final = _Cause("agent_service_failed", sentence("ElevenLabs had a fault. Call again in a minute."))
_REJECTED_MESSAGE: Final = _Cause(
    "invalid_message",
    sentence("ElevenLabs could not read what this program sent. Report this with the log of the call."),
)
_UNKNOWN_END: Final = _Cause("agent_closed", sentence("The agent closed the connection unexpectedly. Call again."))
_UNREADABLE: Final = _Cause(
    "agent_unreadable",
    sentence(
        "What came from the agent could not be followed. Call again; if it goes on, a proxy or "
        "security program on the way may be changing the data."
    ),
)

_BY_ERROR_TYPE: Final[Mapping[str, _Cause]] = {
    "safety_violation": _Cause(
        "safety_violation", sentence("ElevenLabs ended the call because it broke a safety rule.")
    ),
    "llm_timeout": _MODEL,
    "llm_error": _MODEL,
    "cascade_brain_error": _MODEL,
    "custom_llm_error": _CUSTOM_MODEL,
    "transport_receive_timeout": _Cause(
        "no_user_audio",
        sentence(
            "No sound from this computer reached the agent for a minute. Check the microphone "
            "and the internet connection."
        ),
    ),
    "asr_transcription_error": _SPEECH,
    "vad_error": _SPEECH,
    "turn_probability_error": _SPEECH,
    "tts_cascade_error": _SPEECH,
    "asyncio_timeout": _SERVICE,
    "http_exception": _SERVICE,
    "redis_timeout_error": _SERVICE,
    "unknown_websocket_crash": _SERVICE,
    "websocket_disconnect": _Cause(CONNECTION_LOST.code, CONNECTION_LOST.message),
    "invalid_message": _REJECTED_MESSAGE,
    "value_error": _REJECTED_MESSAGE,
    "missing_fields": _REJECTED_MESSAGE,
    "telephony_agent_error": _MISCONFIGURED,
    "mcp_tool_error": _TOOL,
    "mcp_https_error": _TOOL,
    "override_error": _OVERRIDE,
    "missing_dynamic_variable": _MISSING_VARIABLE,
    "missing_dynamic_variable_transfer": _MISSING_VARIABLE,
}
"""What each `error_type` means; `max_duration_exceeded` is a regular end, `unknown` says nothing."""

_BY_TEXT: Final[tuple[tuple[re.Pattern[str], _Cause], ...]] = (
    (re.compile(r"\bquota|out of credits", re.IGNORECASE), _QUOTA),
    (re.compile(r"missing required dynamic variable", re.IGNORECASE), _MISSING_VARIABLE),
    (re.compile(r"\boverrides?\b.*\bnot (?:be )?allowed\b|\bnot allowed\b.*\boverride", re.IGNORECASE), _OVERRIDE),
    (re.compile(r"too many concurrent", re.IGNORECASE), _CONCURRENCY),
    (re.compile(r"misconfigured", re.IGNORECASE), _MISCONFIGURED),
)
"""Causes that are told in words only, in a close frame's reason or an error's text."""

_BY_CLOSE_CODE: Final[Mapping[int, _Cause]] = {
    1001: _Cause("agent_went_away", sentence("ElevenLabs is restarting the agent's server. Call again in a minute.")),
    1002: _SERVICE,
    1003: _UNREADABLE,
    ABNORMAL_CLOSURE: _Cause(CONNECTION_LOST.code, CONNECTION_LOST.message),
    1007: _UNREADABLE,
    1008: _Cause(
        "request_refused",
        sentence(
            "ElevenLabs ended the conversation because of what the call asked for. Compare its "
            "variables and overrides with the agent's settings."
        ),
    ),
    1009: _Cause("message_too_big", sentence("A message to or from the agent was too big. Call again.")),
    1011: _SERVICE,
    1012: _SERVICE,
    1013: _SERVICE,
    1014: _SERVICE,
    3000: _REFUSED,
    3008: _CONCURRENCY,
}


def explain(close: CloseFrame | None, error: ErrorMessage | None) -> Failure | None:
    """Why the conversation failed; ``None`` for a proper goodbye (1000, and no error that means failure).

    Args:
        close: How the socket closed; ``None`` when that is not known, which is no goodbye.
        error: The last error the agent told of, if any.
    """
    told = _cause_told(close, error)
    if close is not None and close.code == NORMAL_CLOSURE:
        return None if told is None else _failure(told, close, error)
    cause = told or (_BY_CLOSE_CODE.get(close.code, _UNKNOWN_END) if close is not None else None)
    return CONNECTION_LOST if cause is None else _failure(cause, close, error)


def _cause_told(close: CloseFrame | None, error: ErrorMessage | None) -> _Cause | None:
    """The cause that the reason or the error names; ``None`` where they name none."""
    in_reason = _cause_in(close.reason) if close is not None else None
    if in_reason is not None or error is None:
        return in_reason
    by_type = _BY_ERROR_TYPE.get(error.error_type or "")
    return by_type or _cause_in(f"{error.reason or ''} {error.message or ''}")


def _cause_in(text: str) -> _Cause | None:
    # The patterns look at the beginning only: an error's text may be as long as its frame.
    return next((cause for pattern, cause in _BY_TEXT if pattern.search(text[:1000])), None)


def _failure(cause: _Cause, close: CloseFrame | None, error: ErrorMessage | None) -> Failure:
    texts = [close.reason if close is not None else "", error.text if error is not None else ""]
    if cause is _MISSING_VARIABLE:
        names = _missing_names(" ".join(texts))
        if names:
            return Failure(cause.code, _missing_sentence(names))
    said = _said(close, next((text for text in texts if text.strip()), ""))
    told = sentence("{cause} (ElevenLabs: {said})", cause=cause.sentence, said=said) if said else cause.sentence
    return Failure(cause.code, told)


def _missing_names(text: str) -> tuple[str, ...]:
    """The names in ``Missing required dynamic variables in first message: {'name', 'city'}``."""
    listed = re.search(r"[{\[]([^{}\[\]]{1,1000})[}\]]", text)
    return tuple(sorted(set(re.findall(r"""['"]([^'"]{1,100})['"]""", listed[1])))) if listed else ()


def _missing_sentence(names: tuple[str, ...]) -> str:
    named = ", ".join(f"“{excerpt(name)}”" for name in names[:NAMES_SHOWN])
    if len(names) == 1:
        return sentence(
            "The agent needs the dynamic variable {name}, which the call did not bring. "
            "Add it to the request's metadata.",
            name=named,
        )
    rest = len(names) - NAMES_SHOWN
    return sentence(
        "The agent needs the dynamic variables {names}, which the call did not bring. "
        "Add them to the request's metadata.",
        names=sentence("{names} and {count} more", names=named, count=rest) if rest > 0 else named,
    )


def _said(close: CloseFrame | None, text: str) -> str:
    """The service's own words and the close code, for whoever has to ask its support."""
    code = "" if close is None or close.code in {NORMAL_CLOSURE, ABNORMAL_CLOSURE} else f"code {close.code}"
    quoted = f"“{excerpt(text)}”" if text.strip() else ""
    return ", ".join(filter(None, (code, quoted)))
