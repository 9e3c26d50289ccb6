"""Requests that come again after a restart: the real desk on a record of the real kind, twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from connector_gui.core.desk import Desk
from connector_gui.core.desk_rules import DeskRules
from connector_gui.core.service import Action
from connector_gui.store import Store
from connector_gui.switchboard import Switchboard
from connector_gui.switchboard.archive import Archive
from connector_gui.switchboard.callers import CallerDesk
from connector_gui.webhook import WebhookConfig, WebhookServer
from tests.fakes.desk import read_clocks
from tests.fakes.raw_http import RawAnswer, connect, exchange, request
from tests.fakes.rooms import MemoryStore, NotingVoice, RecordingsFolder, Services
from tests.fakes.sse import following
from tests.fakes.webhook import JSON_LINE, KEY_LINE, KEYS, assert_error

CALL = "/webhook/initiate-call"


@dataclass(frozen=True)
class Program:
    """One run of it."""

    port: int
    callers: CallerDesk
    services: Services
    voice: NotingVoice

    async def post(self, body: dict[str, object], target: str = CALL) -> RawAnswer:
        data = request("POST", target, KEY_LINE, JSON_LINE, body=json.dumps(body).encode())
        return await exchange(self.port, data)

    async def count(self) -> int:
        """How many calls are in the record."""
        return len((await self.callers.sessions(100, None, None, None)).records)


@asynccontextmanager
async def program(folder: Path) -> AsyncIterator[Program]:
    store = await Store.open(folder / "connector.db")
    voice, services, recordings = NotingVoice(MemoryStore()), Services(), RecordingsFolder(folder)
    board = Switchboard(Desk(DeskRules(ring_queue_size=100)), store, voice, services, recordings, read_clocks)
    archive = Archive(store, recordings, read_clocks, call_again=board.call_again, retention_days=0)
    callers = CallerDesk(board, archive, store)
    server = WebhookServer(callers, WebhookConfig(port=0), lambda: KEYS)
    try:
        async with asyncio.TaskGroup() as tasks:
            work = tasks.create_task(board.run())
            await server.start()
            yield Program(int((server.url or "").rpartition(":")[2]), callers, services, voice)
            await server.stop()
            work.cancel()
    finally:
        await server.stop()
        await store.close()


async def test_a_list_goes_on_from_no_cursor_that_somebody_made_up(tmp_path: Path) -> None:
    async with program(tmp_path) as running:
        answer = await exchange(running.port, request("GET", "/sessions?cursor=made-up", KEY_LINE))
        assert_error(answer, 422, "invalid_request", "next_cursor of an earlier answer", "cursor")


async def test_a_captured_request_that_is_sent_again_days_later_rings_nobody(tmp_path: Path) -> None:
    body: dict[str, object] = {"agent_id": "billing", "session_id": "crm-42", "metadata": {"x": 1}}
    async with program(tmp_path) as first:
        answer = await first.post(body)
        assert (answer.status, answer.json["status"]) == (202, "ringing")
        await first.callers.act("crm-42", Action.DECLINE)
    async with program(tmp_path) as second:
        again = await second.post(body)
        assert (again.status, again.headers["idempotency-replayed"]) == (202, "true")
        assert again.json["websocket_url"] is None
        assert "declined" in again.json["message"]
        changed = {"message", "websocket_url", "links"}
        assert {name: value for name, value in again.json.items() if name not in changed} == {
            name: value for name, value in answer.json.items() if name not in changed
        }
        assert_error(await second.post({**body, "priority": 1}), 422, "session_conflict")
        assert await second.count() == 1
        assert second.services.agents.fetched == 0
        assert not second.voice.heard


async def test_an_answer_that_was_lost_is_found_again_after_a_restart(tmp_path: Path) -> None:
    body: dict[str, object] = {"agent_id": "billing", "metadata": {"row": 1}}
    async with program(tmp_path) as first:
        async with connect(first.port) as connection:
            data = request("POST", f"{CALL}?wait=ended", KEY_LINE, JSON_LINE, body=json.dumps(body).encode())
            await connection.send(data)
            async with asyncio.timeout(5):
                while not await first.count():
                    await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)  # it learns that nobody waits any more: an answer at the end would else look delivered
    async with program(tmp_path) as second:
        again = await second.post(body)
        assert (again.status, again.headers["idempotency-replayed"]) == (202, "true")
        assert await second.count() == 1


async def test_answers_that_arrived_make_equal_rows_calls_of_their_own_after_a_restart_too(tmp_path: Path) -> None:
    body: dict[str, object] = {"agent_id": "billing", "metadata": {"row": 1}}
    async with program(tmp_path) as first:
        answers = await asyncio.gather(*(first.post(body) for _ in range(20)))
        assert {answer.status for answer in answers} == {202}
        assert await first.count() == 20
    async with program(tmp_path) as second:
        assert "idempotency-replayed" not in (await second.post(body)).headers
        assert await second.count() == 21


async def test_a_row_that_waited_for_its_end_is_not_taken_for_the_next_one(tmp_path: Path) -> None:
    body: dict[str, object] = {"agent_id": "billing", "metadata": {"row": 1}}
    async with program(tmp_path) as desk:
        for number in range(3):
            row = asyncio.create_task(desk.post(body, f"{CALL}?wait=ended"))
            async with asyncio.timeout(5):
                while await desk.count() == number:
                    await asyncio.sleep(0.01)
            newest = (await desk.callers.sessions(1, None, None, None)).records[0]
            await desk.callers.act(newest.session_id, Action.DECLINE)
            answer = await row
            assert (answer.json["outcome"], answer.json["session_id"]) == ("declined", newest.session_id)
            assert "idempotency-replayed" not in answer.headers


async def test_a_reader_that_comes_back_after_a_restart_misses_nothing(tmp_path: Path) -> None:
    body: dict[str, object] = {"agent_id": "billing", "session_id": "crm-42"}
    async with program(tmp_path) as first:
        await first.post(body)
        async with following(first, "/sessions/crm-42/events") as reader:
            snapshot = await reader.next()
            assert snapshot.data["status"] == "ringing"
            await first.callers.act("crm-42", Action.ACCEPT)
            told = await reader.next()
            assert (told.kind, told.data["status"]) == ("session", "connecting")
            assert told.id is not None
            last = told.id
        await first.callers.act("crm-42", Action.MUTE)
        await first.callers.act("crm-42", Action.HOLD)
    async with program(tmp_path) as second, following(second, "/events", last_event_id=last) as reader:
        assert (await reader.next()).kind == "snapshot"
        await second.post({**body, "session_id": "crm-43"})
        missed = [await reader.next() for _ in range(3)]
        assert [one.data["session_id"] for one in missed] == ["crm-42", "crm-42", "crm-43"]
        assert [one.id for one in missed] == [last + 1, last + 2, last + 3]
