"""What goes into the frozen program and what does not, on each system."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from devtools import contents

QT = "PySide6/Qt/plugins"


@pytest.mark.parametrize(
    "path",
    [
        f"{QT}/platforms/libqxcb.so",
        f"{QT}/platforms/libqwayland.so",
        f"{QT}/imageformats/libqsvg.so",
        "PySide6\\plugins\\platforms\\qwindows.dll",
        "PySide6\\plugins\\styles\\qmodernwindowsstyle.dll",
        f"{QT}/platforms/libqcocoa.dylib",
        f"{QT}/permissions/libqdarwinmicrophonepermission.dylib",
        "PySide6/Qt/translations/qtbase_de.qm",
        "connector_gui/store/migrations/versions/0001_calls.py",
        "resources/translations/agent-connector_de.qm",
    ],
)
def test_what_the_program_needs_stays(path: str) -> None:
    assert contents.is_used(path)


@pytest.mark.parametrize(
    "path",
    [
        f"{QT}/platforms/libqeglfs.so",
        f"{QT}/platformthemes/libqgtk3.so",
        f"{QT}/imageformats/libqjpeg.so",
        f"{QT}/tls/libqopensslbackend.so",
        "PySide6\\plugins\\tls\\qschannelbackend.dll",
        "PySide6\\opengl32sw.dll",
        "PySide6/Qt/translations/qtbase_fr.qm",
        "PySide6/Qt/translations/qt_help_de.qm",
        "PySide6/QtCore.pyi",
        "resources/translations/agent-connector_de.ts",
        "numpy-2.4.6.dist-info/RECORD",
    ],
)
def test_what_nothing_uses_goes(path: str) -> None:
    assert not contents.is_used(path)


def test_every_module_is_named_since_some_are_imported_by_name(tmp_path: Path) -> None:
    for name in ("a/__init__.py", "a/b.py", "a/c/__init__.py", "a/moves/one.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert contents.modules_below(tmp_path, "a/moves") == ["a", "a.b", "a.c"]


@pytest.mark.skipif(sys.platform != "linux", reason="asks dpkg")
def test_a_file_of_nobody_belongs_to_no_package(tmp_path: Path) -> None:
    made = tmp_path / "libmade.so"
    made.touch()
    assert contents.owner(str(made)) is None
    assert contents.is_ours("libmade.so", str(made), "linux")


@pytest.mark.skipif(not Path("/var/lib/dpkg/status").exists(), reason="needs a system of Debian's kind")
def test_a_library_of_the_system_stays_outside_but_never_python() -> None:
    libc = next(Path("/lib").glob("*/libc.so.6"))
    assert contents.owner(str(libc)) == "libc6"
    assert not contents.is_ours("libc.so.6", str(libc), "linux")
    assert contents.is_ours("libpython3.11.so.1.0", str(libc), "linux")
    assert contents.is_ours("lib-dynload/_json.so", "/usr/lib/python3.11/lib-dynload/_json.so", "linux")
    assert contents.is_ours("libc.so.6", str(libc), "darwin")
