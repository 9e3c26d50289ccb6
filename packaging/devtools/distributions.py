"""Which Python packages a build contains, and on which terms each of them is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_string
from email.message import Message
from pathlib import Path
from typing import Final

_LICENCE_FILE: Final = re.compile(r"(licen[cs]e|copying|notice|authors)", re.IGNORECASE)

# What older metadata says in words of its own, as SPDX puts it.
_SPDX: Final = {
    "gplv2-or-later with a special exception which allows to use pyinstaller to build and distribute non-free programs "
    "(including commercial ones)": "GPL-2.0-or-later WITH Bootloader-exception",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "apache 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}

# Where the metadata names several and does not say how they go together.
_CHOSEN: Final = {
    "hidapi": "BSD-3-Clause",  # to be used under any of its three
    "pyinstaller-hooks-contrib": "Apache-2.0",  # its hooks at run time; those of the build are not part of it
}

ALLOWED: Final = frozenset({
    "GPL-2.0-or-later WITH Bootloader-exception",
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "LGPL-3.0-only", "MIT", "MIT-0", "MPL-2.0",
    "PSF-2.0", "Unlicense", "Zlib",
})  # fmt: skip
"""Terms on which a part may be handed out with a program under the MIT licence, given that libraries are separate."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """An installed Python package.

    Attributes:
        licence: An SPDX expression, or what else the metadata says; empty where it says nothing.
        files: Everything it consists of.
        licence_files: Those of them that hold its terms.
    """

    name: str
    version: str
    licence: str
    files: frozenset[Path]
    licence_files: tuple[Path, ...]


def installed(site_packages: Path) -> list[Distribution]:
    """All packages in the folder *site_packages*, by name."""
    found = [_read(folder) for folder in site_packages.glob("*.dist-info")]
    return sorted(found, key=lambda one: one.name.lower())


def contained(site_packages: Path, sources: Iterable[Path]) -> list[Distribution]:
    """The packages that any of *sources*, the files a build was made from, belongs to."""
    wanted = frozenset(path.resolve() for path in sources)
    return [one for one in installed(site_packages) if wanted & one.files]


def is_allowed(licence: str) -> bool:
    """Whether a package on these terms may go in: all parts of an AND, any of an OR."""
    choices = re.split(r"\s+OR\s+", licence.replace("(", " ").replace(")", " ").strip())
    return any(all(part.strip() in ALLOWED for part in re.split(r"\s+AND\s+", choice)) for choice in choices)


def _read(folder: Path) -> Distribution:
    metadata = message_from_string((folder / "METADATA").read_text(encoding="utf-8"))
    record = (folder / "RECORD").read_text(encoding="utf-8").splitlines()
    files = [folder.parent / _first_field(line) for line in record if line]
    licences = [path for path in files if path.is_relative_to(folder) and _LICENCE_FILE.search(path.name)]
    # A few keep them beside their modules.
    licences = licences or [path for path in files if _LICENCE_FILE.match(path.name)]
    return Distribution(
        name=metadata["Name"],
        version=metadata["Version"],
        licence=_CHOSEN.get(metadata["Name"].lower()) or _licence(metadata),
        files=frozenset(path.resolve() for path in files),
        licence_files=tuple(path for path in licences if path.suffix not in {".py", ".pyc"}),
    )


def _first_field(line: str) -> str:
    """The path in a line of RECORD; one with a comma is in quotes."""
    return line[1:].partition('"')[0] if line.startswith('"') else line.partition(",")[0]


def _licence(metadata: Message) -> str:
    expression = metadata.get("License-Expression") or metadata.get("License") or ""
    # Some put the whole text there.
    if expression and "\n" not in expression:
        return _SPDX.get(expression.lower(), expression)
    classifiers = [text.rpartition(" :: ")[2] for text in metadata.get_all("Classifier", []) if "License ::" in text]
    return " AND ".join(_SPDX.get(text.lower(), text) for text in classifiers)
