"""A network between n8n and the program: it shows what passes, and loses answers when told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.e2e.program import Answer, Program


class Relay(ThreadingHTTPServer):
    """Hands requests that place calls on to *program* and loses the first *lost* answers.

    Attributes:
        bodies: What was asked, in the order of arrival.
        answers: What the program said.
    """

    def __init__(self, program: Program, lost: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.program, self.lost = program, lost
        self.bodies: list[bytes] = []
        self.answers: list[Answer] = []

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Relay

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append(body)
        is_lost = len(self.server.bodies) <= self.server.lost
        answer = self.server.program.request("POST", self.path, json.loads(body), key=self.headers["X-API-Key"])
        self.server.answers.append(answer)
        if is_lost:
            return
        data = json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if "Retry-After" in answer.headers:
            self.send_header("Retry-After", answer.headers["Retry-After"])
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def relaying(program: Program, lost: int = 0) -> Iterator[Relay]:
    """A relay while the block runs."""
    with Relay(program, lost) as relay:
        thread = threading.Thread(target=relay.serve_forever, name="relay")
        thread.start()
        try:
            yield relay
        finally:
            relay.shutdown()
            thread.join()
