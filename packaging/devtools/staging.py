"""The folder that a build is made from: the program's files alone, with the version in it."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from devtools.layout import Layout
from devtools.version import Version, with_version

_SOURCES: Final = ("connector_gui", "resources")
_RECIPE: Final = "packaging/frozen"
_MODULES: Final = ("bill", "contents", "distributions", "icu_data", "package", "staging", "stripping", "version")
_LEFT_OUT: Final = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


def stage(layout: Layout, version: Version, folder: Path) -> None:
    """Fill *folder* anew: package, resources, ``VERSION``, and an empty ``icons``."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in _SOURCES:
        shutil.copytree(layout.root / name, folder / name, ignore=_LEFT_OUT)
    (folder / "icons").mkdir()
    (folder / "VERSION").write_text(f"{version.text}\n", encoding="utf-8")
    (folder / "windows-version.txt").write_text(windows_version(version), encoding="utf-8")
    package = folder / "connector_gui" / "__init__.py"
    package.write_text(with_version(package.read_text(encoding="utf-8"), version.text), encoding="utf-8")


def digest(layout: Layout, version: Version) -> str:
    """Changes with anything that a build depends on: its sources, how it is made, its version, the Python it is for."""
    seen = hashlib.sha256(f"{version.text} {sys.version} {layout.platform}".encode())
    files = [layout.lock("package"), layout.root / "LICENSE", *_files(layout.root, (*_SOURCES, _RECIPE))]
    files += [Path(__file__).with_name(f"{name}.py") for name in _MODULES]
    for path in files:
        content = path.read_bytes()
        seen.update(f"{path.relative_to(layout.root).as_posix()} {len(content)}\n".encode() + content)
    return seen.hexdigest()


def _files(root: Path, folders: Iterable[str]) -> Iterable[Path]:
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
                yield path


def windows_version(version: Version) -> str:
    """What Windows shows of the program's file, as PyInstaller reads it."""
    strings = {
        "CompanyName": "Agent Connector",
        "FileDescription": "Agent Connector",
        "FileVersion": version.text,
        "OriginalFilename": "agent-connector.exe",
        "ProductName": "Agent Connector",
        "ProductVersion": version.text,
        "LegalCopyright": "MIT licence",
    }
    told = ", ".join(f"StringStruct({name!r}, {value!r})" for name, value in strings.items())
    return (
        f"VSVersionInfo(ffi=FixedFileInfo(filevers={version.numbers}, prodvers={version.numbers}), kids=["
        f"StringFileInfo([StringTable('040904B0', [{told}])]), "
        "VarFileInfo([VarStruct('Translation', [1033, 1200])])])\n"
    )
