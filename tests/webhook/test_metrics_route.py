from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from prometheus_client.parser import text_string_to_metric_families

from connector_gui.system.metrics import Metrics, Readings
from connector_gui.webhook import WebhookConfig, WebhookServer
from connector_gui.webhook.exchange import NO_ROUTE, Exchange
from connector_gui.webhook.metrics_route import MetricsRoute
from tests.fakes.desk import MemoryDesk
from tests.fakes.webhook import KEY, KEY_LINE, KEYS, Served, assert_common, assert_error


@asynccontextmanager
async def serving_metrics() -> AsyncIterator[Served]:
    desk, metrics = MemoryDesk(), Metrics(Readings(lambda: 3, lambda: 1, dict, dict, lambda: 0))
    route = MetricsRoute(metrics).route()
    server = WebhookServer(desk, WebhookConfig(port=0), lambda: KEYS, more_routes=[route])
    await server.start()
    try:
        assert server.url is not None
        yield Served(server, desk, int(server.url.rpartition(":")[2]))
    finally:
        await server.stop()


@pytest.mark.parametrize("line", [KEY_LINE, f"Authorization: Bearer {KEY}", f"authorization: bearer {KEY}"])
async def test_the_figures_are_told_to_who_has_a_key(line: str) -> None:
    async with serving_metrics() as served:
        answer = await served.ask("GET", "/metrics", line)
    assert_common(answer)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    values = {
        sample.name: sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }
    assert values["agent_connector_ringing_calls"] == 3


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("Authorization: Bearer wrong",),
        ("Authorization: Bearer ",),
        (f"Authorization: Basic {KEY}",),
        (f"Authorization: {KEY}",),
        ("X-API-Key: wrong", f"Authorization: Bearer {KEY}"),
    ],
)
async def test_without_a_key_nothing_is_told(lines: tuple[str, ...]) -> None:
    async with serving_metrics() as served:
        answer = await served.ask("GET", "/metrics", *lines)
        assert_error(answer, 401, "unauthorized")
        assert b"agent_connector_" not in answer.body


async def test_a_bearer_token_opens_nothing_else() -> None:
    async with serving_metrics() as served:
        assert_error(await served.ask("GET", "/sessions", f"Authorization: Bearer {KEY}"), 401, "unauthorized")


async def test_other_methods_and_queries_are_refused() -> None:
    async with serving_metrics() as served:
        assert_error(await served.post("/metrics"), 405, "method_not_allowed")
        assert_error(await served.get("/metrics?name=x"), 422, "invalid_request")
        head = await served.ask("HEAD", "/metrics", KEY_LINE)
        assert (head.status, head.body) == (200, b"")


async def test_requests_are_told_by_route_and_never_by_address() -> None:
    exchanges: list[Exchange] = []
    async with serving_metrics() as served:
        served.server.on_exchange.append(exchanges.append)
        await served.place(session_id="crm-42")
        await served.get("/sessions/crm-42")
        await served.get("/sessions/crm-43?x=1")
        await served.get("/nothing/here")
        await served.ask("GET", "/metrics")
    routes = [(exchange.route, exchange.status) for exchange in exchanges]
    assert routes == [
        ("/webhook/initiate-call", 202),
        ("/sessions/{session_id}", 200),
        ("/sessions/{session_id}", 422),
        (NO_ROUTE, 404),
        ("/metrics", 401),
    ]
    assert all(0 <= exchange.duration_s < 5 for exchange in exchanges)
