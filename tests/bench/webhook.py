"""The webhook of the real program, asked by other processes (`webhook_load`).

- */health*: from connecting to the answer's head; at rest, in a call in which both sides speak, and in one while
  1,000 hostile requests a second come in.
- *initiate-call adds*: from the request to the 202, less the median of what the agent service takes to answer the one
  question that is asked of it, asked by the same process. The call rings, with its card and sound; it is withdrawn
  before the next one.
- *CPU for each*: of the program, for a hostile request; the answers to */health* meanwhile are in it.
- *cadence*: as in `isolation`, under the hostile requests: they come from strangers, browsers, guessers of keys and
  holders of a key that send rubbish.
- *RSS growth*: from before them to a second after.
- *event streams*: CPU time of the program with 200 of them open and nothing to tell, and without.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from tests.bench.agent import Evidence, obedient
from tests.bench.cpu_memory import Gauge, both_speak
from tests.bench.figures import Figure
from tests.bench.surroundings import Bench
from tests.e2e.program import Program

IDLE_MS, CALL_MS, ATTACKED_MS = 5.0, 25.0, 200.0
ADDED_MS, ADDED_P99_MS = 15.0, 40.0
CADENCE_MS: Final = 15.0
GROWTH_MIB: Final = 20.0
STREAMS_PERCENT: Final = 5.0
ASK_S: Final = 10.0
ASK_EVERY_MS: Final = 10
CALLS: Final = 100
ATTACK_S: Final = 30.0
ATTACK_PER_S: Final = 1_000
STREAMS: Final = 200
SETTLE_S: Final = 2.0
START_S: Final = 1.0
"""How long a Python process takes to begin, generously."""


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure in one program after the other."""
    with bench.program("webhook", RATE_LIMIT="100000/minute") as program:
        time.sleep(SETTLE_S)
        yield from _health("at rest", _load("health", program.port, ASK_S, ASK_EVERY_MS), IDLE_MS)
        yield from _streams(bench, program)
        bench.agent.script(obedient(*both_speak(ASK_S + 10)))
        with bench.call(program):
            time.sleep(SETTLE_S)
            yield from _health("in a call", _load("health", program.port, ASK_S, ASK_EVERY_MS), CALL_MS)
    with bench.program("webhook-calls", RATE_LIMIT="100000/minute") as program:
        time.sleep(SETTLE_S)
        yield from _added(bench, program)
    with bench.program("webhook-attacked", AUDIO_CHUNK_MS="20") as program:
        yield from _attacked(bench, program)


def _health(when: str, taken_ms: list[float], reach: float) -> Iterator[Figure]:
    yield Figure.of(f"/health, {when}", "ms", taken_ms)
    yield Figure.of(f"/health, {when}, p99", "ms", [float(np.percentile(taken_ms, 99))], reach=reach)


def _added(bench: Bench, program: Program) -> Iterator[Figure]:
    own_ms = _load("signed_urls", bench.agent.base_url, CALLS)
    added_ms = np.array(_load("calls", program.port, CALLS)) - np.median(own_ms)
    yield Figure.of("the agent service's own answer", "ms", own_ms)
    yield Figure.of("initiate-call adds", "ms", list(added_ms), reach=ADDED_MS)
    yield Figure.of("initiate-call adds, p99", "ms", [float(np.percentile(added_ms, 99))], reach=ADDED_P99_MS)


def _attacked(bench: Bench, program: Program) -> Iterator[Figure]:
    bench.agent.script(obedient(*both_speak(ATTACK_S + 30), ping_interval_s=0.2))
    gauge = Gauge(program.process.pid)
    with bench.call(program):
        _load("hostile", program.port, SETTLE_S, ATTACK_PER_S)  # what the first ones load stays
        time.sleep(SETTLE_S)
        calm_s, calm_cpu_s = time.monotonic(), gauge.cpu_s()
        time.sleep(SETTLE_S)
        before_mib, began_s = gauge.rss_mib(), time.monotonic()
        calm_cpu_s, calm_passed_s = gauge.cpu_s() - calm_cpu_s, began_s - calm_s
        used_s = gauge.cpu_s()
        with _loading("hostile", program.port, ATTACK_S, ATTACK_PER_S) as attack:
            time.sleep(START_S)
            taken_ms = _load("health", program.port, ATTACK_S - 3 * START_S, 2 * ASK_EVERY_MS)
            sent = json.loads(attack.communicate()[0])
        ended_s = time.monotonic()
        # Less what the call takes anyway.
        used_s = gauge.cpu_s() - used_s - calm_cpu_s / calm_passed_s * (ended_s - began_s)
        time.sleep(1.0)
        growth_mib = gauge.rss_mib() - before_mib
        evidence = bench.evidence()
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(sent["statuses"].items()))
    yield Figure.of(
        "hostile requests answered", "per s", [sent["per_s"]], note=f"{statuses}; left over: {sent['left']}"
    )
    count = sum(sent["statuses"].values())
    yield Figure.of(
        "CPU for each", "ms", [1000 * used_s / count], note=f"to send it took {1000 * sent['own_cpu_s'] / count:.2f}"
    )
    yield from _health("attacked", taken_ms, ATTACKED_MS)
    yield Figure.of("cadence, p99 − p50, calm", "ms", [_spread_ms(evidence, calm_s, began_s)])
    spread_ms = _spread_ms(evidence, began_s + START_S, ended_s)
    yield Figure.of("cadence, p99 − p50, attacked", "ms", [spread_ms], reach=CADENCE_MS)
    yield Figure.of("RSS growth under attack", "MiB", [growth_mib], reach=GROWTH_MIB)


def _streams(bench: Bench, program: Program) -> Iterator[Figure]:
    gauge, seconds = Gauge(program.process.pid), bench.minutes * 60
    alone = gauge.shares(seconds, seconds)
    with _loading("streams", program.port, STREAMS) as load:
        assert load.stdout is not None
        assert load.stdout.readline() == "open\n"
        time.sleep(SETTLE_S)
        with_them = gauge.shares(seconds, seconds)
        load.communicate()
    yield Figure.of("idle CPU", "%", [share * 100 for share in alone])
    yield Figure.of(
        f"idle CPU, {STREAMS} event streams", "%", [share * 100 for share in with_them], reach=STREAMS_PERCENT
    )


def _spread_ms(evidence: Evidence, begin_s: float, end_s: float) -> float:
    arrived_s = evidence.arrived_s
    intervals_s = np.diff(arrived_s[(arrived_s >= begin_s) & (arrived_s <= end_s)])
    return float(np.percentile(intervals_s, 99) - np.median(intervals_s)) * 1000


def _load(*arguments: object) -> Any:
    """What came of a load."""
    with _loading(*arguments) as process:
        return json.loads(process.communicate()[0])


@contextmanager
def _loading(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A load under way; all of it was sent when the block is left."""
    command = [sys.executable, "-m", "tests.bench.webhook_load", *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise RuntimeError(f"the load {arguments} failed")
