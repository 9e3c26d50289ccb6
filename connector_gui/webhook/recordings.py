"""``GET /sessions/{id}/recording``: the sound file, whole or a part of it (RFC 9110, section 14).

The file is read piece by piece in threads: nothing here waits for a disk.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO, Final

from multidict import CIMultiDictProxy

from connector_gui.core.errors import RefusedError
from connector_gui.core.record import CallRecord
from connector_gui.core.service import DeskPort
from connector_gui.core.webhook import NoQuery, parse_query
from connector_gui.webhook.replies import Pieces, RangeNotSatisfiableError, Reply, not_found
from connector_gui.webhook.route import Inquiry
from connector_gui.webhook.sessions import found, session_id_of

PIECE_BYTES: Final = 64 * 1024
_RANGE: Final = re.compile(r"bytes=(?P<first>[0-9]{0,18})-(?P<last>[0-9]{0,18})", re.ASCII)
_TYPES: Final = {".flac": "audio/flac", ".wav": "audio/wav"}


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a file: *length* bytes from *start*."""

    start: int
    length: int


class Recordings:
    """Recordings of calls, to hear elsewhere."""

    def __init__(self, desk: DeskPort) -> None:
        self._desk = desk

    async def one(self, inquiry: Inquiry) -> Reply:
        """The recording of a call that is over."""
        parse_query(NoQuery, inquiry.query)
        record = found(await self._desk.session(session_id_of(inquiry)))
        path = await self._desk.recording_path(record.session_id)
        if path is None:
            raise _nothing_to_hear(record)
        try:
            file, status = await asyncio.to_thread(_open, path)
        except OSError as error:
            raise not_found("The recording of this call has been deleted, or cannot be read any more.") from error
        try:
            return _reply(file, status, record, inquiry, path.suffix)
        except BaseException:
            file.close()
            raise


def wanted_span(header: str | None, size: int) -> Span | None:
    """The part of a file of *size* bytes that a header ``Range`` asks for; ``None`` for all of it.

    What is no range of bytes, or several at once, may be answered with the whole file, and is.

    Raises:
        RangeNotSatisfiableError: It lies outside.
    """
    match = _RANGE.fullmatch(header.replace(" ", "")) if header else None
    if match is None or match["first"] == match["last"] == "":
        return None
    if match["first"] == "":
        start, end = max(0, size - int(match["last"])), size
    else:
        start = int(match["first"])
        end = min(size, int(match["last"]) + 1) if match["last"] else size
        if match["last"] and int(match["last"]) < start:
            return None
    if start >= size or end <= start:
        raise RangeNotSatisfiableError(size)
    return Span(start, end - start)


def file_name(record: CallRecord, suffix: str) -> str:
    """A name for the file that every system takes: nothing in it comes from the caller but letters and digits."""
    day = record.created_at.astimezone().strftime("%Y-%m-%d %H.%M")
    name = re.sub(r"[^A-Za-z0-9_-]", "_", record.session_id)[:64]
    return f"call {day} {name}{suffix}"


def _reply(file: BinaryIO, status: os.stat_result, record: CallRecord, inquiry: Inquiry, suffix: str) -> Reply:
    size = status.st_size
    etag = f'"{status.st_mtime_ns:x}-{size:x}"'
    sent = inquiry.request.headers
    span = wanted_span(sent.get("Range"), size) if _is_unchanged(sent, etag, status.st_mtime) else None
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Last-Modified": formatdate(status.st_mtime, usegmt=True),
        "Content-Disposition": f'attachment; filename="{file_name(record, suffix)}"',
    }
    if span is not None:
        headers["Content-Range"] = f"bytes {span.start}-{span.start + span.length - 1}/{size}"
    part = span or Span(0, size)

    async def after(_is_delivered: bool) -> None:
        await asyncio.to_thread(file.close)

    body = Pieces(_TYPES.get(suffix, "application/octet-stream"), lambda: _pieces(file, part), part.length)
    return Reply(200 if span is None else 206, body, headers, after)


def _is_unchanged(sent: CIMultiDictProxy[str], etag: str, modified_s: float) -> bool:
    """Whether the file is still the one that the caller has a part of (``If-Range``); so when it does not say."""
    condition = sent.get("If-Range")
    if condition is None or condition == etag:
        return True
    try:
        return parsedate_to_datetime(condition).timestamp() == int(modified_s)
    except (ValueError, OverflowError):
        return False


def _open(path: Path) -> tuple[BinaryIO, os.stat_result]:
    file = path.open("rb")
    return file, os.fstat(file.fileno())


async def _pieces(file: BinaryIO, span: Span) -> AsyncGenerator[bytes, None]:
    await asyncio.to_thread(file.seek, span.start)
    left = span.length
    while left > 0:
        piece = await asyncio.to_thread(file.read, min(PIECE_BYTES, left))
        if not piece:
            raise OSError("The recording is shorter than it was.")
        left -= len(piece)
        yield piece


def _nothing_to_hear(record: CallRecord) -> RefusedError:
    match record.recording.state:
        case "running":
            return RefusedError(
                "This call is still being recorded. Ask for the recording when the call is over.",
                code="wrong_state",
                status=409,
            )
        case "deleted":
            return not_found("The recording of this call was deleted.")
        case "off":
            return not_found("This call was not recorded. RECORD_CALLS in the desk's settings turns recording on.")
        case _:
            return not_found("There is no recording of this call to hear.")
