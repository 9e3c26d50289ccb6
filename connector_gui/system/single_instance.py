"""One running program per data folder: a second start brings the first to the front and ends.

A lock file in the folder says who runs; a local socket that only this user can open carries the
second start's wish. The lock of a program that died is recognised by its process id.
"""

from __future__ import annotations

import hashlib
import logging
import time
from pathlib import Path
from typing import Final

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from connector_gui.core.errors import ConfigError

log = logging.getLogger(__name__)

SHOW: Final = b"show\n"
TAKEN: Final = b"ok\n"
MAX_MESSAGE_BYTES: Final = 64
ANSWER_TIMEOUT_S: Final = 5.0
_RETRY_S: Final = 0.05


class Instance(QObject):
    """This program's claim on its data folder; released when it is closed or the process ends."""

    activated = Signal()
    """A second start wants the program in front."""

    def __init__(self, lock: QLockFile, name: str) -> None:
        super().__init__()
        self._lock = lock
        self._name = name
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)

    def listen(self) -> None:
        """Hear second starts from now on; needs a `QCoreApplication`."""
        QLocalServer.removeServer(self._name)  # of a program that died: we have its lock
        if not self._server.listen(self._name):
            log.warning("instance.cannot_listen", extra={"reason": self._server.errorString()})

    def close(self) -> None:
        """Give the folder free."""
        self._server.close()
        self._lock.unlock()

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            socket.disconnected.connect(socket.deleteLater)
            self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if socket.bytesAvailable() > MAX_MESSAGE_BYTES:
            socket.abort()
        elif socket.canReadLine():
            if bytes(socket.readLine().data()) == SHOW:
                self.activated.emit()
                socket.write(TAKEN)
                socket.flush()
            socket.disconnectFromServer()


def claim(data_dir: Path) -> Instance | None:
    """Claim *data_dir*; ``None`` when another program has it and has come to the front instead.

    Raises:
        ConfigError: Another program has it and does not answer, or the folder cannot be locked.
    """
    name = _socket_name(data_dir)
    lock = QLockFile(str(data_dir / "instance.lock"))
    lock.setStaleLockTime(0)  # only a dead process makes it stale, however long we run
    deadline_s = time.monotonic() + ANSWER_TIMEOUT_S
    while not lock.tryLock(0):
        if lock.error() is not QLockFile.LockError.LockFailedError:
            raise ConfigError(f"The data folder {data_dir} cannot be locked. Make it writable, or name another one.")
        if _bring_to_front(name):
            return None
        # It has only just started, or is just ending.
        if time.monotonic() > deadline_s:
            raise ConfigError(
                f"Agent Connector is running already with the data folder {data_dir}, but does not answer. "
                "End it in the system's task list, then start again."
            )
        time.sleep(_RETRY_S)
    return Instance(lock, name)


def _bring_to_front(name: str) -> bool:
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(500):
        return False
    socket.write(SHOW)
    while not socket.canReadLine():
        if not socket.waitForReadyRead(1000):
            return False
    return bytes(socket.readLine().data()) == TAKEN


def _socket_name(data_dir: Path) -> str:
    """Short, whatever the folder's path: sockets have names of at most 100 bytes or so."""
    return f"agent-connector-{hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:20]}"
