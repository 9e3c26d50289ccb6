"""The history window on a real desktop: clicked, typed into and scrolled as a person would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QWidget

from connector_gui.core.call import Outcome
from connector_gui.ui.theme import Theme
from tests.rig import click, press_keys
from tests.ui.test_history_desk import Joined, row_of, until

pytestmark = pytest.mark.desktop


async def hands(deed: Callable[[], object]) -> None:
    """Do *deed* from outside, as the X server sees it, while the program runs."""
    doing = asyncio.create_task(asyncio.to_thread(deed))
    await until(doing.done)
    await doing


async def click_on(widget: QWidget, point: QPoint) -> None:
    place = widget.mapToGlobal(point)
    await hands(lambda: click(place.x(), place.y()))


async def test_a_call_is_found_played_and_deleted_by_hand(theme: Theme, tmp_path: Path) -> None:
    joined = Joined(theme, tmp_path)
    running = asyncio.create_task(joined.desk.run())
    try:
        window = await joined.open()
        await until(window.isActiveWindow)
        await click_on(window.left.filters.search, window.left.filters.search.rect().center())
        await hands(lambda: press_keys("j", "o", "space", "p", "a"))
        await until(lambda: 0 < window.left.rows.total < 20 and window.left.rows.record(1) is not None)
        found = window.left.rows.total
        row = row_of(joined, Outcome.COMPLETED)
        calls = window.left.list
        await click_on(calls.viewport(), calls.visualRect(window.left.rows.index(row)).center())
        await until(lambda: joined.shown_id)
        await hands(lambda: press_keys("space"))
        await until(lambda: joined.player.asked == [("play", "call.ogg", 0.0)])
        await hands(lambda: press_keys("Delete"))
        await until(lambda: QApplication.activeModalWidget() is window.question)
        await hands(lambda: press_keys("Return"))
        await until(lambda: QApplication.activeModalWidget() is None)
        assert len(joined.port.calls) == 20, "Return by habit deletes nothing"
        await hands(lambda: press_keys("Delete"))
        await until(lambda: QApplication.activeModalWidget() is window.question)
        await hands(lambda: press_keys("Tab", "Return"))
        await until(lambda: window.left.rows.total == found - 1)
        await hands(lambda: press_keys("Escape"))
        await until(window.isHidden)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        joined.window.hide()
        joined.window.deleteLater()
