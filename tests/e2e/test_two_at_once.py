"""The whole program with two calls at once: ringing together, accepted together, declined while they connect."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from connector_gui.practice.scenarios import SCENARIOS
from connector_gui.practice.server import PracticeServer
from connector_gui.practice.thread import PracticeThread
from tests.e2e.agent import Agent
from tests.e2e.program import Program, running

pytestmark = [pytest.mark.desktop, pytest.mark.sound]

T = TypeVar("T")


@pytest.fixture(scope="module")
def agent() -> Iterator[Agent]:
    server = PracticeServer(with_evidence=True)
    thread = PracticeThread(server)
    base_url = thread.start()
    try:
        yield Agent(base_url, server.control)
    finally:
        thread.stop()


@pytest.fixture(scope="module")
def shared(desk: dict[str, str], agent: Agent, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("two-at-once")
    with running(desk, folder / "data", **agent.settings, MAX_CONCURRENT_CALLS="2") as program:
        yield program


@pytest.fixture
def program(shared: Program, desk: dict[str, str]) -> Iterator[Program]:
    yield shared
    shared.until(lambda: open_streams(desk) == 0, "devices let go", 3)


def open_streams(env: dict[str, str]) -> int:
    """How many streams the program has at the sound server, both ways (the rig's own have no client)."""
    rows: list[str] = []
    for kind in ("source-outputs", "sink-inputs"):
        command = ["pactl", "list", "short", kind]
        rows += subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout.splitlines()
    return sum(row.split("\t")[2] != "-" for row in rows)


def at_once(*jobs: Callable[[], T]) -> list[T]:
    with ThreadPoolExecutor(len(jobs)) as pool:
        return [done.result() for done in [pool.submit(job) for job in jobs]]


def act(program: Program, name: str, action: str) -> Callable[[], Any]:
    return lambda: program.request("POST", f"/sessions/{name}/{action}")


def states(program: Program, *names: str) -> set[str]:
    return {program.session(name)["status"] for name in names}


def test_two_calls_ring_and_are_accepted_at_once_and_one_is_held(program: Program) -> None:
    placed = at_once(lambda: program.place("a"), lambda: program.place("b"))
    assert [answer.status for answer in placed] == [202, 202]
    assert states(program, "a", "b") == {"ringing"}
    taken = at_once(act(program, "a", "accept"), act(program, "b", "accept"))
    assert [answer.status for answer in taken] == [200, 200]
    program.until(lambda: states(program, "a", "b") == {"active", "held"}, "one active, one held")
    third = program.place("c")
    assert third.status == 202
    assert program.request("POST", "/sessions/c/accept").body["code"] == "desk_full"

    held = next(name for name in ("a", "b") if program.session(name)["held"])
    assert program.session(held)["hold"]["since"]
    at_once(act(program, held, "resume"), act(program, held, "resume"))
    program.until(lambda: program.session(held)["status"] == "active", "resumed")
    assert states(program, "a", "b") == {"active", "held"}

    ended = at_once(act(program, "a", "end"), act(program, "b", "end"), act(program, "c", "decline"))
    assert [answer.status for answer in ended] == [200, 200, 200]
    for name in ("a", "b"):
        session = program.until_status(name, "ended", 3)
        assert (session["outcome"], session["ended_by"]) == ("completed", "caller")
    assert program.session("c")["outcome"] == "declined"


def test_declining_while_it_connects_is_refused_and_both_calls_go_on(program: Program, agent: Agent) -> None:
    agent.control.script(SCENARIOS["slow_metadata"], SCENARIOS["slow_metadata"])
    at_once(lambda: program.place("d"), lambda: program.place("e"))
    answers = at_once(
        act(program, "d", "accept"),
        act(program, "e", "accept"),
        act(program, "d", "accept"),
        act(program, "e", "accept"),
    )
    assert [answer.status for answer in answers] == [200] * 4
    late = at_once(act(program, "d", "decline"), act(program, "e", "decline"))
    assert [(answer.status, answer.body["code"]) for answer in late] == [(409, "wrong_state")] * 2
    program.until(lambda: states(program, "d", "e") == {"active", "held"}, "one active, one held")
    at_once(act(program, "d", "end"), act(program, "e", "end"))
    for name in ("d", "e"):
        assert program.until_status(name, "ended", 3)["outcome"] == "completed"


def test_accept_and_decline_of_one_call_at_once_come_to_one_end(program: Program) -> None:
    program.place("f")
    taken, refused = at_once(act(program, "f", "accept"), act(program, "f", "decline"))
    if refused.status == 200:
        assert taken.body["code"] == "wrong_state"
        assert program.session("f")["outcome"] == "declined"
    else:
        assert (taken.status, refused.body["code"]) == (200, "wrong_state")
        program.until_status("f", "active")
        program.request("POST", "/sessions/f/end")
        assert program.until_status("f", "ended", 3)["outcome"] == "completed"
