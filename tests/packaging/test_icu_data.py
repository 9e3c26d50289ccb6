"""ICU's data for three languages: what stays, and that the package is still one."""

from __future__ import annotations

import ctypes
import struct
import subprocess
from pathlib import Path

import pytest

from devtools import icu_data

HEADER = struct.pack("<HBBHHBBBB4s4s4s", 32, 0xDA, 0x27, 20, 0, 0, 0, 2, 0, b"CmnD", b"\1\0\0\0", b"\1\0\0\0") + bytes(
    8
)
ITEMS = {
    "icudt73l/coll/de.res": b"german order".ljust(16),
    "icudt73l/coll/root.res": b"common order".ljust(16),
    "icudt73l/coll/sv.res": b"swedish order".ljust(16),
    "icudt73l/ibm-1047.cnv": b"an encoding".ljust(16),
    "icudt73l/zoneinfo64.res": b"zones, uneven in length".ljust(32),
}


@pytest.mark.parametrize(
    "name", ["root.res", "coll/de_AT.res", "es_419.res", "zoneinfo64.res", "cnvalias.icu", "uts46.nrm"]
)
def test_the_programs_languages_and_what_is_common_stay(name: str) -> None:
    assert icu_data.is_kept(name)


@pytest.mark.parametrize("name", ["coll/sv.res", "zh_Hant_HK.res", "ibm-1047.cnv", "curr/en.res", "translit/root.res"])
def test_other_languages_and_old_encodings_go(name: str) -> None:
    assert not icu_data.is_kept(name)


def test_a_package_that_loses_nothing_is_the_same() -> None:
    whole = icu_data.written(HEADER, ITEMS)
    assert icu_data.written(*icu_data.read_items(whole)) == whole


def test_a_reduced_package_holds_the_rest_unchanged_and_aligned() -> None:
    small = icu_data.reduced(icu_data.written(HEADER, ITEMS))
    header, items = icu_data.read_items(small)
    assert header == HEADER
    assert items == {name: item for name, item in ITEMS.items() if "sv" not in name and "cnv" not in name}
    for item in items.values():
        assert small.index(item) % 16 == 0


@pytest.mark.parametrize("data", [b"", b"no data at all, but long enough", bytes(64), HEADER[:8] + b"\1" + HEADER[9:]])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no package"):
        icu_data.reduced(data)


@pytest.mark.skipif(not Path("/usr/bin/ld").exists(), reason="needs binutils")
def test_a_reduced_library_still_gives_out_its_data(tmp_path: Path) -> None:
    data, library, work = tmp_path / "icu.dat", tmp_path / "libicudata.so.73", tmp_path / "work"
    work.mkdir()
    data.write_bytes(icu_data.written(HEADER, ITEMS))
    module = tmp_path / "icu.o"
    subprocess.run(["ld", "-r", "-b", "binary", "-o", module, data.name], cwd=tmp_path, check=True)
    rename = ["--rename-section", ".data=.rodata", "--redefine-sym", "_binary_icu_dat_start=icudt73_dat"]
    subprocess.run(["objcopy", *rename, module], check=True)
    subprocess.run(["ld", "-shared", "-z", "noexecstack", "-soname", library.name, "-o", library, module], check=True)
    icu_data.reduce_library(library, work)
    wanted = icu_data.reduced(data.read_bytes())
    loaded = ctypes.CDLL(str(library))
    start = ctypes.addressof(ctypes.c_char.in_dll(loaded, "icudt73_dat"))
    assert start % 16 == 0
    assert ctypes.string_at(start, len(wanted)) == wanted
