"""The real program in the operator's surroundings: started, spoken to over HTTP, looked at, ended."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEY = "k1"
START_TIMEOUT_S = 90.0
"""Far more than a start takes; on a busy machine with cold disks it has taken half a minute."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: dict[str, Any]
    headers: Mapping[str, str]


class Program:
    """One running Agent Connector.

    Attributes:
        port: Where its webhook listens.
        process: The process, with its output in ``output``.
    """

    def __init__(
        self, env: Mapping[str, str], data_dir: Path, *arguments: str, module: str = "connector_gui", **settings: str
    ) -> None:
        self.port = int(settings.get("PORT") or free_port())
        self.data_dir = data_dir
        self.output = data_dir.parent / f"{data_dir.name}.out"
        self._env = {"API_KEYS": KEY, **env, "PORT": str(self.port), **settings}
        self._arguments = [sys.executable, "-m", module, "--data-dir", str(data_dir), *arguments]
        self._file = self.output.open("w")
        self.process = subprocess.Popen(
            self._arguments, env=self._env, stdout=self._file, stderr=subprocess.STDOUT, cwd=data_dir.parent
        )

    def request(self, method: str, path: str, body: object = None, *, key: str | None = KEY) -> Answer:
        """Ask the webhook; every status is an answer."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if key is not None:
            headers["X-API-Key"] = key
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers=headers,
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return Answer(reply.status, json.load(reply), dict(reply.headers))
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, json.load(refusal), dict(refusal.headers))

    def place(self, session_id: str, **members: object) -> Answer:
        """POST a call."""
        return self.request(
            "POST", "/webhook/initiate-call", {"agent_id": "agent_1", "session_id": session_id, **members}
        )

    def session(self, session_id: str) -> dict[str, Any]:
        """The call as a caller sees it."""
        return self.request("GET", f"/sessions/{session_id}").body

    def until(self, holds: Callable[[], object], what: str, timeout_s: float = 10.0) -> None:
        """Wait until *holds*; the program's output is part of the failure."""
        deadline_s = time.monotonic() + timeout_s
        while not holds():
            assert self.process.poll() is None, f"the program ended:\n{self.output.read_text()}"
            assert time.monotonic() < deadline_s, f"{what} did not happen:\n{self.output.read_text()}"
            time.sleep(0.02)

    def until_status(self, session_id: str, status: str, timeout_s: float = 10.0) -> dict[str, Any]:
        """Wait for a state of a call."""
        self.until(lambda: self.session(session_id).get("status") == status, f"{session_id} {status}", timeout_s)
        return self.session(session_id)

    def until_listening(self) -> None:
        """Wait until the webhook answers and the tray has been looked for."""
        self.until(self._answers, "listening", START_TIMEOUT_S)
        self.until(lambda: "tray.host_" in self.output.read_text(), "looking for a tray", START_TIMEOUT_S)

    def _answers(self) -> bool:
        try:
            return "status" in self.request("GET", "/health", key=None).body
        except OSError:
            return False

    def stop(self) -> int:
        """Ask it to end; its exit status."""
        self.process.terminate()
        try:
            return self.process.wait(15)
        finally:
            self.process.kill()
            self.process.wait()
            self._file.close()


@contextmanager
def running(env: Mapping[str, str], data_dir: Path, *arguments: str, **settings: str) -> Iterator[Program]:
    """A program that listens; ended, with status 0, when the block is left without an error."""
    program = Program(env, data_dir, *arguments, **settings)
    try:
        program.until_listening()
        yield program
    except BaseException:
        program.stop()
        raise
    assert program.stop() == 0, program.output.read_text()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
