"""What is wanted is shown, what is answered is told once, and no service can hold anything up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from connector_gui.core.notice import CLICK, Notice
from connector_gui.system import notifications as module
from connector_gui.system.notifications import ATTEMPTS, NoNotices, NoticeError, Notifications
from tests.fakes.notices import ScriptedService

RING = Notice("ring:1", "Incoming call: Billing", "Mara", (("accept", "Accept"), ("decline", "Decline")), stays=True)
MISSED = Notice("missed", "Missed call · Billing")


class Desk:
    """Notifications at work, and what came of them."""

    def __init__(self, service: ScriptedService) -> None:
        self.service = service
        self.notifications = Notifications(lambda: service)
        self.pressed: list[tuple[str, str]] = []
        self.unseen: list[Notice] = []
        self.notifications.on_pressed.append(lambda key, button: self.pressed.append((key, button)))
        self.notifications.on_unseen.append(self.unseen.append)

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not holds():
                await asyncio.sleep(0.001)

    async def until_shown(self, notices: dict[str, Notice]) -> None:
        await self.until(lambda: self.service.shown == notices)

    async def until_sent(self, count: int) -> None:
        await self.until(lambda: self.service.sent == count)

    async def until_unseen(self, notice: Notice) -> None:
        await self.until(lambda: notice in self.unseen)


@asynccontextmanager
async def working() -> AsyncIterator[Desk]:
    desk = Desk(ScriptedService())
    task = asyncio.create_task(desk.notifications.run(), name="test.notifications")
    try:
        yield desk
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_exactly_what_is_wanted_is_shown() -> None:
    async with working() as desk:
        for wanted in ([RING], [RING, MISSED], [replace(RING, text="Mara\n2 more waiting"), MISSED], [MISSED], []):
            desk.notifications.show(wanted)
            await desk.until_shown({notice.key: notice for notice in wanted})


async def test_the_same_wish_twice_is_sent_once() -> None:
    async with working() as desk:
        for _ in range(5):
            desk.notifications.show([RING])
            await desk.until(lambda: desk.service.shown)
        assert desk.service.sent == 1


async def test_a_button_is_told_once_and_only_if_it_is_there() -> None:
    async with working() as desk:
        desk.notifications.show([RING, MISSED])
        await desk.until(lambda: len(desk.service.shown) == 2)
        for button in ("reboot", "", "accept", "accept", "decline"):
            desk.service.on_pressed("ring:1", button)
        desk.service.on_pressed("missed", "accept")
        desk.service.on_pressed("missed", CLICK)
        desk.service.on_pressed("ring:2", "accept")
    assert desk.pressed == [("ring:1", "accept"), ("missed", CLICK)]


async def test_what_was_withdrawn_or_put_away_cannot_be_pressed() -> None:
    async with working() as desk:
        desk.notifications.show([RING, MISSED])
        await desk.until(lambda: len(desk.service.shown) == 2)
        # At once, before the service has taken it away.
        desk.notifications.show([MISSED])
        desk.service.on_pressed("ring:1", "accept")
        desk.service.on_gone("missed")
        desk.service.on_pressed("missed", CLICK)
    assert desk.pressed == []


async def test_what_the_operator_put_away_stays_away() -> None:
    async with working() as desk:
        desk.notifications.show([MISSED])
        await desk.until(lambda: desk.service.shown)
        desk.service.shown.clear()
        desk.service.on_gone("missed")
        desk.notifications.show([MISSED, RING])
        await desk.until(lambda: desk.service.shown)
        assert desk.service.shown.keys() == {"ring:1"}


async def test_a_refusal_is_told_and_the_next_call_is_tried_again() -> None:
    async with working() as desk:
        assert desk.notifications.can_show
        desk.service.problem = NoticeError("no")
        desk.notifications.show([RING])
        await desk.until(lambda: desk.unseen == [RING])
        assert not desk.notifications.can_show
        desk.service.problem = None
        other = replace(RING, key="ring:2")
        desk.notifications.show([other])
        await desk.until(lambda: desk.service.shown == {"ring:2": other})
        assert desk.notifications.can_show
    assert desk.unseen == [RING]


async def test_a_service_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_S", 0.02)
    async with working() as desk:
        desk.service.answers.clear()
        desk.notifications.show([RING])
        await desk.until(lambda: desk.unseen == [RING])
        desk.service.answers.set()
        desk.notifications.show([MISSED])
        await desk.until(lambda: desk.service.shown == {"missed": MISSED})


async def test_a_service_that_dies_of_a_ring_is_not_asked_for_ever() -> None:
    async with working() as desk:
        desk.notifications.show([RING, MISSED])
        for attempt in range(1, ATTEMPTS + 1):
            await desk.until_sent(attempt + 1)
            desk.service.lose_all()
        for _ in range(20):
            await asyncio.sleep(0)
        # The ring was shown again as often as that; old news was not.
        assert (desk.service.sent, desk.service.shown) == (ATTEMPTS + 1, {})


async def test_nothing_is_left_on_the_screen_at_the_end() -> None:
    async with working() as desk:
        desk.notifications.show([RING, MISSED])
        await desk.until(lambda: len(desk.service.shown) == 2)
    assert desk.service.shown == {}
    assert desk.service.is_closed


async def test_the_end_does_not_wait_for_a_service_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LAST_WORD_S", 0.02)
    async with working() as desk:
        desk.notifications.show([RING])
        await desk.until(lambda: desk.service.shown)

        async def hang(_key: str) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(desk.service, "withdraw", hang)
    assert desk.service.is_closed


async def test_a_system_without_notifications_says_so_each_time() -> None:
    desk = Desk(ScriptedService())
    desk.notifications = Notifications(NoNotices)
    desk.notifications.on_unseen.append(desk.unseen.append)
    task = asyncio.create_task(desk.notifications.run(), name="test.notifications")
    for notice in (RING, MISSED):
        desk.notifications.show([notice])
        await desk.until_unseen(notice)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert desk.unseen == [RING, MISSED]
