"""The Debian package: the frozen program with what a desktop wants to know of it.

Built by ``dpkg-deb`` alone. What it depends on is looked up: each library that a file inside needs and that is not
inside itself belongs to a package of the machine it is built on. So it is to be built on the oldest release that it is
meant for; later ones have the same packages, or ones that provide them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from devtools.contents import owner
from devtools.layout import Layout, SetupError
from devtools.origin import NOBODY, Origin, origin_of
from devtools.processes import Command, check, say
from devtools.version import Version

NAME: Final = "agent-connector"
ICON_SIZES: Final = (16, 22, 24, 32, 48, 64, 128, 256, 512)

# Opened by name while the program runs, where no file says that it needs them: sound, the way to the sound server,
# and with Qt's own code the session bus.
OPENED_BY_NAME: Final = ("libportaudio2", "libasound2-plugins", "libdbus-1-3")

# The keyring and what opens links; the program runs without, and says what it misses.
RECOMMENDED: Final = ("gnome-keyring | kwalletmanager | keepassxc", "pipewire-pulse | pulseaudio", "xdg-utils")

_STAMP: Final = "agent-connector.deb.json"
_NEEDED: Final = re.compile(r"^\s*NEEDED\s+(\S+)", re.MULTILINE)
_GLIBC: Final = re.compile(r"\bGLIBC_(\d+)\.(\d+)\b")
_CACHED: Final = re.compile(r"^\s*(\S+) \([^)]*\) => (\S+)$", re.MULTILINE)


def provide(layout: Layout, version: Version, digest: str) -> Path:
    """Make the package of the frozen program in ``dist/``, unless it is there; *digest* is that of the program."""
    digest = _digest_with(layout, digest)
    with suppress(OSError, ValueError, KeyError):
        if _read_stamp(layout)["digest"] == digest and file_of(layout).exists():
            return file_of(layout)
    made = build(layout, version)
    (layout.dist / _STAMP).write_text(json.dumps({"digest": digest, "file": made.name}) + "\n", encoding="utf-8")
    return made


def _guides(root: Path) -> list[Path]:
    """What the program points its users to."""
    return [root / "docs" / f"{name}.md" for name in ("operator", "command-line", "webhook")]


def _digest_with(layout: Layout, digest: str) -> str:
    """*digest*, and what makes a package of it."""
    seen = hashlib.sha256(digest.encode())
    linux = layout.root / "packaging" / "linux"
    for path in (*sorted(linux.iterdir()), *_guides(layout.root), Path(__file__)):
        seen.update(path.read_bytes())
    seen.update(str(origin_of(layout.project_file)).encode())
    return seen.hexdigest()


def file_of(layout: Layout) -> Path:
    """The package that was made last. Raises: OSError: There is none."""
    return layout.dist / _read_stamp(layout)["file"]


def _read_stamp(layout: Layout) -> dict[str, str]:
    stamp: dict[str, str] = json.loads((layout.dist / _STAMP).read_text(encoding="utf-8"))
    return stamp


def build(layout: Layout, version: Version) -> Path:
    """Make the package; return its file.

    Raises:
        SetupError: A library belongs to no package, or dpkg-deb failed.
    """
    tree = layout.build / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    origin = origin_of(layout.project_file)
    fill(tree, layout, version, origin)
    architecture = _output(["dpkg", "--print-architecture"]).strip()
    _write_control(tree, version, architecture, depends(layout.frozen), origin)
    _plain_permissions(tree)
    target = layout.dist / f"{NAME}_{version.text}_{architecture}.deb"
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(version.epoch_s)}
    # xz takes a minute more, for a tenth of the size.
    command: Command = ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z12", "--build", tree, target]
    check(command, failure="dpkg-deb could not make the package", env=env)
    shutil.rmtree(tree)
    say(f"Made {target}, {target.stat().st_size / 1e6:.1f} MB")
    for sentence in origin.missing:
        say(sentence)
    return target


def fill(tree: Path, layout: Layout, version: Version, origin: Origin) -> None:
    """Put everything in its place below *tree*, the root folder of the package."""
    sources = layout.root / "packaging" / "linux"
    shutil.copytree(layout.frozen, tree / "usr/lib" / NAME, symlinks=True)
    command = tree / "usr/bin" / NAME
    command.parent.mkdir(parents=True)
    command.symlink_to(f"../lib/{NAME}/{NAME}")
    for entry in sources.glob("*.desktop"):
        _copy(entry, tree / "usr/share/applications")
    for size in ICON_SIZES:
        icon = tree / f"usr/share/icons/hicolor/{size}x{size}/apps/{NAME}.png"
        icon.parent.mkdir(parents=True)
        shutil.copyfile(layout.build / "stage" / "icons" / f"{size}.png", icon)
    name = "org.agent_connector.AgentConnector.metainfo.xml"
    made = datetime.fromtimestamp(version.epoch_s, UTC).date().isoformat()
    told = (sources / name).read_text(encoding="utf-8").replace("@VERSION@", version.text).replace("@DATE@", made)
    told = _with_homepage(told, origin.homepage)
    metainfo = tree / "usr/share/metainfo" / name
    metainfo.parent.mkdir(parents=True)
    metainfo.write_text(told, encoding="utf-8")
    documents = tree / "usr/share/doc" / NAME
    documents.mkdir(parents=True)
    for guide in _guides(layout.root):
        shutil.copyfile(guide, documents / guide.name)
    (documents / "copyright").write_text(_copyright(layout.root), encoding="utf-8")


def _with_homepage(metainfo: str, homepage: str) -> str:
    """*metainfo* with the address, or without the line for it."""
    if homepage:
        return metainfo.replace("@HOMEPAGE@", escape(homepage))
    return "".join(line for line in metainfo.splitlines(keepends=True) if "@HOMEPAGE@" not in line)


def _copyright(root: Path) -> str:
    own = (root / "LICENSE").read_text(encoding="utf-8")
    return f"{own}\nThe terms of everything inside are in /usr/lib/{NAME}/licences; README.txt there comes first.\n"


def _copy(source: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, folder / source.name)


def _write_control(tree: Path, version: Version, architecture: str, wanted: Iterable[str], origin: Origin) -> None:
    folder = tree / "DEBIAN"
    folder.mkdir()
    kilobytes = sum(path.lstat().st_size for path in tree.rglob("*") if not path.is_dir()) // 1024
    fields: Mapping[str, str] = {
        "Package": NAME,
        "Version": version.text,
        "Architecture": architecture,
        "Maintainer": origin.maintainer or NOBODY,
        **({"Homepage": origin.homepage} if origin.homepage else {}),
        "Installed-Size": str(kilobytes),
        "Depends": ", ".join(wanted),
        "Recommends": ", ".join(RECOMMENDED),
        "Section": "comm",
        "Priority": "optional",
        "Description": "desk for AI voice calls\n"
        " A webhook rings, you accept in the tray, and a voice conversation runs between\n"
        " your microphone and speakers and an ElevenLabs agent.",
    }
    text = "".join(f"{name}: {value}\n" for name, value in fields.items())
    (folder / "control").write_text(text, encoding="utf-8")
    shutil.copy(Path(__file__).parents[1] / "linux" / "prerm", folder)


def _plain_permissions(tree: Path) -> None:
    """Readable by all, writable by root, whatever the umask was; what could be started before still can."""
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def depends(folder: Path) -> list[str]:
    """The Debian packages that the files below *folder* need.

    Raises:
        SetupError: A library is nowhere, or belongs to no package.
    """
    inside = {path.name for path in folder.rglob("*")}
    dumps = [_output(["objdump", "-p", file]) for file in _programs_and_libraries(folder)]
    names = {name for dump in dumps for name in _NEEDED.findall(dump)} - inside
    places = dict(reversed(_CACHED.findall(_output(["/sbin/ldconfig", "-p"]))))
    packages = set(OPENED_BY_NAME)
    for name in sorted(names):
        # Only the loader of the kind of machine is asked for by its path.
        package = owner(places[name]) if name in places else None
        if package is None:
            raise SetupError(f"{name}, which the frozen program needs, belongs to no package here.")
        packages.add(package)
    oldest = max((tuple(map(int, number)) for dump in dumps for number in _GLIBC.findall(dump)), default=(2, 28))
    return sorted((packages - {"libc6"}) | {f"libc6 (>= {oldest[0]}.{oldest[1]})"})


def _programs_and_libraries(folder: Path) -> Iterable[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as opened:
                if opened.read(4) == b"\x7fELF":
                    yield path


def _output(command: Iterable[str | Path]) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SetupError(f"{' '.join(map(str, command))} failed:\n{done.stderr}")
    return done.stdout
