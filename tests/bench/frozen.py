"""The frozen program in ``dist/``, which `dev.py package` has made: how soon it is there, and how soon it steps back.

- *frozen start*: as in `start`, where there is no Python.
- *second start*: from just before the process of a later start is made to its end, by when the program that runs has
  been brought to the front.
- *command*: the same for ``status``.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.bench.figures import Figure
from tests.bench.start import measure_starts
from tests.bench.surroundings import Bench
from tests.packaging.frozen import FrozenProgram, without_python

PROGRAM: Final = Path(__file__).parents[2] / "dist" / "agent-connector" / "agent-connector"
TRAY_MS: Final = 2_500.0
HAND_OVER_MS: Final = 400.0


def measure(bench: Bench) -> Iterator[Figure]:
    """Start it, then start it while it runs."""
    if not PROGRAM.exists():
        raise FileNotFoundError(f"{PROGRAM}: python3 packaging/dev.py package makes it")
    yield from measure_starts(bench, _frozen, TRAY_MS, "frozen start")
    program = _frozen(bench, bench.folder / "frozen-runs")
    try:
        program.until_listening()
        for name, words in (("second start", ()), ("command", ("status",))):
            _took_ms(bench.env, program, words)
            taken = [_took_ms(bench.env, program, words) for _ in range(bench.runs)]
            yield Figure.of(f"frozen {name} → handed over", "ms", taken, reach=HAND_OVER_MS)
    finally:
        program.stop()


def _frozen(bench: Bench, data_dir: Path) -> FrozenProgram:
    return FrozenProgram(PROGRAM, bench.env, data_dir, API_KEYS="", ELEVENLABS_BASE_URL=bench.agent.base_url)


def _took_ms(env: Mapping[str, str], program: FrozenProgram, words: tuple[str, ...]) -> float:
    command = [str(PROGRAM), "--data-dir", str(program.data_dir), *words]
    began_s = time.monotonic()
    subprocess.run(command, env=without_python(env, program.data_dir.parent), check=True, stdout=subprocess.DEVNULL)
    return (time.monotonic() - began_s) * 1000
