"""Whether many calls leave anything behind: accepted and ended one after another, and then nothing at all.

``python -m tests.bench --only soak --calls 10000 --minutes 60`` is the soak: about an hour of calls, an hour of rest.
A thousand calls tell a leak of a kilobyte a call, a hundred none. Runs only when it is asked for.

The warming up, a fifth of the calls and at least `WARM_CALLS`, comes on top of ``--calls``: until then lists fill up
that keep the newest of something, the longest of them 200 long. What grows is read off what comes after it.

- *RSS growth*: a line through the second half. SQLite keeps pages of the record in memory, up to a limit of its own,
  and a record of 10,000 calls does not reach it; that part is shown and left out of the line. What is free between
  what is in use is in it, and comes and goes by megabytes.
- *C's heaps* (what is in use of them, SQLite's part left out: a leak shows there first), *threads*, *descriptors*,
  *Qt objects* (those that Python holds), *Python's objects*: the least that was seen in the last third, less the least
  of the first. What is only on its way out (a socket that closes, a circle of objects that the collector has not come
  to) is no growth.
- *at rest*: nobody calls for ``--minutes``; the CPU time and the wake-ups (of all threads) of that time, and what is
  left of the calls at its end, less what was there at rest between the warming up and the calls: what must be 0.

Every `TALK_EVERY`-th call is held for a second in which the agent speaks; the others end as soon as they are active.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import psutil

from connector_gui.core.messages import AgentResponse
from connector_gui.practice.script import SendAudio, SendText, Step
from tests.bench.agent import obedient
from tests.bench.cpu_memory import IDLE_PERCENT, Gauge
from tests.bench.figures import Figure
from tests.bench.surroundings import Bench, end
from tests.e2e.program import Program
from tests.rig import MICROPHONE, SPEAKER

WARM_SHARE: Final = 0.2
WARM_CALLS: Final = 250
LOOKS: Final = 100
"""How often the program is looked at while calls come."""
GROWTH_KIB: Final = 1.0
"""A call."""
TALK_EVERY: Final = 20
TALK_S: Final = 1.0
SETTLE_S: Final = 10.0
"""After the last call: connections and lists of it are done with."""
_SPEECH: Final = (
    Step(SendAudio(800, event_id=1), 0.0),
    Step(SendText.of(AgentResponse(text="Good morning, how can I help you?", event_id=1)), 0.1),
)
_PROBE: Final = Path(__file__).parent / "probe"
_SWITCHES: Final = "voluntary_ctxt_switches:"


@dataclass(frozen=True, slots=True)
class Look:
    """What the program holds after so many *calls*.

    Attributes:
        cache_kib: The part of its memory that is SQLite's.
        heap_kib: What is in use of the C heaps, without that.
    """

    calls: int
    rss_kib: float
    cache_kib: float
    heap_kib: float
    threads: int
    descriptors: int
    qt_objects: int
    objects: int


class Watch:
    """Looks at one program, from outside and through the probe in it."""

    def __init__(self, program: Program, probe: Path) -> None:
        self.gauge = Gauge(program.process.pid)
        self._process = psutil.Process(program.process.pid)
        self._probe = probe

    def look(self, calls: int) -> Look:
        """What it holds now."""
        rss_kib = self.gauge.rss_mib() * 1024
        counts = self._ask()
        descriptors = self._process.num_fds()
        return Look(
            calls,
            rss_kib,
            counts["sqlite_bytes"] / 1024,
            (counts["heap_bytes"] - counts["sqlite_bytes"]) / 1024,
            self._process.num_threads(),
            descriptors,
            counts["qt_objects"],
            counts["objects"],
        )

    def wake_ups(self) -> dict[str, int]:
        """How often each thread that lives now has gone to sleep so far."""
        found = {}
        for task in Path(f"/proc/{self._process.pid}/task").iterdir():
            with suppress(OSError):  # it has just ended
                text = (task / "status").read_text(encoding="ascii", errors="replace")
                found[task.name] = int(text.split(_SWITCHES)[1].split()[0])
        return found

    def _ask(self) -> dict[str, int]:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self._probe))
            answer = b""
            while part := connection.recv(4096):
                answer += part
        counts: dict[str, int] = json.loads(answer)
        return counts


def measure(bench: Bench) -> Iterator[Figure]:
    """Calls one after another, then rest."""
    probe = bench.folder / "probe.sock"
    folders = [str(_PROBE), *filter(None, [bench.env.get("PYTHONPATH")])]
    settings = {"PYTHONPATH": os.pathsep.join(folders), "BENCH_PROBE": str(probe), "RATE_LIMIT": "100000/minute"}
    with bench.program("soak", INPUT_DEVICE=MICROPHONE, OUTPUT_DEVICE=SPEAKER, **settings) as program:
        watch = Watch(program, probe)
        _calls(bench, program, range(max(WARM_CALLS, round(bench.calls * WARM_SHARE))))
        time.sleep(SETTLE_S)
        rested = watch.look(0)
        began_s = time.monotonic()
        looks = list(_looks(bench, program, watch))
        passed_s = time.monotonic() - began_s
        yield Figure.of("calls a minute", "", [bench.calls / passed_s * 60])
        yield from _growth(looks)
        yield from _rest(bench, watch, rested)


def _calls(bench: Bench, program: Program, numbers: range) -> None:
    for number in numbers:
        talks = number % TALK_EVERY == 0
        bench.agent.script(obedient(*(_SPEECH if talks else ())))
        name = bench.active_call(program)
        if talks:
            time.sleep(TALK_S)
        end(program, name)


def _looks(bench: Bench, program: Program, watch: Watch) -> Iterator[Look]:
    yield watch.look(0)
    step = max(1, bench.calls // LOOKS)
    for first in range(0, bench.calls, step):
        after = min(first + step, bench.calls)
        _calls(bench, program, range(first, after))
        yield watch.look(after)


def _growth(looks: Sequence[Look]) -> Iterator[Figure]:
    calls, rss, cache, heap, *counts = np.array([astuple(look) for look in looks], dtype=np.float64).T
    how = f"over {looks[-1].calls} calls"
    later = slice(len(calls) // 2, None)
    yield Figure.of("RSS, warm and at the end", "MiB", [rss[0] / 1024, rss[-1] / 1024])
    yield Figure.of("of that SQLite's, warm and at the end", "MiB", [cache[0] / 1024, cache[-1] / 1024])
    slope = np.polyfit(calls[later], (rss - cache)[later], 1)[0]
    yield Figure.of(f"RSS growth per call, second half of {looks[-1].calls}", "KiB", [float(slope)], reach=GROWTH_KIB)
    third = max(1, len(calls) // 3)
    grown = _least(heap[-third:]) - _least(heap[:third])
    yield Figure.of(f"growth of C's heaps per call, {how}", "KiB", [grown / (calls[-1] - calls[0])], reach=GROWTH_KIB)
    for what, column in zip(("threads", "descriptors", "Qt objects", "Python's objects"), counts, strict=True):
        grown = _least(column[-third:]) - _least(column[:third])
        note = f"{column[-1]:.0f} at the end"
        yield Figure.of(f"growth of {what}, {how}", "", [grown], note=note)


def _least(column: npt.NDArray[np.float64]) -> float:
    return float(column.min())


def _rest(bench: Bench, watch: Watch, before_them: Look) -> Iterator[Figure]:
    time.sleep(SETTLE_S)
    seconds = bench.minutes * 60
    woken_before = watch.wake_ups()
    (share,) = watch.gauge.shares(seconds, seconds)
    woken = sum(count - woken_before.get(thread, 0) for thread, count in watch.wake_ups().items())
    how = f"over {bench.minutes:g} min at rest"
    yield Figure.of(f"wake-ups, {how}", "per s", [woken / seconds])
    yield Figure.of(f"CPU, {how}", "% of a core", [share * 100], reach=IDLE_PERCENT)
    last = watch.look(bench.calls)
    grown_mib = (last.rss_kib - before_them.rss_kib) / 1024
    yield Figure.of("RSS after the rest, less at rest before", "MiB", [grown_mib])
    for what, grown in (
        ("threads", last.threads - before_them.threads),
        ("descriptors", last.descriptors - before_them.descriptors),
        ("Qt objects", last.qt_objects - before_them.qt_objects),
    ):
        yield Figure.of(f"{what} after the rest, less at rest before", "", [grown], reach=0)
