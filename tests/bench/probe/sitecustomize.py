"""Lets the bench look into the program: how many Qt objects Python holds, asked over a socket.

Python imports this by itself at its start, in a program that has this folder in ``PYTHONPATH``; without
``BENCH_PROBE``, the path of that socket, it does nothing. It only counts: to collect from this thread would end
objects in the wrong one.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
import threading


def _count() -> dict[str, int]:
    core = sys.modules.get("PySide6.QtCore")
    objects = gc.get_objects()
    qt_objects = 0 if core is None else sum(issubclass(type(one), core.QObject) for one in objects)
    return {"qt_objects": qt_objects, "objects": len(objects)}


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
