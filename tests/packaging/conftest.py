"""The frozen program, made once and kept for as long as nothing of it changes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools import debian, package
from devtools.layout import Layout
from tests.rig import desktop, sound_server

LAYOUT = Layout(Path(__file__).parents[2])


def build(*arguments: str) -> None:
    """Run `dev.py package`; nothing happens where the build is up to date, else it takes some minutes.

    As the user that runs the tests: pip's settings and cache are in the home that these tests do not have.
    """
    import pwd  # not on Windows, where there is no virtual desktop either

    env = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    env["HOME"] = pwd.getpwuid(os.getuid()).pw_dir
    command = [sys.executable, str(LAYOUT.root / "packaging" / "dev.py"), "package", *arguments]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:]


@pytest.fixture(scope="session")
def frozen() -> Layout:
    """The source tree with an up-to-date frozen program in ``dist/``."""
    build("--frozen-only")
    assert package.read_stamp(LAYOUT)
    return LAYOUT


@pytest.fixture(scope="session")
def debian_package(frozen: Layout) -> Path:
    """The Debian package of it."""
    build()
    return debian.file_of(frozen)


@pytest.fixture(scope="module")
def desk() -> Iterator[dict[str, str]]:
    """The environment of a desk: tray, unlocked keyring, microphone, speaker."""
    with sound_server() as sound, desktop(base=sound) as env:
        yield env
