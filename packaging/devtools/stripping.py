"""Taking debugging symbols out of the libraries of a build for Linux: a fifth of its size, and nothing that runs."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_PT_LOAD: Final = 1


def strip_libraries(folder: Path) -> int:
    """Strip all libraries below *folder*; return how many bytes that saves.

    Where the result could not be loaded the library stays as it was: what makes wheels fit for all distributions moves
    parts of them, and `strip` puts some of these back in the wrong place. The program's own file is left alone too, as
    its modules hang on to it.
    """
    return sum(_strip(file) for file in libraries(folder))


def libraries(folder: Path) -> Iterable[Path]:
    """The shared libraries below *folder*, links to them not counted."""
    for path in sorted(folder.rglob("*.so*")):
        if path.is_file() and not path.is_symlink():
            yield path


def _strip(file: Path) -> int:
    draft = file.with_name(f"{file.name}.stripped")
    shutil.copy2(file, draft)
    done = subprocess.run(["strip", "--strip-unneeded", draft], capture_output=True, check=False)
    saved = file.stat().st_size - draft.stat().st_size
    if done.returncode == 0 and saved > 0 and is_loadable(draft.read_bytes()):
        draft.replace(file)
        return saved
    draft.unlink()
    return 0


def is_loadable(elf: bytes) -> bool:
    """Whether each part of a 64-bit ELF file can be mapped: at the same place in its page as in memory.

    Source: System V ABI, program header, `p_align`; the loader says “ELF load command address/offset not page-aligned”.
    """
    if elf[:5] != b"\x7fELF\x02":
        return False
    (table,) = struct.unpack_from("<Q", elf, 32)
    size, count = struct.unpack_from("<HH", elf, 54)
    for number in range(count):
        kind, _flags, offset, address, _physical, in_file, _in_memory, alignment = struct.unpack_from(
            "<IIQQQQQQ", elf, table + number * size
        )
        if kind == _PT_LOAD and ((offset - address) % alignment or offset + in_file > len(elf)):
            return False
    return True
