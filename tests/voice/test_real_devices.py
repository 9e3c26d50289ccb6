"""Devices that come and go on the real sound server, in a process of their own.

WORKAROUND: PortAudio's ALSA part has crashed inside the opening of a device that was just being unplugged
(seen twice, cause unknown). Such an end says nothing of what the tests check: they are run again then.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).with_name("real_devices.py")
TRIES = 3


@pytest.mark.sound
@pytest.mark.timeout(900)
def test_a_call_lives_through_devices_that_come_and_go() -> None:
    for _ in range(TRIES):
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(TESTS)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
        if ended.returncode >= 0:
            break
    assert ended.returncode == 0, f"{ended.returncode}\n{ended.stdout[-8000:]}\n{ended.stderr[-4000:]}"
