"""What one start of the program can ask of the one that runs: a line of JSON there, a line back, then it is over.

    {"v": 1, "command": "call", "agent_id": "agent_123", "metadata": {"customer_name": "Mara"}}
    {"v": 1, "success": true, "code": "done", "message": "The call is ringing at the desk.", "data": {…}}

Read by the command line too, which has to answer at once: only light parts of the standard library here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from connector_gui.core.strict_json import StrictJsonError, parse, quoted_name

VERSION: Final = 1
"""Of this protocol; a program of another version is not understood, and says so."""
MAX_REQUEST_BYTES: Final = 64 * 1024
MAX_ANSWER_BYTES: Final = 1024 * 1024

CALL_ACTIONS: Final = ("accept", "decline", "end", "mute", "unmute", "hold", "resume", "move")
LINE_ACTIONS: Final = ("accept", "move")
"""Those that may name a line."""
WINDOWS: Final = ("panel", "history", "settings", "status")
MAX_QUIET_MINUTES: Final = 24 * 60


class Exit(IntEnum):
    """Exit statuses; scripts rely on them."""

    DONE = 0
    REFUSED = 1
    """The program said no, or could not go on; the reason is in words."""
    USAGE = 2
    """Arguments or settings are wrong, or there is no display."""
    NOT_RUNNING = 3
    NO_ANSWER = 4
    """It runs but does not answer, or another program answers in its place."""


class CommandError(ValueError):
    """What was asked cannot be understood; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class DeskCommand:
    """One thing that is asked.

    Attributes:
        name: What is to be done.
        members: With what; only names and types that belong to it.
    """

    name: str
    members: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class DeskAnswer:
    """What came of it.

    Attributes:
        code: Stable: ``done``, or why not.
        message: The same for people.
        data: The same for programs.
    """

    is_done: bool
    code: str
    message: str
    data: Mapping[str, Any] = field(default_factory=dict)


_SESSION: Final[Mapping[str, type]] = {"session_id": str}
_MEMBERS: Final[Mapping[str, Mapping[str, type]]] = {
    "ping": {},
    "status": {},
    "call": {"agent_id": str, "metadata": dict, "session_id": str, "priority": int, "ring_timeout_s": float},
    **dict.fromkeys(CALL_ACTIONS, _SESSION),
    **{action: {**_SESSION, "line": str} for action in LINE_ACTIONS},
    "dnd": {"is_on": bool, "minutes": int},
    "open": {"window": str, "activation_token": str},
    "link": {"url": str, "activation_token": str},
    "quit": {},
}
"""Every command with its members; which of them must be there, and what they may be, is for whoever carries it out."""


def request_line(command: DeskCommand) -> bytes:
    """*command* as it is sent."""
    return _line({"v": VERSION, "command": command.name, **command.members})


def answer_line(answer: DeskAnswer) -> bytes:
    """*answer* as it is sent."""
    said = {"success": answer.is_done, "code": answer.code, "message": answer.message, "data": dict(answer.data)}
    return _line({"v": VERSION, **said})


def parse_request(line: bytes) -> DeskCommand:
    """The command in *line*, which may come from anybody.

    Raises:
        CommandError: It is none of ours.
    """
    body = _object(line)
    if body.pop("v", None) != VERSION:
        raise CommandError(
            "This command is of another version of Agent Connector. End the running one, then try again."
        )
    name = body.pop("command", None)
    known = _MEMBERS.get(name) if isinstance(name, str) else None
    if known is None:
        raise CommandError("This command is not known here.")
    for member, value in body.items():
        wanted = known.get(member)
        if wanted is None:
            raise CommandError(f"{quoted_name(member)} does not belong to {name}.")
        if not _is(value, wanted):
            raise CommandError(f"{member} of {name} is of the wrong kind.")
    assert isinstance(name, str)
    return DeskCommand(name, body)


def parse_answer(line: bytes) -> DeskAnswer:
    """The answer in *line*.

    Raises:
        CommandError: It is none of ours.
    """
    body = _object(line)
    is_done, code, message, data = (body.get(name) for name in ("success", "code", "message", "data"))
    is_whole = isinstance(is_done, bool) and isinstance(code, str) and isinstance(message, str)
    if body.get("v") != VERSION or not is_whole or not isinstance(data, dict):
        raise CommandError("Agent Connector's answer cannot be understood: it may be of another version.")
    return DeskAnswer(bool(is_done), str(code), str(message), data)


def _is(value: object, wanted: type) -> bool:
    if wanted is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    # To Python True is a number.
    return isinstance(value, wanted) and not (wanted is int and isinstance(value, bool))


def _object(line: bytes) -> dict[str, Any]:
    try:
        body = parse(line)
    except StrictJsonError as error:
        raise CommandError(f"This is no command: the text {error}.") from None
    if not isinstance(body, dict):
        raise CommandError("This is no command: the text is no JSON object.")
    return body


def _line(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode() + b"\n"
