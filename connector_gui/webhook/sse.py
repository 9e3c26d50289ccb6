"""Server-sent events as text (HTML standard, section 9.2), and what is in each of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from connector_gui.core.answers import plain, session_body
from connector_gui.core.moment import iso
from connector_gui.core.record import CallRecord, SessionEvent, TranscriptEntry
from connector_gui.core.view import Levels
from connector_gui.webhook.replies import json_bytes

RETRY_MS: Final = 3000
HEARTBEAT: Final = b": still here\n\n"


def snapshot_text(body: Mapping[str, Any], event_id: int) -> bytes:
    """How things stand at the start of a stream; *event_id* is what the stream goes on from."""
    return b"retry: %d\n" % RETRY_MS + message("snapshot", body, event_id)


def event_text(event: SessionEvent, record: CallRecord | None, base_url: str, *, whole: bool) -> bytes:
    """*event* as readers get it.

    Args:
        record: The call as it is by now; ``None`` when it is not kept any more.
        whole: A reader of this one call: it gets the whole session, not what stands in the list.
    """
    return message(event.kind, _data(event, record, base_url, whole=whole), event.id)


def levels_text(session_id: str, levels: Levels) -> bytes:
    """How loud both sides of a call are now; of the moment, and so without an id."""
    return message("level", {"session_id": session_id, **asdict(levels)}, None)


def message(kind: str, data: Mapping[str, Any], event_id: int | None) -> bytes:
    """One event of a stream."""
    number = b"" if event_id is None else b"id: %d\n" % event_id
    return number + b"event: " + kind.encode() + b"\ndata: " + json_bytes(data) + b"\n\n"


def _data(event: SessionEvent, record: CallRecord | None, base_url: str, *, whole: bool) -> dict[str, Any]:
    facts = {"session_id": event.session_id, **plain(event.data)}
    match event.kind:
        case "session" if record is not None:
            return session_body(record, base_url, whole=whole)
        case "transcript":
            return {**facts, **_entry(event, record)}
        case "interruption":
            # Where it cut in goes before where the turn began.
            return {**_entry(event, record), **facts}
        case "notice":
            return {**facts, "at": iso(event.at)}
        case _:
            return facts


def _entry(event: SessionEvent, record: CallRecord | None) -> dict[str, Any]:
    position = event.data.get("position")
    if record is None or not isinstance(position, int) or not 0 <= position < len(record.transcript):
        return {}
    entry: TranscriptEntry = record.transcript[position]
    return plain(entry)  # type: ignore[no-any-return]  # a model: an object
