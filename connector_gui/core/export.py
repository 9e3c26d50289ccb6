"""Calls as files for other programs: text and subtitles of one, tables of many.

Metadata, names and transcripts come from strangers. In a table they could be taken for formulas, in
subtitles for a new title: both are defused here, and nowhere else.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from connector_gui.core.metadata import REDACTED, VARIABLES_MEMBER
from connector_gui.core.quoting import one_line
from connector_gui.core.record import INTERNAL_FIELDS, CallRecord, TranscriptEntry

BYTE_ORDER_MARK: Final = "\ufeff"
"""Excel takes a table without it for the system's old 8-bit letters; other programs skip it."""
METADATA_COLUMNS: Final = 200
"""More names than this share the cell ``metadata`` alone: nobody reads a wider table."""

_FORMULA_STARTS: Final = frozenset("=+-@\t\r\n＝＋－＠")
"""A cell that begins so may be run by a spreadsheet program (OWASP, CSV injection)."""

_READING_CHARS_PER_S: Final = 15.0
_SHORTEST_TITLE_MS: Final = 700
_LONGEST_TITLE_MS: Final = 12_000

_COLUMNS: Final = (
    "session_id",
    "created_at",
    "agent",
    "agent_id",
    "outcome",
    "ended_by",
    "error_code",
    "error",
    "duration_s",
    "placed_by",
    "user_id",
    "conversation_id",
    "practice",
    "recording",
    "callback",
    "notes",
    "tags",
    "metadata",
)


# --- one call: its transcript ------------------------------------------------------------------


def transcript_text(record: CallRecord) -> str:
    """The conversation to read: a head of three lines, then a turn a line, with its time in the call."""
    head = [
        f"{one_line(record.agent_name or record.agent_id)} · {record.session_id}",
        f"{_local(record.created_at)} · {_clock(round(record.duration_s * 1000))} · {record.outcome or record.status}",
        f"conversation {record.conversation_id}" if record.conversation_id else "no conversation",
    ]
    turns = [f"[{_clock(entry.at_ms)}] {_speaker(entry)}: {_spoken(entry)}" for entry in record.transcript]
    return "\n".join([*head, "", *(turns or ["(nothing was said)"])]) + "\n"


def transcript_srt(record: CallRecord) -> str:
    """The conversation as SubRip subtitles, in step with the recording; empty when nothing was said."""
    starts = _rising(entry.at_ms for entry in record.transcript)
    # The last title has no successor: it stands as long as it takes to read.
    gaps = [after - start for start, after in pairwise(starts)] + [_LONGEST_TITLE_MS]
    titles = []
    for number, (entry, start, gap_ms) in enumerate(zip(record.transcript, starts, gaps, strict=False), 1):
        text = f"{_speaker(entry)}: {_spoken(entry)}".replace("-->", "→")
        reading_ms = round(len(text) / _READING_CHARS_PER_S * 1000)
        length_ms = max(_SHORTEST_TITLE_MS, min(_LONGEST_TITLE_MS, reading_ms, gap_ms))
        titles.append(f"{number}\n{_srt_time(start)} --> {_srt_time(start + length_ms)}\n{text}\n")
    return "\n".join(titles)


def not_heard(entry: TranscriptEntry) -> str:
    """What the agent would have said after it was cut; empty where nothing is missing.

    The service cuts between words and may close what is left with dots of its own.
    """
    if not entry.said_text:
        return ""
    heard = entry.text.rstrip(" .…")
    return entry.said_text[len(heard) :].strip() if entry.said_text.startswith(heard) else entry.said_text


def _rising(times_ms: Iterable[int]) -> list[int]:
    """Titles must not go back in time; turns can, where the service reports one late."""
    rising: list[int] = []
    for time_ms in times_ms:
        rising.append(max(0, time_ms, rising[-1] if rising else 0))
    return rising


def _speaker(entry: TranscriptEntry) -> str:
    if entry.kind == "contextual_update":
        return "Note to the agent"
    if entry.kind == "user_message":
        return "Operator, typed"
    return "Agent" if entry.role == "agent" else "Operator"


def _spoken(entry: TranscriptEntry) -> str:
    lost = not_heard(entry)
    if lost:
        return f"{one_line(entry.text)} [interrupted; not heard: {one_line(lost)}]"
    return f"{one_line(entry.text)} [interrupted]" if entry.interrupted else one_line(entry.text)


def _clock(ms: int) -> str:
    seconds = max(0, ms) // 1000
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _srt_time(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"


def _local(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S %z")


# --- many calls ----------------------------------------------------------------------------------


def session_json(record: CallRecord) -> str:
    """One call as JSON, by the names of the HTTP sessions; what only the program needs is left out."""
    session = record.model_dump(mode="json", exclude=set(INTERNAL_FIELDS))
    return json.dumps(session, ensure_ascii=False, separators=(",", ":"))


def calls_csv(records: Iterable[CallRecord]) -> str:
    """The calls as a table with a line of names, a call a line, and the metadata in columns of their own.

    The text begins with a `BYTE_ORDER_MARK`: encode it as plain UTF-8. Lines end as RFC 4180 has them.
    """
    rows = [(record, _members(record.metadata)) for record in records]
    names = _names([members for _, members in rows])
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow([*_COLUMNS, *(safe_cell(f"metadata.{name}") for name in names)])
    for record, members in rows:
        cells = [*_cells(record), *(members.get(name) for name in names)]
        table.writerow([safe_cell(cell) for cell in cells])
    return text.getvalue()


def safe_cell(value: object) -> object:
    """*value* for a cell of a table: text that a spreadsheet program would run begins with an apostrophe."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return value
    text = str(value)
    return f"'{text}" if text[:1] in _FORMULA_STARTS else text


def _cells(record: CallRecord) -> list[object]:
    return [
        record.session_id,
        record.created_at.astimezone().isoformat(timespec="seconds"),
        record.agent_name or record.agent_id,
        record.agent_id,
        record.outcome or record.status,
        record.ended_by,
        record.error.code if record.error else None,
        record.error.message if record.error else None,
        record.duration_s,
        record.placed_by,
        record.user_id,
        record.conversation_id,
        record.practice,
        record.recording.state,
        record.callback.state,
        record.notes,
        ", ".join(record.tags),
        _json(record.metadata) if record.metadata else None,
    ]


def _members(metadata: Mapping[str, Any]) -> dict[str, object]:
    """The single values of *metadata*; the members of ``dynamic_variables`` count as its own."""
    inner = metadata.get(VARIABLES_MEMBER)
    members = {name: value for name, value in metadata.items() if name != VARIABLES_MEMBER}
    if isinstance(inner, Mapping):
        members.update(inner)
    return {
        name: value if isinstance(value, str | int | float) else _json(value)
        for name, value in members.items()
        if value is not None and value != REDACTED
    }


def _names(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """All names in the order they come up, up to `METADATA_COLUMNS`."""
    names: dict[str, None] = {}
    for members in rows:
        names.update(dict.fromkeys(members))
    return list(names)[:METADATA_COLUMNS]


def _json(value: object) -> str:
    # default=str: whatever an old record may hold, exporting it must not fail.
    return json.dumps(value, ensure_ascii=False, default=str)
