"""Requests and answers as Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from tests.webhook_docs.scenes import Seen

WIDTH: Final = 112
LINE_CHARS: Final = 150
COMMON: Final = frozenset({"Server", "Cache-Control", "X-Content-Type-Options", "Content-Length", "Date"})
"""Headers that every answer has; the page tells of them once."""


def exchange(seen: Seen) -> str:
    """Question and answer."""
    return f"{_block('http', _with_json(seen.request))}\n\n{answer(seen)}"


def answer(seen: Seen) -> str:
    """The answer alone."""
    lines = [f"HTTP/1.1 {seen.status}"]
    lines += [f"{name}: {value}" for name, value in seen.headers.items() if name not in COMMON]
    return _block("http", _with_json("\n".join(lines) + (f"\n\n{seen.body.strip()}" if seen.body else "")))


def body(text: str) -> str:
    """A JSON body alone."""
    return _block("json", pretty(json.loads(text)))


def events(text: str) -> str:
    """A piece of an event stream; what is long is cut."""
    lines = (line if len(line) <= LINE_CHARS else line[:LINE_CHARS] + " …" for line in text.split("\n"))
    return _block("text", "\n".join(lines))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def pretty(value: Any, indent: int = 0) -> str:
    """JSON on as few lines as can be read."""
    flat = json.dumps(value, ensure_ascii=False)
    if not value or not isinstance(value, dict | list) or (indent and len(flat) + indent <= WIDTH):
        return flat
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [f"{json.dumps(name)}: {pretty(member, indent + 2)}" for name, member in value.items()]
        return "{\n" + ",\n".join(inner + part for part in parts) + "\n" + " " * indent + "}"
    parts = [pretty(item, indent + 2) for item in value]
    return "[\n" + ",\n".join(inner + part for part in parts) + "\n" + " " * indent + "]"


def _with_json(text: str) -> str:
    head, gap, content = text.partition("\n\n")
    is_json = content.startswith("{") and "json" in head
    return f"{head}{gap}{_pretty_text(content) if is_json else content}"


def _pretty_text(content: str) -> str:
    try:
        return pretty(json.loads(content))
    except json.JSONDecodeError:  # A wrong body on purpose.
        return content


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```"
