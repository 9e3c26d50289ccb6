"""The words after ``agent-connector``, and what they mean. argparse alone: a command is over before Qt is loaded."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from connector_gui import __version__
from connector_gui.core.desk_command import CALL_ACTIONS, LINE_ACTIONS, MAX_QUIET_MINUTES, WINDOWS, DeskCommand, Exit

START: Final = "start"
REMOVE: Final = "remove"

_ACTION_HELP: Final[Mapping[str, str]] = {
    "accept": "take the call that rings",
    "decline": "refuse the call that rings",
    "end": "end the conversation",
    "mute": "mute your microphone",
    "unmute": "unmute it",
    "hold": "put the conversation on hold",
    "resume": "go on with the one on hold",
    "move": "let a conversation go on on a line, or at the desk",
}
_EXITS: Final = (
    "exit status: 0 done; 1 refused, with the reason; 2 wrong arguments or settings, no display; "
    "3 Agent Connector is not running; 4 it does not answer"
)


@dataclass(frozen=True, slots=True)
class Invocation:
    """What is wanted.

    Attributes:
        word: ``start``, ``remove``, or the name of *command*.
        command: What is asked of the program that runs; ``None`` for ``remove``.
        starts: The program is started where none runs.
        opens: That program then does *command*.
        options: Of ``remove``: ``data``, ``keys``, ``yes``.
    """

    word: str
    command: DeskCommand | None
    data_dir: Path | None
    practice: bool = False
    at_login: bool = False
    as_json: bool = False
    starts: bool = False
    opens: bool = False
    options: frozenset[str] = frozenset()


def parse(argv: Sequence[str] | None = None) -> Invocation:
    """What *argv* means. Ends the process where it means nothing (status 2), or asks for help or version (0)."""
    given = list(sys.argv[1:] if argv is None else argv)
    _Parser.as_json = "--json" in given
    parser = _parser()
    found = vars(parser.parse_args(given))
    word = found.pop("word") or START
    common: dict[str, Any] = {
        "data_dir": found.get("data_dir"),
        "practice": bool(found.get("practice")),
        "at_login": bool(found.get("at_login")),
        "as_json": bool(found.get("json")),
    }
    link = found.get("link")
    if word == REMOVE:
        options = frozenset(name for name in ("data", "keys", "yes") if found[name])
        return Invocation(REMOVE, None, **common, options=options)
    if link is not None and word != START:
        parser.error("--link stands alone")
    if word == START:
        return _start(link, common)
    members = {name: found[name] for name in _MEMBERS.get(word, ()) if found.get(name) is not None}
    if word == "dnd":
        members = found["quiet"]
    is_open = word == "open"
    return Invocation(word, DeskCommand(word, members), **common, starts=is_open, opens=is_open)


_MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "call": ("agent_id", "metadata", "session_id", "priority", "ring_timeout_s"),
    **dict.fromkeys(CALL_ACTIONS, ("session_id", "line")),
    "open": ("window",),
}


def _start(link: str | None, common: dict[str, Any]) -> Invocation:
    if link is not None:
        return Invocation("link", DeskCommand("link", {"url": link}), **common, starts=True, opens=True)
    # A start by the system brings nothing to the front.
    command = DeskCommand("ping") if common["at_login"] else DeskCommand("open", {"window": "panel"})
    return Invocation(START, command, **common, starts=True)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong as JSON where that was asked for."""

    as_json = False

    def error(self, message: str) -> NoReturn:
        if self.as_json:
            said = {"success": False, "exit_code": int(Exit.USAGE), "code": "usage", "message": message, "data": {}}
            print(json.dumps(said))  # noqa: T201 - what a script reads
        super().error(message)


