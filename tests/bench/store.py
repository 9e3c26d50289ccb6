"""The record with 100,000 calls and 2 million turns in it (`large_record`), on the disk of the temporary folder.

- *commit*: a change of state, a turn and an event of one call in one transaction, while another thread writes a
  recording of two channels and flushes it every second.
- *history opens*: from asking to the days of all calls, the first hundred of them and the names of all agents, by a
  store that was just opened.
- *search*: from asking to the days and the first hundred calls found; words from the rarest to the most frequent, as
  they are while they are typed.
- *event loop held up*: what else runs in the thread that asks has to wait at most so long, while searches run.
- *start*: from the making of the process to the first answer of the webhook, with this record in the data folder, and
  without.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from connector_gui.core.history import HistoryFilter
from connector_gui.core.record import Change, SessionEvent, TranscriptEntry
from connector_gui.store import Store
from tests.bench import large_record
from tests.bench.figures import Figure
from tests.bench.surroundings import Bench
from tests.store.records import START, record

COMMIT_MS: Final = 15.0
OPEN_MS: Final = 300.0
SEARCH_MS: Final = 150.0
HELD_UP_MS: Final = 30.0
START_MS: Final = 2_000.0
COMMITS: Final = 400
COMMIT_PAUSE_S: Final = 0.01
RECORDED_BYTES_S: Final = 2 * 2 * 16_000
TICK_S: Final = 0.002
WINDOW: Final = 100


def measure(bench: Bench) -> Iterator[Figure]:
    """Make the record, and use it."""
    data_dir = bench.folder / "large-record"
    data_dir.mkdir()
    file = data_dir / "connector.db"
    began_s = time.monotonic()
    large_record.make(file)
    size_mb = file.stat().st_size / 1e6
    yield Figure.of("making the record", "s", [time.monotonic() - began_s], note=f"{size_mb:.0f} MB")
    # What was just written would be flushed with the first commits.
    os.sync()
    opened = [asyncio.run(_history_opens(file)) for _ in range(bench.runs)]
    yield Figure.of("history opens", "ms", opened, reach=OPEN_MS)
    yield from asyncio.run(_searches(file, bench.runs))
    with _recording(bench.folder / "recording"):
        commits = asyncio.run(_commits(file))
    yield Figure.of("commit", "ms", commits)
    yield Figure.of("commit, p95", "ms", [float(np.percentile(commits, 95))], reach=COMMIT_MS)
    yield Figure.of("start → webhook answers", "ms", list(_starts(bench, data_dir.name)), reach=START_MS)
    yield Figure.of("the same without any call", "ms", list(_starts(bench, "no-record")))


async def _history_opens(file: Path) -> float:
    store = await Store.open(file)
    began_s = time.perf_counter()
    index = await store.index(HistoryFilter())
    first = await store.window(HistoryFilter(), 0, WINDOW)
    await store.agents()
    taken_ms = (time.perf_counter() - began_s) * 1000
    assert index.total >= large_record.CALLS
    assert len(first) == WINDOW
    await store.close()
    return taken_ms


async def _searches(file: Path, runs: int) -> Iterator[Figure]:
    store = await Store.open(file)
    typed = _typed()
    async with asyncio.TaskGroup() as tasks:
        watch = _LoopWatch()
        watching = tasks.create_task(watch.run(), name="bench.loop")
        taken_ms = [await _search(store, text) for text in typed * runs]
        watching.cancel()
    await store.close()
    note = f"{len(typed)} texts"
    return iter(
        (
            Figure.of("search", "ms", taken_ms, note=note),
            Figure.of("search, p95", "ms", [float(np.percentile(taken_ms, 95))], reach=SEARCH_MS),
            # The one-in-a-thousand is the machine's own, when others use it.
            Figure.of("event loop held up", "ms", watch.late_ms),
            Figure.of("event loop held up, p99", "ms", [float(np.percentile(watch.late_ms, 99))], reach=HELD_UP_MS),
        )
    )


async def _search(store: Store, typed: str) -> float:
    wanted = HistoryFilter(text=typed)
    began_s = time.perf_counter()
    await store.index(wanted)
    await store.window(wanted, 0, WINDOW)
    return (time.perf_counter() - began_s) * 1000


def _typed() -> list[str]:
    """What an operator types: a name letter by letter, numbers, words of every frequency, two and three together."""
    words = large_record.vocabulary()
    name = large_record.person(77)
    return [
        *(name[:length] for length in range(1, len(name) + 1, 2)),
        *(words[rank] for rank in (0, 1, 5, 12, 25, 40, 60, 100, 300, 1000, 3000, 10_000)),
        "crm-47",
        "crm-47110",
        "customer-77",
        "invoice number",
        f"invoice {words[300]}",
        f"{words[100]} {words[300]}",
        "thank you the",
    ]


class _LoopWatch:
    """How late the event loop wakes a task that sleeps for `TICK_S`."""

    def __init__(self) -> None:
        self.late_ms: list[float] = [0.0]

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            began_s = time.perf_counter()
            await asyncio.sleep(TICK_S)
            self.late_ms.append((time.perf_counter() - began_s - TICK_S) * 1000)


async def _commits(file: Path) -> list[float]:
    store = await Store.open(file)
    taken_ms: list[float] = []
    for number in range(COMMITS):
        change = _change(f"bench-{number // 20}", number % 20)
        began_s = time.perf_counter()
        await store.commit(change)
        taken_ms.append((time.perf_counter() - began_s) * 1000)
        await asyncio.sleep(COMMIT_PAUSE_S)
    await store.recover(START)
    await store.close()
    return taken_ms


def _change(name: str, position: int) -> Change:
    today = datetime.now(UTC).date()
    call = record(name, status="active", duration_s=position, day=today, metadata={"customer_name": "Mara Lindqvist"})
    turn = TranscriptEntry(role="agent", text="Your invoice was sent on Monday, as we agreed.", at_ms=position * 3000)
    told = SessionEvent(kind="transcript", session_id=name, at=START, data={"position": position})
    return Change(name, call, {position: turn}, (told,))


@contextmanager
def _recording(file: Path) -> Iterator[None]:
    """Write as a recording does, while the block runs."""
    is_over = threading.Event()

    def write() -> None:
        with file.open("wb") as recording:
            while not is_over.wait(1.0):
                recording.write(os.urandom(RECORDED_BYTES_S // 2))
                recording.flush()
                os.fsync(recording.fileno())

    writer = threading.Thread(target=write, name="bench recording")
    writer.start()
    try:
        yield
    finally:
        is_over.set()
        writer.join()


def _starts(bench: Bench, folder: str) -> Iterator[float]:
    for _ in range(bench.runs):
        began_s = time.monotonic()
        with bench.program(folder):
            yield (time.monotonic() - began_s) * 1000
