"""Helper programs that run behind a test, and end with it whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_STOP_TIMEOUT_S = 2.0


class RigError(Exception):
    """The rig did not come up, or was asked for something it cannot do."""


class Background:
    """A set of helper programs, each in a process group and with a log file of its own.

    Leaving the ``with`` block ends them, last started first. Should this process be killed before that,
    the kernel ends them: no X server stays behind a test run that was shot down.
    """

    def __init__(self, log_folder: Path) -> None:
        self._log_folder = log_folder
        self._helpers: list[subprocess.Popen[bytes]] = []
        log_folder.mkdir(parents=True, exist_ok=True)

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        env: Mapping[str, str],
        *,
        standard_input: bytes = b"",
        pass_fds: Sequence[int] = (),
    ) -> subprocess.Popen[bytes]:
        """Start *command*; its output goes to the log called *name*."""
        with self._log(name).open("wb") as log:
            helper = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", *command],
                env=env,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the command under test; the helpers outlive it
                pass_fds=pass_fds,
            )
        self._helpers.append(helper)
        assert helper.stdin is not None
        helper.stdin.write(standard_input)
        helper.stdin.close()
        return helper

    def log_tail(self, name: str, lines: int = 15) -> str:
        """The last lines that helper *name* wrote, for an error message."""
        return "\n".join(self._log(name).read_text(errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        while self._helpers:
            _end_group(self._helpers.pop())

    def _log(self, name: str) -> Path:
        return self._log_folder / f"{name}.log"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _end_group(helper: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(helper.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        helper.wait(_STOP_TIMEOUT_S)
    # What the helper started itself may be left, or the helper did not listen.
    with suppress(ProcessLookupError):
        os.killpg(helper.pid, signal.SIGKILL)
    helper.wait()


def wait_until(condition: Callable[[], bool], what: str, timeout_s: float = 15.0) -> None:
    """Look at *condition* twenty times a second until it holds.

    Raises:
        RigError: It did not within *timeout_s*; *what* says what was waited for.
    """
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise RigError(f"waited {timeout_s:g} s in vain for {what}")
        time.sleep(0.05)
