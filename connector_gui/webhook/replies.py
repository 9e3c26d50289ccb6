"""Answers: one shape for everything that goes right, one for everything that does not."""

from __future__ import annotations

import itertools
import json
import math
import os
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from aiohttp.helpers import rfc822_formatted_time

from connector_gui.core.answers import ErrorBody
from connector_gui.core.errors import (
    AgentError,
    AudioError,
    ConfigError,
    ConnectorError,
    InvalidTransition,
    KeyringError,
    RefusedError,
    StorageFullError,
)
from connector_gui.core.moment import iso
from connector_gui.core.webhook import FieldProblem, InvalidRequestError

Clock = Callable[[], datetime]

_JSON: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
_PIECES: Final = 1_000
DEFAULT_RETRY_AFTER_S: Final = 10.0
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")

COMMON_HEADERS: Final = {
    # In place of aiohttp's, which tells its version and Python's.
    "Server": "agent-connector",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
_COMMON_LINES: Final = "".join(f"{name}: {value}\r\n" for name, value in COMMON_HEADERS.items())


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Text:
    """A body that is text, in UTF-8."""

    content_type: str
    text: str


@dataclass(frozen=True, slots=True)
class Pieces:
    """A body that is sent piece by piece as it is made.

    Attributes:
        length: Its bytes in all, where that is known beforehand; otherwise it is sent in chunks.
        make: Begins it; never called for HEAD. An error while it runs breaks the connection off, so that nobody
            takes a part for the whole.
    """

    content_type: str
    make: Callable[[], AsyncGenerator[bytes, None]]
    length: int | None = None


Body = Mapping[str, Any] | Text | Pieces | None
"""What an answer carries; a mapping goes out as JSON."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before it becomes bytes.

    Attributes:
        after: Called once, however the sending ends, with whether all of it went to a connection that stood.
    """

    status: int
    body: Body
    headers: Mapping[str, str] = field(default_factory=dict)
    after: Callable[[bool], Awaitable[None]] | None = None


class MethodNotAllowedError(RefusedError):
    """The address is right, the method is not."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        self.allowed = allowed
        super().__init__(
            f"This address takes {' or '.join(allowed)} only. Change the method of the request.",
            code="method_not_allowed",
            status=405,
        )


class RangeNotSatisfiableError(RefusedError):
    """The part of a file that was asked for lies outside of it."""

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(
            f"The file has {size} bytes: ask for a Range within them, or for all of it.",
            code="invalid_request",
            status=416,
        )


def request_id(sent: str | None) -> str:
    """The caller's own request id if it is a sane one, else a new one."""
    return sent if sent and _REQUEST_ID.fullmatch(sent) else os.urandom(16).hex()


def error_reply(error: ConnectorError, request_id: str, now: datetime) -> Reply:
    """*error* as its caller sees it."""
    code, status = _code_and_status(error)
    body = _error_body(str(error), code, _details(error)) | {"request_id": request_id, "timestamp": iso(now)}
    return Reply(status, body, _error_headers(error, status))


@lru_cache(maxsize=64)
def _error_body(sentence: str, code: str, details: tuple[FieldProblem, ...]) -> dict[str, Any]:
    """The body of an error but for id and time; thousands of equal ones may be wanted a second."""
    body = ErrorBody(error=sentence, code=code, details=details, request_id="", timestamp=utc_now())
    return body.model_dump(mode="json")


def internal_error() -> RefusedError:
    """What a caller learns of a fault of ours."""
    return RefusedError(
        "Agent Connector made a mistake. Try again; if it happens again, its log has more under this request_id.",
        code="internal_error",
        status=500,
    )


def not_found(message: str) -> RefusedError:
    """There is nothing of that name."""
    return RefusedError(message, code="not_found", status=404)


def response(reply: Reply, request_id: str) -> web.StreamResponse:
    """*reply* as bytes with the headers that every answer has; of `Pieces` nothing but the head."""
    headers = {**COMMON_HEADERS, "X-Request-ID": request_id, **reply.headers}
    match reply.body:
        case None:
            return web.Response(status=reply.status, headers=headers)
        case Pieces(content_type, _, length):
            answer = web.StreamResponse(status=reply.status, headers={**headers, "Content-Type": content_type})
            answer.content_length = length
            return answer
        case Text(content_type, text):
            data = text.encode("utf-8", "replace")
            headers["Content-Type"] = f"{content_type}; charset=utf-8"
        case body:
            data = json_bytes(body)
            headers["Content-Type"] = "application/json"
    return web.Response(status=reply.status, headers=headers, body=data)


def refusal_bytes(reply: Reply, request_id: str, headers: Mapping[str, str], *, is_head: bool, closes: bool) -> bytes:
    """A refusal as it goes over the wire, with the headers that every answer has and *headers*.

    Args:
        is_head: It answers HEAD: its body is only announced.
        closes: The connection ends with it.
    """
    assert isinstance(reply.body, Mapping)
    # Short, so in C: thousands of them may be made a second.
    data = _JSON.encode(reply.body).encode("utf-8", "backslashreplace")
    lines = {
        "Content-Type": "application/json",
        "X-Request-ID": request_id,
        "Content-Length": str(len(data)),
        "Date": rfc822_formatted_time(),
        **({"Connection": "close"} if closes else {}),
        **reply.headers,
        **headers,
    }
    head = "".join([f"{name}: {value}\r\n" for name, value in lines.items()])
    start = f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n{_COMMON_LINES}{head}\r\n"
    return start.encode("utf-8") + (b"" if is_head else data)


def json_bytes(value: Mapping[str, Any]) -> bytes:
    """*value* as JSON in one line; a lone surrogate becomes its escape, which is JSON again."""
    # Piece by piece: as a whole it is encoded in C, which keeps the interpreter from all threads until it is done,
    # and with it the sound of a call: 180 ms for 10 MB. To free a million pieces at once takes as long.
    pieces, data = _JSON.iterencode(value), bytearray()
    while text := "".join(itertools.islice(pieces, _PIECES)):
        data += text.encode("utf-8", "backslashreplace")
    return bytes(data)


def retry_after(seconds: float | None) -> dict[str, str]:
    """The header that says when to ask again."""
    return {"Retry-After": str(max(1, math.ceil(seconds or DEFAULT_RETRY_AFTER_S)))}


def _code_and_status(error: ConnectorError) -> tuple[str, int]:
    match error:
        case RefusedError() | AgentError():
            return error.code, error.status
        case KeyringError():
            return "keyring_locked", 503
        case ConfigError():  # Between a request and its answer only a key can be missing.
            return "no_api_key", 503
        case AudioError():
            return "no_audio_device", 503
        case StorageFullError():
            return "storage_full", 503
        case InvalidTransition():
            return "wrong_state", 409
        case _:
            return "internal_error", 500


def _details(error: ConnectorError) -> tuple[FieldProblem, ...]:
    return error.details if isinstance(error, InvalidRequestError) else ()


def _error_headers(error: ConnectorError, status: int) -> dict[str, str]:
    headers: dict[str, str] = {}
    wait_s = error.retry_after_s if isinstance(error, RefusedError | AgentError) else None
    if wait_s is not None or status in {429, 503}:
        headers |= retry_after(wait_s)
    if isinstance(error, MethodNotAllowedError):
        headers["Allow"] = ", ".join(error.allowed)
    if isinstance(error, RangeNotSatisfiableError):
        headers["Content-Range"] = f"bytes */{error.size}"
    if status == 401:
        headers["WWW-Authenticate"] = "ApiKey"
    return headers
