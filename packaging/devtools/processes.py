"""Starting other programs: plainly announced, and ended together with us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from devtools.layout import SetupError

Command = Sequence[str | Path]


def say(text: str) -> None:
    """Print *text* at once, so that it stands before the output of what comes next."""
    print(text, flush=True)


def call(command: Command, *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> int:
    """Run *command* to its end and return its exit status (128 + the signal's number if one ended it).

    Ctrl-C reaches the command through the terminal and SIGTERM is passed on, so that it can tidy up;
    in both cases its exit status decides.
    """
    process: subprocess.Popen[bytes] | None = None

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if process is None:
            sys.exit(128 + number)
        process.send_signal(number)

    # First the handlers: the command may be signalled through us as soon as it runs. For Ctrl-C not
    # SIG_IGN, which the command would inherit.
    before = {
        signal.SIGTERM: signal.signal(signal.SIGTERM, pass_on),
        signal.SIGINT: signal.signal(signal.SIGINT, lambda _number, _frame: None),
    }
    try:
        process = subprocess.Popen(command, cwd=cwd, env=env)
        status = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return status if status >= 0 else 128 - status


def check(command: Command, *, failure: str, env: Mapping[str, str] | None = None) -> None:
    """Run *command*; raise `SetupError` with the words of *failure* if it fails."""
    status = call(command, env=env)
    if status != 0:
        raise SetupError(f"{failure} (exit status {status}). Command: {' '.join(map(str, command))}")


def become(command: Command, *, is_windows: bool) -> NoReturn:
    """Put *command* in this program's place: same process id, signals and terminal.

    Windows cannot do that (its exec returns to the shell while the new program still runs), so there
    the command is waited for and its exit status handed on.
    """
    arguments = [str(part) for part in command]
    if is_windows:
        sys.exit(call(arguments))
    os.execv(arguments[0], arguments)  # noqa: S606 - a shell would stand between us and the signals
