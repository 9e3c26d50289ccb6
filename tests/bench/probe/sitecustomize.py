"""Lets the bench look into the program: what Python, C and SQLite hold, asked over a socket.

Python imports this by itself at its start, in a program that has this folder in ``PYTHONPATH``; without
``BENCH_PROBE``, the path of that socket, it does nothing. It only counts: to collect from this thread would end
objects in the wrong one.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import socket
import sys
import threading
from pathlib import Path


def _count() -> dict[str, int]:
    core = sys.modules.get("PySide6.QtCore")
    objects = gc.get_objects()
    qt_objects = 0 if core is None else sum(issubclass(type(one), core.QObject) for one in objects)
    memory = {"heap_bytes": _heap_bytes(), "sqlite_bytes": _sqlite_bytes()}
    return {"qt_objects": qt_objects, "objects": len(objects), **memory}


class _Heap(ctypes.Structure):
    """What glibc tells of its heaps: mallinfo2(3)."""

    _names = ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")
    _fields_ = [(name, ctypes.c_size_t) for name in _names]


def _heap_bytes() -> int:
    """What is in use of the C heaps, SQLite's part too, without what is free in them; 0 where that is not told."""
    ask = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if ask is None:
        return 0
    ask.restype = _Heap
    heap = ask()
    return int(heap.uordblks + heap.hblkhd)


def _sqlite_bytes() -> int:
    """What SQLite has asked for (sqlite.org/c3ref/memory_highwater.html); 0 where its library is not found."""
    with Path("/proc/self/maps").open(encoding="utf-8", errors="replace") as maps:
        path = next((line.split()[-1] for line in maps if "/libsqlite3" in line), None)
    if path is None:
        return 0
    library = ctypes.CDLL(path)
    library.sqlite3_memory_used.restype = ctypes.c_int64
    return int(library.sqlite3_memory_used())


def _serve(server: socket.socket) -> None:
    while True:
        connection, _ = server.accept()
        with connection:
            connection.sendall(json.dumps(_count()).encode())


def _start(path: str) -> None:
    server = socket.socket(socket.AF_UNIX)
    try:
        server.bind(path)
    except OSError:  # a program that this one started
        return
    server.listen()
    threading.Thread(target=_serve, args=(server,), name="bench probe", daemon=True).start()


if "BENCH_PROBE" in os.environ:
    _start(os.environ["BENCH_PROBE"])
