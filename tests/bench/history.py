"""The history window over 100,000 calls: how soon it is there, and how long it keeps the main thread.

- *opens*: from the wish to the first page of calls painted, with a record that answers at once: what the window itself
  takes. A new window each time; the first one of a process, which also compiles style sheets, is not counted.
- *block*: the longest stretch in which the main thread does one thing, while the list is scrolled step by step, page
  by page and by dragging, and while calls come in. Processor time of that thread from one turn of its loop to the
  next: it waits for no disk here, and what else runs on the machine is not the window's doing.

Runs in a process of its own, on the bench's desktop: see `history_window`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Final

from tests.bench.figures import Figure
from tests.bench.surroundings import Bench

OPEN_MS: Final = 300.0
BLOCK_MS: Final = 30.0
TIMEOUT_S: Final = 120.0


def measure(bench: Bench) -> Iterator[Figure]:
    """Open it again and again; scroll through it."""
    command = [sys.executable, "-m", "tests.bench.history_window", str(bench.runs), str(bench.folder)]
    done = subprocess.run(command, env=dict(bench.env), capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    found: dict[str, list[float]] = json.loads(done.stdout)
    yield Figure.of("history of 100,000 calls → painted", "ms", found.pop("open"), reach=OPEN_MS)
    for name, blocks in found.items():
        note = f"longest of each run: {max(blocks):.1f} at most"
        yield Figure.of(f"main thread held, {name}", "ms", blocks, reach=BLOCK_MS, note=note)
