"""The operator logs off in a call, and somebody else has our port: both end in order, within the system's patience."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import START_TIMEOUT_S, Program, running

pytestmark = [pytest.mark.desktop, pytest.mark.sound]

GRACE_S = 5.0
"""What Windows gives a program when the user logs off; the others give more."""


class Listener:
    """A server of somebody else; keeps what it was sent, and claims to be fine."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.paths: list[str] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            server_version = "agent-connector"
            sys_version = ""

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                listener.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self._answer()

            def _answer(self) -> None:
                listener.paths.append(self.path)
                body = b'{"status": "healthy", "ready": true, "version": "0.1.0", "reasons": []}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Silent."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = int(self.server.server_address[1])


@contextmanager
def listening() -> Iterator[Listener]:
    listener = Listener()
    thread = threading.Thread(target=listener.server.serve_forever)
    thread.start()
    try:
        yield listener
    finally:
        listener.server.shutdown()
        listener.server.server_close()
        thread.join()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_log_off_in_a_call_ends_it_in_order_within_the_grace(
    number: signal.Signals, desk: dict[str, str], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    with listening() as dialer:
        program = Program(desk, data, PRACTICE="always", RECORD_CALLS="true")
        try:
            program.until_listening()
            program.place("talks", callback_url=f"http://127.0.0.1:{dialer.port}/ended")
            program.place("rings")
            program.request("POST", "/sessions/talks/accept")
            program.until_status("talks", "active")
            began_s = time.monotonic()
            program.process.send_signal(number)
            assert program.process.wait(30) == 0
            assert time.monotonic() - began_s < GRACE_S
        finally:
            program.stop()
        (report,) = dialer.received
        assert (report["outcome"], report["ended_by"]) == ("completed", "operator")
        with running(desk, data, PRACTICE="always") as again:
            assert again.session("talks")["outcome"] == "completed"
            assert again.session("rings")["outcome"] == "cancelled"
            assert len(dialer.received) == 1, "told once"


def test_a_port_that_was_squatted_before_the_start_is_never_called_ours(desk: dict[str, str], tmp_path: Path) -> None:
    data = tmp_path / "data"
    with listening() as squatter:
        program = Program(desk, data, PRACTICE="always", PORT=str(squatter.port))
        try:
            port = squatter.port
            program.until(lambda: f"Port {port} is taken" in program.output.read_text(), "words", START_TIMEOUT_S)
            said = subprocess.run(
                [sys.executable, "-m", "connector_gui", "--data-dir", str(data), "--json", "status"],
                env=desk,
                capture_output=True,
                text=True,
                timeout=60,
            )
            status = json.loads(said.stdout)["data"]
            assert status["webhook_url"] is None
            (problem,) = [text for text in status["problems"] if str(port) in text]
            assert "is free" in problem
            assert "webhook.listening" not in program.output.read_text()
            assert squatter.paths == [], "it was told nothing, no key least of all"
            squatter.server.shutdown()
            squatter.server.server_close()
            program.until_listening()
            with socket.socket() as thief, pytest.raises(OSError, match="in use"):
                thief.bind(("127.0.0.1", port))
        finally:
            assert program.stop() == 0
