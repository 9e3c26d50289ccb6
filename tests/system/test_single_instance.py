from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from connector_gui.core.errors import ConfigError
from connector_gui.system import single_instance
from connector_gui.system.instance_address import address_of
from connector_gui.system.single_instance import Instance, claim

ROOT = Path(__file__).parents[2]

# Claims the folder that each line names; says how that went, and when it was asked to show itself.
STARTER = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from connector_gui.system.single_instance import claim

print("ready", flush=True)
app = None
for line in sys.stdin:
    instance = claim(Path(line.strip()))
    if instance is None:
        print("second", flush=True)
        continue
    print("first", flush=True)
    app = app or QCoreApplication([])
    instance.activated.connect(app.quit)
    instance.listen()
    app.exec()
    print("activated", flush=True)
    instance.close()
"""


class Starter:
    """A process that starts the program, as far as `claim` goes, whenever it is told to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert self.says() == "ready"

    def start(self, folder: Path) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{folder}\n")
        self._process.stdin.flush()

    def says(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@contextmanager
def starter() -> Iterator[Starter]:
    with subprocess.Popen(
        [sys.executable, "-c", STARTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        try:
            yield Starter(process)
        finally:
            process.kill()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder, and a runtime folder for the sockets."""
    (tmp_path / "data").mkdir()
    with tempfile.TemporaryDirectory(prefix="run.") as runtime:  # short, as real ones are: sockets have short names
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        yield tmp_path / "data"


@pytest.fixture
def first(folder: Path, qapp: object) -> Iterator[Instance]:
    """The first instance, in this process."""
    instance = claim(folder)
    assert instance is not None
    yield instance
    instance.close()


def in_thread(work: Callable[[], object]) -> Callable[[], object]:
    """Run *work* beside Qt's loop; returns a function that gives its result, or ``None`` until it has ended."""
    results: list[object] = []

    def run() -> None:
        try:
            results.append(("returned", work()))
        except ConfigError as exc:
            results.append(("raised", str(exc)))

    threading.Thread(target=run, daemon=True).start()
    return lambda: results[0] if results else None


def test_a_second_start_shows_the_first_and_ends(first: Instance, folder: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(first.activated, timeout=5000):
        result = in_thread(lambda: claim(folder))
    qtbot.waitUntil(lambda: result() == ("returned", None))


def test_the_same_folder_by_another_name_is_the_same(first: Instance, folder: Path, qtbot: QtBot) -> None:
    (folder.parent / "link").symlink_to(folder)
    with qtbot.waitSignal(first.activated, timeout=5000):
        result = in_thread(lambda: claim(folder.parent / "link"))
    qtbot.waitUntil(lambda: result() == ("returned", None))


def test_another_folder_is_another_program(first: Instance, folder: Path) -> None:
    (folder.parent / "other").mkdir()
    other = claim(folder.parent / "other")
    assert other is not None
    other.close()
    assert first is not None


def test_only_the_owner_may_connect(first: Instance, folder: Path) -> None:
    (path,) = Path(os.environ["XDG_RUNTIME_DIR"]).iterdir()
    assert stat.S_ISSOCK(path.stat().st_mode)
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    assert first is not None


@pytest.mark.parametrize("words", [b"nonsense\n", b"x" * 10_000, b"show", b""], ids=["wrong", "endless", "cut", "none"])
def test_foreign_words_do_nothing(first: Instance, folder: Path, qtbot: QtBot, words: bytes) -> None:
    (path,) = Path(os.environ["XDG_RUNTIME_DIR"]).iterdir()
    shown: list[bool] = []
    first.activated.connect(lambda: shown.append(True))
    with closing(socket.socket(socket.AF_UNIX)) as stranger:
        stranger.connect(str(path))
        stranger.sendall(words)
        stranger.shutdown(socket.SHUT_WR)
        # The next real start is answered all the same, and its signal is the only one.
        with qtbot.waitSignal(first.activated, timeout=5000):
            result = in_thread(lambda: claim(folder))
        qtbot.waitUntil(lambda: result() == ("returned", None))
    assert shown == [True]


def test_one_that_does_not_answer_is_an_error_in_words(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_instance, "PATIENCE_S", 0.2)
    instance = claim(folder)
    assert instance is not None
    instance._server.close()
    with pytest.raises(ConfigError, match=r"running already .* does not answer"):
        claim(folder)
    instance.close()


def test_a_folder_that_cannot_be_used_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be used"):
        claim(tmp_path / "missing")


def test_after_a_kill_the_next_start_takes_over(folder: Path) -> None:
    with starter() as crashed:
        crashed.start(folder)
        assert crashed.says() == "first"
        crashed.kill()
    with starter() as one, starter() as two:
        one.start(folder)
        assert one.says() == "first"
        two.start(folder)
        assert two.says() == "second"
        assert one.says() == "activated"


def test_of_two_starts_at_once_exactly_one_runs(folder: Path) -> None:
    with starter() as one, starter() as two:
        for number in range(50):
            data = folder / str(number)
            data.mkdir()
            one.start(data)
            two.start(data)
            said = {one.says(): one, two.says(): two}
            assert said.keys() == {"first", "second"}
            assert said["first"].says() == "activated"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes have no folder")
def test_a_runtime_folder_with_a_long_name_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the first instance would be deaf: a socket's path has about a hundred bytes."""
    runtime = tmp_path / ("long-" * 12)
    runtime.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    assert Path(address_of(tmp_path)).parent == Path(f"/tmp/agent-connector-{os.getuid()}")
