"""One program per data folder, for real processes: second starts, races, and a program that was killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connector_gui.core.errors import ConfigError
from connector_gui.system import single_instance

FIRST = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QTimer
from connector_gui.system.single_instance import claim
app = QCoreApplication([])
instance = claim(Path(sys.argv[1]))
if instance is None:
    print("second", flush=True)
    sys.exit(0)
instance.activated.connect(lambda: print("activated", flush=True))
instance.listen()
print("first", flush=True)
QTimer.singleShot(20_000, app.quit)
app.exec()
"""


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", FIRST, str(folder)], stdout=subprocess.PIPE, text=True)


@contextmanager
def ended(*processes: subprocess.Popen[str]) -> Iterator[None]:
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_second_start_brings_the_first_to_the_front_and_ends_with_0(tmp_path: Path) -> None:
    first = start(tmp_path)
    with ended(first):
        assert line(first) == "first"
        second = start(tmp_path)
        assert second.communicate(timeout=20)[0].strip() == "second"
        assert second.returncode == 0
        assert line(first) == "activated"


def test_a_folder_of_a_killed_program_is_free(tmp_path: Path) -> None:
    first = start(tmp_path)
    assert line(first) == "first"
    first.send_signal(signal.SIGKILL)
    first.communicate()
    again = start(tmp_path)
    with ended(again):
        assert line(again) == "first"


def test_of_many_starts_at_once_one_runs(tmp_path: Path) -> None:
    starts = [start(tmp_path) for _ in range(6)]
    with ended(*starts):
        said = sorted(line(process) for process in starts)
        said = [word for word in said if word != "activated"]
        assert said == ["first", *["second"] * 5]


def test_two_folders_run_side_by_side(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    starts = [start(folder) for folder in folders]
    with ended(*starts):
        assert [line(process) for process in starts] == ["first", "first"]


def test_a_running_program_that_does_not_answer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_instance, "ANSWER_TIMEOUT_S", 0.3)
    first = start(tmp_path)
    with ended(first):
        assert line(first) == "first"
        first.send_signal(signal.SIGSTOP)
        began_s = time.monotonic()
        with pytest.raises(ConfigError, match="does not answer"):
            single_instance.claim(tmp_path)
        assert time.monotonic() - began_s < 10
        first.send_signal(signal.SIGCONT)


def test_a_folder_that_cannot_be_locked_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be locked"):
        single_instance.claim(tmp_path / "missing")
