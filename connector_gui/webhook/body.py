"""The body of a request: taken in within its limits, or thrown away within other ones."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from aiohttp import StreamReader, web

from connector_gui.core.errors import RefusedError
from connector_gui.core.strict_json import JsonValue, StrictJsonError, parse
from connector_gui.core.webhook import FieldProblem, InvalidRequestError
from connector_gui.webhook.config import Limits

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_GONE: Final = (web.RequestPayloadError, ConnectionError, RuntimeError)
"""What aiohttp raises where no more of a body will come; the last one when the connection was lost before."""


def is_coming(headers: Mapping[str, str]) -> bool:
    """Whether a request with these *headers* has a body, be it an empty one in chunks."""
    return int(headers.get("Content-Length", 0)) > 0 or "Transfer-Encoding" in headers


def whole(content: StreamReader, limits: Limits) -> bytes:
    """A body that has arrived to its end.

    Raises:
        RefusedError: ``body_too_large``.
    """
    data: bytes = content.read_nowait()
    if len(data) > limits.body_bytes:
        raise _too_large(limits)
    return data


async def read(request: web.BaseRequest, limits: Limits) -> bytes:
    """The whole body.

    Raises:
        RefusedError: ``body_too_large`` as soon as that is known; or it is broken or does not arrive in time.
    """
    if (request.content_length or 0) > limits.body_bytes:
        raise _too_large(limits)
    if _is_held_back(request):
        await request.writer.write(CONTINUE)
        request.writer.output_size = 0  # Only a final answer counts as begun.
    if request.content.is_eof():  # The usual case needs no timer.
        return await _read_all(request.content, limits)
    try:
        async with asyncio.timeout(limits.body_s):
            return await _read_all(request.content, limits)
    except TimeoutError:
        pass
    raise RefusedError(
        f"The body did not arrive within {limits.body_s:g} s. Send it whole, and at once.",
        code="invalid_request",
        status=408,
    )


def as_json(data: bytes) -> JsonValue:
    """A body as a JSON value.

    Raises:
        RefusedError: ``invalid_json``.
    """
    try:
        return parse(data)
    except StrictJsonError as error:
        problem = FieldProblem(field=error.path, message=error.reason)
    raise InvalidRequestError([problem], code="invalid_json", status=400)


def can_be_spent(request: web.BaseRequest, limits: Limits) -> bool:
    """Whether `spend` can be expected to reach the end of the body, so that the connection stays usable."""
    length = request.content_length
    return not _is_held_back(request) and length is not None and length <= limits.linger_bytes


async def spend(request: web.BaseRequest, limits: Limits) -> None:
    """Take in a body that was refused, within limits: closing on unread bytes would reset the connection, and the
    caller would never see the answer."""
    if _is_held_back(request):
        return
    left = limits.linger_bytes
    try:
        async with asyncio.timeout(limits.linger_s):
            while left > 0 and (chunk := await request.content.readany()):
                left -= len(chunk)
    except (TimeoutError, *_GONE):
        return


def _is_held_back(request: web.BaseRequest) -> bool:
    """Whether the caller waits for our word before it sends the body."""
    return request.headers.get("Expect", "").lower() == "100-continue" and not request.content.total_bytes


async def _read_all(content: StreamReader, limits: Limits) -> bytes:
    body = bytearray()
    try:
        while chunk := await content.readany():
            body += chunk
            if len(body) > limits.body_bytes:
                raise _too_large(limits)
    except _GONE as error:
        # A caller that is gone gets this answer, too: it is found out where it is written.
        raise RefusedError(
            "The body is not well-formed HTTP. Send it again.", code="invalid_request", status=400
        ) from error
    return bytes(body)


def _too_large(limits: Limits) -> RefusedError:
    return RefusedError(
        f"The body is larger than {limits.body_bytes // 1024} KiB. Send less metadata.",
        code="body_too_large",
        status=413,
    )
