"""Reports of a run that did not end well: offered at the next start, kept where the operator wants them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QTimer

from connector_gui.system.crash_reports import BEAT_S, CrashReports
from connector_gui.ui.crash_offer import CrashOffer


class CrashDesk:
    """Lets the reports know that the main thread lives, and hands them over."""

    def __init__(self, reports: CrashReports, diagnostics: Callable[[], Awaitable[str]]) -> None:
        """*diagnostics* says how every part of the program does, without anything personal."""
        self._reports = reports
        self._diagnostics = diagnostics
        self._wanted: asyncio.Queue[str] = asyncio.Queue()
        self.offer = CrashOffer()
        self.offer.save_requested.connect(self._wanted.put_nowait)
        self._timer = QTimer()
        self._timer.setInterval(round(BEAT_S * 1000))
        self._timer.timeout.connect(reports.beat)

    async def run(self) -> None:
        """Work until cancelled."""
        self._timer.start()
        self._reports.beat()
        if self._reports.last is not None:
            self.offer.show(f"agent-connector-report-{datetime.now(UTC):%Y-%m-%d}.zip")
        try:
            while True:
                await self._save(Path(await self._wanted.get()))
        finally:
            self._timer.stop()
            self._reports.rest()
            self.offer.hide()

    async def _save(self, file: Path) -> None:
        try:
            await asyncio.to_thread(self._reports.bundle, file, await self._diagnostics())
        except OSError as error:
            self.offer.show_problem(f"{file}: {error.strerror or type(error).__name__}")
