"""From the start of the process to a program that is there for its user.

- *tray ready*: from just before the process is made to the registration of its icon with the session's
  StatusNotifierWatcher: from then on the panel shows it.
- *webhook answers*: from the same moment to the first answer of ``GET /health``, asked every 10 ms.

The program's files are in the disk cache, its byte code is compiled (one start goes before and is not counted), keys
come from the session's keyring. A *first* start has an empty data folder and makes settings and database.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jeepney import HeaderFields, MatchRule, Message
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from tests.bench.figures import Figure
from tests.bench.surroundings import Bench
from tests.e2e.program import Program

TRAY_MS: Final = 2_000.0
WATCHER: Final = "org.kde.StatusNotifierWatcher"
TIMEOUT_S: Final = 30.0
POLL_S: Final = 0.01


Make = Callable[[Bench, Path], Program]
"""Starts a program with a data folder."""


@dataclass(frozen=True, slots=True)
class Start:
    """What one start took, in ms."""

    tray_ms: float
    webhook_ms: float


def measure(bench: Bench) -> Iterator[Figure]:
    """Start it again and again."""
    yield from measure_starts(bench, _from_source, TRAY_MS)


def measure_starts(bench: Bench, make: Make, tray_ms: float, name: str = "start") -> Iterator[Figure]:
    """Start what *make* makes again and again; its tray is to be ready within *tray_ms*."""
    again = bench.folder / f"{name}-again"
    _start(bench, again, make)  # compiles, fills the cache, makes the data folder
    yield from _figures(name, [_start(bench, again, make) for _ in range(bench.runs)], tray_ms)
    folders = [bench.folder / f"{name}-{number}" for number in range(max(1, bench.runs // 2))]
    yield from _figures(f"first {name}", [_start(bench, folder, make) for folder in folders], tray_ms)


def _figures(what: str, starts: list[Start], tray_ms: float) -> Iterator[Figure]:
    yield Figure.of(f"{what} → tray ready", "ms", [start.tray_ms for start in starts], reach=tray_ms)
    yield Figure.of(f"{what} → webhook answers", "ms", [start.webhook_ms for start in starts])


def _from_source(bench: Bench, data_dir: Path) -> Program:
    return Program(bench.env, data_dir, API_KEYS="", ELEVENLABS_BASE_URL=bench.agent.base_url)


def _start(bench: Bench, data_dir: Path, make: Make) -> Start:
    with _registrations(bench.env) as bus:
        began_s = time.monotonic()
        program = make(bench, data_dir)
        answers = _Answers(program)
        try:
            tray_s = bus.wait()
            webhook_s = answers.wait()
        finally:
            status = program.stop()
    assert status == 0, program.output.read_text()
    return Start((tray_s - began_s) * 1000, (webhook_s - began_s) * 1000)


class _Registrations:
    """Hears of new tray icons on the session bus."""

    def __init__(self, connection: DBusConnection) -> None:
        self._connection = connection
        self._rule = MatchRule(type="signal", interface=WATCHER, member="StatusNotifierItemRegistered")
        connection.send_and_get_reply(message_bus.AddMatch(self._rule), timeout=5)

    def wait(self) -> float:
        """When the next one came."""
        with self._connection.filter(self._rule) as messages:
            message: Message = self._connection.recv_until_filtered(messages, timeout=TIMEOUT_S)
        assert message.header.fields[HeaderFields.interface] == WATCHER
        return time.monotonic()


@contextmanager
def _registrations(env: Mapping[str, str]) -> Iterator[_Registrations]:
    connection = open_dbus_connection(env["DBUS_SESSION_BUS_ADDRESS"])
    try:
        yield _Registrations(connection)
    finally:
        connection.close()


class _Answers:
    """Asks a program for its health until it answers, in a thread."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._at_s: float | None = None
        self._thread = threading.Thread(target=self._ask, name="bench health", daemon=True)
        self._thread.start()

    def wait(self) -> float:
        """When it answered."""
        self._thread.join(TIMEOUT_S)
        assert self._at_s is not None, f"no answer:\n{self._program.output.read_text()}"
        return self._at_s

    def _ask(self) -> None:
        deadline_s = time.monotonic() + TIMEOUT_S
        while self._at_s is None and time.monotonic() < deadline_s:
            try:
                self._program.request("GET", "/health", key=None)
                self._at_s = time.monotonic()
            except OSError:
                time.sleep(POLL_S)
