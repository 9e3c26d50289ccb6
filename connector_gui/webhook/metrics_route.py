"""``GET /metrics``: the program's figures, for Prometheus to collect."""

from __future__ import annotations

from typing import Protocol

from connector_gui.core.webhook import NoQuery, parse_query
from connector_gui.webhook.catalogue import METRICS
from connector_gui.webhook.replies import Reply, Text
from connector_gui.webhook.route import Inquiry, Route


class MetricsPort(Protocol):
    """Who has the figures."""

    async def render(self) -> tuple[bytes, str]:
        """All of them as text in UTF-8, and its content type without the charset."""
        ...


class MetricsRoute:
    """The handler, and where it is reached."""

    def __init__(self, metrics: MetricsPort) -> None:
        self._metrics = metrics

    def route(self) -> Route:
        """Prometheus itself can send a key of ours as ``Authorization: Bearer`` only."""
        return Route("GET", "/metrics", self.metrics, takes_bearer=True, about=METRICS)

    async def metrics(self, inquiry: Inquiry) -> Reply:
        """All figures."""
        parse_query(NoQuery, inquiry.query)
        text, content_type = await self._metrics.render()
        return Reply(200, Text(content_type, text.decode()))
