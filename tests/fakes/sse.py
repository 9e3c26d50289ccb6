"""A reader of server-sent events, strict about their form."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

from tests.fakes.webhook import KEY

PATIENCE_S = 10.0


class HasPort(Protocol):
    """A webhook that runs."""

    @property
    def port(self) -> int: ...


@dataclass(frozen=True)
class Told:
    """One event."""

    kind: str
    id: int | None
    data: Any


class EventReader:
    """Takes events off one answer.

    Attributes:
        comments: How many lines that are no events have come.
    """

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer
        self.comments = 0

    async def next(self) -> Told:
        """The next event.

        Raises:
            EOFError: The stream is over.
        """
        async with asyncio.timeout(PATIENCE_S):
            while True:
                fields = await self._block()
                if fields:
                    number = fields.get("id")
                    return Told(fields["event"], None if number is None else int(number), json.loads(fields["data"]))

    async def take(self, count: int) -> list[Told]:
        return [await self.next() for _ in range(count)]

    async def rest(self) -> list[Told]:
        """All that still come until the stream is over."""
        found: list[Told] = []
        while True:
            try:
                found.append(await self.next())
            except (EOFError, aiohttp.ClientError):
                return found

    async def _block(self) -> dict[str, str]:
        fields: dict[str, str] = {}
        while True:
            line = await self.answer.content.readline()
            if not line:
                raise EOFError
            text = line.decode().rstrip("\n")
            if not text:
                return fields
            if text.startswith(":"):
                self.comments += 1
                continue
            name, value = text.split(": ", 1)
            assert name in {"id", "event", "data", "retry"}
            assert name not in fields
            if name != "retry":
                fields[name] = value


@asynccontextmanager
async def following(
    served: HasPort, target: str, *, last_event_id: int | str | None = None
) -> AsyncIterator[EventReader]:
    """An event stream at *target*."""
    headers = {"X-API-Key": KEY}
    if last_event_id is not None:
        headers["Last-Event-ID"] = str(last_event_id)
    url = f"http://127.0.0.1:{served.port}{target}"
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        yield EventReader(answer)
