"""The way of every request, in the order that DESIGN section 5 fixes:

    Host → route and method → Origin → key → content type → size → body → handler

What fails on the way goes out as an error of one shape; what passes goes to its route.
"""

from __future__ import annotations

import contextlib
import logging
from collections import Counter
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from connector_gui.core.errors import ConnectorError, RefusedError
from connector_gui.core.strict_json import JsonValue
from connector_gui.core.webhook import FieldProblem, InvalidRequestError
from connector_gui.webhook import body as bodies
from connector_gui.webhook.config import WebhookConfig
from connector_gui.webhook.connection import Connection
from connector_gui.webhook.guards import (
    HostRules,
    KeysProvider,
    check_content_type,
    check_framing,
    check_host,
    check_key,
    check_origin,
    host_not_allowed,
    is_listed,
)
from connector_gui.webhook.replies import Clock, Reply, error_reply, internal_error, request_id, response
from connector_gui.webhook.routes import BodyRule, Inquiry, Route, RouteTable

log = logging.getLogger(__name__)

MAX_QUERY_FIELDS: Final = 32
LOGGED_CHARS: Final = 200
CORS_MAX_AGE_S: Final = 600
CORS_REQUEST_HEADERS: Final = "Content-Type, X-API-Key, Idempotency-Key, X-Request-ID"
CORS_ANSWER_HEADERS: Final = "X-Request-ID, Retry-After, Idempotency-Replayed"


class Door:
    """Checks requests and leads them to their route.

    Attributes:
        refused: How many requests were refused, by code.
    """

    def __init__(self, table: RouteTable, config: WebhookConfig, hosts: HostRules, keys: KeysProvider, clock: Clock):
        self._table = table
        self._config = config
        self._hosts = hosts
        self._keys = keys
        self._clock = clock
        self.refused: Counter[str] = Counter()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer *request*; never raises but for cancellation."""
        name = request_id(request.headers.get("X-Request-ID"))
        try:
            reply = await self._answer(request)
        except ConnectorError as error:
            reply = self._refusal(error, name)
        except Exception:
            log.exception("webhook.failed", extra={"request_id": name})
            reply = self._refusal(internal_error(), name)
        _note(request, reply, name)
        answer = response(reply, name)
        answer.headers.update(self._cors(request))
        if reply.status == 400:  # What comes next on this connection may be part of what was not understood.
            answer.force_close()
        return await self._send(request, answer)

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

    async def _answer(self, request: web.BaseRequest) -> Reply:
        check_framing(request.headers.getall("Transfer-Encoding", []))
        host = self._checked_host(request)
        path, query = _split_target(request.raw_path)
        headers = request.headers
        if self._is_preflight(request) and self._table.methods(path):
            return Reply(204, None)
        route, params = self._table.find(request.method, path)
        base_url = f"{self._config.scheme}://{host}"
        check_origin(
            headers.getall("Origin", []),
            headers.getall("Sec-Fetch-Site", []),
            own_origin=base_url,
            allowed=self._config.allowed_origins,
        )
        key_name = check_key(self._keys(), headers.getall("X-API-Key", [])) if route.needs_key else ""
        body = await self._body(request, route)
        return await route.handler(Inquiry(request, params, _query_pairs(query), body, key_name, base_url))

    def _checked_host(self, request: web.BaseRequest) -> str:
        connection = request.protocol
        local_address = connection.local_address if isinstance(connection, Connection) else ""
        hosts = request.headers.getall("Host", [])
        check_host(self._hosts, hosts, request.raw_path, local_address)
        return hosts[0]

    async def _body(self, request: web.BaseRequest, route: Route) -> JsonValue:
        is_read = route.body is BodyRule.REQUIRED or (route.body is BodyRule.OPTIONAL and bodies.is_coming(request))
        if not is_read:
            return {}
        check_content_type(request.headers.getall("Content-Type", []), request.headers.getall("Content-Encoding", []))
        return await bodies.read_json(request, self._config.limits)

    def _refusal(self, error: ConnectorError, name: str) -> Reply:
        reply = error_reply(error, name, self._clock())
        assert reply.body is not None
        self.refused[reply.body["code"]] += 1
        return reply

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

    async def _send(self, request: web.BaseRequest, answer: web.Response) -> web.Response:
        """Send *answer* before what is left of the body is taken in; nothing left: aiohttp sends it."""
        if request.content.is_eof():
            return answer
        if not bodies.can_be_spent(request, self._config.limits):
            answer.force_close()
        with contextlib.suppress(ConnectionError):
            await answer.prepare(request)
            await answer.write_eof()
            await bodies.spend(request, self._config.limits)
        return answer


def _note(request: web.BaseRequest, reply: Reply, name: str) -> None:
    """Log what became of *request*; of one that was not meant for us nothing but the count is kept."""
    code = (reply.body or {}).get("code")
    if code == "host_not_allowed":
        return
    path, _ = _split_target(request.raw_path)  # A query may have a key in it, by mistake.
    fields = {"method": request.method, "path": path[:LOGGED_CHARS], "status": reply.status, "code": code}
    log.debug("webhook.answered", extra={**fields, "request_id": name})


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
