"""The way of every request, in the order that DESIGN section 5 fixes:

    Host → route and method → Origin → key → content type → size → body → handler

What fails on the way goes out as an error of one shape; what passes goes to its route.
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

from aiohttp import web
from pydantic import SecretStr

from connector_gui.core.errors import ConnectorError, RefusedError
from connector_gui.core.webhook import FieldProblem, InvalidRequestError
from connector_gui.webhook import body as bodies
from connector_gui.webhook.config import WebhookConfig
from connector_gui.webhook.connection import Connection
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
from connector_gui.webhook.replies import Clock, Reply, error_reply, internal_error, request_id, response
from connector_gui.webhook.route import BodyRule, Inquiry, Route, RouteTable
from connector_gui.webhook.sending import send

log = logging.getLogger(__name__)

MAX_QUERY_FIELDS: Final = 32
LOGGED_CHARS: Final = 200
CORS_MAX_AGE_S: Final = 600
CORS_REQUEST_HEADERS: Final = "Content-Type, X-API-Key, Idempotency-Key, X-Request-ID, Last-Event-ID, Range"
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
        name = request_id(request.headers.get("X-Request-ID"))
        visit = _Visit(request, self._clock())
        try:
            reply = await self._answer(visit)
        except ConnectorError as error:
            reply = self._refusal(error, name)
        except Exception:
            log.exception("webhook.failed", extra={"request_id": name})
            reply = self._refusal(internal_error(), name)
        self._note(visit, reply, name)
        answer = response(reply, name)
        answer.headers.update(self._cors(request))
        if reply.status == 400:  # What comes next on this connection may be part of what was not understood.
            answer.force_close()
        await send(request, answer, reply, self._config.limits)
        return answer

    def malformed(self, status: int, reason: str) -> web.StreamResponse:
        """The answer to bytes that are no request; *reason* is the parser's word for it."""
        if "'Host' header" in reason:  # aiohttp itself refuses none and two of them.
            error = host_not_allowed()
        elif status >= 500:
            error = internal_error()
        else:
            error = RefusedError("This is not a valid HTTP request.", code="invalid_request", status=400)
        name = request_id(None)
        return response(self._refusal(error, name), name)

    async def _answer(self, visit: _Visit) -> Reply:
        request = visit.request
        check_framing(request.headers.getall("Transfer-Encoding", []))
        host = self._checked_host(request)
        path, query = _split_target(request.raw_path)
        headers = request.headers
        if self._is_preflight(request) and self._table.methods(path):
            return Reply(204, None)
        route, params = self._table.find(request.method, path)
        visit.route = route.path
        base_url = f"{self._config.scheme}://{host}"
        check_origin(
            headers.getall("Origin", []),
            headers.getall("Sec-Fetch-Site", []),
            own_origin=base_url,
            allowed=self._config.allowed_origins,
        )
        key = SecretStr("")
        if route.needs_key:
            visit.key_name, key = self._checked_key(visit, route)
        is_read = await self._read(visit, route)
        body = bodies.as_json(visit.raw_body) if is_read else {}
        inquiry = Inquiry(request, params, _query_pairs(query), base_url, body, visit.raw_body, visit.key_name, key)
        return await route.handler(inquiry)

    def _checked_host(self, request: web.BaseRequest) -> str:
        connection = request.protocol
        local_address = connection.local_address if isinstance(connection, Connection) else ""
        hosts = request.headers.getall("Host", [])
        check_host(self._hosts, hosts, request.raw_path, local_address)
        return hosts[0]

    def _checked_key(self, visit: _Visit, route: Route) -> tuple[str, SecretStr]:
        headers = visit.request.headers
        sent = sent_keys(
            headers.getall("X-API-Key", []), headers.getall("Authorization", []), takes_bearer=route.takes_bearer
        )
        keys = self._keys()
        if sent:
            self._guesses.check(visit.remote_address)
        try:
            name = check_key(keys, sent)
        except WrongKeyError:
            self._guesses.wrong_key(visit.remote_address)
            raise
        return name, keys[name]

    async def _read(self, visit: _Visit, route: Route) -> bool:
        """Take in the body where *route* wants one; whether it did."""
        request = visit.request
        if route.body is BodyRule.NONE or (route.body is BodyRule.OPTIONAL and not bodies.is_coming(request)):
            return False
        check_content_type(request.headers.getall("Content-Type", []), request.headers.getall("Content-Encoding", []))
        visit.raw_body = await bodies.read(request, self._config.limits)
        return True

    def _refusal(self, error: ConnectorError, name: str) -> Reply:
        reply = error_reply(error, name, self._clock())
        self.refused[_said(reply, "code")] += 1
        return reply

    def _note(self, visit: _Visit, reply: Reply, name: str) -> None:
        """Log and tell what became of a request; of one that was not meant for us nothing but the count is kept."""
        code = _said(reply, "code")
        if code == "host_not_allowed":
            return
        request = visit.request
        path, _ = _split_target(request.raw_path)  # A query may have a key in it, by mistake.
        fields = {"method": request.method, "path": path[:LOGGED_CHARS], "status": reply.status, "code": code or None}
        log.debug("webhook.answered", extra={**fields, "request_id": name})
        exchange = Exchange(
            at=visit.at,
            method=request.method,
            target=request.raw_path,
            status=reply.status,
            code=code,
            error=_said(reply, "error"),
            key_name=visit.key_name,
            remote_address=visit.remote_address,
            request_id=name,
            duration_s=time.monotonic() - visit.began_s,
            raw_body=visit.raw_body,
            route=visit.route,
        )
        try:
            for listener in self.on_exchange:
                listener(exchange)
        except Exception:
            # Whoever looks on must not keep an answer from its caller.
            log.exception("webhook.listener_failed")

    def _is_preflight(self, request: web.BaseRequest) -> bool:
        headers = request.headers
        return (
            request.method == "OPTIONS"
            and "Access-Control-Request-Method" in headers
            and is_listed(headers.get("Origin", ""), self._config.allowed_origins)
        )

    def _cors(self, request: web.BaseRequest) -> dict[str, str]:
        origin = request.headers.get("Origin", "")
        if not is_listed(origin, self._config.allowed_origins):
            return {}
        headers = {
            "Access-Control-Allow-Origin": origin,
            "Vary": "Origin",
            "Access-Control-Expose-Headers": CORS_ANSWER_HEADERS,
        }
        if self._is_preflight(request):
            headers["Access-Control-Allow-Methods"] = "GET, POST"
            headers["Access-Control-Allow-Headers"] = CORS_REQUEST_HEADERS
            headers["Access-Control-Max-Age"] = str(CORS_MAX_AGE_S)
        return headers


@dataclass(slots=True)
class _Visit:
    """A request on its way, with what has been found out about it so far."""

    request: web.BaseRequest
    at: datetime
    key_name: str = ""
    raw_body: bytes = field(default=b"", repr=False)
    route: str = NO_ROUTE
    began_s: float = field(default_factory=time.monotonic)

    @property
    def remote_address(self) -> str:
        connection = self.request.protocol
        return connection.remote_address if isinstance(connection, Connection) else ""


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
