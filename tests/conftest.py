"""What holds for every test: nothing of the user's is touched, and the rig is there or its tests say why not.

`dev.py test` runs pytest inside the virtual desktop and sound server of tests/rig and sets
``CONNECTOR_TEST_RIG=required``: then a test that needs them fails if they are missing. Run by hand
without them, such tests are skipped and Qt draws off screen.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from connector_gui.core.settings import Settings
from tests.rig import has_desktop, has_sound

_PRIVATE = pytest.StashKey[Path]()
_LEFT_RUNNING = pytest.StashKey[list[str]]()
_SINCE = pytest.StashKey[dict[int, str]]()

# Where programs of each system look for a user's files.
_USER_FOLDERS = {
    "HOME": "home",
    "USERPROFILE": "home",
    "APPDATA": "home/appdata",
    "LOCALAPPDATA": "home/localappdata",
    "XDG_CONFIG_HOME": "home/config",
    "XDG_DATA_HOME": "home/data",
    "XDG_CACHE_HOME": "home/cache",
    "XDG_STATE_HOME": "home/state",
}


def pytest_configure(config: pytest.Config) -> None:
    """Move this process and all it starts out of the user's home, settings, keyring and screen."""
    private = Path(tempfile.mkdtemp(prefix="connector-tests."))
    config.stash[_PRIVATE] = private
    config.stash[_SINCE] = {}
    for variable, folder in _USER_FOLDERS.items():
        (private / folder).mkdir(parents=True, exist_ok=True)
        # The virtual desktop's own folders are private already, and its bus and keyring know them.
        if not (has_desktop() and variable.startswith("XDG_")):
            os.environ[variable] = str(private / folder)
    for setting in Settings.model_fields:
        os.environ.pop(setting.upper(), None)
    if not has_desktop():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
        os.environ.pop("DBUS_SESSION_BUS_ADDRESS", None)


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[_PRIVATE], ignore_errors=True)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or fail, a test whose part of the rig is not there."""
    missing = [
        part
        for part, is_there in (("desktop", has_desktop()), ("sound", has_sound()))
        if not is_there and item.get_closest_marker(part) is not None
    ]
    if not missing:
        return
    reason = f"needs the virtual {' and '.join(missing)}: python3 packaging/dev.py test, or python -m tests.rig pytest"
    if os.environ.get("CONNECTOR_TEST_RIG") == "required":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Remember after which tests a program was first seen to run on, to name whose it is."""
    yield
    if nextitem is None or nextitem.path != item.path:
        since = item.config.stash[_SINCE]
        for process in psutil.Process().children(recursive=True):
            since.setdefault(process.pid, item.location[0])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End programs that a test left running, and let the run fail for them."""
    children = psutil.Process().children(recursive=True)
    # One that has ended and was not waited for yet is no program any more.
    left = [process for process in children if process.status() != psutil.STATUS_ZOMBIE]
    since = session.config.stash[_SINCE]
    session.config.stash[_LEFT_RUNNING] = [
        f"{_described(process)} (since {since.get(process.pid, 'the end')})" for process in left
    ]
    for process in left:
        process.kill()
    if left and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for description in config.stash.get(_LEFT_RUNNING, []):
        terminalreporter.write_line(f"FAILED: a test left a program running: {description}", red=True)


def _described(process: psutil.Process) -> str:
    try:
        return f"{process.pid} {' '.join(process.cmdline())}"
    except psutil.Error:
        return str(process.pid)


@pytest.fixture(autouse=True)
def log_levels_of_its_own() -> Iterator[None]:
    """What a test sets up for the log, the next one does not inherit."""
    loggers = [logging.getLogger(), logging.getLogger("connector_gui")]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture(autouse=True)
def no_unexpected_warning(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A window that logs a warning fails its test, unless the test looked at the log and cleared it."""
    yield
    if not request.path.is_relative_to(Path(__file__).parent / "ui"):
        return
    unexpected = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.WARNING]
    assert not unexpected, f"unexpected warnings in the log: {unexpected}"
