"""A REST service on loopback that answers what a test tells it to, faults included, and keeps what it was asked."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Reply:
    """One answer; a *body* that is no text or bytes is sent as JSON."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    after_s: float = 0.0

    async def respond(self, _request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(self.after_s)
        if isinstance(self.body, str | bytes):
            body = self.body.encode() if isinstance(self.body, str) else self.body
            return web.Response(status=self.status, body=body, headers=self.headers)
        headers = {"Content-Type": "application/json", **self.headers}
        return web.Response(status=self.status, body=json.dumps(self.body).encode(), headers=headers)


class RestServer:
    """Answers each request with the next reply; the last one again and again.

    Attributes:
        url: Base URL.
        requests: What came: path with query, and headers.
    """

    def __init__(self, *replies: Reply | Handler) -> None:
        self.url = ""
        self.replies = list(replies)
        self.requests: list[tuple[str, Mapping[str, str]]] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.path_qs, request.headers.copy()))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return await (reply.respond(request) if isinstance(reply, Reply) else reply(request))


@asynccontextmanager
async def rest_server(*replies: Reply | Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[RestServer]:
    """A running `RestServer`; over HTTPS as ``localhost`` where *tls* is given."""
    server = RestServer(*replies)
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    server.url = f"https://localhost:{port}" if tls else f"http://127.0.0.1:{port}"
    try:
        yield server
    finally:
        await runner.cleanup()
