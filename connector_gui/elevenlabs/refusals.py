"""What an HTTP answer that is not the one we asked for means, as an `AgentError` with words and a stable code.

The body may have the new shape, the legacy one, a list of faults, plain text, or be no JSON at all (a proxy's page).
Source: ElevenLabs' page on errors, and the Python SDK 2.78.0.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from connector_gui.core.agent_api import read_error
from connector_gui.core.endings import NO_CREDITS
from connector_gui.core.errors import AgentError, AuthError
from connector_gui.core.quoting import excerpt
from connector_gui.core.sentence import sentence

MAX_RETRY_AFTER_S: Final = 3600.0

PORTAL: Final = sentence(
    "A web page came instead of ElevenLabs' answer. If this network wants a sign-in, open a "
    "browser and sign in; if not, check ELEVENLABS_BASE_URL and the proxy settings."
)
PROXY_LOGIN: Final = sentence("The proxy of this network wants a name and password: set them in HTTPS_PROXY.")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, whole.

    Attributes:
        headers: Looked up without regard to case.
        body: At most as long as was asked for; may hold secrets.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def is_web_page(self) -> bool:
        """Whether it is HTML: not from the API but from something in between."""
        kind = self.headers.get("Content-Type", "")
        return "html" in kind.lower() or self.body[:64].lstrip().lower().startswith((b"<!doctype", b"<html"))

    @property
    def trace_id(self) -> str:
        """The service's name for this request, for its support; empty if it gave none."""
        return excerpt(self.headers.get("x-trace-id", ""))[:64]

    @property
    def retry_after_s(self) -> float | None:
        """How long we are asked to wait, as seconds or as a date; at most `MAX_RETRY_AFTER_S`."""
        seconds = _seconds(self.headers.get("Retry-After", ""))
        return None if seconds is None else min(max(seconds, 0.0), MAX_RETRY_AFTER_S)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is wrong: the stable code, what to do, and the class of the error."""

    code: str
    sentence: str
    error: type[AgentError] = AgentError


_KEY: Final = _Kind(
    "elevenlabs_key_invalid",
    sentence(
        "ElevenLabs does not take the API key: it is wrong, was revoked, or belongs to another "
        "region. Enter the right one under Settings, ElevenLabs."
    ),
    AuthError,
)
_PERMISSION: Final = _Kind(
    "elevenlabs_permission_missing",
    sentence(
        "The ElevenLabs API key or plan does not allow this. Give the key the permission in the ElevenLabs dashboard."
    ),
    AuthError,
)
_QUOTA: Final = _Kind("elevenlabs_quota_exceeded", NO_CREDITS)
_CONCURRENCY: Final = _Kind(
    "elevenlabs_concurrency",
    sentence("All lines of this agent or account are in use. Try again when another call has ended."),
)
_RATE: Final = _Kind(
    "elevenlabs_rate_limited",
    sentence("ElevenLabs is busy or gets too many requests from this account. Try again in a minute."),
)
_FAULT: Final = _Kind("elevenlabs_error", sentence("ElevenLabs has a fault. Try again in a minute."))
_PORTAL: Final = _Kind("elevenlabs_error", PORTAL)
_REDIRECT: Final = _Kind(
    "elevenlabs_error",
    sentence(
        "The answer was to ask somewhere else, which ElevenLabs never says. If this network "
        "wants a sign-in, open a browser and sign in; if not, check ELEVENLABS_BASE_URL."
    ),
)
_PROXY: Final = _Kind("elevenlabs_error", PROXY_LOGIN)
_OTHER: Final = _Kind("elevenlabs_error", sentence("ElevenLabs refused the request."))

_BY_CODE: Final[Mapping[str, _Kind]] = {
    "invalid_api_key": _KEY,
    "missing_permissions": _PERMISSION,
    "quota_exceeded": _QUOTA,
    "concurrent_limit_exceeded": _CONCURRENCY,
    "too_many_concurrent_requests": _CONCURRENCY,
    "rate_limit_exceeded": _RATE,
    "system_busy": _RATE,
}
_BY_STATUS: Final[Mapping[int, _Kind]] = {401: _KEY, 402: _QUOTA, 403: _PERMISSION, 407: _PROXY, 429: _RATE}


def refusal(answer: Answer, *, unknown: AgentError | None = None, secret: str = "") -> AgentError:
    """The error that *answer* stands for.

    Args:
        unknown: What a 404 or 422 means here; ``None`` where nothing was asked for by name.
        secret: The key that was used: should the service repeat it, it is blotted out.
    """
    said = read_error(answer.body)
    if unknown is not None and not answer.is_web_page and _is_unknown(answer.status, said.code):
        return unknown
    kind = _kind(answer, said.code, said.message)
    words = excerpt(redact(said.message, secret))
    return kind.error(_told(kind, words, answer.status), code=kind.code, retry_after_s=answer.retry_after_s)


def names_its_cause(answer: Answer) -> bool:
    """Whether the body has a code that we know, so that the status need not be guessed from."""
    return read_error(answer.body).code in _BY_CODE


def is_worth_retrying(answer: Answer, error: AgentError) -> bool:
    """Whether the same request may succeed a little later: too fast, or a fault of the service."""
    return answer.status >= 500 or error.code == _RATE.code


def agent_not_found(agent_id: str) -> AgentError:
    """ElevenLabs does not know the agent."""
    return AgentError(
        sentence(
            "ElevenLabs knows no agent “{agent_id}”. Check agent_id: the agent must belong to "
            "the account and region of the API key.",
            agent_id=excerpt(agent_id),
        ),
        code="agent_not_found",
        status=404,
    )


def redact(text: str, secret: str = "") -> str:
    """*text* without *secret*, signatures of addresses, or anything else that looks like a key."""
    if len(secret) >= 4:
        text = text.replace(secret, "***")
    text = re.sub(r"\b(conversation_signature|token|xi-api-key)(\s*[=:]\s*)[^\s&\"']+", r"\1\2***", text)
    return re.sub(r"\bsk_[A-Za-z0-9_-]{6,}", "***", text)


def _is_unknown(status: int, code: str) -> bool:
    return status in {404, 422} or code.endswith("not_found")


def _kind(answer: Answer, code: str, message: str) -> _Kind:
    if code in _BY_CODE:
        return _BY_CODE[code]
    if answer.status == 401 and "permission" in message.lower():
        return _PERMISSION
    if 300 <= answer.status < 400:
        return _REDIRECT
    if answer.status >= 500:
        return _FAULT
    if answer.is_web_page:
        return _PORTAL
    return _BY_STATUS.get(answer.status, _OTHER)


def _told(kind: _Kind, words: str, status: int) -> str:
    if words:
        return sentence("{cause} (ElevenLabs: “{words}”)", cause=kind.sentence, words=words)
    if kind in {_FAULT, _OTHER, _REDIRECT}:
        return sentence("{cause} (HTTP {status})", cause=kind.sentence, status=status)
    return kind.sentence


def _seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return _seconds_until(value)
    return seconds if math.isfinite(seconds) else None


def _seconds_until(date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
        return (moment - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError, OverflowError):
        # No date at all, or one without a time zone.
        return None
