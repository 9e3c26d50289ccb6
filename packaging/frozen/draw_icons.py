"""Writes the program's icon, as the program itself draws it, in all the forms that systems ask for.

    python draw_icons.py FOLDER

``16.png`` to ``512.png``, ``agent-connector.ico`` for Windows and ``agent-connector.icns`` for macOS. Needs the
package on the path.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

SIZES: Final = (16, 22, 24, 32, 48, 64, 128, 256, 512)
_ICO_SIZES: Final = (16, 24, 32, 48, 64, 256)
# Apple's types of icons that hold PNG: 16, 32, 64 as twice 32, 128, 256, 512.
_ICNS_TYPES: Final = {b"icp4": 16, b"icp5": 32, b"ic12": 64, b"ic07": 128, b"ic08": 256, b"ic09": 512}


def main(folder: Path) -> None:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import QBuffer, QIODevice
    from PySide6.QtGui import QGuiApplication

    from connector_gui.ui.icon import draw_app_icon

    application = QGuiApplication([])
    pictures = {}
    for size in SIZES:
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        if not draw_app_icon(size).save(buffer, "PNG"):
            sys.exit(f"The icon of {size} px could not be written.")
        pictures[size] = bytes(buffer.data().data())
        (folder / f"{size}.png").write_bytes(pictures[size])
    (folder / "agent-connector.ico").write_bytes(ico(pictures))
    (folder / "agent-connector.icns").write_bytes(icns(pictures))
    application.quit()


def ico(pictures: Mapping[int, bytes]) -> bytes:
    """Windows' container: a header, an entry for each picture, the pictures (PNG since Windows Vista)."""
    head = struct.pack("<HHH", 0, 1, len(_ICO_SIZES))
    offset = len(head) + 16 * len(_ICO_SIZES)
    for size in _ICO_SIZES:
        side = size % 256  # 0 stands for 256
        head += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(pictures[size]), offset)
        offset += len(pictures[size])
    return head + b"".join(pictures[size] for size in _ICO_SIZES)


def icns(pictures: Mapping[int, bytes]) -> bytes:
    """macOS' container: blocks of type, length (its own eight bytes counted) and picture."""
    blocks = [struct.pack(">4sI", kind, 8 + len(pictures[size])) + pictures[size] for kind, size in _ICNS_TYPES.items()]
    body = b"".join(blocks)
    return struct.pack(">4sI", b"icns", 8 + len(body)) + body


if __name__ == "__main__":
    main(Path(sys.argv[1]))
