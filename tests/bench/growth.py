"""Whether a call takes more memory the longer it lasts: one call of ``--minutes``, in which both sides speak.

The same call as in `cpu_memory`, panel closed. A line through the resident memory from the end of the warming up on
(`WARM_SHARE` of the call, what was imported and cached by then is no growth) gives the slope. What the transcript
adds is part of it: two lines every five seconds. A call of a few minutes tells a leak, no more; a small slope needs
``--minutes 30``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from connector_gui.practice.voice import Sentence, samples_of
from tests.bench.agent import obedient
from tests.bench.cpu_memory import GROWTH_MIB, Gauge, both_speak
from tests.bench.figures import Figure
from tests.bench.sound import RATE_HZ, Voice
from tests.bench.surroundings import Bench, close_panel

WARM_SHARE: Final = 0.25
LOOK_S: Final = 2.0
SPARE_S: Final = 30.0


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure one call."""
    seconds = bench.minutes * 60
    bench.agent.script(obedient(*both_speak(seconds + SPARE_S)))
    with bench.program("growth") as program, Voice(samples_of(Sentence.GREETING, RATE_HZ), again=True):
        gauge = Gauge(program.process.pid)
        with bench.call(program):
            close_panel(program, bench.env)
            _watch(gauge, seconds * WARM_SHARE)
            warm_mib = gauge.rss_mib()
            gauge.rss.clear()
            _watch(gauge, seconds * (1 - WARM_SHARE))
            yield Figure.of("RSS in the call, warm", "MiB", [warm_mib])
            yield Figure.of("RSS in the call, at its end", "MiB", [gauge.rss_mib()])
    slope = gauge.growth_mib_per_min()
    yield Figure.of(f"RSS growth over {bench.minutes:g} min of call", "MiB/min", [slope], reach=GROWTH_MIB)


def _watch(gauge: Gauge, seconds: float) -> None:
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        time.sleep(min(LOOK_S, max(0.0, until_s - time.monotonic())))
        gauge.rss_mib()
