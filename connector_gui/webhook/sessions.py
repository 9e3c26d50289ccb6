"""``/sessions``: looking at calls, and doing what the buttons do."""

from __future__ import annotations

import re
from typing import Final

from connector_gui.core.answers import session_body, sessions_body, transcript_body
from connector_gui.core.export import transcript_srt, transcript_text
from connector_gui.core.record import CallRecord
from connector_gui.core.service import Action, DeskPort
from connector_gui.core.webhook import (
    SESSION_ID_PATTERN,
    EmptyBody,
    LineQuery,
    MessageBody,
    NoQuery,
    SessionsQuery,
    TranscriptQuery,
    parse_body,
    parse_query,
)
from connector_gui.webhook.replies import Reply, Text, not_found
from connector_gui.webhook.route import Inquiry

_SESSION_ID: Final = re.compile(SESSION_ID_PATTERN)


class Sessions:
    """The calls of the record, live ones among them."""

    def __init__(self, desk: DeskPort) -> None:
        self._desk = desk

    async def page(self, inquiry: Inquiry) -> Reply:
        """A page of calls, newest first."""
        query = parse_query(SessionsQuery, inquiry.query)
        page = await self._desk.sessions(query.limit, query.cursor, query.status, query.outcome)
        return Reply(200, sessions_body(page, inquiry.base_url))

    async def one(self, inquiry: Inquiry) -> Reply:
        """One call whole."""
        parse_query(NoQuery, inquiry.query)
        return _session_reply(await self._desk.session(session_id_of(inquiry)), inquiry)

    async def act(self, action: Action, inquiry: Inquiry) -> Reply:
        """Do what a button of the call does."""
        parse_body(EmptyBody, inquiry.body)
        line = _line_in(action, inquiry)
        return _session_reply(await self._desk.act(session_id_of(inquiry), action, line), inquiry)

    async def message(self, inquiry: Inquiry) -> Reply:
        """Send text to the agent."""
        parse_query(NoQuery, inquiry.query)
        session_id = session_id_of(inquiry)
        body = parse_body(MessageBody, inquiry.body)
        return _session_reply(await self._desk.message(session_id, body.text, body.kind), inquiry)

    async def transcript(self, inquiry: Inquiry) -> Reply:
        """What was said, as JSON, to read, or as subtitles."""
        query = parse_query(TranscriptQuery, inquiry.query)
        record = found(await self._desk.session(session_id_of(inquiry)))
        match query.format:
            case "txt":
                return Reply(200, Text("text/plain", transcript_text(record)))
            case "srt":
                # Subtitles have a type of their own (IANA has none; players know this one).
                return Reply(200, Text("application/x-subrip", transcript_srt(record)))
            case "json":
                return Reply(200, transcript_body(record))


def session_id_of(inquiry: Inquiry) -> str:
    """The call that the path names.

    Raises:
        RefusedError: ``not_found``: no call can have that name.
    """
    session_id = inquiry.params["session_id"]
    if not _SESSION_ID.fullmatch(session_id):
        raise _no_such_session()
    return session_id


def found(record: CallRecord | None) -> CallRecord:
    """*record*.

    Raises:
        RefusedError: ``not_found``: there is none.
    """
    if record is None:
        raise _no_such_session()
    return record


def _line_in(action: Action, inquiry: Inquiry) -> str | None:
    if action in {Action.ACCEPT, Action.MOVE}:
        return parse_query(LineQuery, inquiry.query).line
    parse_query(NoQuery, inquiry.query)
    return None


def _session_reply(record: CallRecord | None, inquiry: Inquiry) -> Reply:
    return Reply(200, session_body(found(record), inquiry.base_url, whole=True))


def _no_such_session() -> Exception:
    return not_found("There is no call with this session_id. GET /sessions lists those there are.")
