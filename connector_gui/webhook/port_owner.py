"""Which program has a port, where the system tells: on Linux, of programs of the same user."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
_LISTENING: Final = "0A"
"""``TCP_LISTEN`` in the tables of ``/proc/net`` (proc_pid_net(5))."""


def port_owner(port: int) -> str | None:
    """The name of the program that listens on *port*, with its number; ``None`` when that cannot be found out.

    Looks through all processes: run it in a thread.
    """
    wanted = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    if not wanted:
        return None
    for process in PROC.glob("[0-9]*"):
        # Processes of others are closed to us, and any may end at any time.
        with contextlib.suppress(OSError):
            if any(str(link.readlink()) in wanted for link in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()}, process {process.name}"
    return None


def _listening_inodes(port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (PROC / "net" / table).read_text().splitlines()[1:]:
                _, local, _, state, *rest = line.split()
                if state == _LISTENING and int(local.rpartition(":")[2], 16) == port:
                    yield rest[5]
