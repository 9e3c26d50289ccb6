"""A history window over 100,000 calls, opened and scrolled; prints what it took, in ms, as JSON. See `history`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from PySide6.QtWidgets import QApplication

from connector_gui.app.history_desk import HistoryDesk
from connector_gui.core.view import DeskView
from connector_gui.system.window_places import WindowPlaces
from connector_gui.ui.theme import Theme
from tests.fakes.history import FakeHistory, MadeCalls, made, wave

CALLS: Final = 100_000


class _Window:
    """The window over a record of made calls, driven as an operator would."""

    def __init__(self, folder: Path) -> None:
        self.app = QApplication([])
        self.theme, self.places = Theme(self.app), WindowPlaces(folder)
        self.now = datetime.now(UTC)
        self.port = FakeHistory(MadeCalls(CALLS, self.now))

    async def open(self) -> float:
        """Open a new window; how long that took, in ms."""
        self.desk = HistoryDesk(self.theme, self.port, _Silence(), self.places, _peaks)
        running = asyncio.create_task(self.desk.run())
        began_s = time.perf_counter()
        self.desk.open()
        window = self.desk._window
        assert window is not None
        while window.left.rows.record(1) is None:
            self.turn()
            await asyncio.sleep(0)
        window.left.list.viewport().repaint()
        took_ms = (time.perf_counter() - began_s) * 1000
        self.running, self.window = running, window
        return took_ms

    async def close(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        self.window.hide()
        self.window.deleteLater()
        self.turn()

    def turn(self) -> None:
        QApplication.processEvents()

    async def longest_block(self, steps: Iterator[None]) -> float:
        """Take *steps* at 60 Hz; the longest stretch without a turn of the loop, in ms."""
        longest_s = 0.0
        for _ in steps:
            until_s = time.perf_counter() + 1 / 60
            while time.perf_counter() < until_s:
                before_s = time.thread_time()
                self.turn()
                # One task at a time, as in the program, where Qt and asyncio share a loop.
                await asyncio.sleep(0)
                longest_s = max(longest_s, time.thread_time() - before_s)
        return longest_s * 1000

    def by_steps(self) -> Iterator[None]:
        bar = self.window.left.list.verticalScrollBar()
        for _ in range(60):
            bar.setValue(bar.value() + bar.singleStep())
            yield

    def by_pages(self) -> Iterator[None]:
        bar = self.window.left.list.verticalScrollBar()
        for _ in range(60):
            bar.setValue(bar.value() + bar.pageStep())
            yield

    def by_dragging(self) -> Iterator[None]:
        bar = self.window.left.list.verticalScrollBar()
        for share in range(60):
            bar.setValue(bar.maximum() * share // 60)
            yield

    def while_calls_come_in(self) -> Iterator[None]:
        for number in range(10):
            self.port.calls = MadeCalls(CALLS + 1 + number, self.now)
            self.desk.show_view(DeskView(recent=(made(number, self.now),)))
            for _ in range(6):
                yield


async def _peaks(_path: Path, columns: int) -> Any:
    return wave(columns), wave(columns, is_agent=True)


class _Silence:
    def play_recording(self, path: Path, from_s: float = 0.0) -> None: ...
    def pause_playback(self) -> None: ...
    def seek_playback(self, to_s: float) -> None: ...
    def stop_playback(self) -> None: ...


async def _run(runs: int, folder: Path) -> dict[str, list[float]]:
    window = _Window(folder)
    await window.open()
    await window.close()
    found: dict[str, list[float]] = {
        "open": [],
        "line by line": [],
        "page by page": [],
        "dragging": [],
        "new calls": [],
    }
    for _ in range(runs):
        found["open"].append(await window.open())
        found["line by line"].append(await window.longest_block(window.by_steps()))
        found["page by page"].append(await window.longest_block(window.by_pages()))
        found["dragging"].append(await window.longest_block(window.by_dragging()))
        found["new calls"].append(await window.longest_block(window.while_calls_come_in()))
        await window.close()
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_run(int(sys.argv[1]), Path(sys.argv[2])))))
