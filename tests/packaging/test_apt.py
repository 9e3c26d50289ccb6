"""System packages: fetched with apt where there is one, named where there is not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from devtools import apt, needs
from devtools.layout import SetupError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no system packages on Windows")

# Stands in for apt-get: writes down how it was called and "installs" the file that is missing.
FAKE_APT = """#!/bin/sh
echo "$DEBIAN_FRONTEND apt-get $*" >> {folder}/log
case "$*" in *update*) exit {update_status};; *install*) {install};; esac
"""
# Stands in for sudo, which clears the environment.
FAKE_SUDO = """#!/bin/sh
while [ "$1" = -n ]; do shift; done
exec env -i PATH="$PATH" "$@"
"""


class FakeSystem:
    """A folder of stand-ins on the path, with their log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.need = needs.files("the-package", f"{folder}/installed".lstrip("/"))

    def add(self, name: str, script: str) -> None:
        program = self.folder / name
        program.write_text(script)
        program.chmod(0o755)

    def add_apt(self, *, update_status: int = 0, install: str = "touch {folder}/installed") -> None:
        install = install.format(folder=self.folder)
        self.add("apt-get", FAKE_APT.format(folder=self.folder, update_status=update_status, install=install))

    @property
    def calls(self) -> list[str]:
        log = self.folder / "log"
        return log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSystem:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    fake = FakeSystem(tmp_path)
    fake.add("sudo", FAKE_SUDO)
    return fake


def test_what_is_missing_is_installed_without_a_question(system: FakeSystem) -> None:
    system.add_apt()
    apt.provide([system.need])
    update, install = system.calls
    assert update.startswith("noninteractive apt-get")
    assert update.endswith(" update")
    assert install.startswith("noninteractive apt-get")
    assert install.endswith(" install the-package")
    assert " -y " in install
    assert " --no-remove " in install


def test_with_nothing_missing_apt_is_not_called(system: FakeSystem) -> None:
    system.add_apt()
    (system.folder / "installed").touch()
    apt.provide([system.need])
    assert system.calls == []


def test_a_failed_update_does_not_end_the_installation(system: FakeSystem) -> None:
    system.add_apt(update_status=100)
    apt.provide([system.need])
    assert len(system.calls) == 2


def test_a_failed_installation_is_told(system: FakeSystem) -> None:
    system.add_apt(install="exit 100")
    with pytest.raises(SetupError, match="apt could not install them"):
        apt.provide([system.need])


def test_an_installation_that_brought_nothing_is_told(system: FakeSystem) -> None:
    system.add_apt(install="true")
    with pytest.raises(SetupError, match=r"Still missing .*the-package"):
        apt.provide([system.need])


def test_without_apt_the_missing_things_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    need = needs.library("libnothing-at-all.so.9", "libnothing9")
    with pytest.raises(SetupError, match=r"libnothing-at-all\.so\.9 \(Debian package libnothing9\)"):
        apt.provide([need])


@pytest.mark.parametrize(
    ("is_root", "can_ask", "prefix"),
    [(True, False, []), (True, True, []), (False, True, ["sudo"]), (False, False, ["sudo", "-n"])],
)
def test_sudo_asks_for_a_password_only_where_someone_can_answer(
    system: FakeSystem, is_root: bool, can_ask: bool, prefix: list[str]
) -> None:
    system.add_apt()
    assert apt.root_prefix([system.need], is_root=is_root, can_ask=can_ask) == prefix


def test_without_sudo_the_command_for_root_is_named(system: FakeSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    system.add_apt()
    (system.folder / "sudo").unlink()
    monkeypatch.setenv("PATH", str(system.folder))
    with pytest.raises(SetupError, match="by root: apt-get install the-package"):
        apt.root_prefix([system.need], is_root=False, can_ask=True)
