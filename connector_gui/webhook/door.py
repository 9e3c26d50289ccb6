"""The way of every request, in the order that callers are promised:

    Host → route and method → Origin → key → content type → size → body → handler

What fails on the way goes out as an error of one shape; what passes goes to its route. A request that came in one
piece is checked before anything is made for it (`sieve`); the others as their parts come.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from aiohttp import StreamReader, web
from aiohttp.http import RawRequestMessage
from multidict import CIMultiDictProxy
from pydantic import SecretStr

from connector_gui.core.errors import ConnectorError, RefusedError
from connector_gui.core.strict_json import JsonValue
from connector_gui.core.webhook import FieldProblem, InvalidRequestError
from connector_gui.webhook import body as bodies
from connector_gui.webhook.config import WebhookConfig
from connector_gui.webhook.connection import Connection, Refusal
from connector_gui.webhook.exchange import NO_ROUTE, Exchange
from connector_gui.webhook.guards import (
    HostRules,
    KeysProvider,
    WrongKeyError,
    check_content_type,
    check_framing,
    check_host,
    check_key,
    check_origin,
    host_not_allowed,
    is_listed,
    sent_keys,
)
from connector_gui.webhook.guesses import Guesses
from connector_gui.webhook.replies import (
    Clock,
    Reply,
    error_reply,
    internal_error,
    refusal_bytes,
    request_id,
    response,
)
from connector_gui.webhook.route import BodyRule, Inquiry, Route, RouteTable
from connector_gui.webhook.sending import send

log = logging.getLogger(__name__)

MAX_QUERY_FIELDS: Final = 32
LOGGED_CHARS: Final = 200
CORS_MAX_AGE_S: Final = 600
CORS_REQUEST_HEADERS: Final = "Content-Type, X-API-Key, Idempotency-Key, X-Request-ID, Last-Event-ID, Range"
_NO_KEY: Final = SecretStr("")
CORS_ANSWER_HEADERS: Final = "X-Request-ID, Retry-After, Idempotency-Replayed, Content-Disposition, Content-Range"


class Door:
    """Checks requests and leads them to their route.

    Attributes:
        refused: How many requests were refused, by code.
        on_exchange: Called with every request that was meant for us, once its answer is made.
    """

    def __init__(
        self,
        table: RouteTable,
        config: WebhookConfig,
        hosts: HostRules,
        keys: KeysProvider,
        guesses: Guesses,
        clock: Clock,
    ) -> None:
        self._table = table
        self._config = config
        self._hosts = hosts
        self._keys = keys
        self._guesses = guesses
        self._clock = clock
        self.refused: Counter[str] = Counter()
        self.on_exchange: list[Callable[[Exchange], None]] = []

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer *request*; never raises but for cancellation."""
        visit = self._visit_of(request)
        try:
            reply = await self._answer(visit, request)
        except ConnectorError as error:
            reply = self._refusal(error, visit.name)
        except Exception:
            log.exception("webhook.failed", extra={"request_id": visit.name})
            reply = self._refusal(internal_error(), visit.name)
        if not visit.is_let_in:
            await visit.connection.connections.turn(visit.connection)
        self._note(visit, reply)
        answer = response(reply, visit.name)
        answer.headers.update(self._cors(visit))
        if reply.status == 400:  # What comes next on this connection may be part of what was not understood.
            answer.force_close()
        await send(request, answer, reply, self._config.limits)
        return answer

    def refuse_at_once(
        self, message: RawRequestMessage, content: StreamReader, connection: Connection
    ) -> Refusal | None:
        """See `connection.Doorkeeper`; what passes is remembered, so that `handle` does not ask it all again."""
        visit = self._new_visit(message.method, message.path, message.headers, connection)
        try:
            self._enter(visit)
            if self._wants_body(visit):
                visit.raw_body = bodies.whole(content, self._config.limits)
            self._understand(visit)
        except ConnectorError as error:
            reply = self._refusal(error, visit.name)
        except Exception:
            log.exception("webhook.failed", extra={"request_id": visit.name})
            reply = self._refusal(internal_error(), visit.name)
        else:
            connection.seen = (content, visit)
            return None
        self._note(visit, reply)
        closes = reply.status == 400 or message.should_close
        is_head = visit.method == "HEAD"
        return Refusal(refusal_bytes(reply, visit.name, self._cors(visit), is_head=is_head, closes=closes), closes)

    def malformed(self, status: int, reason: str) -> web.StreamResponse:
        """See `connection.Doorkeeper`."""
        name = request_id(None)
        return response(self._refusal(_malformed(status, reason), name), name)

    def refuse_malformed(self, reason: str) -> Refusal:
        """See `connection.Doorkeeper`."""
        name = request_id(None)
        reply = self._refusal(_malformed(400, reason), name)
        return Refusal(refusal_bytes(reply, name, {}, is_head=False, closes=True), closes=True)

    # --- the way in ------------------------------------------------------------------------------------

    def _visit_of(self, request: web.BaseRequest) -> _Visit:
        connection = request.protocol
        assert isinstance(connection, Connection)
        seen, connection.seen = connection.seen, None
        if seen is not None and seen[0] is request.content and isinstance(seen[1], _Visit):
            return seen[1]
        return self._new_visit(request.method, request.raw_path, request.headers, connection)

    def _new_visit(self, method: str, target: str, headers: CIMultiDictProxy[str], connection: Connection) -> _Visit:
        return _Visit(method, target, headers, connection, request_id(headers.get("X-Request-ID")), self._clock())

    async def _answer(self, visit: _Visit, request: web.BaseRequest) -> Reply:
        if visit.route is None and not visit.is_preflight:
            self._enter(visit)
            if self._wants_body(visit):
                visit.raw_body = await bodies.read(request, self._config.limits)
            self._understand(visit)
        visit.is_let_in = True
        if visit.route is None:
            return Reply(204, None)
        inquiry = Inquiry(
            request,
            visit.params,
            visit.query,
            visit.base_url,
            visit.body,
            visit.raw_body,
            visit.key_name,
            visit.key,
        )
        return await visit.route.handler(inquiry)

    def _enter(self, visit: _Visit) -> None:
        """All that is asked before the body.

        Raises:
            ConnectorError: It may not enter.
        """
        headers = visit.headers
        check_framing(headers.getall("Transfer-Encoding", []))
        hosts = headers.getall("Host", [])
        check_host(self._hosts, hosts, visit.target, visit.connection.local_address)
        path, _ = _split_target(visit.target)
        if self._is_preflight(visit) and self._table.methods(path):
            visit.is_preflight = True
            return
        route, visit.params = self._table.find(visit.method, path)
        visit.route_path = route.path
        visit.base_url = f"{self._config.scheme}://{hosts[0]}"
        check_origin(
            headers.getall("Origin", []),
            headers.getall("Sec-Fetch-Site", []),
            own_origin=visit.base_url,
            allowed=self._config.allowed_origins,
        )
        if route.needs_key:
            visit.key_name, visit.key = self._checked_key(visit, route)
        visit.route = route

    def _checked_key(self, visit: _Visit, route: Route) -> tuple[str, SecretStr]:
        headers = visit.headers
        sent = sent_keys(
            headers.getall("X-API-Key", []), headers.getall("Authorization", []), takes_bearer=route.takes_bearer
        )
        keys = self._keys()
        if sent:
            self._guesses.check(visit.connection.remote_address)
        try:
            name = check_key(keys, sent)
        except WrongKeyError:
            self._guesses.wrong_key(visit.connection.remote_address)
            raise
        return name, keys[name]

    def _wants_body(self, visit: _Visit) -> bool:
        """Whether its route reads a body, which is then of the right type.

        Raises:
            RefusedError: It is not.
        """
        route, headers = visit.route, visit.headers
        if route is None or route.body is BodyRule.NONE:
            return False
        if route.body is BodyRule.OPTIONAL and not bodies.is_coming(headers):
            return False
        check_content_type(headers.getall("Content-Type", []), headers.getall("Content-Encoding", []))
        visit.has_body = True
        return True

    def _understand(self, visit: _Visit) -> None:
        """Body and query as values.

        Raises:
            InvalidRequestError: They cannot be read.
        """
        if visit.has_body:
            visit.body = bodies.as_json(visit.raw_body)
        if visit.route is not None:
            visit.query = _query_pairs(_split_target(visit.target)[1])

    # --- the way out -----------------------------------------------------------------------------------

    def _refusal(self, error: ConnectorError, name: str) -> Reply:
        reply = error_reply(error, name, self._clock())
        self.refused[_said(reply, "code")] += 1
        return reply

    def _note(self, visit: _Visit, reply: Reply) -> None:
        """Log and tell what became of a request; of one that was not meant for us nothing but the count is kept."""
        code = _said(reply, "code")
        if code == "host_not_allowed":
            return
        if log.isEnabledFor(logging.DEBUG):
            path, _ = _split_target(visit.target)  # A query may have a key in it, by mistake.
            fields = {"method": visit.method, "path": path[:LOGGED_CHARS], "status": reply.status, "code": code or None}
            log.debug("webhook.answered", extra={**fields, "request_id": visit.name})
        exchange = Exchange(
            at=visit.at,
            method=visit.method,
            target=visit.target,
            status=reply.status,
            code=code,
            error=_said(reply, "error"),
            key_name=visit.key_name,
            remote_address=visit.connection.remote_address,
            request_id=visit.name,
            duration_s=time.monotonic() - visit.began_s,
            raw_body=visit.raw_body,
            route=visit.route_path,
        )
        try:
            for listener in self.on_exchange:
                listener(exchange)
        except Exception:
            # Whoever looks on must not keep an answer from its caller.
            log.exception("webhook.listener_failed")

    def _is_preflight(self, visit: _Visit) -> bool:
        headers = visit.headers
        return (
            visit.method == "OPTIONS"
            and "Access-Control-Request-Method" in headers
            and is_listed(headers.get("Origin", ""), self._config.allowed_origins)
        )

    def _cors(self, visit: _Visit) -> dict[str, str]:
        origin = visit.headers.get("Origin", "")
        if not is_listed(origin, self._config.allowed_origins):
            return {}
        headers = {
            "Access-Control-Allow-Origin": origin,
            "Vary": "Origin",
            "Access-Control-Expose-Headers": CORS_ANSWER_HEADERS,
        }
        if self._is_preflight(visit):
            headers["Access-Control-Allow-Methods"] = "GET, POST"
            headers["Access-Control-Allow-Headers"] = CORS_REQUEST_HEADERS
            headers["Access-Control-Max-Age"] = str(CORS_MAX_AGE_S)
        return headers


