"""One running program per data folder; a later start brings it to the front, or has it do something.

A lock decides who is first, so it cannot be wrong after a crash or in a race. A local socket then carries what later
starts ask (`core.desk_command`). Only the holder of the lock touches the socket's name, and only processes of the same
user are listened to.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from connector_gui.core.desk_command import (
    MAX_REQUEST_BYTES,
    CommandError,
    DeskAnswer,
    DeskCommand,
    answer_line,
    parse_request,
)
from connector_gui.core.errors import ConfigError
from connector_gui.core.sentence import sentence
from connector_gui.system.command_client import NoAnswerError, NotRunningError, ask
from connector_gui.system.file_lock import FileLock
from connector_gui.system.instance_address import LOCK_NAME, UnsafePlaceError, address_of, is_own_peer

log = logging.getLogger(__name__)

SHOW: Final = DeskCommand("open", {"window": "panel"})
PATIENCE_S: Final = 5.0
"""How long a second start waits for a first one that is itself still starting."""
RETRY_S: Final = 0.05
REQUEST_TIMEOUT_S: Final = 5.0
"""How long a process may take to say what it wants."""
MAX_CALLERS: Final = 32
"""Later starts that are listened to at once."""
TOKEN_VARIABLE: Final = "XDG_ACTIVATION_TOKEN"  # noqa: S105 - lets a window come to the front, no secret
MAX_TOKEN_CHARS: Final = 256


class Inquiry:
    """What a later start asks, to be answered once."""

    def __init__(self, command: DeskCommand, answer: Callable[[DeskAnswer], None]) -> None:
        self.command = command
        self._answer = answer

    def answer(self, answer: DeskAnswer) -> None:
        """Tell it; nothing when it is gone by now."""
        self._answer(answer)


class Instance(QObject):
    """This process is the one for its data folder, until `close`.

    Signals:
        activated: Somebody started the program again: show yourself.
    """

    activated = Signal()

    def __init__(self, lock: FileLock, address: str) -> None:
        super().__init__()
        self._lock = lock
        self._address = address
        self._callers: set[QLocalSocket] = set()
        self._waiting: list[Inquiry] = []
        self._on_inquiry: Callable[[Inquiry], None] | None = None
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        if QCoreApplication.instance() is not None:
            self.listen()

    def listen(self) -> None:
        """Hear of further starts. Done at once if a `QCoreApplication` exists, else to be called when it does."""
        if self._server.isListening():
            return
        QLocalServer.removeServer(self._address)  # left by a crash: we hold the lock, so nobody listens there
        if not self._server.listen(self._address):
            log.warning("instance.deaf", extra={"reason": self._server.errorString()})

    def serve(self, on_inquiry: Callable[[Inquiry], None]) -> None:
        """Give everything that is asked to *on_inquiry*, what was asked before included."""
        self._on_inquiry = on_inquiry
        waiting, self._waiting = self._waiting, []
        for inquiry in waiting:
            on_inquiry(inquiry)

    def ask(self, command: DeskCommand) -> None:
        """Do *command* as if a later start had asked; what comes of it is only seen."""
        self._take(Inquiry(command, lambda _: None))

    def close(self) -> None:
        """Let another process take over the data folder."""
        self._server.close()
        for caller in tuple(self._callers):
            caller.abort()
        self._lock.release()

    def _on_connection(self) -> None:
        while (caller := self._server.nextPendingConnection()) is not None:
            caller.setParent(self)
            caller.disconnected.connect(caller.deleteLater)
            if len(self._callers) >= MAX_CALLERS or not _is_ours(caller):
                log.warning("instance.caller_refused", extra={"callers": len(self._callers)})
                caller.abort()
                continue
            self._listen_to(caller)

    def _listen_to(self, caller: QLocalSocket) -> None:
        self._callers.add(caller)
        caller.disconnected.connect(lambda: self._callers.discard(caller))
        caller.setReadBufferSize(MAX_REQUEST_BYTES + 1)
        patience = QTimer(caller)
        patience.setSingleShot(True)
        patience.timeout.connect(lambda: caller.abort())
        patience.start(round(REQUEST_TIMEOUT_S * 1000))
        caller.readyRead.connect(lambda: self._on_words(caller, patience))
        self._on_words(caller, patience)

    def _on_words(self, caller: QLocalSocket, patience: QTimer) -> None:
        if not patience.isActive():
            return  # it has said what it wants
        if not caller.canReadLine():
            if caller.bytesAvailable() > MAX_REQUEST_BYTES:
                caller.abort()
            return
        patience.stop()
        inquiry = None
        try:
            command = parse_request(bytes(caller.readLine().data()))
            inquiry = Inquiry(command, lambda answer: self._answer(caller, answer, command.name))
        except CommandError as error:
            self._answer(caller, DeskAnswer(False, "invalid_request", str(error)))
        if inquiry is not None:
            self._take(inquiry)

    def _take(self, inquiry: Inquiry) -> None:
        command = inquiry.command
        _use_token(command.members.get("activation_token"))
        if command.name == "ping":
            inquiry.answer(DeskAnswer(True, "done", "Agent Connector runs."))
        elif command == SHOW or (command.name == "open" and command.members.get("window", "panel") == "panel"):
            # At once, however far the start has come: a second click on the icon must not wait.
            inquiry.answer(DeskAnswer(True, "done", "Agent Connector is in front."))
            log.info("instance.activated")
            self.activated.emit()
        elif self._on_inquiry is not None:
            self._on_inquiry(inquiry)
        else:
            self._waiting.append(inquiry)

    def _answer(self, caller: QLocalSocket, answer: DeskAnswer, name: str = "") -> None:
        if caller not in self._callers:
            return
        caller.write(answer_line(answer))
        caller.flush()  # the other start waits for it, whatever we are about to do
        if name != "quit":  # who asks us to end hears of the end by losing us
            caller.disconnectFromServer()


def claim(data_dir: Path, wish: DeskCommand = SHOW) -> Instance | None:
    """Become the one process for *data_dir*; if there is one already, have it fulfil *wish*.

    Returns:
        ``None`` if another process was there and has answered: this one should end.

    Raises:
        ConfigError: The folder cannot be used, or the process that has it does not answer.
    """
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            lock = FileLock.acquire(data_dir / LOCK_NAME)
            address = address_of(data_dir)
        except UnsafePlaceError as exc:
            raise ConfigError(f"{exc.strerror}.") from exc
        except OSError as exc:
            raise ConfigError(
                sentence(
                    "The data folder {data_dir} cannot be used ({reason}).", data_dir=data_dir, reason=exc.strerror
                )
            ) from exc
        if lock is not None:
            return Instance(lock, address)
        if _is_answered(data_dir, wish, deadline_s):
            return None
        if time.monotonic() > deadline_s:
            raise ConfigError(
                sentence(
                    "Agent Connector is running already with the data folder {data_dir}, but "
                    "does not answer. End it first, or name another folder with --data-dir.",
                    data_dir=data_dir,
                )
            )
        # The other one is still starting, or just ending: then the lock will be free.
        time.sleep(RETRY_S)


def _is_answered(data_dir: Path, wish: DeskCommand, deadline_s: float) -> bool:
    try:
        ask(data_dir, wish, max(RETRY_S, deadline_s - time.monotonic()))
    except (NotRunningError, NoAnswerError):
        return False
    return True


def _is_ours(caller: QLocalSocket) -> bool:
    if sys.platform == "win32":
        return True  # the pipe's access list has seen to it
    descriptor = int(caller.socketDescriptor())
    if descriptor < 0:
        return False  # gone again
    with closing(socket.socket(fileno=os.dup(descriptor))) as same:
        return is_own_peer(same)


def _use_token(token: object) -> None:
    """Keep what a Wayland desktop gave the later start, without which it lets no window come to the front."""
    if isinstance(token, str) and 0 < len(token) <= MAX_TOKEN_CHARS and token.isascii() and token.isprintable():
        os.environ[TOKEN_VARIABLE] = token
