"""What a route says of itself; the description (`openapi`) is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel

from connector_gui.core.webhook import NoQuery

JSON: Final = "application/json"
EVENT_STREAM: Final = "text/event-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer that is no refusal.

    Attributes:
        words: When it comes, or what it is.
        schema: Names of `openapi.BODIES`, any of which it may have; none where it is no JSON.
        types: Content types other than JSON.
        headers: Those it has besides the ones that all have, with words.
        example: A body.
    """

    words: str
    schema: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    example: Mapping[str, Any] | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentHeader:
    """A header that callers may send.

    Attributes:
        words: What it is for.
        schema: Its values, in terms of JSON Schema.
    """

    words: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """One route.

    Attributes:
        name: For programs: the operation's id.
        topic: Where it stands among the others.
        title: A line.
        words: Markdown; more than a line.
        query, body: The very models that its handler reads them by; of a query ``None`` where nobody looks at it.
        body_examples: Bodies by title.
        headers: Headers that callers may send.
        answers: By status.
        refusals: Codes of its own, with the status where a code has several; what all routes answer is not in it.
    """

    name: str
    topic: str
    title: str
    words: str = ""
    query: type[BaseModel] | None = NoQuery
    body: type[BaseModel] | None = None
    body_examples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    headers: Mapping[str, SentHeader] = field(default_factory=dict)
    answers: Mapping[int, Answer]
    refusals: tuple[str | tuple[str, int], ...] = ()
