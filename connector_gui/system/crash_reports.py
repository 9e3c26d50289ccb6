"""What went wrong in a run, kept for the next one: stacks of a crash, uncaught errors, a window that stood still.

`crash.log` is there while a run lasts and stays when it does not end well: the next start finds it. A crash in C
is written by `faulthandler`, which knows names of functions and lines, and no values. `hangs.log` has the stacks of
a main thread that did not come back in time; a C thread of `faulthandler` writes them, because who hangs may hold
the interpreter.
"""

from __future__ import annotations

import faulthandler
import io
import logging
import os
import time
import traceback
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

CRASH_FILE: Final = "crash.log"
HANG_FILE: Final = "hangs.log"
REPORTS_KEPT: Final = 5
MAX_FILE_BYTES: Final = 256 * 1024
"""Of one run's errors, and of all hangs; what is older or more is dropped."""
MAX_BUNDLED_LOG_BYTES: Final = 4 * 1024 * 1024

HANG_S: Final = 8.0
"""A main thread that is silent for so long hangs. A look each second; a busy machine is silent for two at most."""
BEAT_S: Final = 1.0
_WENT_ON: Final = "went on after"


class CrashReports:
    """Keeps the reports in the folder of the log. Call from the main thread; only `note` comes from any.

    Attributes:
        last: The report of the run before this one, which did not end well; ``None``: it did, or there is no report.
    """

    def __init__(self, folder: Path, clean: Callable[[str], str], *, hang_s: float = HANG_S) -> None:
        """*clean* takes secrets out of a text."""
        self._folder = folder
        self._clean = clean
        self._hang_s = hang_s
        self._crashes: io.FileIO | None = None
        self._hangs: io.FileIO | None = None
        self._has_errors = False
        self._beat_s = 0.0
        self.last: Path | None = None

    def begin(self) -> None:
        """Find what the former run left, and listen for crashes. Without a disk there are no reports."""
        try:
            self.last = self._put_aside()
            self._crashes = _open(self._folder / CRASH_FILE)
            self._hangs = self._open_hangs()
        except OSError as error:
            log.warning("crash_reports.unavailable", extra={"reason": error.strerror or type(error).__name__})
            return
        faulthandler.enable(self._crashes, all_threads=True)
        if self.last is not None:
            log.warning("crash_reports.found", extra={"file": self.last.name})

    def note(self, error: BaseException) -> None:
        """Keep an error that nobody caught; the program goes on, if it can."""
        if self._crashes is None:
            return
        self._has_errors = True
        text = self._clean("".join(traceback.format_exception(error)))
        with suppress(OSError):  # a full disk: it is in the log, if anywhere
            if os.fstat(self._crashes.fileno()).st_size < MAX_FILE_BYTES:
                self._crashes.write(f"# {_now()} uncaught\n{text}\n".encode(errors="backslashreplace"))

    def beat(self) -> None:
        """The main thread is alive; to be called every `BEAT_S`. Silence for `HANG_S` is written down."""
        if self._hangs is None:
            return
        now_s = time.monotonic()
        silent_s = now_s - self._beat_s if self._beat_s else 0.0
        if silent_s > self._hang_s:
            log.warning("main.hung", extra={"for_s": round(silent_s, 1)})
            with suppress(OSError):
                self._hangs.write(f"# {_now()} {_WENT_ON} {silent_s:.1f} s\n".encode())
        self._beat_s = now_s
        faulthandler.dump_traceback_later(self._hang_s, file=self._hangs)

    def rest(self) -> None:
        """No more beats: the program is ending, and may be silent meanwhile."""
        faulthandler.cancel_dump_traceback_later()

    def end(self) -> None:
        """This run ends well: what `faulthandler` wrote meanwhile was no crash. Uncaught errors are kept."""
        self.rest()
        if self._crashes is None:
            return
        faulthandler.disable()
        for file in (self._crashes, self._hangs):
            if file is not None:
                file.close()
        self._crashes = self._hangs = None
        if not self._has_errors:
            with suppress(OSError):
                (self._folder / CRASH_FILE).unlink()

    def bundle(self, into: Path, diagnostics: str) -> None:
        """Pack the reports, the log and *diagnostics* into a zip file for whoever is asked for help.

        The log had its secrets taken out when it was written; the rest never had any.

        Raises:
            OSError: It cannot be written; nothing is left of it then.
        """
        unfinished = into.with_name(f"{into.name}.part")
        try:
            with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as bundle:
                bundle.writestr("diagnostics.txt", diagnostics)
                for file in self._to_bundle():
                    with suppress(FileNotFoundError):  # the log is turned over meanwhile
                        bundle.writestr(file.name, self._clean(_tail(file)))
            unfinished.replace(into)
        finally:
            unfinished.unlink(missing_ok=True)

    def _to_bundle(self) -> list[Path]:
        """Newest logs first, up to what is bundled at most."""
        small = [*sorted(self._folder.glob("crash*.log")), self._folder / HANG_FILE]
        chosen, left = [file for file in small if file.is_file()], MAX_BUNDLED_LOG_BYTES
        for file in sorted(self._folder.glob("connector.log*")):
            left -= file.stat().st_size
            if left < 0:
                break
            chosen.append(file)
        return chosen

    def _put_aside(self) -> Path | None:
        """The report of the former run under a name of its own, or its unfinished hang."""
        current, hangs = self._folder / CRASH_FILE, self._folder / HANG_FILE
        is_crash = current.is_file() and current.stat().st_size > 0
        is_hang = not is_crash and _ends_in_hang(hangs)
        if not is_crash and not is_hang:
            return None
        aside = self._folder / f"crash-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.log"
        if is_crash:
            current.replace(aside)
        else:
            aside.write_text(_tail(hangs), encoding="utf-8")
            hangs.unlink()
        for old in sorted(self._folder.glob("crash-*.log"))[:-REPORTS_KEPT]:
            old.unlink()
        return aside

    def _open_hangs(self) -> io.FileIO:
        hangs = self._folder / HANG_FILE
        if hangs.is_file() and hangs.stat().st_size > MAX_FILE_BYTES:
            hangs.unlink()
        return _open(hangs)


def _open(file: Path) -> io.FileIO:
    """Open for appending, for its owner alone."""
    return io.FileIO(file, "a", opener=lambda path, flags: os.open(path, flags, 0o600))


def _ends_in_hang(file: Path) -> bool:
    """Whether the last that was written there is a hang nobody came back from."""
    if not file.is_file():
        return False
    lines = _tail(file).rstrip().splitlines()
    return bool(lines) and _WENT_ON not in lines[-1]


def _tail(file: Path) -> str:
    """The end of a text file, `MAX_BUNDLED_LOG_BYTES` at most."""
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - MAX_BUNDLED_LOG_BYTES))
        return stream.read().decode("utf-8", "replace")


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
