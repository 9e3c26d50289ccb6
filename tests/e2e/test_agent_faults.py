"""The whole program against an ElevenLabs that refuses, hangs, falls silent and dies; and End in every state."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import pytest

from connector_gui.practice.control import Route
from connector_gui.practice.scenarios import ANSWERS, SCENARIOS
from connector_gui.practice.script import NEVER, Answer
from connector_gui.practice.server import PracticeServer
from connector_gui.practice.thread import PracticeThread
from tests.e2e.agent import Agent
from tests.e2e.program import Program, running
from tests.rig import tray_click

pytestmark = [pytest.mark.desktop, pytest.mark.sound]

ENDED_WITHIN_S: Final = 2.0


@pytest.fixture(scope="module")
def far_end() -> Iterator[Agent]:
    server = PracticeServer(with_evidence=True)
    thread = PracticeThread(server)
    base_url = thread.start()
    try:
        yield Agent(base_url, server.control)
    finally:
        thread.stop()


@pytest.fixture(scope="module")
def shared(desk: dict[str, str], far_end: Agent, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("agent-faults")
    with running(desk, folder / "data", **far_end.settings, MAX_CONCURRENT_CALLS="3") as program:
        yield program


@pytest.fixture
def agent(far_end: Agent) -> Agent:
    """The everyday agent, for a program that has known others before."""
    far_end.control.reset()
    return far_end


@pytest.fixture
def program(shared: Program, desk: dict[str, str]) -> Iterator[Program]:
    yield shared
    assert shared.process.poll() is None
    assert shared.request("GET", "/health", key=None).body["status"] == "healthy"
    shared.until(lambda: open_streams(desk) == 0, "devices let go", 2)


def open_streams(env: dict[str, str]) -> int:
    """How many streams the program has at the sound server, both ways (the rig's own have no client)."""
    rows: list[str] = []
    for kind in ("source-outputs", "sink-inputs"):
        command = ["pactl", "list", "short", kind]
        rows += subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout.splitlines()
    return sum(row.split("\t")[2] != "-" for row in rows)


# --- before it rings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("invalid_key", 502, "elevenlabs_key_invalid"),
        ("agent_not_found", 404, "agent_not_found"),
        ("bad_gateway", 502, "elevenlabs_error"),
        ("redirect", 502, "elevenlabs_error"),
        ("foreign_url", 502, "elevenlabs_error"),
    ],
)
def test_a_fault_of_elevenlabs_is_told_to_the_caller_and_nothing_rings(
    program: Program, agent: Agent, name: str, status: int, code: str
) -> None:
    agent.control.answer_all(Route.SIGNED_URL, ANSWERS[name])
    refused = program.place(name)
    assert (refused.status, refused.body["code"]) == (status, code)
    assert program.request("GET", f"/sessions/{name}").status == 404
    assert "token=x" not in refused.body["error"] + program.output.read_text()


# --- deadlines, in real time and all at once ------------------------------------------------------------


def test_every_deadline_holds(program: Program, agent: Agent) -> None:
    """Half open in the call, hung behind a proxy, without a word from the start, and while it should ring."""
    pings_often = replace(SCENARIOS["server_silent"], ping_interval_s=0.1)
    agent.control.script(pings_often, SCENARIOS["never_metadata"], SCENARIOS["half_open"])
    for name in ("silent", "speechless", "half-open"):
        before = len(agent.control.conversations)
        accept(program, name)
        wait_for_conversation(agent, before + 1)
    agent.control.answer_next(Route.SIGNED_URL, Answer(delay_s=NEVER))
    asking = Asking(lambda: program.place("hangs"))
    for name, code, limit_s in (
        ("speechless", "agent_timeout", 10.5),
        ("silent", "connection_lost", 20.5),  # the frozen connection is noticed first, then it has been frozen longer
        ("half-open", "connection_lost", 20.5),
    ):
        ended = program.until_status(name, "ended", 25)
        assert (ended["outcome"], ended["error"]["code"]) == ("failed", code)
        assert limit_s - 3 < seconds_to_its_end(ended) < limit_s + 0.5
    refused, took_s = asking.answer()
    assert (refused.status, refused.body["code"]) == (504, "elevenlabs_timeout")
    assert took_s < 10.8


