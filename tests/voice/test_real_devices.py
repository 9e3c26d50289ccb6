"""Devices that come and go on the real sound server, each scenario in a process of its own.

PortAudio's ALSA part can crash inside the opening of a device that is just being unplugged, and takes its process
with it. Such a crash, and nothing else, is worth another try: a call that the library hangs in is the program's to
survive, and an assertion that fails has failed.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.voice import real_devices, real_lines

pytestmark = pytest.mark.sound
TRIES = 3
AT_A_TIME = 2
WITHIN_S = 60
ROOT = Path(__file__).parents[2]
# One process each, variants too: a library that one of them has left hanging must not be started anew by the next.
SCENARIOS = [
    f"{name}[{variant}]" if mark.name == "parametrize" else name
    for module in (real_devices, real_lines)
    for name, test in vars(module).items()
    if name.startswith("test_")
    for mark in getattr(test, "pytestmark", [pytest.mark.sound.mark])
    for variant in mark.kwargs.get("ids", [""])
]

_CRASHES = (-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGABRT)
# The thread that crashed is one of the library's own, or the last Python line is the call into the library.
_IN_LIBRARY = re.compile(r"^Current thread .*\n\s+(?:<no Python frame>|File \".*/sounddevice\.py\")", re.MULTILINE)


Outcome = tuple[int, str]


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[Outcome]]]:
    """How each scenario of this session ends: two run at a time, as they mostly wait."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        wanted = [one for one in SCENARIOS if any(f"[{one}]" in item.nodeid for item in request.session.items)]
        futures = {scenario: pool.submit(tried, scenario) for scenario in wanted}
        yield futures
        for future in futures.values():
            future.cancel()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_real_devices(scenario: str, outcomes: dict[str, Future[Outcome]]) -> None:
    status, said = outcomes[scenario].result()
    assert status == 0, said


def tried(scenario: str) -> Outcome:
    """How it ends; one that crashed in the library is tried again."""
    for _ in range(TRIES - 1):
        status, said = run(scenario)
        if not is_crash_of_the_library(status, said):
            return status, said
    return run(scenario)


def run(scenario: str) -> Outcome:
    """How pytest ended for one scenario, and what it said."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"{_file_of(scenario)}::{scenario}"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=WITHIN_S)
    finally:
        with suppress(ProcessLookupError):  # what it started is left behind when it crashes
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return process.returncode, said


def _file_of(scenario: str) -> str:
    module = real_lines if hasattr(real_lines, scenario.partition("[")[0]) else real_devices
    return str(module.__file__)


def is_crash_of_the_library(status: int, said: str) -> bool:
    return status in _CRASHES and _IN_LIBRARY.search(said) is not None


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        (
            -signal.SIGSEGV,
            "Current thread 0x1 (most recent call first):\n  <no Python frame>\n",
            True,
        ),
        (
            -signal.SIGSEGV,
            'Current thread 0x1 (most recent call first):\n  File "/v/sounddevice.py", line 1202 in start\n',
            True,
        ),
        (-signal.SIGSEGV, 'Current thread 0x1 (most recent call first):\n  File "/x/line.py", line 1\n', False),
        (1, "Current thread 0x1 (most recent call first):\n  <no Python frame>\n1 failed", False),
        (-signal.SIGKILL, "Current thread 0x1 (most recent call first):\n  <no Python frame>\n", False),
    ],
)
def test_only_a_crash_inside_the_library_earns_another_try(status: int, said: str, expected: bool) -> None:
    assert is_crash_of_the_library(status, said) is expected
