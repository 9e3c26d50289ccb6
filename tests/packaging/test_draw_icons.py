"""The icon in each system's container, as that system reads it."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def icons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("icons")
    command = [sys.executable, str(ROOT / "packaging" / "frozen" / "draw_icons.py"), str(folder)]
    subprocess.run(command, check=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT), "PATH": ""})
    return folder


@pytest.mark.parametrize("size", [16, 22, 24, 32, 48, 64, 128, 256, 512])
def test_each_size_is_drawn_with_corners_that_show_what_is_behind(icons: Path, size: int) -> None:
    image = QImage(str(icons / f"{size}.png"))
    assert (image.width(), image.height()) == (size, size)
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(size // 2, size // 8).alpha() == 255


def test_windows_finds_each_picture_where_the_table_says(icons: Path) -> None:
    content = (icons / "agent-connector.ico").read_bytes()
    reserved, kind, count = struct.unpack_from("<HHH", content)
    assert (reserved, kind, count) == (0, 1, 6)
    sides = []
    for number in range(count):
        width, height, *_, length, offset = struct.unpack_from("<BBBBHHII", content, 6 + 16 * number)
        image = QImage.fromData(content[offset : offset + length])
        assert (image.width(), image.height()) == (width or 256, height or 256)
        sides.append(image.width())
    assert sides == [16, 24, 32, 48, 64, 256]


def test_macos_finds_each_picture_block_by_block(icons: Path) -> None:
    content = (icons / "agent-connector.icns").read_bytes()
    assert content[:4] == b"icns"
    assert struct.unpack_from(">I", content, 4)[0] == len(content)
    place, sides = 8, []
    while place < len(content):
        (length,) = struct.unpack_from(">I", content, place + 4)
        sides.append(QImage.fromData(content[place + 8 : place + length]).width())
        place += length
    assert sides == [16, 32, 64, 128, 256, 512]