class Asking(threading.Thread):
    """A request on a thread of its own."""

    def __init__(self, ask: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self._ask = ask
        self._answered: tuple[Any, float] | None = None
        self.start()

    def run(self) -> None:
        began_s = time.monotonic()
        answer = self._ask()
        self._answered = answer, time.monotonic() - began_s

    def answer(self) -> tuple[Any, float]:
        """What came, and after how many seconds."""
        self.join(15)
        assert self._answered is not None
        return self._answered


def seconds_to_its_end(session: dict[str, Any]) -> float:
    """From the click that accepted it."""
    accepted, ended = (datetime.fromisoformat(session[name]) for name in ("accepted_at", "ended_at"))
    return (ended - accepted).total_seconds()


def wait_for_conversation(agent: Agent, number: int) -> None:
    agent.control.wait(lambda: len(agent.control.conversations) == number)


def accept(program: Program, session_id: str) -> None:
    assert program.place(session_id).status == 202
    assert program.request("POST", f"/sessions/{session_id}/accept").status == 200


# --- End, in every state ---------------------------------------------------------------------------------


def rings(program: Program, session_id: str) -> None:
    assert program.place(session_id).status == 202


def is_active(program: Program, session_id: str) -> None:
    accept(program, session_id)
    program.until_status(session_id, "active")


def speaks(program: Program, session_id: str) -> None:
    is_active(program, session_id)
    time.sleep(0.8)  # the scripted fault comes half a second after the agent began


def is_held(program: Program, session_id: str) -> None:
    is_active(program, session_id)
    assert program.request("POST", f"/sessions/{session_id}/hold").body["status"] == "held"


def is_ending(program: Program, session_id: str) -> None:
    accept(program, session_id)
    program.until_status(session_id, "ending")


@pytest.mark.parametrize(
    ("scenario", "reach", "outcome"),
    [
        ("everyday", rings, "cancelled"),
        ("slow_handshake", accept, "completed"),
        ("never_metadata", accept, "completed"),
        ("everyday", is_active, "completed"),
        ("everyday", is_held, "completed"),
        ("half_open", speaks, "completed"),
        ("narrow_uplink", speaks, "completed"),
        ("never_closes", is_active, "completed"),
        ("time_over", is_ending, "completed"),
    ],
)
def test_end_works_in_every_state_and_twice(
    program: Program,
    agent: Agent,
    desk: dict[str, str],
    scenario: str,
    reach: Callable[[Program, str], None],
    outcome: str,
) -> None:
    session_id = f"{scenario}.{reach.__name__}"
    agent.control.script_all(SCENARIOS[scenario])
    reach(program, session_id)
    pressed_s = time.monotonic()
    for _ in range(2):
        assert program.request("POST", f"/sessions/{session_id}/end").status == 200
    ended = program.until_status(session_id, "ended", 5)
    program.until(lambda: open_streams(desk) == 0, "devices let go", 5)
    assert time.monotonic() - pressed_s < ENDED_WITHIN_S
    assert ended["outcome"] == outcome
    assert program.request("POST", f"/sessions/{session_id}/end").body["outcome"] == outcome


def test_a_click_ends_a_call_whose_connection_is_dead(program: Program, agent: Agent, desk: dict[str, str]) -> None:
    agent.control.script(SCENARIOS["half_open"])
    speaks(program, "clicked")
    time.sleep(0.3)  # a click within a second of accepting is a double click; this one is not
    tray_click(env=desk)
    pressed_s = time.monotonic()
    ended = program.until_status("clicked", "ended", 5)
    assert time.monotonic() - pressed_s < ENDED_WITHIN_S
    assert (ended["outcome"], ended["ended_by"]) == ("completed", "operator")
