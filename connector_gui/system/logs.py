"""Logging: to standard error and to a rotating file, without secrets, without waiting for either.

    logger → LogPipeline (renders and cleans, in the caller's thread) ─→ Sink (thread) → standard error
                                                                      └→ Sink (thread) → logs/connector.log

A terminal that is stopped or a disk that hangs holds up its own sink alone; when a sink's queue is
full, records are dropped and counted.
"""

from __future__ import annotations

import copy
import logging
import logging.handlers
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Final, Literal

from connector_gui.core.sentence import sentence
from connector_gui.system.log_format import ConsoleFormatter, JsonLinesFormatter, extra_fields
from connector_gui.system.redaction import Redactor

FILE_NAME: Final = "connector.log"
MAX_FILE_BYTES: Final = 2 * 1024 * 1024
FILES: Final = 5
QUEUE_RECORDS: Final = 5000
STOP_TIMEOUT_S: Final = 2.0
OWN_LOGGER: Final = "connector_gui"

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
Format = Literal["console", "json"]

log = logging.getLogger(__name__)


class Sink:
    """Writes records with one handler in a thread of its own.

    Attributes:
        dropped: Records lost because the handler could not keep up, since the last one that was written.
    """

    def __init__(self, name: str, handler: logging.Handler) -> None:
        self.handler = handler
        self.dropped = 0
        self._queue: queue.Queue[logging.LogRecord | None] = queue.Queue(QUEUE_RECORDS)
        self._thread = threading.Thread(target=self._run, name=f"log.{name}", daemon=True)
        self._thread.start()

    def put(self, record: logging.LogRecord) -> None:
        """Write *record* soon; never waits."""
        try:
            self._queue.put_nowait(record)
        except queue.Full:
            self.dropped += 1

    def stop(self) -> None:
        """Write what is queued and close, within `STOP_TIMEOUT_S` if the handler hangs."""
        deadline = time.monotonic() + STOP_TIMEOUT_S
        with suppress(queue.Full):
            self._queue.put(None, timeout=STOP_TIMEOUT_S)
        self._thread.join(max(0.0, deadline - time.monotonic()))
        if not self._thread.is_alive():
            with suppress(OSError):  # on a full disk the last flush fails too
                self.handler.close()

    def _run(self) -> None:
        while (record := self._queue.get()) is not None:
            if self.dropped:
                self.handler.handle(_own_record("log.dropped", {"records": self.dropped}))
                self.dropped = 0
            self.handler.handle(record)


class LogPipeline(logging.Handler):
    """Makes a finished, clean record of each one that comes, and gives it to the sinks."""

    def __init__(self, redactor: Redactor, sinks: Sequence[Sink]) -> None:
        super().__init__()
        self._redactor = redactor
        self.sinks = tuple(sinks)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            finished = self._finished(record)
        except Exception as exc:
            # The standard library would print the message and its arguments here, secrets included.
            finished = _own_record("log.unrenderable", {"logger_name": record.name, "error": type(exc).__name__})
        for sink in self.sinks:
            sink.put(finished)

    def _finished(self, record: logging.LogRecord) -> logging.LogRecord:
        """A copy that holds texts instead of live objects, and no secret in any of them."""
        clean = self._redactor.clean
        finished = copy.copy(record)
        finished.msg, finished.args = clean(record.getMessage()), None
        if record.exc_info and record.exc_info[1] is not None:
            finished.exc_text = clean("".join(traceback.format_exception(record.exc_info[1])).rstrip())
        elif record.exc_text:
            finished.exc_text = clean(record.exc_text)
        finished.exc_info = None
        finished.stack_info = clean(record.stack_info) if record.stack_info else None
        for name, value in extra_fields(record).items():
            setattr(finished, name, self._redactor.clean_field(name, value))
        return finished


