"""What goes into the frozen program, and what of all that PyInstaller finds does not."""

from __future__ import annotations

import _hashlib
import re
import ssl
import subprocess
from collections.abc import Iterable
from fnmatch import fnmatch
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

MAX_BYTES: Final = 180_000_000
"""What the unpacked folder may take."""

SWAGGER_FILES: Final = ["vendor/*/swagger-ui.css", "vendor/*/swagger-ui-bundle.js"]

FONT_FILES: Final = ["fonts/remixicon-*"]
"""Of qtawesome's fonts the one that ui/symbols.py reads; its modules are not imported."""

NEVER_IMPORTED: Final = [
    "tkinter", "curses", "idlelib", "lib2to3", "ensurepip", "pip", "setuptools", "pkg_resources", "_distutils_hack",
    "test", "pydoc_data", "mypy", "pydantic.mypy", "alembic.testing", "sqlalchemy.testing", "numpy.testing",
    "numpy.f2py", "numpy.distutils", "numpy.random", "numpy.polynomial",
    # Other databases, other loops, other Qts, other stores of rate limits.
    "pysqlite2", "MySQLdb", "psycopg2", "uvloop", "trio", "qtawesome", "qtpy", "PyQt5", "PyQt6", "PySide2", "redis",
    "pymongo", "pymemcache",
    # Encodings that nothing on the wire or in a file has here.
    "_codecs_cn", "_codecs_hk", "_codecs_jp", "_codecs_kr", "_codecs_tw", "_codecs_iso2022",
    # A table of Berkeley's database that nothing opens, and the line editor of a console that there is not.
    "_dbm", "_gdbm", "readline",
]  # fmt: skip
"""Optional for packages that go in; nothing here needs them."""

WITHOUT_DOCSTRINGS: Final = frozenset({"sqlalchemy", "alembic", "numpy"})
"""Packages that explain themselves at length, and that nobody asks for it here."""

_BY_NAME: Final = (
    "livekit.rtc", "swagger_ui_bundle", "prometheus_client", "aiosqlite", "asyncpg", "alembic.ddl.sqlite",
    "alembic.ddl.postgresql", "sqlalchemy.dialects.sqlite.aiosqlite", "sqlalchemy.dialects.postgresql.asyncpg",
    "logging.config",
)  # fmt: skip

_PLUGINS: Final = {
    # Windows: X11, Wayland, without a screen; Windows' own; macOS' own.
    "platforms": ("qxcb", "qwayland", "qoffscreen", "qwindows", "qcocoa"),
    "styles": ("*",),
    # The look of the desktop: its palette and its file dialogs. Not GTK, of which every library would come along.
    "platformthemes": ("qxdgdesktopportal",),
    # Accents and other scripts.
    "platforminputcontexts": ("composeplatforminputcontextplugin", "ibusplatforminputcontextplugin"),
    # The marks of check boxes and arrows are SVG.
    "imageformats": ("qsvg",),
    "iconengines": ("qsvgicon",),
    "wayland-shell-integration": ("xdg-shell",),
    "wayland-decoration-client": ("adwaita", "bradient"),
    "permissions": ("qdarwinmicrophonepermission",),
}
"""Qt's plug-ins that are used, as their files are named without ``lib``; of all folders that are not named none is."""

_LANGUAGES: Final = ("de", "es")


def modules_below(folder: Path, without: str) -> list[str]:
    """The dotted names of all modules of the packages in *folder*, less those below the folder *without*."""
    files = sorted(path.relative_to(folder) for path in folder.rglob("*.py"))
    names = (path.parent if path.name == "__init__.py" else path.with_suffix("") for path in files)
    return [".".join(name.parts) for name in names if not name.is_relative_to(without)]


def imported_by_name(platform: str) -> list[str]:
    """What the program and its packages import without an import statement, on *platform* (as in ``sys.platform``)."""
    of_the_system = {
        "linux": ["hidraw"],
        "win32": ["hid", "desktop_notifier.backends.winrt"],
        "darwin": ["hid", "desktop_notifier.backends.macos"],
    }
    return [*_BY_NAME, *of_the_system.get(platform, [])]


def is_used(destination: str) -> bool:
    """Whether the file that would be at *destination* in the folder is of any use there."""
    path = PurePosixPath(destination.replace("\\", "/"))
    if path.match("*.pyi") or path.match("*.h") or path.match("*.ts") or path.match("*.dist-info/RECORD"):
        return False
    if "PySide6" not in path.parts:
        return True
    if "translations" in path.parts:
        return path.name in {f"qtbase_{language}.qm" for language in _LANGUAGES}
    if "plugins" in path.parts:
        return _is_used_plugin(path)
    # Draws with the processor what Qt Quick would draw with a graphics card.
    return path.name not in {"opengl32sw.dll", "d3dcompiler_47.dll"}


def _is_used_plugin(path: PurePosixPath) -> bool:
    folder = path.parts[path.parts.index("plugins") + 1]
    name = path.name.partition(".")[0].removeprefix("lib")
    return any(fnmatch(name, wanted) for wanted in _PLUGINS.get(folder, ()))


def is_ours(destination: str, source: str, platform: str) -> bool:
    """Whether a library goes into the folder: used, and not one that the system brings and keeps up to date.

    On Debian and its relatives a library that belongs to a package stays outside, and the package that is built
    depends on it. Python itself goes in, with its own modules: its version differs from release to release.
    """
    if not is_used(destination):
        return False
    is_python = Path(destination).name.startswith("libpython") or "lib-dynload" in Path(source).parts
    if platform != "linux" or is_python:
        return True
    return not is_packaged(source)


def has_shared_openssl() -> bool:
    """Whether this Python runs on an OpenSSL 3 or later outside itself, which its frozen programs then have too."""
    if ssl.OPENSSL_VERSION_INFO < (3,) or not getattr(_hashlib, "__file__", None):
        return False
    told = subprocess.run(["objdump", "-p", _hashlib.__file__], capture_output=True, text=True, check=False).stdout
    return re.search(rf"^\s*NEEDED\s+libcrypto\.so\.{ssl.OPENSSL_VERSION_INFO[0]}$", told, re.MULTILINE) is not None


def is_packaged(file: str) -> bool:
    """Whether *file* belongs to a Debian package; nowhere else does any."""
    return owner(file) is not None


def owner(file: str) -> str | None:
    """The Debian package that *file* belongs to."""
    owners = _owners()
    return next((owners[path] for path in spellings(file) if path in owners), None)


@cache
def _owners() -> dict[str, str]:
    """The package of each library, from dpkg's own lists; to ask dpkg takes a second for each."""
    return {
        path: record.stem.partition(":")[0]
        for record in Path("/var/lib/dpkg/info").glob("*.list")
        for path in record.read_text(encoding="utf-8").splitlines()
        if ".so" in path
    }


def spellings(file: str) -> Iterable[str]:
    """The names by which a package may list *file*: of links too, and from before /lib became /usr/lib."""
    for path in dict.fromkeys((file, str(Path(file).resolve()))):
        yield path
        yield path.removeprefix("/usr") if path.startswith("/usr/lib") else f"/usr{path}"
