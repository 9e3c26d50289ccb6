"""Watches for devices that come and go, in the way of each system.

PortAudio's own list is a snapshot, and its streams say little: on Linux the sound server is asked
(`pactl subscribe` runs while a call is open), on Windows and macOS a cheap list is read again and again.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Final

from connector_gui.voice import sound_server
from connector_gui.voice.device_marks import ReadMarks, marks_reader
from connector_gui.voice.sound import DeviceNews, DeviceWatch, Direction, Whereabouts

log = logging.getLogger(__name__)

_RESTART_S: Final = 0.25
"""How soon a server that has gone is looked for again."""
_DEVICE_EVENT: Final = re.compile(r"'new' on (?:source|sink|card) #")
_STREAM_EVENT: Final = re.compile(
    r"'change' on (?:source-output|sink-input|card|server) ?#|'remove' on (?:source|sink|card) #"
)
"""After these a stream may be elsewhere. A source that changes is one whose volume moved or that began to be used."""
_DEFAULTS_EVENT: Final = re.compile(r"'change' on (?:server|card) ?#|'remove' on (?:source|sink|card) #")
"""Of those, the ones after which another device may be the default."""

_WITH_US: Final = '"$@" & exec >&-; read -r _; kill $! 2>/dev/null; wait'
"""Runs a command that ends with us, however we end: the shell reads from our pipe, which our death closes."""


def watch_devices() -> MarksWatch | ServerWatch:
    """Begin to watch; how well depends on the system."""
    if sys.platform == "linux" and (pactl := shutil.which("pactl")):
        return ServerWatch([pactl, "subscribe"])
    return MarksWatch(marks_reader())


class Watches:
    """Begins to watch, and at the end ends whatever still does: a watch of a call that hung has no other end."""

    def __init__(self) -> None:
        self._open: weakref.WeakSet[MarksWatch | ServerWatch] = weakref.WeakSet()
        self._is_over = False
        self._lock = threading.Lock()

    def begin(self) -> DeviceWatch:
        """A new watch; one that tells nothing once this is closed."""
        with self._lock:
            if self._is_over:
                return MarksWatch(None)
            watch = watch_devices()
            self._open.add(watch)
            return watch

    def close(self) -> None:
        """End all of them, without waiting. May be called twice."""
        with self._lock:
            self._is_over = True
            for watch in self._open:
                watch.close(within_s=0)


class MarksWatch:
    """Where the system has marks to compare, or where nothing tells at all."""

    def __init__(self, read: ReadMarks | None) -> None:
        self._read = read

    @property
    def is_informed(self) -> bool:
        """See `DeviceWatch.is_informed`."""
        return self._read is not None

    def news(self) -> DeviceNews:
        """See `DeviceWatch.news`."""
        return self._read() if self._read is not None else DeviceNews()

    @property
    def streams(self) -> None:
        """See `DeviceWatch.streams`."""
        return

    def whereabouts(
        self,
        direction: Direction,
        client: int | None = None,
        *,
        taken: Collection[int] = (),
        near: str = "",
        newer: int = 0,
    ) -> Whereabouts | None:
        """See `DeviceWatch.whereabouts`: these systems move no stream behind its owner's back."""
        del direction, client, taken, near, newer
        return None

    def close(self, *, within_s: float = 0.0) -> None:
        """See `DeviceWatch.close`."""


class ServerWatch:
    """Follows the events of a sound server; one that is started again is followed again."""

    is_informed: Final = True

    def __init__(
        self,
        command: list[str],
        find_own_stream: Callable[
            [Direction, int | None, Collection[int], str, int], Whereabouts | None
        ] = sound_server.find_own_stream,
    ) -> None:
        self._command = command
        self._find_own_stream = find_own_stream
        self._devices = 0
        self._streams = 0
        self._gone = 0
        self._defaults = 0
        self._is_closed = threading.Event()
        self._program: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()  # the program is started and ended by different threads
        self._thread = threading.Thread(target=self._follow, name="sound-server-events", daemon=True)
        self._thread.start()

    def news(self) -> DeviceNews:
        """See `DeviceWatch.news`. The server moves streams to a new default itself."""
        return DeviceNews(devices=self._devices, streams=self._streams, gone=self._gone, defaults=self._defaults)

    @property
    def streams(self) -> int:
        """See `DeviceWatch.streams`."""
        return self._streams

    def whereabouts(
        self,
        direction: Direction,
        client: int | None = None,
        *,
        taken: Collection[int] = (),
        near: str = "",
        newer: int = 0,
    ) -> Whereabouts | None:
        """See `DeviceWatch.whereabouts`."""
        return self._find_own_stream(direction, client, taken, near, newer)

    def close(self, *, within_s: float = 2.0) -> None:
        """See `DeviceWatch.close`; for its thread it waits *within_s* at most."""
        with self._lock:
            self._is_closed.set()
            if self._program is not None:
                assert self._program.stdin is not None  # it is a pipe
                with suppress(OSError):
                    self._program.stdin.close()
        self._thread.join(within_s)

    def _follow(self) -> None:
        while not self._is_closed.is_set():
            program = self._start()
            if program is not None:
                with program:
                    self._read(program)
            self._devices += 1  # the server has gone, or come back
            self._is_closed.wait(_RESTART_S)

    def _start(self) -> subprocess.Popen[str] | None:
        with self._lock:
            if self._is_closed.is_set():
                return None
            try:
                self._program = subprocess.Popen(  # noqa: S603 - a fixed command line, found on the search path
                    ["/bin/sh", "-c", _WITH_US, "sh", *self._command],
                    env={**os.environ, "LC_ALL": "C"},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                )
            except OSError as exc:
                log.debug("device_watch.unavailable", extra={"reason": type(exc).__name__})
                self._program = None
            return self._program

    def _read(self, program: subprocess.Popen[str]) -> None:
        assert program.stdout is not None  # it is a pipe
        for line in program.stdout:
            self._note(line)

    def _note(self, line: str) -> None:
        if _DEVICE_EVENT.search(line):
            self._devices += 1
        elif _STREAM_EVENT.search(line):
            self._streams += 1
            self._gone += "'remove'" in line
            self._defaults += _DEFAULTS_EVENT.search(line) is not None