@dataclass(slots=True)
class _Visit:
    """A request on its way, with what has been found out about it so far.

    Attributes:
        name: The request's id.
        route: Where it leads; set when it may enter.
        route_path: The same as it is declared; known before.
        has_body: The route reads one.
        is_let_in: All that is asked of every request is answered.
    """

    method: str
    target: str
    headers: CIMultiDictProxy[str]
    connection: Connection
    name: str
    at: datetime
    is_preflight: bool = False
    route: Route | None = None
    route_path: str = NO_ROUTE
    params: Mapping[str, str] = field(default_factory=dict)
    base_url: str = ""
    key_name: str = ""
    key: SecretStr = _NO_KEY
    has_body: bool = False
    is_let_in: bool = False
    raw_body: bytes = field(default=b"", repr=False)
    body: JsonValue = field(default_factory=dict, repr=False)
    query: Sequence[tuple[str, str]] = ()
    began_s: float = field(default_factory=time.monotonic)


def _malformed(status: int, reason: str) -> RefusedError:
    """Why bytes are no request; *reason* is the parser's word for it."""
    if "'Host' header" in reason:  # aiohttp itself refuses none and two of them.
        return host_not_allowed()
    if status >= 500:
        return internal_error()
    return RefusedError("This is not a valid HTTP request.", code="invalid_request", status=400)


def _said(reply: Reply, member: str) -> str:
    """A member of an error's body; empty for any other answer."""
    return str(reply.body.get(member, "")) if reply.status >= 400 and isinstance(reply.body, Mapping) else ""


def _split_target(target: str) -> tuple[str, str]:
    """Path and query of a request target, both as sent; of an absolute one too."""
    if target.startswith("/"):
        path, _, query = target.partition("?")
        return path, query
    parts = urlsplit(target)
    return parts.path or "/", parts.query


def _query_pairs(query: str) -> Sequence[tuple[str, str]]:
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS)
    except ValueError as error:
        problem = FieldProblem(field="query", message=f"has more than {MAX_QUERY_FIELDS} fields; send fewer")
        raise InvalidRequestError([problem]) from error
