"""Routes: which request goes where, and what of it has been looked at when it gets there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from urllib.parse import unquote

from aiohttp import web
from pydantic import SecretStr

from connector_gui.core.strict_json import JsonValue
from connector_gui.webhook.about import About
from connector_gui.webhook.connection import Connection
from connector_gui.webhook.replies import MethodNotAllowedError, Reply, not_found


class BodyRule(Enum):
    """Whether a route reads a body."""

    NONE = auto()
    OPTIONAL = auto()
    REQUIRED = auto()


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A request that has passed every check.

    Attributes:
        body: The JSON value; ``{}`` when an optional body did not come.
        raw_body: The very bytes of it.
        key_name: Name of the webhook key that came with it; empty on routes that need none.
        key: That key.
        base_url: Scheme and host that the caller reached us by, for links.
    """

    request: web.BaseRequest
    params: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    base_url: str
    body: JsonValue = field(default_factory=dict, repr=False)
    raw_body: bytes = field(default=b"", repr=False)
    key_name: str = ""
    key: SecretStr = field(default_factory=lambda: SecretStr(""))

    @property
    def connection(self) -> Connection:
        """The connection that it came in by."""
        connection = self.request.protocol
        assert isinstance(connection, Connection)
        return connection


Handler = Callable[[Inquiry], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Route:
    """One method at one address.

    Attributes:
        path: With ``{names}`` for the parts that vary.
        about: What it is for; every route has one, or it stands in no description.
        takes_bearer: The key may come as ``Authorization: Bearer`` too, for callers that can send nothing else.
    """

    method: str
    path: str
    handler: Handler
    needs_key: bool = True
    body: BodyRule = BodyRule.NONE
    takes_bearer: bool = False
    about: About | None = None


class RouteTable:
    """Finds the route of a request."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = tuple(routes)
        self._by_length: defaultdict[int, list[tuple[Sequence[str], Route]]] = defaultdict(list)
        for route in self._routes:
            pattern = route.path.split("/")
            self._by_length[len(pattern)].append((pattern, route))

    @property
    def routes(self) -> tuple[Route, ...]:
        """All of them."""
        return self._routes

    def methods(self, path: str) -> tuple[str, ...]:
        """What can be done at *path*; empty when nothing is there. HEAD goes with GET."""
        found = [route.method for route, _ in self._at(path)]
        return tuple(name for method in found for name in ((method, "HEAD") if method == "GET" else (method,)))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route for *method* at *path*, and the varying parts.

        Raises:
            RefusedError: ``not_found`` or ``method_not_allowed``.
        """
        wanted = "GET" if method == "HEAD" else method
        for route, params in self._at(path):
            if route.method == wanted:
                return route, params
        allowed = self.methods(path)
        if allowed:
            raise MethodNotAllowedError(allowed)
        raise not_found("There is nothing at this address. Calls are placed with POST /webhook/initiate-call.")

    def _at(self, path: str) -> Iterator[tuple[Route, dict[str, str]]]:
        """The routes at *path*, with what stands there in place of the varying parts."""
        segments = [unquote(segment, errors="replace") for segment in path.split("/")]
        for pattern, route in self._by_length.get(len(segments), ()):
            params = _params(pattern, segments)
            if params is not None:
                yield route, params


def _params(pattern: Sequence[str], segments: Sequence[str]) -> dict[str, str] | None:
    """The varying parts of a path that is of this *pattern*, which is as long; ``None`` for any other."""
    params: dict[str, str] = {}
    for part, segment in zip(pattern, segments, strict=True):
        if part.startswith("{"):
            params[part.strip("{}")] = segment
        elif part != segment:
            return None
    return params
