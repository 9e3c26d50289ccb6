"""Requests to the webhook as they are shown afterwards: what was asked, what was answered, how to ask it again.

Nothing in them is secret: no key, no value of a ``secret__…`` name, of the query only what we have names for.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

KEY_VARIABLE: Final = "CONNECTOR_KEY"
"""Stands in commands in place of a key."""
WINDOWS: Final = "win32"

# Of a path these mean themselves to every shell and to every server; "%" begins what was encoded before.
_PLAIN_IN_PATHS: Final = "/:@+,;=~.-_%"
_NO_KEY: Final = frozenset({"/health", "/docs", "/openapi.json"})


@dataclass(frozen=True, slots=True)
class ShownRequest:
    """One request that was meant for us.

    Attributes:
        number: Counts all requests since the program started, from 1.
        path, query: As sent, so far as it may be shown.
        code, reason: Why it was refused; empty when it was not.
        key_name: Name of the key; empty where none was needed or the right one did not come.
        body: JSON, or what came in place of it; ``None`` when it is not kept (or there was none).
        body_bytes: How much of a body was read.
    """

    number: int
    at: datetime
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    status: int
    code: str
    reason: str
    key_name: str
    remote_address: str
    request_id: str
    duration_ms: float
    body: str | None = None
    body_bytes: int = 0

    @property
    def is_refused(self) -> bool:
        """Whether the answer was an error."""
        return self.status >= 400

    @property
    def has_whole_body(self) -> bool:
        """Whether a repeat would send all that was read of it."""
        return self.body is not None or self.body_bytes == 0


@dataclass(frozen=True, slots=True)
class Activity:
    """The newest requests, the newest first, and how many there were in all.

    Attributes:
        strangers: Requests for host names that are not ours: they are counted and nothing else.
    """

    requests: tuple[ShownRequest, ...] = ()
    total: int = 0
    strangers: int = 0


def curl_command(request: ShownRequest, base_url: str, platform: str = sys.platform) -> str:
    """The command that sends *request* again, for the shell of *platform*; the key comes from `KEY_VARIABLE`.

    Whatever a caller sent is one argument to the shell and no more: on Windows, whose command line sees the end of
    a text at each quotation mark in it, the characters it would act upon are written as JSON escapes.
    """
    is_windows = platform == WINDOWS
    path = quote(request.path, safe=_PLAIN_IN_PATHS)
    query = f"?{urlencode(request.query)}" if request.query else ""
    lines = [" ".join(["curl", *_method(request), f'"{base_url.rstrip("/")}{path}{query}"'])]
    if request.path not in _NO_KEY:
        variable = f"%{KEY_VARIABLE}%" if is_windows else f"${KEY_VARIABLE}"
        lines.append(f'-H "X-API-Key: {variable}"')
    if request.body is not None:
        body = _pasteable(request.body)
        lines.append('-H "Content-Type: application/json"')
        lines.append(f"--data-raw {_for_windows(body) if is_windows else shlex.quote(body)}")
    return (" ^\n  " if is_windows else " \\\n  ").join(lines)


def _method(request: ShownRequest) -> Sequence[str]:
    """The method, where curl would not choose it by itself."""
    if request.method == "HEAD":
        return ["--head"]
    if request.method == ("GET" if request.body is None else "POST"):
        return []
    # Of the characters that a method may have, none is special between double quotes but these.
    name = "".join(character for character in request.method if character not in "`$!%")
    return [f'-X "{name}"']


def _pasteable(body: str) -> str:
    """*body* in characters that no terminal acts upon."""
    try:
        return json.dumps(json.loads(body))
    except ValueError:
        return "".join(character if character.isprintable() else " " for character in body)


def _for_windows(body: str) -> str:
    """*body* between quotation marks, as programs on Windows take arguments apart."""
    for character in "&|<>^%!":
        body = body.replace(character, f"\\u{ord(character):04x}")
    return '"' + re.sub(r'(\\*)("|$)', lambda match: match[1] * 2 + (match[2] and '\\"'), body) + '"'
