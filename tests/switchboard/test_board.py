"""The desk at work: what is committed, carried out and told, and in which order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.call_commands import Cue
from connector_gui.core.call_events import AgentReady, CloseFrame, LinkClosed, Party
from connector_gui.core.call_reports import (
    AgentSaid,
    HumanSpeaks,
    HumanTypes,
    NoticeGiven,
    RecordingEnded,
    RecordingStarted,
    SoundLimited,
    SpeakerChanged,
    ToolUsed,
    TurnRated,
)
from connector_gui.core.call_request import CallRequest
from connector_gui.core.desk import Desk, RingVolume
from connector_gui.core.desk_rules import DeskRules, WhenBusy
from connector_gui.core.errors import AgentError, RefusedError
from connector_gui.core.moment import Moment
from connector_gui.core.presence import Wish
from connector_gui.core.record import Recording
from connector_gui.core.service import Action
from connector_gui.core.turns import BLOCK, Turns
from connector_gui.core.view import DeskView, Speaker
from connector_gui.switchboard import Switchboard
from tests.fakes.rooms import MemoryStore, NotingVoice, RecordingsFolder, Services


def read_clocks() -> Moment:
    return Moment(datetime.now(UTC), time.monotonic())


def request(name: str = "crm-42", digest: str = "d1", **values: object) -> CallRequest:
    return CallRequest(name, "billing", ring_timeout_s=30, digest=digest, **values)  # type: ignore[arg-type]


class Desktop:
    """A switchboard with its stand-ins, running."""

    def __init__(self, rules: DeskRules) -> None:
        self.store = MemoryStore()
        self.voice = NotingVoice(self.store)
        self.services = Services()
        self.recordings = RecordingsFolder(Path("recordings"))
        self.board = Switchboard(Desk(rules), self.store, self.voice, self.services, self.recordings, read_clocks)
        self.refusals: list[str] = []
        self.views: list[DeskView] = []
        self.board.views.on_refusal.append(self.refusals.append)
        self.board.views.on_view.append(self.views.append)

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not holds():
                await asyncio.sleep(0.005)

    async def status(self, name: str = "crm-42") -> CallState:
        record = await self.board.session(name)
        assert record is not None
        return record.status

    async def talk(self, name: str = "crm-42") -> None:
        await self.board.place_call(request(name))
        await self.board.act(name, Action.ACCEPT)
        await self.until(lambda: ("connect", name) in self.voice.heard)
        self.board.report(name, AgentReady("conv_1"))
        await self.until(lambda: self.store.records[name].status is CallState.ACTIVE)


@asynccontextmanager
async def running(rules: DeskRules | None = None) -> AsyncIterator[Desktop]:
    desktop = Desktop(rules or DeskRules())
    async with asyncio.TaskGroup() as tasks:
        work = tasks.create_task(desktop.board.run())
        yield desktop
        work.cancel()


async def test_a_placed_call_rings_and_is_in_the_store() -> None:
    async with running() as desktop:
        placed = await desktop.board.place_call(request(metadata={"customer_name": "Mara"}))
        assert placed.record.status is CallState.RINGING
        assert placed.record.agent_name == "Billing"
        assert placed.websocket_url == "wss://example/billing/1"
        assert desktop.voice.ringing is RingVolume.LOUD
        assert desktop.store.records["crm-42"].metadata == {"customer_name": "Mara"}
        assert desktop.views[-1].ringing[0].record.session_id == "crm-42"


async def test_accepting_uses_the_signed_url_at_hand_and_commits_before_the_devices_are_told() -> None:
    async with running() as desktop:
        await desktop.talk()
        assert desktop.services.agents.fetched == 1
        assert desktop.voice.setups[0].signed_url == "wss://example/billing/1"
        assert desktop.voice.saved_before["open_line"] is CallState.CONNECTING
        assert [status for _, status in desktop.store.history] == ["ringing", "connecting", "active"]


async def test_beginning_and_end_are_heard() -> None:
    async with running() as desktop:
        await desktop.talk()
        assert desktop.voice.cues == [("crm-42", Cue.ACCEPTED)]
        await desktop.board.act("crm-42", Action.END)
        desktop.board.report("crm-42", LinkClosed(CloseFrame(1000)))
        await desktop.until(lambda: desktop.store.records["crm-42"].outcome)
        assert desktop.voice.cues == [("crm-42", Cue.ACCEPTED), ("crm-42", Cue.ENDED)]


async def test_a_call_answered_by_itself_warns_first() -> None:
    async with running(DeskRules(auto_answer_delay_s=0.01)) as desktop:
        await desktop.board.place_call(request())
        await desktop.until(lambda: ("connect", "crm-42") in desktop.voice.heard)
        assert desktop.voice.cues == [("crm-42", Cue.ANSWERED)]


async def test_nobody_is_told_of_a_state_that_is_not_written_yet() -> None:
    async with running() as desktop:
        await desktop.board.place_call(request())
        desktop.store.is_quick.clear()
        accepting = asyncio.create_task(desktop.board.act("crm-42", Action.ACCEPT))
        await asyncio.sleep(0.01)
        desktop.board.views.show()  # something else makes a new picture meanwhile
        assert await desktop.status() is CallState.RINGING
        assert desktop.views[-1].calls[0].record.status is CallState.RINGING
        assert ("open_line", "crm-42") not in desktop.voice.heard
        desktop.store.is_quick.set()
        await accepting
        assert await desktop.status() is CallState.CONNECTING


async def test_a_call_whose_first_record_is_being_written_is_not_shown_yet() -> None:
    async with running() as desktop:
        desktop.store.is_quick.clear()
        placing = asyncio.create_task(desktop.board.place_call(request()))
        await asyncio.sleep(0.01)
        desktop.board.views.show()
        assert desktop.views[-1].calls == ()
        assert await desktop.board.session("crm-42") is None
        desktop.store.is_quick.set()
        assert (await placing).record.status is CallState.RINGING


async def test_a_lapsed_signed_url_is_fetched_anew() -> None:
    async with running() as desktop:
        desktop.services.agents.age_s = 15 * 60
        await desktop.board.place_call(request())
        desktop.services.agents.age_s = 0
        await desktop.board.act("crm-42", Action.ACCEPT)
        await desktop.until(lambda: desktop.voice.setups)
        assert desktop.voice.setups[0].signed_url.endswith("/2")


async def test_ending_closes_the_microphone_first_and_files_the_call() -> None:
    async with running() as desktop:
        await desktop.talk()
        await desktop.board.act("crm-42", Action.END)
        heard = [words[0] for words in desktop.voice.heard]
        assert heard.index("close_microphone") < heard.index("hang_up")
        assert desktop.voice.saved_before["hang_up"] is CallState.ENDING
        desktop.board.report("crm-42", LinkClosed(CloseFrame(1000)))
        await desktop.until(lambda: desktop.views[-1].last_ended is not None)
        record = await desktop.board.session("crm-42")
        assert record is not None
        assert (record.outcome, record.ended_by) == (Outcome.COMPLETED, Party.CALLER)
        assert desktop.voice.heard[-1] == ("release", "crm-42")
        assert desktop.views[-1].calls == ()
        await desktop.until(lambda: desktop.views[-1].recent)


async def test_an_unknown_agent_is_refused_before_anything_rings() -> None:
    async with running() as desktop:
        with pytest.raises(AgentError, match="no agent"):
            await desktop.board.place_call(CallRequest("x", "unknown", ring_timeout_s=5))
        assert desktop.voice.ringing is RingVolume.OFF
        assert desktop.store.records == {}


async def test_a_name_that_may_not_be_read_does_not_keep_the_call_from_ringing() -> None:
    async with running() as desktop:
        placed = await desktop.board.place_call(CallRequest("x", "nameless", ring_timeout_s=5))
        assert placed.record.agent_name is None


async def test_the_same_request_again_rings_once() -> None:
    async with running() as desktop:
        first = await desktop.board.place_call(request())
        again = await desktop.board.place_call(request())
        assert again.is_replay
        assert again.websocket_url == first.websocket_url
        assert len(desktop.views[-1].calls) == 1


async def test_a_repeat_after_the_end_does_not_ring_either() -> None:
    async with running() as desktop:
        await desktop.board.place_call(request())
        await desktop.board.act("crm-42", Action.DECLINE)
        again = await desktop.board.place_call(request())
        assert again.is_replay
        assert again.websocket_url is None
        assert desktop.voice.ringing is RingVolume.OFF


async def test_another_request_under_the_same_name_is_a_conflict() -> None:
    async with running() as desktop:
        await desktop.board.place_call(request())
        with pytest.raises(RefusedError) as refused:
            await desktop.board.place_call(request(digest="d2"))
        assert (refused.value.code, refused.value.status) == ("session_conflict", 422)


async def test_two_hundred_equal_requests_at_once_make_one_ring() -> None:
    async with running() as desktop:
        answers = await asyncio.gather(
            *(desktop.board.place_call(request()) for _ in range(200)), return_exceptions=True
        )
        placed = [answer for answer in answers if not isinstance(answer, BaseException) and not answer.is_replay]
        waits = [answer for answer in answers if isinstance(answer, RefusedError)]
        assert len(placed) == 1
        assert all((wait.code, wait.status) == ("request_in_progress", 409) for wait in waits)
        assert len(desktop.views[-1].calls) == 1


async def test_no_microphone_refuses_the_call_in_words() -> None:
    async with running() as desktop:
        desktop.voice.problem = "No microphone was found. Plug one in."
        with pytest.raises(RefusedError, match="microphone") as refused:
            await desktop.board.place_call(request())
        assert (refused.value.code, refused.value.status) == ("no_audio_device", 503)
        assert desktop.board.health().reasons == ("no_audio_device",)


async def test_no_key_is_refused_with_the_way_out() -> None:
    async with running() as desktop:
        desktop.services.refusal = RefusedError("Store a key in Settings.", code="no_api_key", status=503)
        with pytest.raises(RefusedError, match="Settings"):
            await desktop.board.place_call(request())
        assert not desktop.board.health().ready


async def test_a_full_disk_refuses_a_new_call_and_leaves_no_ring() -> None:
    async with running() as desktop:
        desktop.store.is_full = True
        with pytest.raises(RefusedError) as refused:
            await desktop.board.place_call(request())
        assert (refused.value.code, refused.value.status) == ("storage_full", 503)
        assert desktop.views[-1].calls == ()
        desktop.store.is_full = False
        assert (await desktop.board.place_call(request())).record.status is CallState.RINGING


async def test_a_running_call_survives_a_full_disk_and_is_committed_when_there_is_space() -> None:
    async with running() as desktop:
        await desktop.talk()
        desktop.store.is_full = True
        desktop.board.report("crm-42", AgentSaid("Hello.", 410, 1))
        await desktop.board.act("crm-42", Action.END)
        desktop.board.report("crm-42", LinkClosed(CloseFrame(1000)))
        await desktop.until(lambda: desktop.views[-1].last_ended is not None)
        assert desktop.store.records["crm-42"].status is CallState.ACTIVE
        desktop.store.is_full = False
        await desktop.board.place_call(request("next"))
        record = await desktop.store.get("crm-42")
        assert record is not None
        assert record.outcome is Outcome.COMPLETED
        assert [entry.text for entry in record.transcript] == ["Hello."]


async def test_reports_reach_the_record_and_the_view() -> None:
    async with running() as desktop:
        await desktop.talk()
        desktop.board.report("crm-42", AgentSaid("Hello.", 410, 1))
        desktop.board.report("crm-42", ToolUsed("t1", "look_up", "done", 500))
        desktop.board.report("crm-42", NoticeGiven("guardrail", "A rule."))
        desktop.board.report("crm-42", SoundLimited(("No echo cancellation.",)))
        desktop.board.report("crm-42", SpeakerChanged(Speaker.AGENT))
        await desktop.until(lambda: desktop.views[-1].calls[0].speaker is Speaker.AGENT)
        record = await desktop.board.session("crm-42")
        assert record is not None
        assert [entry.text for entry in record.transcript] == ["Hello."]
        assert desktop.views[-1].calls[0].limits == ("No echo cancellation.",)
        assert record.tool_calls[0].tool_name == "look_up"
        assert record.notices[0].code == "guardrail"
        assert desktop.store.entries["crm-42"][0].at_ms == 410


async def test_a_recording_switched_off_and_on_again_at_once_is_the_one_of_the_record() -> None:
    async with running() as desktop:
        await desktop.talk()
        desktop.board.report("crm-42", RecordingStarted(0, "first.flac"))
        # The operator has pressed twice before the disk has closed the first file.
        for is_on in (False, True):
            desktop.board.set_recording("crm-42", is_on)
        desktop.board.report("crm-42", RecordingEnded(3.0, "first.flac"))
        desktop.board.report("crm-42", RecordingStarted(3100, "second.flac"))
        await desktop.until(lambda: desktop.store.records["crm-42"].recording_file == "second.flac")
        assert desktop.store.records["crm-42"].recording.state == "running"
        desktop.board.report("crm-42", RecordingEnded(9.0, "second.flac"))
        await desktop.until(lambda: desktop.store.records["crm-42"].recording == Recording(state="done", duration_s=9))
        # A third cannot be begun: what there is stays.
        desktop.board.report("crm-42", RecordingEnded(0.0, None, "The disk is full."))
        desktop.board.report("crm-42", AgentSaid("Hello.", 410, 1))
        await desktop.until(lambda: desktop.store.entries.get("crm-42"))
        record = desktop.store.records["crm-42"]
        assert (record.recording_file, record.recording.state) == ("second.flac", "done")


async def test_a_recording_that_cannot_be_begun_has_failed() -> None:
    async with running() as desktop:
        await desktop.talk()
        desktop.board.report("crm-42", RecordingEnded(0.0, None, "The disk is full."))
        await desktop.until(lambda: desktop.store.records["crm-42"].recording.state == "failed")


async def test_a_recording_that_begins_on_a_slow_disk_after_its_call_is_kept_with_it() -> None:
    async with running() as desktop:
        await desktop.talk()
        desktop.board.act_at_desk("crm-42", Action.END)
        desktop.board.report("crm-42", LinkClosed(CloseFrame(1000)))
        await desktop.until(lambda: desktop.store.records["crm-42"].outcome)
        desktop.board.report("crm-42", RecordingStarted(0, "late.flac"))
        desktop.board.report("crm-42", RecordingEnded(2.0, "late.flac"))
        await desktop.until(lambda: desktop.store.records["crm-42"].recording.state == "done")
        assert desktop.store.records["crm-42"].recording_file == "late.flac"


async def test_a_ring_that_nobody_answers_is_missed() -> None:
    async with running() as desktop:
        await desktop.board.place_call(CallRequest("x", "billing", ring_timeout_s=0.05))
        await desktop.until(lambda: desktop.store.records["x"].outcome is Outcome.MISSED)
        assert desktop.voice.ringing is RingVolume.OFF


async def test_a_tray_click_accepts_and_a_double_click_does_not_end() -> None:
    async with running() as desktop:
        await desktop.board.place_call(request())
        desktop.board.tray_clicked()
        desktop.board.tray_clicked()
        await desktop.until(lambda: ("connect", "crm-42") in desktop.voice.heard)
        assert await desktop.status() is CallState.CONNECTING


async def test_what_cannot_be_done_is_said_to_the_operator() -> None:
    async with running() as desktop:
        await desktop.talk()
        desktop.board.act_at_desk("crm-42", Action.DECLINE)
        await desktop.until(lambda: desktop.refusals)
        assert "active" in desktop.refusals[0]


async def test_acting_again_after_the_end_answers_as_before() -> None:
    async with running() as desktop:
        await desktop.board.place_call(request())
        await desktop.board.act("crm-42", Action.END)
        again = await desktop.board.act("crm-42", Action.END)
        assert again is not None
        assert again.outcome is Outcome.CANCELLED
        with pytest.raises(RefusedError) as refused:
            await desktop.board.act("crm-42", Action.ACCEPT)
        assert refused.value.code == "wrong_state"
        assert await desktop.board.act("nobody", Action.END) is None


@pytest.mark.parametrize("action", sorted(set(Action) - {Action.END}))
async def test_what_comes_after_the_end_is_refused_with_what_it_was(action: Action) -> None:
    async with running() as desktop:
        await desktop.board.place_call(request())
        await desktop.board.act("crm-42", Action.END)
        with pytest.raises(RefusedError, match=f"over: there is nothing to {action.removeprefix('un')}") as refused:
            await desktop.board.act("crm-42", action)
        assert refused.value.code == "wrong_state"


async def test_practising_places_and_accepts_a_call_even_while_undisturbed() -> None:
    async with running() as desktop:
        desktop.board.set_presence(Wish.UNTIL_BACK)
        await desktop.until(lambda: desktop.views and desktop.views[-1].is_do_not_disturb)
        desktop.board.practise()
        await desktop.until(lambda: desktop.voice.setups)
        assert desktop.views[-1].talking is not None


async def test_shutting_down_ends_calls_and_refuses_new_ones() -> None:
    async with running() as desktop:
        await desktop.talk()
        closing = asyncio.create_task(desktop.board.shut_down())
        await desktop.until(lambda: ("hang_up", "crm-42") in desktop.voice.heard)
        desktop.board.report("crm-42", LinkClosed(CloseFrame(1000)))
        await closing
        assert desktop.store.records["crm-42"].outcome is Outcome.COMPLETED
        with pytest.raises(RefusedError, match="closed"):
            await desktop.board.place_call(request("next"))


async def test_shutting_down_waits_for_an_ending_that_is_being_written() -> None:
    async with running() as desktop:
        ended: list[str] = []
        desktop.board.on_ended.append(lambda record: ended.append(record.session_id))
        await desktop.talk()
        await desktop.board.act("crm-42", Action.END)
        desktop.store.is_quick.clear()
        desktop.board.report("crm-42", LinkClosed(CloseFrame(1000)))
        await asyncio.sleep(0.01)
        closing = asyncio.create_task(desktop.board.shut_down())
        await asyncio.sleep(0.05)
        assert not closing.done()
        desktop.store.is_quick.set()
        await closing
        assert ended == ["crm-42"], "its caller is told before the program is over"


async def test_shutting_down_does_not_wait_for_a_call_that_could_not_be_kept() -> None:
    async with running() as desktop:
        desktop.store.is_full = True
        with pytest.raises(RefusedError):
            await desktop.board.place_call(request("crm-42"))
        async with asyncio.timeout(0.5):
            await desktop.board.shut_down()


async def test_pages_come_newest_first() -> None:
    async with running(DeskRules(ring_queue_size=5)) as desktop:
        for name in ("a", "b", "c"):
            await desktop.board.place_call(request(name))
        page = await desktop.board.sessions(2, None, None, None)
        assert [record.session_id for record in page.records] == ["c", "b"]
        rest = await desktop.board.sessions(2, page.next_cursor, None, None)
        assert [record.session_id for record in rest.records] == ["a"]


async def test_a_call_that_ends_by_itself_while_the_program_ends_is_no_fault() -> None:
    async with running() as desktop:
        for name in ("one", "two", "three"):
            await desktop.board.place_call(request(name))
        desktop.store.is_quick.clear()  # the first ending takes its time; the others' rings are over meanwhile
        leaving = asyncio.create_task(desktop.board.shut_down())
        await asyncio.sleep(0.01)
        late = asyncio.create_task(desktop.board.act("three", Action.DECLINE))
        desktop.store.is_quick.set()
        await asyncio.gather(leaving, late, return_exceptions=True)
        assert leaving.exception() is None
        assert {record.status for record in desktop.store.records.values()} == {CallState.ENDED}


async def test_windows_learn_that_what_rings_has_no_place_until_a_call_is_over() -> None:
    async with running(DeskRules(max_concurrent_calls=1)) as desktop:
        await desktop.talk()
        await desktop.board.place_call(request("next"))
        assert [call.has_place for call in desktop.views[-1].ringing] == [False]
        await desktop.board.act("crm-42", Action.END)
        await desktop.until(lambda: desktop.board.views.current.talking is None)
        assert [call.has_place for call in desktop.views[-1].ringing] == [True]


async def test_windows_learn_that_nobody_is_let_in_any_more() -> None:
    async with running(DeskRules(when_busy=WhenBusy.REFUSE, max_concurrent_calls=1)) as desktop:
        assert not desktop.board.views.current.is_busy
        await desktop.talk()
        assert desktop.views[-1].is_busy
    async with running() as desktop:
        await desktop.talk()
        assert not desktop.views[-1].is_busy


async def test_typing_ends_with_the_person_who_typed() -> None:
    async with running() as desktop:
        await desktop.talk()
        for report in (HumanSpeaks(is_human=True), HumanTypes(5.0)):
            desktop.board.report("crm-42", report)
        await desktop.until(lambda: desktop.views[-1].calls[0].types_until_s is not None)
        desktop.board.report("crm-42", HumanTypes(0.0))
        await desktop.until(lambda: desktop.views[-1].calls[0].types_until_s is None)
        desktop.board.report("crm-42", HumanTypes(5.0))
        desktop.board.report("crm-42", HumanSpeaks(is_human=False))
        await desktop.until(lambda: not desktop.views[-1].calls[0].is_human)
        assert desktop.views[-1].calls[0].types_until_s is None


async def test_a_picture_of_a_long_conversation_shares_its_turns_with_the_one_before() -> None:
    """Copied at each turn, a conversation would cost more the longer it is."""
    async with running() as desktop:
        await desktop.talk()
        for number in range(3 * BLOCK):
            desktop.board.report("crm-42", AgentSaid("Hello.", number, number))
        await desktop.until(lambda: len(desktop.views[-1].calls[0].record.transcript) == 3 * BLOCK)
        before = Turns.of(desktop.views[-1].calls[0].record.transcript)
        desktop.board.report("crm-42", TurnRated(BLOCK, "like"))
        desktop.board.report("crm-42", AgentSaid("Bye.", 9**9, 9**9))
        await desktop.until(lambda: len(desktop.views[-1].calls[0].record.transcript) == 3 * BLOCK + 1)
        after = Turns.of(desktop.views[-1].calls[0].record.transcript)
        assert before.difference(after) == [BLOCK]
        shared = {id(block) for block in before._blocks} & {id(block) for block in after._blocks}
        assert len(shared) == 2
