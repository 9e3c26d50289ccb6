"""``/openapi.json``, and ``/docs`` to read it and try it out (Swagger UI); in development only.

All of the page comes from here: its policy lets the browser fetch nothing from anywhere else, and run no script that
is not a file of ours. Requests made on it carry our own origin, which the door lets in; the key is typed in.
"""

from __future__ import annotations

import asyncio
import importlib
from functools import cache
from pathlib import Path
from typing import Final

from connector_gui.core.webhook import NoQuery, parse_query
from connector_gui.webhook.openapi import document
from connector_gui.webhook.replies import Reply, Text, not_found
from connector_gui.webhook.route import Inquiry, Route, RouteTable

OPENAPI: Final = "/openapi.json"
DOCS: Final = "/docs"

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        # Its arrows are pictures inside the style sheet.
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}
_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Agent Connector: webhook</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
# The bundle knows OpenAPI 3.0 and turns 3.1 away by its number alone; of 3.1 we use nothing that it cannot show.
_START: Final = """\
"use strict";
fetch("/openapi.json").then((answer) => answer.json()).then((description) => {
  SwaggerUIBundle({
    dom_id: "#page",
    spec: { ...description, openapi: "3.0.3" },
    validatorUrl: null,
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    presets: [SwaggerUIBundle.presets.apis],
  });
});
"""
_ASSETS: Final = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}


def with_docs(table: RouteTable) -> RouteTable:
    """*table*, and its own description."""
    return RouteTable([*table.routes, *Docs(table).routes])


class Docs:
    """The handlers."""

    def __init__(self, table: RouteTable) -> None:
        # Made when it is first asked for, in a thread: it takes too long for the main one, and few ever ask.
        self._document = cache(lambda: document(table.routes))

    @property
    def routes(self) -> tuple[Route, ...]:
        """Where they are reached; without a key, since there is none in a description."""
        return (
            Route("GET", OPENAPI, self.openapi, needs_key=False),
            Route("GET", DOCS, self.page, needs_key=False),
            Route("GET", f"{DOCS}/{{name}}", self.asset, needs_key=False),
        )

    async def openapi(self, inquiry: Inquiry) -> Reply:
        """The description."""
        parse_query(NoQuery, inquiry.query)
        return Reply(200, await asyncio.to_thread(self._document))

    async def page(self, _inquiry: Inquiry) -> Reply:
        """The page."""
        return Reply(200, Text("text/html", _PAGE), _HEADERS)

    async def asset(self, inquiry: Inquiry) -> Reply:
        """What the page is made of."""
        name = inquiry.params["name"]
        if name == "start.js":
            return Reply(200, Text("text/javascript", _START), _HEADERS)
        if name not in _ASSETS:
            raise not_found("There is nothing at this address. The description is at /docs.")
        return Reply(200, Text(_ASSETS[name], await asyncio.to_thread(_bundled, name)), _HEADERS)


def _bundled(name: str) -> str:
    # By name: the package has no types, and nobody needs it in production.
    folder = Path(str(importlib.import_module("swagger_ui_bundle").swagger_ui_path))
    return (folder / name).read_text("utf-8")
