"""The desk as callers over HTTP know it: repeats, waiting, text for the agent, what they may follow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from connector_gui.core.call import CallState
from connector_gui.core.call_events import AgentReady, CloseFrame, LinkClosed
from connector_gui.core.call_reports import OperatorTyped
from connector_gui.core.call_request import CallRequest
from connector_gui.core.desk import Desk
from connector_gui.core.desk_rules import DeskRules
from connector_gui.core.errors import RefusedError
from connector_gui.core.level import SILENCE
from connector_gui.core.record import SessionEvent
from connector_gui.core.service import Action, Milestone
from connector_gui.core.view import Levels
from connector_gui.switchboard import Switchboard
from connector_gui.switchboard.archive import Archive
from connector_gui.switchboard.callers import CallerDesk
from tests.fakes.desk import read_clocks
from tests.fakes.rooms import MemoryStore, NotingVoice, RecordingsFolder, Services


@dataclass
class Office:
    board: Switchboard
    callers: CallerDesk
    store: MemoryStore
    voice: NotingVoice

    async def until(self, status: CallState) -> None:
        async with asyncio.timeout(5):
            while self.store.records["crm-1"].status is not status:
                await asyncio.sleep(0.002)

    async def talk(self) -> None:
        await self.callers.place_call(request())
        await self.callers.act("crm-1", Action.ACCEPT)
        self.board.report("crm-1", AgentReady("conv_1"))
        await self.until(CallState.ACTIVE)


def request(name: str = "crm-1", body_digest: str = "") -> CallRequest:
    return CallRequest(name, "billing", ring_timeout_s=30, digest="d", body_digest=body_digest, placed_by="n8n")


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[Office]:
    store = MemoryStore()
    voice = NotingVoice(store)
    recordings = RecordingsFolder(folder)
    board = Switchboard(Desk(DeskRules()), store, voice, Services(), recordings, read_clocks)
    archive = Archive(store, recordings, read_clocks, call_again=board.call_again, retention_days=0)
    async with asyncio.TaskGroup() as tasks:
        work = tasks.create_task(board.run())
        yield Office(board, CallerDesk(board, archive, store), store, voice)
        work.cancel()


async def test_a_request_without_an_id_is_a_repeat_only_of_one_whose_answer_was_lost(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        await desk.callers.place_call(request("first", "bytes"))
        again = await desk.callers.replay(request("second", "bytes"))
        assert again is not None
        assert (again.record.session_id, again.is_replay) == ("first", True)
        assert again.websocket_url is not None
        await desk.callers.answered("first")
        assert await desk.callers.replay(request("second", "bytes")) is None
        assert await desk.callers.replay(request("second", "other bytes")) is None


async def test_an_answer_given_while_the_call_waited_for_the_first_counts_as_another_call(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        for name in ("one", "two", "three"):
            await desk.callers.place_call(request(name, "bytes"))
            await desk.callers.answered(name)
        assert len(desk.store.records) == 3


async def test_an_answer_that_came_with_the_end_of_the_call_counts_too(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        await desk.callers.place_call(request("first", "bytes"))
        await desk.callers.act("first", Action.DECLINE)
        await desk.callers.answered("first")
        assert desk.store.records["first"].is_answer_delivered


async def test_waiting_ends_with_the_milestone(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        await desk.callers.place_call(request())
        accepted = asyncio.create_task(desk.callers.wait("crm-1", Milestone.ACCEPTED, 5))
        ended = asyncio.create_task(desk.callers.wait("crm-1", Milestone.ENDED, 5))
        await asyncio.sleep(0.01)
        assert not accepted.done()
        await desk.callers.act("crm-1", Action.ACCEPT)
        record = await accepted
        assert record is not None
        assert record.status is CallState.CONNECTING
        assert not ended.done()
        await desk.callers.act("crm-1", Action.END)
        desk.board.report("crm-1", LinkClosed(CloseFrame(1000)))
        record = await ended
        assert record is not None
        assert record.status is CallState.ENDED


async def test_waiting_ends_with_its_time_or_at_once_where_there_is_nothing_to_wait_for(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        await desk.callers.place_call(request())
        started = time.monotonic()
        record = await desk.callers.wait("crm-1", Milestone.ACCEPTED, 0.05)
        assert record is not None
        assert record.status is CallState.RINGING
        assert time.monotonic() - started >= 0.05
        assert await desk.callers.wait("nobody", Milestone.ENDED, 5) is None
        await desk.callers.act("crm-1", Action.DECLINE)
        record = await desk.callers.wait("crm-1", Milestone.ACCEPTED, 5)
        assert record is not None
        assert record.status is CallState.ENDED
        assert not [one for one in desk.callers.on_events if one.__name__ == "listen"]


async def test_text_goes_to_the_agent_and_into_the_transcript(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        await desk.talk()
        await desk.callers.message("crm-1", "The invoice is 4711.", "contextual_update")
        assert desk.voice.heard[-1] == ("send_text", "crm-1", "The invoice is 4711.", "contextual_update")
        desk.board.report("crm-1", OperatorTyped("The invoice is 4711.", "contextual_update", 900))
        async with asyncio.timeout(5):
            while not desk.store.entries.get("crm-1"):
                await asyncio.sleep(0.002)
        entry = desk.store.entries["crm-1"][0]
        assert (entry.role, entry.kind, entry.at_ms) == ("user", "contextual_update", 900)


async def test_text_is_refused_outside_a_conversation(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        assert await desk.callers.message("nobody", "Hello", "user_message") is None
        await desk.callers.place_call(request())
        with pytest.raises(RefusedError, match="while the conversation runs"):
            await desk.callers.message("crm-1", "Hello", "user_message")
        await desk.callers.act("crm-1", Action.DECLINE)
        with pytest.raises(RefusedError, match="while the conversation runs"):
            await desk.callers.message("crm-1", "Hello", "user_message")


async def test_events_are_told_in_the_order_they_were_written(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        told: list[SessionEvent] = []
        desk.callers.on_events.append(told.extend)
        await desk.talk()
        assert [event.data.get("status") for event in told] == ["ringing", "connecting", "active"]
        assert [event.id for event in told] == [1, 2, 3]
        assert [event.id for event in await desk.callers.events_after(1, "crm-1", 10)] == [2, 3]
        assert await desk.callers.events_after(0, "other", 10) == []
        assert await desk.callers.last_event_id() == 3


async def test_levels_bear_the_name_of_the_conversation_in_focus(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        heard: list[str] = []
        desk.callers.on_levels.append(lambda session_id, _levels: heard.append(session_id))
        desk.callers.show_levels(Levels(SILENCE, SILENCE))
        await desk.talk()
        desk.callers.show_levels(Levels(SILENCE, SILENCE))
        assert heard == ["crm-1"]
