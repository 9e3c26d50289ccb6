"""A PostgreSQL server of our own, on a socket in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

DEBIAN_PROGRAMS: Final = "usr/lib/postgresql/*/bin"
UNPRIVILEGED: Final = "nobody"
"""Who runs it when we are root: PostgreSQL refuses to be root's."""
TIMEOUT_S: Final = 60


def programs() -> Path | None:
    """The folder of PostgreSQL's programs; Debian keeps them off the path."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = [folder for folder in Path("/").glob(DEBIAN_PROGRAMS) if (folder / "initdb").exists()]
    return max(folders, key=lambda folder: int(folder.parent.name), default=None)


class Server:
    """A server that runs; nobody but this user can reach it.

    Attributes:
        folder: Where its socket is.
    """

    def __init__(self, folder: Path, tools: Path) -> None:
        self.folder = folder
        self._tools = tools
        self._as_user: Sequence[str] = ()
        if os.geteuid() == 0:
            user = pwd.getpwnam(UNPRIVILEGED)
            self._as_user = ("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
            os.chown(folder, user.pw_uid, user.pw_gid)

    def start(self) -> None:
        """Make a cluster and start it. Nothing is flushed: it need not outlive the machine."""
        data = self.folder / "data"
        self._run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        options = f"-k {self.folder} -c listen_addresses= -c fsync=off -c full_page_writes=off -c shared_buffers=16MB"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(data), "-l", log, "-o", options, "-t", str(TIMEOUT_S), "-w", "start")

    def stop(self) -> None:
        """Stop it at once."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def url(self, database: str) -> str:
        """The ``DATABASE_URL`` of *database*."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.folder))}"

    def create(self, database: str) -> None:
        """Make an empty database."""
        self.sql("postgres", f'CREATE DATABASE "{database}"')

    def drop(self, database: str) -> None:
        """Delete a database, whoever is still in it."""
        self.sql("postgres", f'DROP DATABASE "{database}" WITH (FORCE)')

    def sql(self, database: str, statement: str) -> str:
        """What ``psql`` prints for *statement*."""
        return self._run(
            "psql", "-h", str(self.folder), "-U", "postgres", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1",
            "-d", database, "-c", statement,
        )  # fmt: skip

    def _run(self, program: str, *arguments: str) -> str:
        # Output goes to a file: a server that pg_ctl leaves running would keep a pipe open.
        output = self.folder / f"{program}.out"
        with output.open("w") as printed:
            command = [*self._as_user, str(self._tools / program), *arguments]
            done = subprocess.run(
                command, stdout=printed, stderr=subprocess.STDOUT, timeout=TIMEOUT_S, check=False, cwd=self.folder
            )
        text = output.read_text()
        assert done.returncode == 0, f"{program}: {text}"
        return text


@contextmanager
def running_server(tools: Path) -> Iterator[Server]:
    """A server for as long as the block lasts."""
    # A socket's path has to be short: below pytest's folders it might not fit.
    with tempfile.TemporaryDirectory(prefix="connector-pg.") as folder:
        server = Server(Path(folder), tools)
        server.start()
        try:
            yield server
        finally:
            server.stop()
