"""Qt for Linux brings ICU's data for every language of the world, 31 MB; the program speaks three of them.

What Qt asks ICU for is comparing texts and turning them into capitals; dates, numbers and names of languages are in Qt
itself. Left out are other languages, tables of old encodings, transliteration, rules for dividing text, and names of
anything.
Anything that is asked for and not there, ICU answers with what is common to all languages.

Format: ICU 73, `udata.h` and `ucmndata.h`: a header, a table of names and offsets, and the items, 16 bytes aligned.
"""

from __future__ import annotations

import re
import struct
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from devtools.layout import SetupError

LANGUAGES: Final = ("root", "en", "de", "es")

_MAGIC: Final = b"\xda\x27"
_FORMAT: Final = b"CmnD"
_ALIGNMENT: Final = 16
# The resources of one language: ``coll/sv.res``, ``zh_Hant_HK.res``.
_LOCALE: Final = re.compile(r"(?:[a-z]+/)?(?P<language>[a-z]{2,3})(?:_\w+)?\.res")
_NEEDLESS: Final = re.compile(
    r".*\.(cnv|dict)|(translit|brkitr|curr|lang|region|unit|rbnf|zone)/.*|unames\.icu|confusables\.cfu"
)


def is_kept(name: str) -> bool:
    """Whether the item *name*, without the name of the package, stays."""
    if _NEEDLESS.fullmatch(name):
        return False
    locale = _LOCALE.fullmatch(name)
    return locale is None or locale["language"] in LANGUAGES


def reduced(data: bytes) -> bytes:
    """A package of data with the items that are kept.

    Raises:
        ValueError: That is no package of ICU's.
    """
    header, items = read_items(data)
    return written(header, {name: item for name, item in items.items() if is_kept(name.partition("/")[2])})


def read_items(data: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The header of a package and its items by name, in order.

    Raises:
        ValueError: That is no package of ICU's, or one of the other byte order.
    """
    if data[2:4] != _MAGIC or data[12:16] != _FORMAT or data[8] != 0:
        raise ValueError("no package of ICU's data")
    (start,) = struct.unpack_from("<H", data)
    (count,) = struct.unpack_from("<I", data, start)
    table = [struct.unpack_from("<II", data, start + 4 + 8 * number) for number in range(count)]
    ends = [offset for _, offset in table[1:]] + [len(data) - start]
    items = {}
    for (name_at, item_at), end in zip(table, ends, strict=True):
        name_start = start + name_at
        name = data[name_start : data.index(b"\0", name_start)].decode("ascii")
        items[name] = data[start + item_at : start + end]
    return data[:start], items


def written(header: bytes, items: Mapping[str, bytes]) -> bytes:
    """A package of *items*, whose names are looked up by bisection and so have to be in order."""
    names = [f"{name}\0".encode("ascii") for name in sorted(items)]
    bodies = [items[name] for name in sorted(items)]
    table_bytes = 4 + 8 * len(items)
    name_offsets = _offsets([len(name) for name in names], table_bytes)
    # The header's length counts: items are aligned from the start of the package.
    bodies_at = _aligned(len(header) + table_bytes + sum(map(len, names))) - len(header)
    body_offsets = _offsets([_aligned(len(body)) for body in bodies], bodies_at)
    table = struct.pack("<I", len(items))
    for pair in zip(name_offsets, body_offsets, strict=True):
        table += struct.pack("<II", *pair)
    start = (table + b"".join(names)).ljust(bodies_at, b"\xaa")
    return header + start + b"".join(body.ljust(_aligned(len(body)), b"\xaa") for body in bodies)


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def _offsets(sizes: Sequence[int], first: int) -> list[int]:
    offsets = [first]
    for size in sizes[:-1]:
        offsets.append(offsets[-1] + size)
    return offsets[: len(sizes)]


def reduce_library(library: Path, work: Path) -> None:
    """Put reduced data in place of *library*, a ``libicudata.so.NN``; drafts go to the folder *work*.

    Raises:
        SetupError: A program of binutils failed, or the library is not what it was in Qt 6.11.
    """
    version = library.name.rpartition(".")[2]
    symbol = f"icudt{version}_dat"
    whole, data, module, small = work / "icu-whole.dat", work / "icu.dat", work / "icu.o", work / library.name
    _run(["objcopy", "--dump-section", f".rodata={whole}", library, "/dev/null"])
    try:
        data.write_bytes(reduced(whole.read_bytes()))
    except ValueError as error:
        raise SetupError(f"{library.name}: {error}.") from error
    _run(["ld", "-r", "-b", "binary", "-z", "noexecstack", "-o", module, data.name], work)
    _run([
        "objcopy", "--rename-section", ".data=.rodata,alloc,load,readonly,data,contents",
        "--set-section-alignment", f".rodata={_ALIGNMENT}", "--redefine-sym", f"_binary_icu_dat_start={symbol}",
        "--strip-symbol", "_binary_icu_dat_end", "--strip-symbol", "_binary_icu_dat_size", module,
    ])  # fmt: skip
    _run(["ld", "-shared", "-z", "noexecstack", "-soname", library.name, "-o", small, module])
    small.replace(library)


def _run(command: Sequence[str | Path], folder: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SetupError(f"ICU's data could not be reduced: {' '.join(map(str, command))}\n{done.stderr}")