def _parser() -> argparse.ArgumentParser:
    common = _Parser(add_help=False)
    common.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        default=argparse.SUPPRESS,
        help="folder for records, recordings and logs; names the program where several run",
    )
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="answer one line of JSON")
    parser = _Parser(
        prog="agent-connector",
        description="A desk for AI voice calls: a webhook rings, you accept, an ElevenLabs agent speaks.",
        epilog=f"Without a command it starts, or comes to the front. {_EXITS}.",
        parents=[common],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"agent-connector {__version__}")
    parser.add_argument("--practice", action="store_true", help="let the built-in practice agent answer every call")
    parser.add_argument("--at-login", action="store_true", help="start without a window, and wait for the tray")
    parser.add_argument("--link", metavar="URL", help="show the call that an agent-connector:// link suggests")
    words = parser.add_subparsers(dest="word", metavar="COMMAND", parser_class=_Parser)

    def add(word: str, text: str) -> argparse.ArgumentParser:
        return words.add_parser(word, help=text, description=text, parents=[common], epilog=_EXITS, allow_abbrev=False)

    add("status", "say how the desk is, and which calls there are")
    _add_call(add("call", "let a call ring, as the webhook does"))
    for action in CALL_ACTIONS:
        about = add(action, _ACTION_HELP[action])
        about.add_argument("--session-id", metavar="ID", help="which call")
        if action in LINE_ACTIONS:
            otherwise = "desk unless given" if action == "move" else "where the rules lead it unless given"
            about.add_argument("--line", metavar="NAME", help=f"on that line, or desk: your own devices; {otherwise}")
    dnd = add("dnd", "take no calls: on (until off), off, or a number of minutes")
    dnd.add_argument("quiet", nargs="?", type=_quiet, default="on", metavar="on|off|MINUTES")
    opening = add("open", "bring a window to the front; starts the program where it does not run")
    opening.add_argument("window", nargs="?", choices=WINDOWS, default="panel")
    add("quit", "end calls and the program, and wait until it is gone")
    remove = add(REMOVE, "undo what the program has set up: start at login, links; asks about data and keys")
    remove.add_argument("--data", action="store_true", help="delete calls, recordings, settings and logs too")
    remove.add_argument("--keys", action="store_true", help="delete the keys in the system's keyring too")
    remove.add_argument("--yes", action="store_true", help="ask nothing; what is not named stays")
    return parser


def _add_call(call: argparse.ArgumentParser) -> None:
    call.add_argument("agent_id", metavar="AGENT_ID", help="the id of an ElevenLabs agent")
    call.add_argument(
        "--metadata",
        action=_Metadata,
        metavar="NAME=VALUE",
        help="shown on the card, and given to the agent; may be repeated",
    )
    call.add_argument("--session-id", metavar="ID", help="your name for the call; the same one never rings twice")
    call.add_argument("--priority", type=int, metavar="N", help="higher is answered first; 0 unless given")
    call.add_argument("--ring-timeout", dest="ring_timeout_s", type=float, metavar="S", help="seconds that it rings")


class _Metadata(argparse.Action):
    """Collects NAME=VALUE."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,  # noqa: ARG002 - argparse's signature
    ) -> None:
        found = dict(getattr(namespace, self.dest) or {})
        name, sign, value = str(values).partition("=")
        if not name or not sign:
            # Not quoted: it may be the value of a secret.
            parser.error("--metadata must read NAME=VALUE")
        if name.startswith("secret__"):
            parser.error(
                "secret__ values are not taken on a command line: everyone on this computer can read it while the "
                "command runs, and the shell keeps it. Send such a call to the webhook"
            )
        if name in found:
            parser.error("--metadata gives a name twice")
        found[name] = value
        setattr(namespace, self.dest, found)


def _quiet(word: str) -> dict[str, Any]:
    if word in {"on", "off"}:
        return {"is_on": word == "on"}
    if word.isascii() and word.isdecimal() and 1 <= int(word[:9]) <= MAX_QUIET_MINUTES and len(word) < 9:
        return {"is_on": True, "minutes": int(word)}
    raise argparse.ArgumentTypeError(f"must be on, off, or minutes from 1 to {MAX_QUIET_MINUTES}")
