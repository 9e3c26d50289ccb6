"""The Debian package: what it says of itself, and what becomes of a system that it is put on and taken off again."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from devtools import debian
from tests.packaging.frozen import running_frozen, running_programs
from tests.rig import tray_click

pytestmark = [pytest.mark.desktop, pytest.mark.sound, pytest.mark.timeout(1500)]

PROGRAM: Final = Path("/usr/lib/agent-connector/agent-connector")
COMMAND: Final = Path("/usr/bin/agent-connector")
ENTRY: Final = Path("usr/share/applications/agent-connector.desktop")
LINKS: Final = Path("usr/share/applications/agent-connector-link.desktop")
METAINFO: Final = Path("usr/share/metainfo/org.agent_connector.AgentConnector.metainfo.xml")


def output(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def tree(debian_package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package unpacked, not installed."""
    folder = tmp_path_factory.mktemp("deb") / "tree"
    subprocess.run(["dpkg-deb", "--raw-extract", debian_package, folder], check=True)
    return folder


@pytest.fixture
def installed(debian_package: Path) -> Iterator[Path]:
    """The package on this machine, for as long as a test lasts."""
    if os.geteuid() != 0:
        pytest.skip("installing a Debian package takes root; run dev.py test as root, in a container for instance")
    if PROGRAM.exists() or "install ok" in state():
        pytest.skip("Agent Connector is installed on this machine, and not by this test")
    subprocess.run(["dpkg", "--install", debian_package], check=True, capture_output=True)
    try:
        yield debian_package
    finally:
        subprocess.run(["dpkg", "--purge", debian.NAME], check=False, capture_output=True)


def state() -> str:
    """What dpkg knows of the package."""
    command = ["dpkg-query", "--show", "--showformat=${Status}", debian.NAME]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_the_desktop_entries_are_valid_and_one_of_them_opens_links(tree: Path) -> None:
    assert output("desktop-file-validate", tree / ENTRY, tree / LINKS) == ""
    links = (tree / LINKS).read_text(encoding="utf-8")
    assert "MimeType=x-scheme-handler/agent-connector;" in links
    # Apart from the one in the menu: an option without its value would be refused.
    assert "Exec=agent-connector --link %u\n" in links
    assert "Exec=agent-connector\n" in (tree / ENTRY).read_text(encoding="utf-8")


def test_the_software_centre_can_read_what_it_is(tree: Path) -> None:
    told = subprocess.run(
        ["appstreamcli", "validate", "--no-net", "--explain", tree / METAINFO],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout
    assert "@" not in (tree / METAINFO).read_text(encoding="utf-8")


def test_there_is_an_icon_of_every_size(tree: Path) -> None:
    for size in debian.ICON_SIZES:
        icon = tree / f"usr/share/icons/hicolor/{size}x{size}/apps/agent-connector.png"
        shape = output("identify", "-format", "%wx%h %[opaque]", icon)
        assert shape.lower() == f"{size}x{size} false"


def test_it_names_what_it_needs_and_nothing_is_missing_with_that(tree: Path, debian_package: Path) -> None:
    needed = output("dpkg-deb", "--field", debian_package, "Depends").strip().split(", ")
    assert {"libportaudio2", "libasound2-plugins", "libxcb-cursor0"} <= set(needed)
    assert any(one.startswith("libc6 (>= 2.") for one in needed)
    # No Python: that is inside.
    assert not [one for one in needed if "python" in one]
    inner = tree / "usr/lib/agent-connector/_internal"
    libraries = [path for path in inner.rglob("*.so*") if path.is_file()]
    # Some find each other by the module that loads them all.
    folders = ":".join(str(folder) for folder in (inner, *inner.glob("*.libs")))
    env = {**os.environ, "LD_LIBRARY_PATH": folders}
    resolved = subprocess.run(["ldd", *libraries], env=env, capture_output=True, text=True, check=True).stdout
    assert [line for line in resolved.splitlines() if "not found" in line] == []


def test_files_belong_to_root_and_nobody_else_writes_them(debian_package: Path) -> None:
    for line in output("dpkg-deb", "--contents", debian_package).splitlines():
        permissions, owner, *_ = line.split()
        assert owner == "root/root", line
        assert permissions[0] == "l" or permissions[5] != "w", line
        assert permissions[0] == "l" or permissions[8] != "w", line


def test_installed_it_takes_a_call_and_removed_it_is_gone(
    installed: Path, desk: dict[str, str], tmp_path: Path
) -> None:
    assert state() == "install ok installed"
    assert COMMAND.resolve() == PROGRAM
    version = output("dpkg-deb", "--field", installed, "Version").strip()
    assert output(COMMAND, "--version") == f"agent-connector {version}\n"
    with running_frozen(COMMAND, desk, tmp_path / "data", "--practice") as program:
        assert program.place("first").status == 202
        tray_click(env=desk)
        program.until_status("first", "active", 30)
        # Removed in the middle of a call, it hangs up and lets go of its port.
        subprocess.run(["dpkg", "--remove", debian.NAME], check=True, capture_output=True)
        assert program.process.wait(5) == 0
    assert running_programs(PROGRAM) == []
    assert not PROGRAM.parent.exists()
    for left in (
        COMMAND,
        Path("/", ENTRY),
        Path("/", LINKS),
        Path("/", METAINFO),
        Path("/usr/share/doc/agent-connector"),
    ):
        assert not os.path.lexists(left), left
    # What the operator keeps is the operator's.
    assert (tmp_path / "data" / "connector.db").exists()
    assert shutil.which("agent-connector", path="/usr/bin") is None
