"""How a log record looks as a line: for people, or as JSON.

Both are one line per record, whatever the text contains: a caller's name with a line break in it
must not be able to forge an entry.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any, Final

from pythonjsonlogger.json import JsonFormatter

from connector_gui.core.moment import iso

_STANDARD_FIELDS: Final = frozenset(
    {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", "color_message"},
)
MAX_VALUE_CHARS: Final = 2000
TRACEBACK_INDENT: Final = "    | "


def extra_fields(record: logging.LogRecord) -> dict[str, Any]:
    """What was given as ``extra`` to the record."""
    return {name: value for name, value in vars(record).items() if name not in _STANDARD_FIELDS}


def one_line(text: str) -> str:
    """*text* with everything escaped that moves the cursor, ends the line or turns its direction."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


class ConsoleFormatter(logging.Formatter):
    """``2026-11-22T12:41:00.250Z INFO    call.active  conversation_id=conv_9 setup_ms=412  [voice.live_call]``.

    A traceback follows on lines of its own, each marked, so that none can pass for an entry.
    """

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{one_line(name)}={_readable(value)}" for name, value in extra_fields(record).items())
        parts = [
            f"{_time_of(record)} {record.levelname:<7} {one_line(record.getMessage())}",
            fields,
            f"[{record.name.removeprefix('connector_gui.')}]",
        ]
        lines = ["  ".join(part for part in parts if part)]
        for block in (record.exc_text, record.stack_info):
            lines += [TRACEBACK_INDENT + one_line(line) for line in (block or "").splitlines()]
        return "\n".join(lines)


class JsonLinesFormatter(JsonFormatter):
    """One JSON object per line: ``timestamp``, ``level``, ``logger``, ``event``, the fields, ``exception``."""

    def __init__(self) -> None:
        super().__init__(json_ensure_ascii=True)

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Fill *log_data* in the order in which it is written."""
        log_data.update(
            timestamp=_time_of(record), level=record.levelname, logger=record.name, event=record.getMessage()
        )
        log_data.update(extra_fields(record))
        if record.exc_text:
            log_data["exception"] = record.exc_text
        if record.stack_info:
            log_data["stack"] = record.stack_info
        del message_dict  # the messages here are names of events, never dicts


def _time_of(record: logging.LogRecord) -> str:
    return iso(datetime.fromtimestamp(record.created, UTC))


def _readable(value: object) -> str:
    """A field's value as one word, or quoted."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if len(text) > MAX_VALUE_CHARS:
        text = f"{text[:MAX_VALUE_CHARS]}…"
    if isinstance(value, str) and (not text or any(char in text for char in ' "=') or not text.isprintable()):
        text = json.dumps(text, ensure_ascii=False)
    return one_line(text)
