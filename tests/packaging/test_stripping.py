"""Stripping makes libraries smaller, and never one that cannot be loaded any more."""

from __future__ import annotations

import ctypes
import importlib
import shutil
import struct
import sys
from pathlib import Path

import pytest

from devtools import stripping

pytestmark = pytest.mark.skipif(sys.platform != "linux" or shutil.which("strip") is None, reason="needs binutils")


def elf(offset: int, address: int, *, length: int = 4096) -> bytes:
    """A 64-bit ELF file with one part to be mapped, of 16 bytes at *offset*."""
    head = b"\x7fELF\x02\x01\x01".ljust(32, b"\0") + struct.pack("<QQIHHHHHH", 64, 0, 0, 64, 56, 1, 0, 0, 0)
    part = struct.pack("<IIQQQQQQ", 1, 4, offset, address, address, 16, 16, 4096)
    return (head + part).ljust(length, b"\0")


def test_a_part_is_at_the_same_place_of_its_page_in_file_and_memory() -> None:
    assert stripping.is_loadable(elf(0x100, 0x5100))
    assert not stripping.is_loadable(elf(0x100, 0x5200))


def test_a_part_beyond_the_end_of_the_file_cannot_be_loaded() -> None:
    assert not stripping.is_loadable(elf(0x1000, 0x1000))


@pytest.mark.parametrize("content", [b"", b"text", b"\x7fELF\x01" + bytes(100)])
def test_anything_else_is_no_library(content: bytes) -> None:
    assert not stripping.is_loadable(content)


def test_a_real_library_is_smaller_and_still_loads(tmp_path: Path) -> None:
    library = tmp_path / "inner" / "library.so"
    library.parent.mkdir()
    shutil.copy(str(importlib.import_module("_ctypes_test").__file__), library)
    (tmp_path / "broken.so").write_text("no library")
    (tmp_path / "link.so").symlink_to(library)
    before = library.stat().st_size
    saved = stripping.strip_libraries(tmp_path)
    assert library.stat().st_size == before - saved
    assert ctypes.CDLL(str(library)).PyInit__ctypes_test is not None
    assert (tmp_path / "broken.so").read_text() == "no library"
    assert [path.name for path in tmp_path.rglob("*.stripped")] == []
