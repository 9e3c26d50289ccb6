"""Asks the program that runs: sends a line, reads a line. Standard library alone, so that it is done at once."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Protocol

from connector_gui.core.desk_command import (
    MAX_ANSWER_BYTES,
    MAX_REQUEST_BYTES,
    CommandError,
    DeskAnswer,
    DeskCommand,
    parse_answer,
    request_line,
)
from connector_gui.system.instance_address import UnsafePlaceError, address_of, is_own_peer

ANSWER_TIMEOUT_S: Final = 10.0
PLACING_TIMEOUT_S: Final = 30.0
"""For a call: ElevenLabs is asked for its agent first, for 10 s at most."""
END_TIMEOUT_S: Final = 20.0
"""How long the program may take to end: it lets calls end, and tells who placed them."""


class NotRunningError(Exception):
    """Nobody listens there."""


class NoAnswerError(Exception):
    """Somebody listens, but does not answer as we do; the text is a sentence."""


class Connection(Protocol):
    """A stream to the other process. Both methods raise `OSError`, `TimeoutError` when the time is over."""

    def send(self, data: bytes) -> None: ...
    def receive(self, size: int) -> bytes:
        """Some bytes, none at the end of the stream."""
        ...


def ask(
    data_dir: Path, command: DeskCommand, timeout_s: float = ANSWER_TIMEOUT_S, *, until_end: bool = False
) -> DeskAnswer:
    """Put *command* to the program that has *data_dir*.

    Args:
        until_end: Wait until the program has let go of the connection, which it does at its very end.

    Raises:
        NotRunningError: There is none.
        NoAnswerError: It does not answer within *timeout_s*, or not in a way that can be understood.
        CommandError: The command is too long to be sent.
    """
    line = request_line(command)
    if len(line) > MAX_REQUEST_BYTES:
        raise CommandError(f"This is too long: {MAX_REQUEST_BYTES // 1024} KiB at most.")
    try:
        with _connected(data_dir, time.monotonic() + timeout_s) as connection:
            connection.send(line)
            answer = parse_answer(_line_from(connection))
            if until_end:
                _wait_for_end(connection)
            return answer
    except UnsafePlaceError as error:
        raise NoAnswerError(f"{error.strerror}.") from error
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise NotRunningError from error
    except CommandError as error:
        raise NoAnswerError(str(error)) from error
    except OSError as error:
        raise NoAnswerError("Agent Connector runs but does not answer. End it, then start it again.") from error


def _line_from(connection: Connection) -> bytes:
    received = bytearray()
    while not received.endswith(b"\n"):
        piece = connection.receive(64 * 1024)
        received += piece
        if not piece or len(received) > MAX_ANSWER_BYTES:
            raise ConnectionResetError("no whole answer")
    return bytes(received)


def _wait_for_end(connection: Connection) -> None:
    with contextlib.suppress(ConnectionError):
        while connection.receive(1024):
            pass


@contextmanager
def _connected(data_dir: Path, deadline_s: float) -> Iterator[Connection]:
    address = address_of(data_dir)
    if sys.platform == "win32":
        _allow_foreground()
        with _Pipe(address, deadline_s) as pipe:
            yield pipe
        return
    with closing(socket.socket(socket.AF_UNIX)) as raw:
        stream = _Socket(raw, deadline_s)
        stream.connect(address)
        if not is_own_peer(raw):
            raise NoAnswerError("Another user’s program answers in Agent Connector’s place. It was told nothing.")
        yield stream


class _Socket:
    def __init__(self, raw: socket.socket, deadline_s: float) -> None:
        self._raw = raw
        self._deadline_s = deadline_s

    def connect(self, address: str) -> None:
        self._limit()
        self._raw.connect(address)

    def send(self, data: bytes) -> None:
        self._limit()
        self._raw.sendall(data)

    def receive(self, size: int) -> bytes:
        self._limit()
        return self._raw.recv(size)

    def _limit(self) -> None:
        left_s = self._deadline_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        self._raw.settimeout(left_s)


class _Pipe:
    """Windows' named pipe, which has no deadlines: a thread closes it when the time is over."""

    def __init__(self, name: str, deadline_s: float) -> None:
        self._handle = os.open(name, os.O_RDWR | getattr(os, "O_BINARY", 0))
        self._timer = threading.Timer(max(0.0, deadline_s - time.monotonic()), self._give_up)
        self._timer.daemon = True
        self._timer.start()

    def __enter__(self) -> _Pipe:
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with contextlib.suppress(OSError):
            os.close(self._handle)

    def send(self, data: bytes) -> None:
        os.write(self._handle, data)

    def receive(self, size: int) -> bytes:
        try:
            return os.read(self._handle, size)
        except BrokenPipeError:
            return b""

    def _give_up(self) -> None:
        # To close a handle does not end a read on it here; the process can only be left.
        print("agent-connector: Agent Connector runs but does not answer.", file=sys.stderr, flush=True)  # noqa: T201 - what the command is for
        os._exit(4)


def _allow_foreground() -> None:
    """Windows lets only the program in front bring another to the front, or let another do so."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.AllowSetForegroundWindow(-1)
