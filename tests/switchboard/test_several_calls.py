"""Several calls at once: what the rooms are told, what callers read, and that one call's failure is its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.call_events import AgentReady, CloseFrame, Failure, LineFailed, LinkClosed, Party
from connector_gui.core.call_reports import AgentSaid, HeldSpeech, LineWaited, RecordingStarted
from connector_gui.core.call_request import CallRequest
from connector_gui.core.desk import Desk, RingVolume
from connector_gui.core.desk_rules import DeskRules
from connector_gui.core.errors import AgentError, RefusedError
from connector_gui.core.hold import HoldLimitAction, HoldRules
from connector_gui.core.lines import LineDevices, LineRule, LineSettings
from connector_gui.core.moment import Moment
from connector_gui.core.record import CallRecord
from connector_gui.core.service import Action
from connector_gui.core.strip import strip_of
from connector_gui.switchboard import Switchboard
from tests.fakes.rooms import Agents, MemoryStore, NotingVoice, RecordingsFolder, Services, Signed

SOFTPHONE = LineSettings(LineDevices("Softphone", "Cable B", "Cable A"), (LineRule("billing"),), is_auto_answer=True)
RULES = DeskRules(max_concurrent_calls=3, lines=(SOFTPHONE,))
LOST = Failure("connection_lost", "The connection was lost.")


class Desktop:
    """A switchboard with its stand-ins."""

    def __init__(self, rules: DeskRules) -> None:
        self.store = MemoryStore()
        self.voice = NotingVoice(self.store)
        self.services = Services()
        self.desk = Desk(rules)
        recordings = RecordingsFolder(Path("recordings"))
        clock = lambda: Moment(datetime.now(UTC), monotonic())  # noqa: E731
        self.board = Switchboard(self.desk, self.store, self.voice, self.services, recordings, clock)

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                await asyncio.sleep(0.005)

    async def place(self, name: str, agent: str = "support", **values: Any) -> None:
        await self.board.place_call(CallRequest(name, agent, ring_timeout_s=30, digest=name, **values))

    async def talk(self, name: str, agent: str = "support", line: str | None = None) -> None:
        await self.place(name, agent)
        await self.board.act(name, Action.ACCEPT, line=line)
        await self.connected(name)

    async def connected(self, name: str) -> None:
        await self.until(lambda: ("connect", name) in self.voice.heard)
        self.board.report(name, AgentReady(f"conv_{name}"))
        await self.until(lambda: self.store.records[name].conversation_id)

    async def session(self, name: str) -> CallRecord:
        record = await self.board.session(name)
        assert record is not None
        return record


class FullAccount(Agents):
    """An account that has as many conversations as it may."""

    async def signed_url(self, agent_id: str) -> Signed:
        raise AgentError("All lines of this account are in use.", code="elevenlabs_concurrency", status=502)


@asynccontextmanager
async def running(rules: DeskRules = RULES) -> AsyncIterator[Desktop]:
    desktop = Desktop(rules)
    async with asyncio.TaskGroup() as tasks:
        work = tasks.create_task(desktop.board.run())
        yield desktop
        work.cancel()


async def test_a_line_takes_its_call_without_a_ring_and_the_session_says_where_it_runs() -> None:
    async with running() as desktop:
        await desktop.place("a", "billing")
        assert desktop.voice.ringing is RingVolume.OFF
        await desktop.connected("a")
        assert ("open_line", "a", "Softphone") in desktop.voice.heard
        assert desktop.voice.cues == []
        assert (await desktop.session("a")).line == desktop.store.records["a"].line == "Softphone"
        told = [one.data for one in desktop.store.events if one.kind == "session" and "line" in one.data]
        assert told == [{"status": CallState.CONNECTING, "line": "Softphone"}]


async def test_a_call_for_a_line_needs_no_microphone_at_the_desk() -> None:
    async with running() as desktop:
        desktop.voice.problem = "There is no microphone. Connect one."
        with pytest.raises(RefusedError, match="no microphone"):
            await desktop.place("a")
        await desktop.place("b", "billing")
        await desktop.connected("b")


async def test_a_call_moves_to_a_line_and_back() -> None:
    async with running() as desktop:
        await desktop.talk("a")
        moved = await desktop.board.act("a", Action.MOVE, line="softphone")
        assert moved is not None
        assert moved.line == "Softphone"
        back = await desktop.board.act("a", Action.MOVE)
        assert back is not None
        assert back.line is None
        assert [one for one in desktop.voice.heard if one[0] == "move_line"] == [
            ("move_line", "a", "Softphone"),
            ("move_line", "a", "desk"),
        ]


async def test_the_operator_changes_over_and_the_strip_shows_who_waits_and_how_much_is_unheard() -> None:
    async with running() as desktop:
        await desktop.talk("a")
        await desktop.talk("b")
        desktop.board.report("a", HeldSpeech(3.24))
        await desktop.until(lambda: strip_of(desktop.board.views.current)[0].waiting_s)
        waiting, talking = strip_of(desktop.board.views.current)
        assert (waiting.session_id, waiting.is_held, waiting.waiting_s) == ("a", True, 3.24)
        assert (talking.session_id, talking.has_focus) == ("b", True)
        hold = (await desktop.session("a")).hold
        assert hold is not None
        assert hold.waiting_s == 3.2
        listed = await desktop.board.sessions(10, None, None, None)
        assert {one.session_id: one.hold is not None for one in listed.records} == {"a": True, "b": False}
        desktop.board.swap()
        await desktop.until(lambda: desktop.store.records["b"].held)
        desktop.board.focus_on("b")
        await desktop.until(lambda: desktop.store.records["a"].held)
        assert (await desktop.session("b")).hold is None


async def test_callers_are_told_of_waiting_speech_in_steps_not_every_second() -> None:
    async with running() as desktop:
        await desktop.talk("a")
        await desktop.board.act("a", Action.HOLD)
        for second in range(1, 26):
            desktop.board.report("a", HeldSpeech(float(second)))
        desktop.board.report("a", HeldSpeech(0.0))

        def told() -> list[float]:
            return [one.data["hold"]["waiting_s"] for one in desktop.store.events if "hold" in one.data]

        await desktop.until(lambda: told()[-1:] == [0.0])
        assert told() == [1.0, 10.0, 20.0, 0.0]


async def test_the_agent_is_told_of_hold_and_return_where_that_is_set() -> None:
    async with running(replace(RULES, hold=HoldRules("Wait.", "Back."))) as desktop:
        await desktop.talk("a")
        await desktop.board.act("a", Action.HOLD)
        await desktop.board.act("a", Action.RESUME)
        assert [one[2:] for one in desktop.voice.heard if one[0] == "send_text"] == [
            ("Wait.", "contextual_update"),
            ("Back.", "contextual_update"),
        ]


async def test_a_call_that_was_on_hold_too_long_ends_and_its_record_says_why() -> None:
    hold = HoldRules(limit_s=0.05, limit_action=HoldLimitAction.END)
    async with running(replace(RULES, hold=hold)) as desktop:
        await desktop.talk("a")
        await desktop.board.act("a", Action.HOLD)
        await desktop.until(lambda: ("hang_up", "a") in desktop.voice.heard)
        desktop.board.report("a", LinkClosed(CloseFrame(1000)))
        await desktop.until(lambda: desktop.store.records["a"].status is CallState.ENDED)
        record = desktop.store.records["a"]
        assert (record.outcome, record.ended_by) == (Outcome.COMPLETED, Party.OPERATOR)
        assert [notice.code for notice in record.notices] == ["hold_limit_ended"]
        assert "0.05 s" in record.notices[0].message


async def test_new_settings_hold_at_once_for_calls_that_ring_already() -> None:
    async with running(DeskRules(max_concurrent_calls=3)) as desktop:
        await desktop.place("a", "billing")
        rings = [desktop.voice.ringing]
        desktop.board.set_rules(RULES)
        await desktop.connected("a")
        assert (await desktop.session("a")).line == "Softphone"
        rings.append(desktop.voice.ringing)
        assert rings == [RingVolume.LOUD, RingVolume.OFF]


async def test_a_call_placed_at_the_desk_is_taken_at_the_desk_whatever_the_rules() -> None:
    async with running() as desktop:
        desktop.board.call_at_desk(CallRequest("again", "billing", ring_timeout_s=30))
        await desktop.until(lambda: ("open_line", "again") in desktop.voice.heard)
        assert (await desktop.session("again")).line is None


async def test_what_fails_in_one_call_touches_no_other() -> None:
    async with running() as desktop:
        for name in ("a", "b", "c"):
            await desktop.talk(name)
            desktop.board.report(name, RecordingStarted(0, f"{name}.flac"))
            desktop.board.report(name, AgentSaid(f"Hello from {name}.", 10, 1))
        await desktop.until(lambda: len(desktop.store.entries.get("c", {})) == 1)
        before = {name: await desktop.session(name) for name in ("a", "c")}
        desktop.voice.heard.clear()

        desktop.board.report("b", LineFailed(Failure("no_audio_device", "The microphone is gone.")))
        await desktop.until(lambda: desktop.store.records["b"].outcome)
        desktop.board.report("b", AgentSaid("Late.", 900, 2))
        desktop.board.report("b", LinkClosed(None, LOST))
        await desktop.until(lambda: desktop.board.views.current.last_ended)

        assert desktop.store.records["b"].outcome is Outcome.FAILED
        assert {words[1] for words in desktop.voice.heard if len(words) > 1} == {"b"}
        for name, record in before.items():
            now = await desktop.session(name)
            assert (now.status, now.held, now.transcript) == (record.status, record.held, record.transcript)
            assert now.transcript[0].text == f"Hello from {name}."


async def test_a_full_account_fails_the_call_it_refuses_and_says_so_to_its_caller_alone() -> None:
    async with running() as desktop:
        await desktop.talk("a")
        desktop.services.agents.age_s = 3600  # so that a fresh address is asked for
        await desktop.place("b")
        desktop.services.agents = FullAccount()
        await desktop.board.act("b", Action.ACCEPT)
        await desktop.until(lambda: desktop.store.records["b"].outcome)
        error = desktop.store.records["b"].error
        assert error is not None
        assert error.code == "elevenlabs_concurrency"
        assert (await desktop.session("a")).status is CallState.HELD


async def test_elevenlabs_own_queue_is_shown_and_told_to_the_caller() -> None:
    async with running() as desktop:
        await desktop.talk("a")
        desktop.board.report("a", LineWaited(is_waiting=True))
        await desktop.until(lambda: desktop.store.records["a"].notices)
        assert desktop.board.views.current.calls[0].is_waiting_for_line
        assert [one.data["code"] for one in desktop.store.events if one.kind == "notice"] == ["agent_queue"]
        desktop.board.report("a", LineWaited(is_waiting=False))
        await desktop.until(lambda: not desktop.board.views.current.calls[0].is_waiting_for_line)
        assert len(desktop.store.records["a"].notices) == 1


async def test_fifty_rows_of_one_caller_do_not_keep_another_waiting() -> None:
    async with running(replace(RULES, ring_queue_size=100)) as desktop:
        for number in range(50):
            await desktop.place(f"row-{number}", placed_by="sheet")
        await desktop.place("single", placed_by="crm")
        answered = []
        for _ in range(2):
            first = desktop.board.views.current.ringing[0].record.session_id
            await desktop.board.act(first, Action.ACCEPT)
            answered.append(first)
        assert answered == ["row-0", "single"]