class Logs:
    """Logging as it runs; `start` makes one, `stop` undoes it.

    Attributes:
        redactor: Where keys and signed URLs are announced as soon as they are known.
        problem: Why there is no log file, in words; ``None`` while there is one.
    """

    def __init__(self, redactor: Redactor, pipeline: LogPipeline, problem: str | None) -> None:
        self.redactor = redactor
        self.problem = problem
        self._pipeline = pipeline

    def set_level(self, level: Level) -> None:
        """Write records of *level* and above; of foreign libraries only what matters.

        At DEBUG they would log whole handshakes and headers.
        """
        logging.getLogger(OWN_LOGGER).setLevel(level)
        logging.getLogger().setLevel(max(logging.WARNING, logging.getLevelName(level)))

    def set_format(self, line_format: Format) -> None:
        """Write lines for people, or JSON, from the next record on."""
        for sink in self._pipeline.sinks:
            sink.handler.setFormatter(JsonLinesFormatter() if line_format == "json" else ConsoleFormatter())

    def stop(self) -> None:
        """Write what is still queued and detach from the loggers."""
        logging.getLogger().removeHandler(self._pipeline)
        logging.captureWarnings(False)
        for sink in self._pipeline.sinks:
            sink.stop()


def start(folder: Path | None, *, level: Level = "INFO", line_format: Format = "console") -> Logs:
    """Send all logging to standard error and to a rotating file in *folder* (``None``: no file).

    A file that cannot be opened is no error: `Logs.problem` says so.
    """
    redactor, problem = Redactor(), None
    sinks = []
    with suppress(AttributeError, OSError, ValueError):  # a windowed program on Windows has no standard error
        sinks.append(Sink("stderr", _Stderr(sys.stderr.fileno())))
    if folder is not None:
        try:
            sinks.append(Sink("file", _open_file(folder)))
        except OSError as exc:
            problem = sentence(
                "The log file in {folder} cannot be written ({reason}).",
                folder=folder,
                reason=exc.strerror or type(exc).__name__,
            )
    logs = Logs(redactor, LogPipeline(redactor, sinks), problem)
    logs.set_level(level)
    logs.set_format(line_format)
    logging.getLogger().addHandler(logs._pipeline)  # noqa: SLF001 - made here
    logging.captureWarnings(True)
    if problem:
        log.warning("log.no_file", extra={"reason": problem})
    return logs


class _Stderr(logging.Handler):
    """Standard error, written past Python's own buffer and locks.

    By a number of its own: sounddevice points that of standard error to nowhere while PortAudio starts.

    A terminal that is stopped blocks the writing thread for good. It must not hold a lock then that the
    interpreter takes when it ends: neither that of `sys.stderr` nor a handler's (`logging.shutdown`).
    """

    def __init__(self, file_number: int) -> None:
        super().__init__()
        self._file_number = os.dup(file_number)

    def close(self) -> None:
        """Let the own number go."""
        with suppress(OSError):
            os.close(self._file_number)
        super().close()

    def createLock(self) -> None:  # noqa: N802 - the library's name
        """Make none: the sink's thread is the only one that writes."""
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        left = f"{self.format(record)}\n".encode(errors="backslashreplace")
        with suppress(OSError):  # a closed terminal is nobody's error
            while left:
                left = left[os.write(self._file_number, left) :]


class _File(logging.handlers.RotatingFileHandler):
    """The log file; says on standard error, once, that it cannot be written."""

    _has_complained = False

    def _open(self) -> TextIOWrapper:
        """Open the file, also the fresh one after a rotation, for its owner alone."""
        return open(
            self.baseFilename,
            "a",
            encoding=self.encoding,
            errors=self.errors,
            opener=lambda path, flags: os.open(path, flags, 0o600),
        )

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Complain once; the next record is tried again (the disk may have space by then)."""
        del record
        if self._has_complained or sys.stderr is None:
            return
        self._has_complained = True
        error = sys.exc_info()[1]
        reason = error.strerror if isinstance(error, OSError) else type(error).__name__
        with suppress(OSError, ValueError):
            sys.stderr.write(f"The log file {self.baseFilename} cannot be written: {reason}.\n")


def _open_file(folder: Path) -> logging.Handler:
    return _File(
        folder / FILE_NAME, maxBytes=MAX_FILE_BYTES, backupCount=FILES - 1, encoding="utf-8", errors="backslashreplace"
    )


def _own_record(event: str, fields: dict[str, object]) -> logging.LogRecord:
    return logging.makeLogRecord(
        {"name": __name__, "levelno": logging.WARNING, "levelname": "WARNING", "msg": event, **fields}
    )
