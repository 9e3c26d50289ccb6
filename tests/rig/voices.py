"""What a person says into a virtual microphone, and hears from a virtual speaker.

Each function takes the environment of a sound server; left out, it is that of this process.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from tests.rig.background import RigError
from tests.rig.devices import MICROPHONE, SPEAKER

Env = Mapping[str, str]
Samples = npt.NDArray[np.int16]

RECORDING_RATE_HZ: Final = 48_000
_BLOCK_BYTES: Final = RECORDING_RATE_HZ // 100 * 2


def synthesize(text: str, path: Path) -> None:
    """Write *text* as speech into a WAV file (mono, 16 bit, 22,050 Hz)."""
    subprocess.run(["espeak-ng", "-v", "en", "-s", "150", "-w", str(path), text], check=True)


def speak(path: Path, microphone: str = MICROPHONE, *, env: Env | None = None) -> None:
    """Play a WAV file to a microphone; return after its last sample."""
    speaking = start_speaking(path, microphone, env=env)
    if speaking.wait() != 0:
        raise RigError(f"paplay could not play {path} to {microphone}")


def start_speaking(path: Path, microphone: str = MICROPHONE, *, env: Env | None = None) -> subprocess.Popen[bytes]:
    """Begin to play a WAV file to a microphone; the caller waits for the process or ends it."""
    command = ["paplay", "--latency-msec=20", f"--device={microphone}.room", str(path)]
    return subprocess.Popen(command, env=_with_sound(env))


def record(seconds: float, speaker: str = SPEAKER, *, env: Env | None = None) -> Samples:
    """What a speaker plays in the next *seconds*: mono int16 at `RECORDING_RATE_HZ`."""
    frames = round(seconds * RECORDING_RATE_HZ)
    with SpeakerRecording(speaker, env=env) as recording:
        return recording.wait_for(frames)[:frames]


class SpeakerRecording:
    """Records what a speaker plays for as long as the ``with`` block lasts.

    Entering it waits for the first sample. A speaker that is unplugged ends the recording.
    """

    def __init__(self, speaker: str = SPEAKER, *, env: Env | None = None) -> None:
        self._process = subprocess.Popen(
            [
                "parec", f"--device={speaker}.monitor", "--format=s16le", f"--rate={RECORDING_RATE_HZ}",
                "--channels=1", "--latency-msec=10",
            ],
            env=_with_sound(env),
            stdout=subprocess.PIPE,
        )  # fmt: skip
        self._data = bytearray()
        self._more = threading.Condition()
        self._is_over = False
        self._first_sample_ns = 0
        self._reader = threading.Thread(target=self._read, name="speaker recording")

    @property
    def started_ns(self) -> int:
        """The `time.monotonic_ns` of the first sample."""
        return self._first_sample_ns

    def samples(self) -> Samples:
        """What was recorded so far: mono int16 at `RECORDING_RATE_HZ`."""
        with self._more:
            return np.frombuffer(bytes(self._data[: len(self._data) // 2 * 2]), np.int16)

    def wait_for(self, frames: int, timeout_s: float = 60.0) -> Samples:
        """Wait until that many frames are there in all; return everything so far.

        Raises:
            RigError: They did not come within *timeout_s*, or the speaker went away.
        """
        with self._more:
            arrived = self._more.wait_for(lambda: len(self._data) >= 2 * frames or self._is_over, timeout_s)
            if not arrived or len(self._data) < 2 * frames:
                raise RigError(f"{len(self._data) // 2} frames came from the speaker instead of {frames}")
        return self.samples()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while block := self._process.stdout.read1(_BLOCK_BYTES):  # type: ignore[attr-defined]  # a BufferedReader
            now_ns = time.monotonic_ns()
            with self._more:
                if not self._data:
                    self._first_sample_ns = now_ns - len(block) * 1_000_000_000 // 2 // RECORDING_RATE_HZ
                self._data += block
                self._more.notify_all()
        with self._more:
            self._is_over = True
            self._more.notify_all()

    def __enter__(self) -> Self:
        self._reader.start()
        self.wait_for(1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._reader.join()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def _with_sound(env: Env | None) -> Env:
    here = os.environ if env is None else env
    if "RIG_AUDIO_DIR" not in here:
        raise RigError("no sound server: RIG_AUDIO_DIR is not set")
    return here
