"""The virtual environment is filled when something changed, and left alone when nothing did."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from devtools import environment
from devtools.layout import LOCK_NAMES, Layout, SetupError

PROJECT = """[build-system]
requires = ["hatchling"]
[project]
name = "small"
[tool.ruff]
line-length = 120
"""


class Installer:
    """Stands in for the programs that make and fill an environment; remembers what it was told."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.fails_at = ""
        self._commands: list[str] = []

    def check(self, command: Sequence[str | Path], *, failure: str) -> None:
        line = " ".join(map(str, command))
        self._commands.append(line)
        if self.fails_at and self.fails_at in line:
            raise SetupError(failure)
        if " venv " in line:
            self.layout.python.parent.mkdir(parents=True, exist_ok=True)
            self.layout.python.touch()

    def done(self) -> list[str]:
        """What was carried out since the last time this was asked: made, filled from a lock, project."""
        steps = []
        for line in self._commands:
            if " venv " in line:
                steps.append("made")
            elif "--requirement" in line:
                assert "--require-hashes" in line
                steps.append(Path(line.split()[-1]).stem)
            else:
                assert "--no-index" in line
                steps.append("project")
        self._commands.clear()
        return steps


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path)
    made.project_file.write_text(PROJECT)
    for name in LOCK_NAMES:
        made.lock(name).parent.mkdir(parents=True, exist_ok=True)
        made.lock(name).write_text(f"# {name}\n")
    return made


@pytest.fixture
def installer(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Installer:
    installer = Installer(layout)
    monkeypatch.setattr(environment, "check", installer.check)
    return installer


def test_the_second_time_there_is_nothing_to_do(layout: Layout, installer: Installer) -> None:
    environment.provide(layout, "run")
    assert installer.done() == ["made", "run", "project"]
    environment.provide(layout, "run")
    assert installer.done() == []


def test_a_larger_environment_serves_the_smaller_commands(layout: Layout, installer: Installer) -> None:
    environment.provide(layout, "test")
    assert installer.done() == ["made", "test", "project"]
    environment.provide(layout, "run")
    assert installer.done() == []
    environment.provide(layout, "bench")
    assert installer.done() == ["bench", "project"]


def test_a_changed_lock_is_installed_into_the_same_environment(layout: Layout, installer: Installer) -> None:
    environment.provide(layout, "test")
    installer.done()
    layout.lock("run").write_text("# other versions\n")
    environment.provide(layout, "run")
    assert installer.done() == ["run", "project"]
    # The versions changed under the tests' feet.
    environment.provide(layout, "test")
    assert installer.done() == ["test", "project"]


@pytest.mark.parametrize(
    ("change", "steps"),
    [('name = "small"\nversion = "2"', ["run", "project"]), ('name = "small"\n[tool.mypy]\nstrict = true', [])],
)
def test_only_the_installed_part_of_the_project_file_counts(
    layout: Layout, installer: Installer, change: str, steps: list[str]
) -> None:
    environment.provide(layout, "run")
    installer.done()
    layout.project_file.write_text(PROJECT.replace('name = "small"', change))
    environment.provide(layout, "run")
    assert installer.done() == steps


def test_an_interrupted_installation_goes_on(layout: Layout, installer: Installer) -> None:
    installer.fails_at = "--requirement"
    with pytest.raises(SetupError, match="pip could not install them"):
        environment.provide(layout, "run")
    assert installer.done() == ["made", "run"]
    installer.fails_at = ""
    environment.provide(layout, "run")
    assert installer.done() == ["run", "project"]


def test_an_environment_that_could_not_be_made_is_made_again(layout: Layout, installer: Installer) -> None:
    installer.fails_at = " venv "
    with pytest.raises(SetupError, match="could not be made"):
        environment.provide(layout, "run")
    installer.fails_at = ""
    installer.done()
    environment.provide(layout, "run")
    assert installer.done() == ["made", "run", "project"]


def test_another_python_gets_a_new_environment(
    layout: Layout, installer: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.provide(layout, "run")
    installer.done()
    monkeypatch.setattr(sys, "base_prefix", "/another/python")
    environment.provide(layout, "run")
    assert installer.done() == ["made", "run", "project"]


def test_a_moved_source_tree_gets_a_new_environment(layout: Layout, installer: Installer, tmp_path: Path) -> None:
    environment.provide(layout, "run")
    installer.done()
    moved = Layout(layout.root.rename(tmp_path.with_name("moved")))
    installer.layout = moved
    environment.provide(moved, "run")
    assert installer.done() == ["made", "run", "project"]


@pytest.mark.parametrize("damage", ["not json", "[]"])
def test_a_damaged_stamp_means_a_new_environment(layout: Layout, installer: Installer, damage: str) -> None:
    environment.provide(layout, "run")
    installer.done()
    layout.stamp.write_text(damage)
    environment.provide(layout, "run")
    assert installer.done() == ["made", "run", "project"]


def test_a_python_does_not_remake_the_environment_it_belongs_to(
    layout: Layout, installer: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(layout.venv))
    with pytest.raises(SetupError, match="Use the system's python3"):
        environment.provide(layout, "run")
    assert installer.done() == []
