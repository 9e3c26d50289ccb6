"""Where the program that runs is found by a later start, and that it is this user's: no Qt here.

A socket in a folder that only this user can enter (Windows: a named pipe that only this user can open). Both ends
look at the other's user all the same: a folder's mode can be changed, a name be taken before us.
"""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import struct
import sys
from pathlib import Path
from typing import Final

LOCK_NAME: Final = "connector.lock"
"""In the data folder: who holds a lock on it is the one program for that folder."""
MAX_PATH_BYTES: Final = 92
"""A socket's path has at most 103 bytes on macOS, 107 on Linux, and Qt makes a longer one on the way."""
_MAC_LOCAL_PEERCRED: Final = 1  # sys/un.h; the level is 0
_MAC_XUCRED: Final = struct.Struct("=IIh2x16I")


class UnsafePlaceError(OSError):
    """There is no folder that is surely only this user's."""


def address_of(data_dir: Path) -> str:
    """Where the holder of *data_dir* listens: short enough for a socket, the same for every spelling of the path.

    Raises:
        UnsafePlaceError: Another user has taken the place.
    """
    digest = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:24]
    name = f"agent-connector-{digest}"
    if sys.platform == "win32":
        return rf"\\.\pipe\{name}"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    place = Path(runtime, name)
    if runtime and len(os.fsencode(place)) <= MAX_PATH_BYTES and _is_own(Path(runtime)):
        return str(place)
    return str(_own_folder(Path(f"/tmp/agent-connector-{os.getuid()}")) / name)  # noqa: S108 - closed to others


def _own_folder(folder: Path) -> Path:
    """*folder*, made if it is missing; others can write beside it, so what is there already is looked at."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise UnsafePlaceError(error.errno, f"{folder} cannot be made ({error.strerror})") from error
    if not _is_own(folder):
        raise UnsafePlaceError(None, f"{folder} is not yours alone. Remove it, or set XDG_RUNTIME_DIR")
    return folder


def _is_own(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    is_ours = sys.platform != "win32" and found.st_uid == os.getuid()
    return stat.S_ISDIR(found.st_mode) and is_ours and not stat.S_IMODE(found.st_mode) & 0o077


def is_own_peer(connected: socket.socket) -> bool:
    """Whether the process at the other end belongs to the user of this one."""
    if sys.platform == "win32":
        return True  # the pipe's access list has seen to it
    try:
        return _peer_uid(connected) == os.getuid()
    except OSError:
        return False


def _peer_uid(connected: socket.socket) -> int:
    if sys.platform == "linux":
        size = struct.calcsize("iII")
        return int(struct.unpack("iII", connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))[1])
    # macOS, FreeBSD: struct xucred {version, uid, ngroups, groups[16]}.
    return int(_MAC_XUCRED.unpack(connected.getsockopt(0, _MAC_LOCAL_PEERCRED, _MAC_XUCRED.size))[1])
