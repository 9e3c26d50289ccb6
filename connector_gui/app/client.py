"""A later start of the program: hands its wish to the one that runs, and says what came of it. No Qt here."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import replace
from typing import Final

from connector_gui.app.command_line import START, Invocation
from connector_gui.core.call_link import LinkError, parse_link
from connector_gui.core.desk_command import CommandError, DeskAnswer, DeskCommand, Exit
from connector_gui.core.errors import ConfigError
from connector_gui.system.command_client import (
    ANSWER_TIMEOUT_S,
    END_TIMEOUT_S,
    PLACING_TIMEOUT_S,
    NoAnswerError,
    NotRunningError,
    ask,
)
from connector_gui.system.data_folder import find_data_dir

TIMEOUTS_S: Final = {"call": PLACING_TIMEOUT_S, "quit": END_TIMEOUT_S}
_TOKENS: Final = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")


def hand_over(wanted: Invocation) -> int | None:
    """Have the program that runs do what is *wanted*, and tell on standard output (what went wrong: on error).

    Returns:
        The exit status; ``None`` where none runs and one is to be started.
    """
    assert wanted.command is not None
    try:
        if wanted.word == "link":
            # Looked at here already: nothing is started for a link that is none.
            parse_link(wanted.command.members["url"])
        folder = find_data_dir(wanted.data_dir).path
        answer = ask(
            folder,
            _with_token(wanted.command),
            TIMEOUTS_S.get(wanted.word, ANSWER_TIMEOUT_S),
            until_end=wanted.word == "quit",
        )
    except NotRunningError:
        return None if wanted.starts else _not_running(wanted)
    except NoAnswerError as error:
        # A start waits: the other one may itself be starting, or ending.
        is_start = wanted.word == START
        return None if is_start else _tell(wanted, Exit.NO_ANSWER, DeskAnswer(False, "no_answer", str(error)))
    except (LinkError, CommandError) as error:
        return _tell(wanted, Exit.REFUSED, DeskAnswer(False, "invalid_request", str(error)))
    except ConfigError as error:
        return _tell(wanted, Exit.USAGE, DeskAnswer(False, "usage", str(error)))
    if wanted.word == START and answer.is_done and not wanted.as_json:
        return Exit.DONE  # the window in front says it
    return _tell(wanted, Exit.DONE if answer.is_done else Exit.REFUSED, answer)


def _not_running(wanted: Invocation) -> int:
    answer = DeskAnswer(False, "not_running", "Agent Connector is not running. Start it with: agent-connector open")
    return _tell(wanted, Exit.NOT_RUNNING, answer)


def _tell(wanted: Invocation, status: Exit, answer: DeskAnswer) -> int:
    with contextlib.suppress(BrokenPipeError):  # the reader has seen enough
        if wanted.as_json:
            said = {"success": answer.is_done, "exit_code": int(status), "code": answer.code}
            line = json.dumps({**said, "message": answer.message, "data": dict(answer.data)})
            print(line, flush=True)  # noqa: T201 - what the command is for
        elif answer.is_done:
            print(_printable(answer.message), flush=True)  # noqa: T201 - what the command is for
        else:
            print(f"agent-connector: {_printable(answer.message)}", file=sys.stderr, flush=True)  # noqa: T201 - what the command is for
    return int(status)


def _printable(text: str) -> str:
    """*text* without what a terminal would take for a command: names in it came from callers."""
    shown = "".join(char if char.isprintable() or char == "\n" else "�" for char in text)
    # A program without a console (Windows) has no standard output.
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return shown.encode(encoding, errors="replace").decode(encoding)


def _with_token(command: DeskCommand) -> DeskCommand:
    """What the desktop gave this start for bringing a window to the front, passed on."""
    token = next((value for name in _TOKENS if (value := os.environ.get(name))), "")
    if command.name not in {"open", "link"} or not token:
        return command
    return replace(command, members={**command.members, "activation_token": token[:256]})
