"""The version of a build: from the tag, the same for the same commit, and in order everywhere."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from packaging.version import Version as PythonVersion

from devtools.version import Version, from_description, version_of, with_version

WRITTEN = '"""A package."""\n\n__version__ = "0.1.0"\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "connector_gui").mkdir()
    (tmp_path / "connector_gui" / "__init__.py").write_text(WRITTEN)
    return tmp_path


def git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.invalid"]
    dates = {"GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z", "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z"}
    subprocess.run(
        ["git", "-C", root, *who, *arguments], check=True, capture_output=True, env={"PATH": "/usr/bin:/bin", **dates}
    )


@pytest.mark.parametrize(
    ("described", "version"),
    [
        ("v0.2.0-0-g1a2b3c4", "0.2.0"),
        ("v0.2.0-5-g1a2b3c4", "0.2.0+5.g1a2b3c4"),
        ("v0.2.0-0-g1a2b3c4-dirty", "0.2.0+0.g1a2b3c4.dirty"),
        ("v0.2.0-5-g1a2b3c4-dirty", "0.2.0+5.g1a2b3c4.dirty"),
        ("", None),
        ("1a2b3c4", None),
        ("vnext-3-g1a2b3c4", None),
        ("v0.2.0; rm -rf-1-g1a2b3c4", None),
    ],
)
def test_a_description_by_git_becomes_a_version(described: str, version: str | None) -> None:
    assert from_description(described) == version


def test_without_git_the_package_says_it(root: Path) -> None:
    assert version_of(root).text == "0.1.0"


def test_without_a_tag_the_package_says_it_and_the_commit_the_time(root: Path) -> None:
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    assert version_of(root) == Version("0.1.0", 1_767_323_045)


def test_a_tag_comes_before_what_the_package_says(root: Path) -> None:
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    git(root, "tag", "v1.4.0")
    assert version_of(root).text == "1.4.0"
    git(root, "commit", "-q", "--allow-empty", "-m", "second")
    assert version_of(root).text.startswith("1.4.0+1.g")
    (root / "connector_gui" / "__init__.py").write_text(WRITTEN + "\n")
    assert version_of(root).text.endswith(".dirty")


def test_a_package_that_names_no_version_is_a_mistake(root: Path) -> None:
    (root / "connector_gui" / "__init__.py").write_text("")
    with pytest.raises(ValueError, match="no version"):
        version_of(root)


def test_a_later_commit_sorts_after_its_tag_and_before_the_next() -> None:
    texts = ["0.2.0", "0.2.0+5.g1a2b3c4", "0.2.1"]
    assert sorted(texts, key=PythonVersion) == texts


@pytest.mark.parametrize(
    ("text", "numbers"), [("0.2.0", (0, 2, 0, 0)), ("1.2+99999.gabc", (1, 2, 0, 65535)), ("3.1.4+7.gabc", (3, 1, 4, 7))]
)
def test_windows_gets_four_numbers(text: str, numbers: tuple[int, ...]) -> None:
    assert Version(text, 0).numbers == numbers


def test_the_version_is_written_into_the_package() -> None:
    assert with_version(WRITTEN, "1.2.3+4.gabc") == '"""A package."""\n\n__version__ = "1.2.3+4.gabc"\n'
