"""The wheel that users install: the package, its command, and all of resources/."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from connector_gui import __version__

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # The backend is locked with everything else, so this needs no network.
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    result = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    (built,) = folder.iterdir()
    return built


def files_of(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def files_below(folder: Path, *, suffix: str = "") -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob(f"*{suffix}")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_every_resource_is_in_it(wheel: Path) -> None:
    resources = files_below(ROOT / "resources")
    assert resources
    assert {f"connector_gui/resources/{name}" for name in resources} <= files_of(wheel)


def test_every_module_is_in_it_and_nothing_of_the_workshop(wheel: Path) -> None:
    modules = files_below(ROOT / "connector_gui", suffix=".py")
    assert {f"connector_gui/{name}" for name in modules} <= files_of(wheel)
    tops = {name.split("/")[0] for name in files_of(wheel)}
    assert tops == {"connector_gui", f"agent_connector-{__version__}.dist-info"}


def test_it_brings_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        entry_points = archive.read(f"agent_connector-{__version__}.dist-info/entry_points.txt").decode()
    assert "agent-connector = connector_gui.__main__:main" in entry_points
