"""A running webhook for tests, and what its answers have to look like."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from connector_gui.webhook import WebhookConfig, WebhookServer
from connector_gui.webhook.callback_check import Resolver, resolve
from connector_gui.webhook.route import Route
from tests.fakes.desk import MemoryDesk
from tests.fakes.raw_http import RawAnswer, exchange, request

KEY = "k-1234567890"
KEYS: Mapping[str, SecretStr] = {"default": SecretStr("other"), "n8n": SecretStr(KEY)}
KEY_LINE = f"X-API-Key: {KEY}"
JSON_LINE = "Content-Type: application/json"


@dataclass(frozen=True)
class Served:
    """A server that listens, and the desk behind it."""

    server: WebhookServer
    desk: MemoryDesk
    port: int

    async def ask(
        self, method: str, target: str, *headers: str, body: bytes = b"", host: str | None = None
    ) -> RawAnswer:
        """The answer to one request on a connection of its own."""
        named = f"127.0.0.1:{self.port}" if host is None else host
        return await exchange(
            self.port, request(method, target, *headers, body=body, host=named), has_body=method != "HEAD"
        )

    async def post(self, target: str, value: object = None, *headers: str) -> RawAnswer:
        """The answer to *value* as JSON, or to no body, with the key."""
        if value is None:
            return await self.ask("POST", target, KEY_LINE, *headers)
        return await self.ask("POST", target, KEY_LINE, JSON_LINE, *headers, body=json.dumps(value).encode())

    async def place(self, *headers: str, **body: Any) -> RawAnswer:
        """The answer to a request for a call."""
        return await self.post("/webhook/initiate-call", {"agent_id": "agent_1", **body}, *headers)

    async def get(self, target: str) -> RawAnswer:
        """The answer to a GET with the key."""
        return await self.ask("GET", target, KEY_LINE)


@asynccontextmanager
async def serving(
    *,
    desk: MemoryDesk | None = None,
    keys: Mapping[str, SecretStr] = KEYS,
    resolver: Resolver = resolve,
    more_routes: Sequence[Route] = (),
    **config: Any,
) -> AsyncIterator[Served]:
    """A webhook on a free port; *config* are members of `WebhookConfig`."""
    desk = desk or MemoryDesk()
    made = WebhookConfig(**{"port": 0, **config})
    server = WebhookServer(desk, made, lambda: keys, resolver=resolver, more_routes=more_routes)
    await server.start()
    try:
        assert server.url is not None
        yield Served(server, desk, int(server.url.rpartition(":")[2]))
    finally:
        await server.stop()


def assert_common(answer: RawAnswer) -> None:
    """What holds for every answer, right or wrong."""
    assert re.fullmatch(r"[A-Za-z0-9._:-]{1,128}", answer.headers["x-request-id"])
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["server"] == "agent-connector"


def assert_error(answer: RawAnswer, status: int, code: str, sentence: str = "", field: str | None = None) -> None:
    """An error of the contract's shape whose text has *sentence* in it and whose first detail is about *field*."""
    assert_common(answer)
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/json"
    body = answer.json
    assert list(body) == ["success", "error", "code", "details", "request_id", "timestamp"]
    assert body["success"] is False
    assert body["code"] == code
    assert sentence in body["error"]
    assert body["error"].endswith(".")
    assert body["error"][0] == body["error"][0].upper() or body["details"], (
        "a sentence, or one that begins with a field"
    )
    assert body["request_id"] == answer.headers["x-request-id"]
    assert datetime.fromisoformat(body["timestamp"]).utcoffset() is not None
    for detail in body["details"]:
        assert list(detail) == ["field", "message"]
    if field is not None:
        assert body["details"][0]["field"] == field
    assert ("retry-after" in answer.headers) >= (status in {429, 503})
