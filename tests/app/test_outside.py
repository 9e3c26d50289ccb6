"""Calls at a desk are reported to those who placed them, and counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from connector_gui.app.keys import Keys
from connector_gui.app.office import Office, read_clocks
from connector_gui.app.outside import Outside
from connector_gui.core.call_events import AgentReady
from connector_gui.core.call_reports import NoticeGiven, RoundTripMeasured
from connector_gui.core.call_request import CallRequest
from connector_gui.core.service import Action
from connector_gui.core.settings import Settings
from connector_gui.store import Store
from connector_gui.system.credentials import Credentials
from connector_gui.system.secret_store import SessionStore
from connector_gui.webhook import WebhookConfig, WebhookServer
from tests.fakes.receiver import receiving
from tests.fakes.rooms import MemoryStore, NotingVoice, RecordingsFolder, Services
from tests.fakes.webhook import KEY, KEY_LINE, KEYS, Served


@dataclass
class Program:
    """A desk with a real record, and what tells the world of it."""

    office: Office
    outside: Outside
    voice: NotingVoice
    keys: Keys

    def request(self, name: str, callback_url: str | None) -> CallRequest:
        return CallRequest(name, "billing", ring_timeout_s=30, callback_url=callback_url, placed_by="n8n", digest=name)

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                await asyncio.sleep(0.005)

    async def figures(self) -> dict[str, float]:
        text, _ = await self.outside.metrics.render()
        return {
            "".join([sample.name, *sample.labels.values()]): sample.value
            for family in text_string_to_metric_families(text.decode())
            for sample in family.samples
        }


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Program]:
    settings = Settings(api_keys=SecretStr(f"n8n={KEY}"))
    keys = Keys(Credentials(SessionStore(), settings), lambda _: None)
    await keys.read()
    store = await Store.open(folder / "connector.db")
    voice = NotingVoice(MemoryStore())
    office = Office.open(settings, store, voice, Services(), RecordingsFolder(folder))
    outside = Outside(office.board, store, office.archive.amend, keys, lambda: settings, read_clocks)
    async with asyncio.TaskGroup() as tasks:
        work = [tasks.create_task(office.run()), tasks.create_task(outside.run())]
        yield Program(office, outside, voice, keys)
        for task in work:
            task.cancel()
    await outside.aclose()
    await store.close()


async def test_the_ending_of_a_call_reaches_who_placed_it_and_the_calls_page(tmp_path: Path) -> None:
    async with receiving() as receiver, running(tmp_path) as program:
        changes: list[str] = []
        program.office.archive.on_change.append(lambda: changes.append("changed"))
        await program.office.board.place_call(program.request("crm-42", receiver.url()))
        await program.office.board.act("crm-42", Action.DECLINE)
        await receiver.until(1)
        await program.until(lambda: changes)
        record = await program.office.archive.call("crm-42")
    assert record is not None
    assert record.callback.state == "delivered"
    assert receiver.got[0].json["outcome"] == "declined"
    assert receiver.got[0].json["links"]["self"] == "http://127.0.0.1:8000/sessions/crm-42"


async def test_a_call_that_ends_with_the_program_is_reported_before_it_is_gone(tmp_path: Path) -> None:
    async with receiving() as receiver:
        async with running(tmp_path) as program:
            await program.office.board.place_call(program.request("crm-42", receiver.url()))
            await program.office.board.shut_down()
            await program.outside.settle()
        assert receiver.got[0].json["outcome"] == "cancelled"


async def test_calls_sound_and_reports_are_counted(tmp_path: Path) -> None:
    async with receiving() as receiver, running(tmp_path) as program:
        board = program.office.board
        report = program.outside.listening(board.report)
        await board.place_call(program.request("first", receiver.url()))
        await board.place_call(program.request("second", None))
        assert (await program.figures())["agent_connector_ringing_calls"] == 2
        await board.act("first", Action.ACCEPT)
        await program.until(lambda: ("connect", "first") in program.voice.heard)
        report("first", AgentReady("conv_1"))
        report("first", RoundTripMeasured(120))
        report("first", NoticeGiven("microphone_lost", "Your microphone is gone."))
        talking = board.views
        await program.until(lambda: talking.current.talking and talking.current.talking.record.notices)
        figures = await program.figures()
        assert figures["agent_connector_ringing_calls"] == 1
        assert figures["agent_connector_open_conversations"] == 1
        assert figures["agent_connector_link_round_trip_seconds_sum"] == 0.12
        assert figures["agent_connector_devices_lost_totalmicrophone"] == 1
        await board.act("second", Action.DECLINE)
        await board.shut_down()
        await receiver.until(1)
        await program.until(lambda: program.outside.callbacks.backlog == 0)
        figures = await program.figures()
    assert figures["agent_connector_calls_totaldeclinedfalse"] == 1
    assert figures["agent_connector_ring_duration_seconds_count"] == 2
    assert figures["agent_connector_talk_duration_seconds_count"] == 1
    assert figures["agent_connector_callback_attempts_totaldelivered"] == 1
    assert figures["agent_connector_callback_backlog"] == 0


async def test_the_webhook_serves_the_figures_and_its_requests_are_among_them(tmp_path: Path) -> None:
    async with running(tmp_path) as program:
        server = WebhookServer(
            program.office.callers, WebhookConfig(port=0), lambda: KEYS, more_routes=program.outside.routes
        )
        program.outside.listen_to(server)
        await server.start()
        try:
            assert server.url is not None
            served = Served(server, program.office.callers, int(server.url.rpartition(":")[2]))  # type: ignore[arg-type]
            await served.ask("GET", "/health")
            answer = await served.ask("GET", "/metrics", KEY_LINE)
        finally:
            await server.stop()
    assert 'duration_seconds_count{route="/health",status="2xx"} 1.0' in answer.body.decode()


async def test_a_key_that_comes_later_lets_a_report_go(tmp_path: Path) -> None:
    async with receiving() as receiver, running(tmp_path) as program:
        await program.office.board.place_call(program.request("crm-42", receiver.url()))
        keys = program.keys
        kept, keys.webhook = keys.webhook, {"other": SecretStr("k")}
        await program.office.board.act("crm-42", Action.DECLINE)

        async def is_told() -> bool:
            record = await program.office.archive.call("crm-42")
            return record is not None and "“n8n”" in (record.callback.last_error or "")

        async with asyncio.timeout(10):
            while not await is_told():
                await asyncio.sleep(0.005)
        assert receiver.connections == 0
        keys.webhook = kept
        for listener in keys.on_change:
            listener()
        await receiver.until(1)
