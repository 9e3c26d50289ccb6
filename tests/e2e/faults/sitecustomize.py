"""Faults for a program that knows nothing of them: put this folder on ``PYTHONPATH``, and send signals.

What was done is told in the file ``FAULT_NOTES`` names, a line of JSON each; see `tests.e2e.faulty`.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

RENDER, COUNT, HANG = (signal.SIGRTMIN + number for number in (1, 2, 3))
SENTENCE = "Good morning, this is the desk speaking, “Müller & Söhne”. " * 3
LONG_CALL = {
    "transcript": [{"role": "agent", "text": SENTENCE, "at_ms": at_ms, "interrupted": False} for at_ms in range(42_000)]
}
"""10 MB of JSON."""


def _note(**fields: Any) -> None:
    with Path(os.environ["FAULT_NOTES"]).open("a", encoding="utf-8") as notes:
        notes.write(json.dumps(fields) + "\n")


def _render(*_signal: object) -> None:
    """Answer a request with 10 MB of JSON, as far as the main thread has to do with it."""
    from connector_gui.webhook.replies import json_bytes

    began_s = time.monotonic()
    answer = json_bytes(LONG_CALL)
    _note(done="render", bytes=len(answer), took_s=time.monotonic() - began_s)


def _count(*_signal: object) -> None:
    """Tell what the sound of the call has counted of its own troubles so far."""
    found = {"PlayoutBuffer": 0, "StreamStats": 0}
    for thing in gc.get_objects():
        name = type(thing).__name__
        if name in found:
            found[name] += thing.underruns if name == "PlayoutBuffer" else thing.xruns
    _note(done="count", underruns=found["PlayoutBuffer"], xruns=found["StreamStats"])


def _hang(*_signal: object) -> None:
    """Let the sound library return from nothing any more that ends a stream."""
    stream = sys.modules["sounddevice"]._StreamBase
    for name in ("stop", "abort", "close"):
        setattr(stream, name, lambda *_self, **_options: threading.Event().wait())
    _note(done="hang")


signal.signal(RENDER, _render)
signal.signal(COUNT, _count)
signal.signal(HANG, _hang)
