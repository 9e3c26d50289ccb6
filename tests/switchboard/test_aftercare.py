"""After the call: the service's account is fetched with patience, and torn recordings are finished."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from connector_gui.core.agent_api import ConversationAnalysis, ConversationDetails, ConversationFacts
from connector_gui.core.call import Outcome
from connector_gui.core.errors import AgentError, RefusedError
from connector_gui.core.record import CallRecord, Recording
from connector_gui.switchboard.aftercare import Aftercare, Patience
from tests.fakes.rooms import Services
from tests.fakes.shelf import Shelf

QUICK = Patience(first_s=0.001, longest_s=0.002, tries=5)
DONE = ConversationDetails(
    conversation_id="conv_1",
    agent_id="billing",
    status="done",
    metadata=ConversationFacts(call_duration_secs=61, cost=120, termination_reason="end_call tool was called."),
    analysis=ConversationAnalysis(transcript_summary="Mara asked about an invoice.", call_successful="success"),
)
PROCESSING = DONE.model_copy(update={"status": "processing", "analysis": None})
UNREACHABLE = AgentError("ElevenLabs could not be reached.")


class Desk:
    def __init__(self, folder: Path) -> None:
        self.shelf = Shelf(folder)
        self.services = Services()
        self.aftercare = Aftercare(self.shelf.archive, self.services, self.shelf.recordings, QUICK)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            work = tasks.create_task(self.aftercare.run())
            yield
            work.cancel()

    async def until_details(self, state: str, name: str = "crm-1") -> CallRecord:
        async with asyncio.timeout(5):
            while (record := self.shelf.store.records[name]).details != state:
                await asyncio.sleep(0.002)
        return record


async def test_the_account_is_waited_for_and_kept(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.services.agents.accounts = [UNREACHABLE, PROCESSING, DONE]
    await desk.shelf.add("crm-1", conversation_id="conv_1", details="pending")
    async with desk.working():
        desk.aftercare.ended(desk.shelf.store.records["crm-1"])
        record = await desk.until_details("done")
    assert record.elevenlabs is not None
    assert record.elevenlabs["status"] == "done"
    assert record.elevenlabs["summary"] == "Mara asked about an invoice."
    assert str(record.elevenlabs["cost"]) == "120"
    assert record.elevenlabs["termination_reason"] == "end_call tool was called."


async def test_an_account_that_never_comes_leaves_the_outcome_alone(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.services.agents.accounts = [UNREACHABLE]
    await desk.shelf.add("crm-1", conversation_id="conv_1", details="pending")
    async with desk.working():
        record = await desk.until_details("failed")
    assert record.outcome is Outcome.COMPLETED
    assert record.elevenlabs == {"status": "unavailable", "error": "ElevenLabs could not be reached."}


async def test_a_key_that_may_not_read_conversations_is_not_asked_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    refusal = AgentError("The key may not.", code="elevenlabs_permission_missing")
    desk.services.agents.accounts = [refusal, DONE]
    await desk.shelf.add("crm-1", conversation_id="conv_1", details="pending")
    async with desk.working():
        record = await desk.until_details("failed")
    assert record.elevenlabs == {"status": "unavailable", "error": "The key may not."}


async def test_what_a_former_run_did_not_get_to_is_fetched_at_the_start(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.services.agents.accounts = [DONE]
    desk.services.refusal = RefusedError("The keyring is locked.", code="keyring_locked", status=503)
    await desk.shelf.add("crm-1", conversation_id="conv_1", details="pending")
    await desk.shelf.add("crm-2", details="none")
    async with desk.working():
        await asyncio.sleep(0.003)
        desk.services.refusal = None
        await desk.until_details("done")
    assert desk.shelf.store.records["crm-2"].elevenlabs is None


async def test_a_deleted_call_is_let_go(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.services.agents.accounts = [DONE]
    await desk.shelf.add("crm-1", conversation_id="conv_1", details="pending")
    record = desk.shelf.store.records["crm-1"]
    await desk.shelf.archive.delete(["crm-1"])
    async with desk.working():
        desk.aftercare.ended(record)
        await asyncio.sleep(0.02)
    assert not desk.shelf.store.records


async def test_recordings_of_calls_that_were_cut_off_are_finished(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.shelf.recordings.torn = {"torn.flac": 12.5}
    running = Recording(state="running")
    await desk.shelf.add("torn", recording=running, recording_file="torn.flac")
    await desk.shelf.add("lost", recording=running, recording_file="lost.flac")
    await desk.shelf.add("none")
    async with desk.working(), asyncio.timeout(5):
        while "running" in {record.recording.state for record in desk.shelf.store.records.values()}:
            await asyncio.sleep(0.002)
    records = desk.shelf.store.records
    assert records["torn"].recording == Recording(state="done", duration_s=12.5)
    assert records["lost"].recording == Recording(state="failed")
    assert records["none"].recording == Recording()
