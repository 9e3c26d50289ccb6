"""What is at which address, and what each of them does. The desk decides; here it is only asked.

GET  /health                       POST /sessions/{session_id}/accept  /decline  /end
POST /webhook/initiate-call                                    /mute  /unmute  /hold  /resume
GET  /sessions
GET  /sessions/{session_id}
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Final
from urllib.parse import unquote

from aiohttp import web

from connector_gui import __version__
from connector_gui.core.answers import HealthBody, accepted_body, session_body, sessions_body
from connector_gui.core.record import CallRecord
from connector_gui.core.service import Action, DeskPort
from connector_gui.core.strict_json import JsonValue
from connector_gui.core.webhook import (
    SESSION_ID_PATTERN,
    EmptyBody,
    FieldProblem,
    InvalidRequestError,
    NoQuery,
    SessionsQuery,
    digest,
    parse_body,
    parse_initiate_call,
    parse_query,
)
from connector_gui.webhook.callback_check import CallbackCheck
from connector_gui.webhook.config import WebhookConfig
from connector_gui.webhook.replies import Clock, MethodNotAllowedError, Reply, not_found, retry_after

_SESSION_ID: Final = re.compile(SESSION_ID_PATTERN)


class BodyRule(Enum):
    """Whether a route reads a body."""

    NONE = auto()
    OPTIONAL = auto()
    REQUIRED = auto()


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A request that has passed every check.

    Attributes:
        key_name: Name of the webhook key that came with it; empty on routes that need none.
        base_url: Scheme and host that the caller reached us by, for links.
        body: The JSON value; ``{}`` when an optional body did not come.
    """

    request: web.BaseRequest
    params: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    body: JsonValue
    key_name: str
    base_url: str


Handler = Callable[[Inquiry], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Route:
    """One method at one address.

    Attributes:
        path: With ``{names}`` for the parts that vary.
    """

    method: str
    path: str
    handler: Handler
    needs_key: bool = True
    body: BodyRule = BodyRule.NONE

    def match(self, segments: Sequence[str]) -> dict[str, str] | None:
        """The varying parts of a path that is this one; ``None`` for any other."""
        pattern = self.path.split("/")
        if len(pattern) != len(segments):
            return None
        params: dict[str, str] = {}
        for part, segment in zip(pattern, segments, strict=True):
            if part.startswith("{"):
                params[part.strip("{}")] = segment
            elif part != segment:
                return None
        return params


class RouteTable:
    """Finds the route of a request."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = tuple(routes)

    def methods(self, path: str) -> tuple[str, ...]:
        """What can be done at *path*; empty when nothing is there. HEAD goes with GET."""
        segments = _segments(path)
        found = [route.method for route in self._routes if route.match(segments) is not None]
        return tuple(name for method in found for name in ((method, "HEAD") if method == "GET" else (method,)))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route for *method* at *path*, and the varying parts.

        Raises:
            RefusedError: ``not_found`` or ``method_not_allowed``.
        """
        segments = _segments(path)
        for route in self._routes:
            params = route.match(segments)
            if params is not None and route.method == ("GET" if method == "HEAD" else method):
                return route, params
        allowed = self.methods(path)
        if allowed:
            raise MethodNotAllowedError(allowed)
        raise not_found("There is nothing at this address. Calls are placed with POST /webhook/initiate-call.")


class Routes:
    """The handlers, and the table that leads to them."""

    def __init__(self, desk: DeskPort, config: WebhookConfig, check_callback: CallbackCheck, clock: Clock) -> None:
        self._desk = desk
        self._config = config
        self._check_callback = check_callback
        self._clock = clock

    def table(self) -> RouteTable:
        """Every route of the webhook."""
        actions = [
            Route("POST", f"/sessions/{{session_id}}/{action}", partial(self.act, action), body=BodyRule.OPTIONAL)
            for action in Action
        ]
        return RouteTable(
            [
                Route("GET", "/health", self.health, needs_key=False),
                Route("POST", "/webhook/initiate-call", self.initiate_call, body=BodyRule.REQUIRED),
                Route("GET", "/sessions", self.sessions),
                Route("GET", "/sessions/{session_id}", self.session),
                *actions,
            ]
        )

    async def health(self, _inquiry: Inquiry) -> Reply:
        """Whether calls can be taken."""
        health = self._desk.health()
        body = HealthBody(
            status=health.status,
            version=__version__,
            ready=health.ready,
            reasons=health.reasons,
            timestamp=self._clock(),
        )
        if health.ready:
            return Reply(200, body.model_dump(mode="json"))
        return Reply(503, body.model_dump(mode="json"), retry_after(None))

    async def initiate_call(self, inquiry: Inquiry) -> Reply:
        """Ring the desk.

        Raises:
            ConnectorError: It does not; the error says why.
        """
        parse_query(NoQuery, inquiry.query)
        body = parse_initiate_call(inquiry.body)
        request = body.to_request(
            body.session_id or _idempotency_key(inquiry.request) or str(uuid.uuid4()),
            placed_by=inquiry.key_name,
            default_ring_timeout_s=self._config.ring_timeout_s,
            digest=digest(inquiry.body),
        )
        if body.callback_url is not None:
            await self._check_callback(body.callback_url)
        placed = await self._desk.place_call(request)
        answer = accepted_body(placed, inquiry.base_url, expose_signed_url=self._config.expose_signed_url)
        return Reply(202, answer, {"Idempotency-Replayed": "true"} if placed.is_replay else {})

    async def sessions(self, inquiry: Inquiry) -> Reply:
        """A page of calls, newest first."""
        query = parse_query(SessionsQuery, inquiry.query)
        try:
            page = await self._desk.sessions(query.limit, query.cursor, query.status, query.outcome)
        except ValueError as error:
            problem = FieldProblem(field="cursor", message="must be next_cursor of an earlier answer, unchanged")
            raise InvalidRequestError([problem]) from error
        return Reply(200, sessions_body(page, inquiry.base_url))

    async def session(self, inquiry: Inquiry) -> Reply:
        """One call whole."""
        parse_query(NoQuery, inquiry.query)
        record = await self._desk.session(_session_id(inquiry))
        return _session_reply(record, inquiry)

    async def act(self, action: Action, inquiry: Inquiry) -> Reply:
        """Do what a button of the call does."""
        parse_query(NoQuery, inquiry.query)
        parse_body(EmptyBody, inquiry.body)
        record = await self._desk.act(_session_id(inquiry), action)
        return _session_reply(record, inquiry)


def _session_reply(record: CallRecord | None, inquiry: Inquiry) -> Reply:
    if record is None:
        raise _no_such_session()
    return Reply(200, session_body(record, inquiry.base_url, whole=True))


def _session_id(inquiry: Inquiry) -> str:
    session_id = inquiry.params["session_id"]
    if not _SESSION_ID.fullmatch(session_id):
        raise _no_such_session()
    return session_id


def _no_such_session() -> Exception:
    return not_found("There is no call with this session_id. GET /sessions lists those there are.")


def _idempotency_key(request: web.BaseRequest) -> str | None:
    """The header that names the call when the body does not; quotes around it (RFC 8941) are not part of it."""
    sent = request.headers.getall("Idempotency-Key", [])
    if not sent:
        return None
    key = sent[0].strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if len(sent) > 1 or not _SESSION_ID.fullmatch(key):
        problem = FieldProblem(field="Idempotency-Key", message="must be 1 to 128 letters, digits or any of . _ : -")
        raise InvalidRequestError([problem])
    return key


def _segments(path: str) -> list[str]:
    return [unquote(segment, errors="replace") for segment in path.split("/")]
