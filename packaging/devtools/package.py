"""`dev.py package`: the frozen program of this system, its bill of materials, its installer."""

from __future__ import annotations

import ast
import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from devtools import bill, contents, debian, distributions, icu_data, staging, stripping
from devtools.file_lock import file_lock
from devtools.layout import Layout, SetupError
from devtools.processes import Command, check, say
from devtools.version import Version, version_of

STAMP: Final = "agent-connector.build.json"
_SHOWN: Final = 12
"""How many of the largest parts the report of sizes names."""


@dataclass(frozen=True, slots=True)
class Build:
    """One run of the build.

    Attributes:
        layout: With the environment that PyInstaller and all packages are in.
        work: A folder for everything in between.
        folder: Where the program comes about, before it takes the place of an older one.
    """

    layout: Layout
    version: Version
    work: Path

    @property
    def stage(self) -> Path:
        return self.work / "stage"

    @property
    def folder(self) -> Path:
        return self.work / "dist" / "agent-connector"


def package(layout: Layout, arguments: Sequence[str]) -> None:
    """Make the frozen program in ``dist/`` and this system's installer, unless they are there as they would become.

    Args:
        layout: That of the environment that stands apart for it, filled.
        arguments: ``--frozen-only`` leaves the installer out; ``--force`` makes everything anew.

    Raises:
        SetupError: A step failed, or the result is larger than it may be.
    """
    with file_lock(layout.build / "lock"):
        start_s = time.monotonic()
        build = Build(layout, version_of(layout.root), layout.build)
        wanted = staging.digest(layout, build.version)
        if "--force" in arguments or read_stamp(layout).get("digest") != wanted:
            (layout.dist / STAMP).unlink(missing_ok=True)
            report = freeze(build)
            report["seconds"] = round(time.monotonic() - start_s, 1)
            _write_stamp(layout, {"digest": wanted, "version": build.version.text, **report})
            say(f"Made in {report['seconds']} s: {layout.frozen}")
        else:
            say(f"Up to date: {layout.frozen}")
        if "--frozen-only" not in arguments and shutil.which("dpkg-deb") is not None:
            debian.provide(layout, build.version, wanted)


def read_stamp(layout: Layout) -> dict[str, Any]:
    """What is known of the build in ``dist/``; empty when there is none."""
    try:
        stamp = json.loads((layout.dist / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and layout.frozen_program.exists() else {}


def _write_stamp(layout: Layout, content: dict[str, Any]) -> None:
    (layout.dist / STAMP).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def freeze(build: Build) -> dict[str, Any]:
    """Make the frozen program and put it in its place; the report says how large it is.

    Raises:
        SetupError: A step failed, or it is too large.
    """
    layout = build.layout
    staging.stage(layout, build.version, build.stage)
    _draw_icons(build)
    _run_pyinstaller(build)
    parts = distributions.contained(_site_packages(layout), _sources(build.work))
    bill.write_licences(layout, build.folder / "licences", parts)
    if layout.platform == "linux":
        _make_smaller(build)
    size = size_of(build.folder)
    say(f"{size / 1e6:.1f} MB unpacked; the largest parts:\n" + "\n".join(_largest(build.folder)))
    if size > contents.MAX_BYTES:
        raise SetupError(f"The frozen program takes {size / 1e6:.1f} MB; {contents.MAX_BYTES / 1e6:.0f} are allowed.")
    _replace(build.folder, layout.frozen)
    bundle = build.folder.with_name("Agent Connector.app")
    if bundle.exists():
        complete_bundle(bundle, layout.frozen / "licences")
        _replace(bundle, layout.dist / bundle.name)
    _write_bill(layout, build.version, parts)
    return {"bytes": size}


def complete_bundle(bundle: Path, licences: Path) -> None:
    """Put the folder *licences* into macOS' *bundle*, and seal it anew.

    PyInstaller has sealed it, for nobody: with files that the seal does not know macOS would call it damaged.
    """
    shutil.copytree(licences, bundle / "Contents" / "Resources" / "licences", dirs_exist_ok=True)
    check(["codesign", "--force", "--sign", "-", bundle], failure="The bundle could not be sealed again")


def _draw_icons(build: Build) -> None:
    script = build.layout.root / "packaging" / "frozen" / "draw_icons.py"
    env = {**os.environ, "PYTHONPATH": str(build.stage), "PYTHONDONTWRITEBYTECODE": "1"}
    command: Command = [build.layout.python, script, build.stage / "icons"]
    check(command, failure="The icons could not be drawn", env=env)


def _run_pyinstaller(build: Build) -> None:
    env = {
        **os.environ,
        "AGENT_CONNECTOR_STAGE": str(build.stage),
        # One commit, one build: the same order of everything, the same times.
        "PYTHONHASHSEED": "1",
        "SOURCE_DATE_EPOCH": str(build.version.epoch_s),
        "PYINSTALLER_CONFIG_DIR": str(build.work / "cache"),
    }
    spec = build.layout.root / "packaging" / "frozen" / "agent-connector.spec"
    command: Command = [
        build.layout.python, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN",
        "--distpath", build.folder.parent, "--workpath", build.work / "pyinstaller", spec,
    ]  # fmt: skip
    check(command, failure="PyInstaller could not freeze the program", env=env)


def _sources(work: Path) -> Iterator[Path]:
    """The files that PyInstaller took: of its analysis' tables the second column."""
    tables = ast.literal_eval((work / "pyinstaller" / "agent-connector" / "Analysis-00.toc").read_text("utf-8"))
    for table in tables:
        for row in table if isinstance(table, list) else []:
            if isinstance(row, tuple) and len(row) == 3 and isinstance(row[1], str) and row[1]:
                yield Path(row[1])


def _site_packages(layout: Layout) -> Path:
    pattern = "Lib/site-packages" if layout.is_windows else "lib/python3*/site-packages"
    return next(layout.venv.glob(pattern))


def _make_smaller(build: Build) -> None:
    drafts = build.work / "icu"
    shutil.rmtree(drafts, ignore_errors=True)
    drafts.mkdir()
    for library in build.folder.rglob("libicudata.so.*"):
        if not library.is_symlink():
            icu_data.reduce_library(library, drafts)
    stripping.strip_libraries(build.folder)


def size_of(folder: Path) -> int:
    """Bytes of all files below *folder*; links count nothing."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _largest(folder: Path) -> list[str]:
    inner = folder / "_internal"
    sizes = {path.name: size_of(path) if path.is_dir() else path.stat().st_size for path in inner.iterdir()}
    sizes |= {path.name: path.stat().st_size for path in folder.iterdir() if path.is_file()}
    ordered = sorted(sizes.items(), key=lambda item: -item[1])
    return [f"{size / 1e6:8.1f} MB  {name}" for name, size in ordered[:_SHOWN]]


def _replace(made: Path, place: Path) -> None:
    """Put *made* where *place* is; whoever runs the old one keeps its files."""
    place.parent.mkdir(exist_ok=True)
    shutil.rmtree(place, ignore_errors=True)
    shutil.move(made, place)


def _write_bill(layout: Layout, version: Version, parts: Sequence[distributions.Distribution]) -> None:
    text = json.dumps(bill.document(version, parts, layout.frozen), indent=1)
    (layout.dist / f"agent-connector-{version.text}-{layout.platform}.cdx.json").write_text(text + "\n", "utf-8")
