from __future__ import annotations

import contextlib
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

from connector_gui.core.desk_command import DeskAnswer, DeskCommand, parse_answer
from connector_gui.core.errors import ConfigError
from connector_gui.system import instance_address, single_instance
from connector_gui.system.command_client import NoAnswerError, NotRunningError, ask
from connector_gui.system.instance_address import UnsafePlaceError, address_of
from connector_gui.system.single_instance import Inquiry, Instance, claim

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


# --- commands -------------------------------------------------------------------------------------


def served(instance: Instance, heard: list[DeskCommand]) -> None:
    """Answer everything that *instance* is asked."""

    def serve(inquiry: Inquiry) -> None:
        heard.append(inquiry.command)
        inquiry.answer(DeskAnswer(True, "done", "Done.", {"n": len(heard)}))

    instance.serve(serve)


def test_a_command_is_carried_over_and_answered(first: Instance, folder: Path, qtbot: QtBot) -> None:
    heard: list[DeskCommand] = []
    served(first, heard)
    command = DeskCommand("call", {"agent_id": "a", "metadata": {"name": "Mära"}})
    result = in_thread(lambda: ask(folder, command))
    qtbot.waitUntil(lambda: result() == ("returned", DeskAnswer(True, "done", "Done.", {"n": 1})))
    assert heard == [command]


def test_what_is_asked_before_the_program_is_ready_is_answered_then(
    first: Instance, folder: Path, qtbot: QtBot
) -> None:
    result = in_thread(lambda: ask(folder, DeskCommand("status")))
    qtbot.waitUntil(lambda: bool(first._waiting))
    assert result() is None
    served(first, [])
    qtbot.waitUntil(lambda: result() is not None)


def test_nobody_there_is_told_apart_from_nobody_who_answers(folder: Path) -> None:
    with pytest.raises(NotRunningError):
        ask(folder, DeskCommand("status"))
    with closing(socket.socket(socket.AF_UNIX)) as mute:
        mute.bind(address_of(folder))
        mute.listen()
        with pytest.raises(NoAnswerError, match="does not answer"):
            ask(folder, DeskCommand("status"), 0.2)
    with pytest.raises(NotRunningError):
        ask(folder, DeskCommand("status"))  # the socket is left, as after a crash


@pytest.mark.parametrize(
    "said", [b"", b"hello\n", b"{}\n", b"x" * 2_000_000], ids=["end", "words", "object", "endless"]
)
def test_a_stranger_who_answers_is_not_believed(folder: Path, said: bytes) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as stranger:
        stranger.bind(address_of(folder))
        stranger.listen()

        def answer() -> None:
            caller, _ = stranger.accept()
            with closing(caller):
                caller.recv(1000)
                with contextlib.suppress(OSError):  # it hangs up when it has heard enough
                    caller.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(NoAnswerError):
            ask(folder, DeskCommand("status"), 5.0)
        thread.join()


@pytest.mark.parametrize(
    "words",
    [b"exec rm\n", b'{"v": 1, "command": "status", "x": 1}\n', b"\xff\n", b"[" * 60_000 + b"\n"],
    ids=["no JSON", "unknown member", "no text", "deep"],
)
def test_hostile_commands_are_refused_in_words_and_reach_nobody(
    first: Instance, folder: Path, qtbot: QtBot, words: bytes
) -> None:
    heard: list[DeskCommand] = []
    served(first, heard)

    def say() -> DeskAnswer:
        with closing(socket.socket(socket.AF_UNIX)) as caller:
            caller.settimeout(5)
            caller.connect(address_of(folder))
            caller.sendall(words)
            return parse_answer(caller.makefile("rb").readline())

    result = in_thread(say)
    qtbot.waitUntil(lambda: result() is not None)
    told = result()
    assert isinstance(told, tuple)
    answer = told[1]
    assert isinstance(answer, DeskAnswer)
    assert (answer.is_done, answer.code, heard) == (False, "invalid_request", [])


