"""Who answers for a package: set in one place, and plainly said to be missing until it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from devtools import debian
from devtools.layout import Layout, SetupError
from devtools.origin import NOBODY, origin_of
from devtools.version import Version

ROOT = Path(__file__).parents[2]
SET = """[project]
maintainers = [{ name = "Mara Lind", email = "mara@example.org" }, { name = "Another", email = "a@example.org" }]
urls = { Homepage = "https://example.org/a?b&c", Source = "https://example.org/src" }
"""
METAINFO = "usr/share/metainfo/org.agent_connector.AgentConnector.metainfo.xml"


def project(folder: Path, text: str) -> Path:
    file = folder / "pyproject.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_first_maintainer_and_the_homepage_are_taken(tmp_path: Path) -> None:
    origin = origin_of(project(tmp_path, SET))
    assert (origin.maintainer, origin.homepage) == ("Mara Lind <mara@example.org>", "https://example.org/a?b&c")
    assert origin.missing == []


@pytest.mark.parametrize("text", ["[project]\n", "[project]\nmaintainers = []\nurls = {}\n"])
def test_what_is_not_set_is_said_with_where_to_set_it(tmp_path: Path, text: str) -> None:
    said = origin_of(project(tmp_path, text)).missing
    assert [sentence.partition(":")[0] for sentence in said] == ["No maintainer is set", "No homepage is set"]
    assert "project.maintainers in pyproject.toml" in said[0]
    assert NOBODY in said[0]
    assert "project.urls.Homepage in pyproject.toml" in said[1]


@pytest.mark.parametrize(
    "line",
    [
        'maintainers = ["Mara"]',
        'maintainers = [{ name = "Mara" }]',
        'maintainers = [{ email = "mara@example.org" }]',
        'maintainers = [{ name = "Mara <x>", email = "mara@example.org" }]',
        'maintainers = [{ name = "Mara\\nDepends: x", email = "mara@example.org" }]',
        'maintainers = { name = "Mara" }',
        'urls = "https://example.org"',
    ],
)
def test_any_other_form_is_refused_in_words(tmp_path: Path, line: str) -> None:
    with pytest.raises(SetupError, match=r"pyproject\.toml"):
        origin_of(project(tmp_path, f"[project]\n{line}\n"))


def test_no_other_file_names_a_maintainer_or_a_home() -> None:
    for file in (ROOT / "packaging").rglob("*"):
        if file.suffix in {".xml", ".desktop", ".iss", ".spec", ".sh", ".plist"}:
            text = file.read_text(encoding="utf-8")
            assert "homepage" not in text.replace('<url type="homepage">@HOMEPAGE@</url>', ""), file
            assert "AppPublisherURL" not in text, file


@pytest.mark.parametrize("is_set", [True, False])
def test_the_package_carries_them(tmp_path: Path, is_set: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of a package but the program itself, which is an empty folder here."""
    layout = Layout(_small_tree(tmp_path / "tree", SET if is_set else "[project]\n"))
    monkeypatch.setattr(debian, "depends", lambda folder: ["libc6"])
    monkeypatch.setattr(debian, "_output", lambda command: "amd64")
    made = tmp_path / "made"
    monkeypatch.setattr(debian, "check", lambda command, **_: _keep(Path(command[-2]), made, Path(command[-1])))
    said: list[str] = []
    monkeypatch.setattr(debian, "say", said.append)
    debian.build(layout, Version("1.0", 315_532_800))
    control = (made / "DEBIAN/control").read_text(encoding="utf-8").splitlines()
    metainfo = (made / METAINFO).read_text(encoding="utf-8")
    assert f"Maintainer: {'Mara Lind <mara@example.org>' if is_set else NOBODY}" in control
    assert ("Homepage: https://example.org/a?b&c" in control) is is_set
    assert ("https://example.org/a?b&amp;c</url>" in metainfo) is is_set
    assert "@" not in metainfo
    assert ("No maintainer is set" in " ".join(said)) is not is_set


def _small_tree(root: Path, text: str) -> Path:
    for name in ("packaging/linux", "docs"):
        shutil.copytree(ROOT / name, root / name)
    (root / "LICENSE").write_text("MIT")
    (root / "dist/agent-connector").mkdir(parents=True)
    icons = root / "build/package/stage/icons"
    icons.mkdir(parents=True)
    for size in debian.ICON_SIZES:
        (icons / f"{size}.png").touch()
    project(root, text)
    return root


def _keep(tree: Path, made: Path, package: Path) -> None:
    tree.rename(made)
    tree.mkdir()
    package.touch()
