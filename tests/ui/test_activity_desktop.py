"""The activity window on a real desktop: clicked and typed into as a person would, while requests come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from connector_gui.ui.theme import Theme
from tests.rig import click, press_keys
from tests.ui.test_activity_desk import Joined, joined

pytestmark = pytest.mark.desktop


async def hands(made: Joined, deed: Callable[[], object]) -> None:
    """Do *deed* from outside, as the X server sees it, while the program runs."""
    doing = asyncio.create_task(asyncio.to_thread(deed))
    await made.until(doing.done)
    await doing


async def click_on(made: Joined, widget: QWidget, point: QPoint) -> None:
    place = widget.mapToGlobal(point)
    await hands(made, lambda: click(place.x(), place.y()))


async def test_a_refusal_is_found_read_and_copied_by_hand(theme: Theme, tmp_path: Path) -> None:
    async with joined(theme, tmp_path) as made:
        made.desk.open()
        window = made.window
        await made.until(window.isActiveWindow)
        await click_on(made, window.test, window.test.rect().center())
        await made.until(lambda: window.rows.rowCount() == 2)
        await made.served.place(ring_timeout_s=0)
        await made.until(lambda: window.rows.rowCount() == 3)
        await click_on(made, window.only_refused, QPoint(8, window.only_refused.height() // 2))
        await made.until(lambda: window.rows.rowCount() == 1)
        row = window.list.visualRect(window.rows.index(0, 1))
        await click_on(made, window.list.viewport(), row.center())
        await made.until(window.details.isVisible)
        assert "ring_timeout_s must be" in window.details.reason.text()
        copy = window.details.command.copy
        await click_on(made, copy, copy.rect().center())
        await made.until(lambda: "CONNECTOR_KEY" in QGuiApplication.clipboard().text())
        await click_on(made, window.list.viewport(), row.center())
        await hands(made, lambda: press_keys("Escape"))
        await made.until(window.isHidden)