def test_who_says_nothing_is_dropped_and_who_comes_in_crowds_too(
    folder: Path, qapp: object, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_instance, "REQUEST_TIMEOUT_S", 3.0)
    instance = claim(folder)
    assert instance is not None
    callers = [socket.socket(socket.AF_UNIX) for _ in range(2 * single_instance.MAX_CALLERS)]
    try:
        for caller in callers[: single_instance.MAX_CALLERS]:
            caller.connect(address_of(folder))
            qtbot.wait(1)
        qtbot.waitUntil(lambda: len(instance._callers) == single_instance.MAX_CALLERS)
        callers[-1].connect(address_of(folder))
        callers[-1].setblocking(False)
        qtbot.waitUntil(lambda: _is_closed(callers[-1]))
        qtbot.waitUntil(lambda: not instance._callers, timeout=20_000)
        result = in_thread(lambda: ask(folder, DeskCommand("ping")))
        qtbot.waitUntil(lambda: result() is not None)
    finally:
        for caller in callers:
            caller.close()
        instance.close()


def _is_closed(caller: socket.socket) -> bool:
    try:
        return caller.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


# Run by another user: connects to the socket it is given, or pretends to be the program there.
STRANGER = """
import os, socket, sys
os.setuid(65534)
made = socket.socket(socket.AF_UNIX)
if sys.argv[1] == "ask":
    made.settimeout(5)
    try:
        made.connect(sys.argv[2])
        made.sendall(b'{"v": 1, "command": "quit"}\\n')
        print(made.recv(100))
    except OSError as error:
        print(type(error).__name__)
else:
    made.bind(sys.argv[2])
    os.chmod(sys.argv[2], 0o777)
    made.listen()
    print("listening", flush=True)
    caller, _ = made.accept()
    print(caller.recv(1000))
"""

as_root = pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="only root can be another user")


@as_root
def test_another_user_cannot_command_the_program(first: Instance, folder: Path, qtbot: QtBot) -> None:
    heard: list[DeskCommand] = []
    served(first, heard)
    address = Path(address_of(folder))

    def ask_as_stranger() -> str:
        ran = subprocess.run([sys.executable, "-c", STRANGER, "ask", str(address)], capture_output=True, text=True)
        return ran.stdout.strip()

    def said() -> object:
        result = in_thread(ask_as_stranger)
        qtbot.waitUntil(lambda: result() is not None)
        return result()

    assert said() == ("returned", "PermissionError")
    # The same with every door open: then it is who connects that counts.
    address.parent.chmod(0o777)
    address.chmod(0o777)
    assert said() in {("returned", "b''"), ("returned", "ConnectionResetError"), ("returned", "BrokenPipeError")}
    assert heard == []


@as_root
def test_a_socket_that_another_user_has_taken_is_told_nothing(folder: Path) -> None:
    address = Path(address_of(folder))
    address.parent.chmod(0o777)
    with subprocess.Popen(
        [sys.executable, "-c", STRANGER, "listen", str(address)], stdout=subprocess.PIPE, text=True
    ) as squatter:
        assert squatter.stdout is not None
        assert squatter.stdout.readline() == "listening\n"
        address.parent.chmod(0o700)
        with pytest.raises(NoAnswerError, match="Another user"):
            ask(folder, DeskCommand("status"), 5.0)
        assert squatter.stdout.readline() == "b''\n"


@as_root
def test_a_folder_that_another_user_has_made_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    squatted = tmp_path / "squatted"
    squatted.mkdir(mode=0o700)
    os.chown(squatted, 65534, 65534)
    with pytest.raises(UnsafePlaceError, match="not yours alone"):
        instance_address._own_folder(squatted)
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(UnsafePlaceError, match="not yours alone"):
        instance_address._own_folder(tmp_path / "link")
    # One of the session's own that others may enter is as bad: then the program's own folder serves.
    tmp_path.chmod(0o755)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert Path(address_of(tmp_path)).parent != tmp_path
