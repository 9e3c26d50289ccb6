"""News of new versions: asked once a day where an address is set, told once, never pressed on anybody."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector_gui.app.update_watch import UpdateWatch
from connector_gui.core.update import Update, UpdateError
from connector_gui.system.update_check import UpdateFile

NEW = Update("2.0", "https://example.org/2.0")


class World:
    """A server, a clock and a panel."""

    def __init__(self, folder: Path) -> None:
        self.url = "https://example.org/newest.json"
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.offer: Update | None = NEW
        self.asked: list[str] = []
        self.shown: list[Update | None] = []
        self.looked = asyncio.Event()
        self.watch = UpdateWatch(
            lambda: self.url,
            UpdateFile(folder),
            self.show,
            ask=self.ask,
            clock=lambda: self.now,
            first_s=0.0,
            look_s=3600.0,
            current="1.0",
        )

    async def ask(self, url: str) -> Update:
        self.asked.append(url)
        if self.offer is None:
            raise UpdateError("no connection")
        return self.offer

    def show(self, update: Update | None) -> None:
        self.shown.append(update)
        self.looked.set()

    async def look(self) -> None:
        """One start of the program, as far as its first look."""
        self.looked.clear()
        running = asyncio.create_task(self.watch.run())
        async with asyncio.timeout(10):
            await self.looked.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_a_newer_version_is_told(world: World) -> None:
    await world.look()
    assert world.shown == [NEW]


async def test_who_set_no_address_asks_nobody(world: World, tmp_path: Path) -> None:
    world.url = ""
    await world.look()
    assert (world.asked, world.shown) == ([], [None])
    assert not UpdateFile(tmp_path).read()


@pytest.mark.parametrize("offer", [None, Update("1.0", NEW.url), Update("0.9", NEW.url), Update("2.0rc1", NEW.url)])
async def test_no_news_is_not_told(world: World, offer: Update | None) -> None:
    world.offer = offer
    await world.look()
    assert world.shown == [None]


async def test_ten_starts_a_day_ask_once_and_each_tells(world: World) -> None:
    for _ in range(10):
        await world.look()
        world.now += timedelta(hours=2)
    assert len(world.asked) == 1
    assert world.shown == [NEW] * 10
    world.now += timedelta(hours=5)
    await world.look()
    assert len(world.asked) == 2


async def test_a_failure_is_not_tried_again_the_same_day(world: World) -> None:
    world.offer = None
    await world.look()
    await world.look()
    assert len(world.asked) == 1


async def test_a_clock_that_was_set_back_does_not_end_the_asking(world: World) -> None:
    await world.look()
    world.now -= timedelta(days=400)
    await world.look()
    assert len(world.asked) == 2


async def test_another_address_is_asked_at_once(world: World) -> None:
    running = asyncio.create_task(world.watch.run())
    async with asyncio.timeout(10):
        await world.looked.wait()
        world.looked.clear()
        world.url = "https://example.com/other.json"
        world.watch.settings_changed()
        await world.looked.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert world.asked == ["https://example.org/newest.json", "https://example.com/other.json"]
