"""The operator's presence as callers over HTTP meet it, and over a restart of the program."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from connector_gui.app.office import Office
from connector_gui.app.presence_keeper import PresenceKeeper
from connector_gui.core.call_events import AgentReady, CloseFrame, LinkClosed
from connector_gui.core.desk_rules import WhenBusy
from connector_gui.core.presence import KeptPresence, Wish
from connector_gui.core.service import Action
from connector_gui.core.settings import Settings
from connector_gui.switchboard import Switchboard
from connector_gui.system.presence_file import PresenceFile
from connector_gui.webhook import WebhookConfig, WebhookServer
from tests.fakes.rooms import MemoryStore, NotingVoice, RecordingsFolder, Services
from tests.fakes.webhook import KEYS, Served, assert_error


@dataclass
class Program:
    """An office with its webhook, as the program joins them."""

    office: Office
    served: Served
    file: PresenceFile

    @property
    def board(self) -> Switchboard:
        return self.office.board

    async def until(self, is_so: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not is_so():
                await asyncio.sleep(0.005)

    async def wish(self, wish: Wish, *, quiet: bool) -> None:
        self.board.set_presence(wish)
        await self.until(lambda: self.board.views.current.is_do_not_disturb is quiet)


@asynccontextmanager
async def program(folder: Path, **settings: object) -> AsyncIterator[Program]:
    store = MemoryStore()
    office = Office.open(Settings(**settings), store, NotingVoice(store), Services(), RecordingsFolder(folder))
    file = PresenceFile(folder)
    keeper = PresenceKeeper(office.board, file)
    await keeper.restore()
    server = WebhookServer(office.callers, WebhookConfig(port=0), lambda: KEYS)
    await server.start()
    assert server.url is not None
    # The tests' caller wants no more of the desk than its webhook.
    served = Served(server, None, int(server.url.rpartition(":")[2]))  # type: ignore[arg-type]
    try:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(office.board.run()), tasks.create_task(keeper.run())]
            yield Program(office, served, file)
            await office.board.shut_down()
            for task in running:
                task.cancel()
    finally:
        await server.stop()


async def test_who_does_not_want_to_be_disturbed_is_503_with_the_time_that_is_left(tmp_path: Path) -> None:
    async with program(tmp_path) as running:
        await running.wish(Wish.HALF_HOUR, quiet=True)
        answer = await running.served.place()
        assert_error(answer, 503, "do_not_disturb", "Try again in 30 minutes.")
        assert 1790 <= int(answer.headers["retry-after"]) <= 1800
        health = await running.served.ask("GET", "/health")
        assert (health.status, health.json["ready"], health.json["reasons"]) == (503, False, ["do_not_disturb"])
        assert 1790 <= int(health.headers["retry-after"]) <= 1800
        await running.wish(Wish.TAKE_CALLS, quiet=False)
        assert (await running.served.ask("GET", "/health")).status == 200
        assert (await running.served.place()).status == 202


@pytest.mark.parametrize(("when_busy", "status"), [(WhenBusy.RING, 202), (WhenBusy.REFUSE, 503)])
async def test_during_a_wrap_up_calls_wait_or_are_told_when_it_ends(
    tmp_path: Path, when_busy: WhenBusy, status: int
) -> None:
    async with program(tmp_path, wrap_up_s=120, when_busy=when_busy) as running:
        assert (await running.served.place(session_id="crm-1")).status == 202
        await running.board.act("crm-1", Action.ACCEPT)
        running.board.report("crm-1", AgentReady("conv_1"))
        await running.until(lambda: (call := running.board.views.current.talking) and call.started_s is not None)
        await running.board.act("crm-1", Action.END)
        running.board.report("crm-1", LinkClosed(CloseFrame(1000)))
        await running.until(lambda: running.board.views.current.wrap_up)
        answer = await running.served.place(session_id="crm-2")
        assert answer.status == status
        health = await running.served.ask("GET", "/health")
        assert health.status == (200 if status == 202 else 503)
        if status == 503:
            assert_error(answer, 503, "desk_full", "finishing up after a call. Try again in 2 minutes.")
            assert 110 <= int(answer.headers["retry-after"]) <= 120


async def test_it_is_still_so_after_a_restart_and_ends_when_it_was_to_end(tmp_path: Path) -> None:
    async with program(tmp_path) as first:
        await first.wish(Wish.TOMORROW, quiet=True)
        await first.until(lambda: first.file.read() is not None)
    async with program(tmp_path) as second:
        assert_error(await second.served.place(), 503, "do_not_disturb")
        assert second.board._desk.presence.wish is Wish.TOMORROW
        await second.wish(Wish.TAKE_CALLS, quiet=False)
        await second.until(lambda: second.file.read() is None)
    async with program(tmp_path) as third:
        assert (await third.served.place()).status == 202


async def test_a_file_from_long_ago_keeps_nobody_away(tmp_path: Path) -> None:
    async with program(tmp_path) as first:
        ended = first.office.board._clock().utc
    PresenceFile(tmp_path).write(KeptPresence(Wish.HOUR, ended))
    async with program(tmp_path) as later:
        assert (await later.served.place()).status == 202
