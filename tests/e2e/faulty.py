"""A program that can be told to get into trouble inside; what it is told is in `faults/sitecustomize.py`."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.e2e.program import Program, running

_FIRST: Final = getattr(signal, "SIGRTMIN", 0)  # Windows has none, and no such tests either
RENDER: Final = _FIRST + 1
"""Render 10 MB of JSON on the main thread."""
COUNT: Final = _FIRST + 2
"""Tell the counters of the call's sound."""
HANG: Final = _FIRST + 3
"""Let the sound library hang wherever a stream is to be ended."""


class Faulty:
    """The program, and the way to its troubles."""

    def __init__(self, program: Program, notes: Path) -> None:
        self.program = program
        self._notes = notes

    def tell(self, number: int, timeout_s: float = 20.0) -> dict[str, Any]:
        """Send the signal *number*, and wait for what is noted about it.

        Its main thread takes signals when it next runs Python code: at the latest when a meter moves.
        """
        before = len(self._read())
        self.program.process.send_signal(number)
        self.program.until(lambda: len(self._read()) > before, f"signal {number}", timeout_s)
        return self._read()[before]

    def _read(self) -> list[dict[str, Any]]:
        if not self._notes.exists():
            return []
        whole = self._notes.read_text(encoding="utf-8").rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]


@contextmanager
def faulty(env: Mapping[str, str], data_dir: Path, **settings: str) -> Iterator[Faulty]:
    """A program that listens, as `program.running` gives it."""
    notes = data_dir.parent / "faults.jsonl"
    path = os.pathsep.join([str(Path(__file__).parent / "faults"), *filter(None, [env.get("PYTHONPATH")])])
    with running(env, data_dir, PYTHONPATH=path, FAULT_NOTES=str(notes), **settings) as program:
        yield Faulty(program, notes)
