"""One running program per data folder; a second start brings the first to the front.

A lock decides who is first, so it cannot be wrong after a crash or in a race. A local socket then
carries the one message there is. Only the holder of the lock touches the socket's name.
"""

from __future__ import annotations

import hashlib
import logging
import os
import socket
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from connector_gui.core.errors import ConfigError
from connector_gui.system.file_lock import FileLock

log = logging.getLogger(__name__)

LOCK_NAME: Final = "connector.lock"
SHOW: Final = b"show\n"
DONE: Final = b"done\n"
PATIENCE_S: Final = 5.0
"""How long a second start waits for a first one that is itself still starting."""
RETRY_S: Final = 0.05
MAX_MESSAGE_BYTES: Final = 64
MAX_PATH_BYTES: Final = 92
"""A socket's path has at most 103 bytes on macOS, 107 on Linux, and Qt makes a longer one on the way."""


class Instance(QObject):
    """This process is the one for its data folder, until `close`.

    Signals:
        activated: Somebody started the program again: show yourself.
    """

    activated = Signal()

    def __init__(self, lock: FileLock, name: str) -> None:
        super().__init__()
        self._lock = lock
        self._name = name
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        if QCoreApplication.instance() is not None:
            self.listen()

    def listen(self) -> None:
        """Hear of further starts. Done at once if a `QCoreApplication` exists, else to be called when it does."""
        if self._server.isListening():
            return
        QLocalServer.removeServer(self._name)  # left by a crash: we hold the lock, so nobody listens there
        if not self._server.listen(self._name):
            log.warning("instance.deaf", extra={"reason": self._server.errorString()})

    def close(self) -> None:
        """Let another process take over the data folder."""
        self._server.close()
        self._lock.release()

    def _on_connection(self) -> None:
        while (caller := self._server.nextPendingConnection()) is not None:
            caller.setParent(self)
            caller.disconnected.connect(caller.deleteLater)
            caller.readyRead.connect(lambda caller=caller: self._on_words(caller))
            self._on_words(caller)

    def _on_words(self, caller: QLocalSocket) -> None:
        if not caller.canReadLine():
            if caller.bytesAvailable() > MAX_MESSAGE_BYTES:
                caller.abort()
            return
        is_wanted = caller.readLine(MAX_MESSAGE_BYTES).data() == SHOW
        if is_wanted:
            caller.write(DONE)
            caller.flush()  # the other start waits for it, whatever we are about to do
        caller.disconnectFromServer()
        if is_wanted:
            log.info("instance.activated")
            self.activated.emit()


def claim(data_dir: Path) -> Instance | None:
    """Become the one process for *data_dir*; if there is one already, have it show itself.

    Returns:
        ``None`` if another process was there and has shown itself: this one should end.

    Raises:
        ConfigError: The folder cannot be used, or the process that has it does not answer.
    """
    name = _socket_name(data_dir)
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            lock = FileLock.acquire(data_dir / LOCK_NAME)
        except OSError as exc:
            raise ConfigError(f"The data folder {data_dir} cannot be used ({exc.strerror}).") from exc
        if lock is not None:
            return Instance(lock, name)
        if _ask_to_show(name):
            return None
        if time.monotonic() > deadline:
            raise ConfigError(
                f"Agent Connector is running already with the data folder {data_dir}, but does not answer. "
                "End it first, or name another folder with --data-dir."
            )
        # The other one is still starting, or just ending: then the lock will be free.
        time.sleep(RETRY_S)


def _socket_name(data_dir: Path) -> str:
    """Where the holder of *data_dir* listens: short enough for a socket, the same for every spelling of the path."""
    digest = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:24]
    name = f"agent-connector-{digest}"
    if sys.platform == "win32":
        return rf"\\.\pipe\{name}"
    # The runtime folder is the user's own; in a shared /tmp others could take the name first.
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    place = Path(runtime, name)
    fits = len(os.fsencode(place)) <= MAX_PATH_BYTES
    return str(place) if runtime and fits and Path(runtime).is_dir() else str(Path("/tmp", name))  # noqa: S108


def _ask_to_show(name: str) -> bool:
    """Send the message; whether it was understood. Needs no Qt application."""
    try:
        if sys.platform == "win32":
            with open(name, "r+b", buffering=0) as pipe:  # noqa: PTH123 - a pipe's name is no path
                pipe.write(SHOW)
                return pipe.read(len(DONE)) == DONE
        with closing(socket.socket(socket.AF_UNIX)) as caller:
            caller.settimeout(PATIENCE_S)
            caller.connect(name)
            caller.sendall(SHOW)
            return caller.recv(len(DONE)) == DONE
    except OSError:
        return False
