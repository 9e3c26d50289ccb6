"""The program is killed at a hundred random moments of a call's life: what it acknowledged is there afterwards."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import soundfile

from tests.e2e.agent import Agent
from tests.e2e.program import Program

pytestmark = [pytest.mark.desktop, pytest.mark.sound, pytest.mark.timeout(900)]

KILLS = 100
DESKS = 4
"""Programs that live and die side by side, each with a data folder of its own."""
LONGEST_PAUSE_S = 0.5
LAST = ("ringing", "connecting", "active", "ended")
ORDER = ["ringing", "connecting", "active", "ending", "ended"]


class Witness:
    """What the outside was told of one call before the program died."""

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self.told: list[str] = []
        self.outcome = ""


def live_and_die(program: Program, session_id: str, last: str, more_s: float) -> Witness:
    """Place a call, take it through its states up to *last*, and kill the program *more_s* after that was told."""
    witness = Witness(session_id)
    placed = program.place(session_id, metadata={"customer_name": "Mara"})
    assert placed.status == 202, placed.body
    witness.told.append("ringing")
    steps = {"ringing": "accept", "active": "end"}
    deadline_s = time.monotonic() + 30
    while witness.told[-1] != last and time.monotonic() < deadline_s:
        step = steps.pop(witness.told[-1], None)
        told = program.request("POST", f"/sessions/{session_id}/{step}") if step else None
        status = told.body["status"] if told else program.session(session_id)["status"]
        if status != witness.told[-1]:
            witness.told.append(status)
    if last == "ended":
        witness.outcome = program.session(session_id)["outcome"]
    time.sleep(more_s)
    program.process.kill()
    program.process.wait()
    return witness


def check(program: Program, witness: Witness, data_dir: Path) -> None:
    """The call is in the record, as far as anybody was told, and over."""
    session = program.session(witness.session_id)
    last = witness.told[-1]
    assert session["status"] == "ended", witness.told
    if last == "ringing":  # the acceptance may have been written, and its answer lost
        assert session["outcome"] in {"missed", "interrupted"}
    elif last == "ended":
        assert session["outcome"] == witness.outcome
    else:
        assert session["outcome"] in {"interrupted", "completed", "failed"}
    if session["recording"]["state"] != "off":
        program.until(
            lambda: program.session(witness.session_id)["recording"]["state"] != "running", "the recording finished"
        )
    with sqlite3.connect(f"file:{data_dir / 'connector.db'}?mode=ro", uri=True) as database:
        (check_result,) = database.execute("PRAGMA integrity_check").fetchone()
        assert check_result == "ok"
        statuses = [
            status
            for (status,) in database.execute(
                "SELECT json_extract(e.data, '$.status') FROM session_events e JOIN calls c ON c.id = e.call_id "
                "WHERE c.session_id = ? AND e.kind = 'session' ORDER BY e.id",
                (witness.session_id,),
            )
            if status
        ]
        (name,) = database.execute(
            "SELECT recording_file FROM calls WHERE session_id = ?", (witness.session_id,)
        ).fetchone()
    assert [ORDER.index(status) for status in statuses] == sorted(ORDER.index(status) for status in statuses)
    assert set(witness.told) <= set(statuses)
    recording = program.session(witness.session_id)["recording"]
    if recording["state"] == "done":
        with soundfile.SoundFile(data_dir / "recordings" / name) as sound:
            assert (sound.channels, sound.samplerate) == (2, 16_000)
            assert sound.frames / sound.samplerate == pytest.approx(recording["duration_s"], abs=0.01)


def one_desk(number: int, env: Mapping[str, str], folder: Path, settings: Mapping[str, str], kills: int) -> list[str]:
    """Start, live, die; start again and look; *kills* times. The last states that were told."""
    chance = random.Random(number)
    data_dir = folder / f"desk-{number}"
    last: list[str] = []
    witness: Witness | None = None
    for life in range(kills + 1):
        program = Program(env, data_dir, RECORD_CALLS="true", **settings)
        try:
            program.until_listening()
            assert program.request("GET", "/sessions?status=ringing").body["sessions"] == []
            if witness is not None:
                check(program, witness, data_dir)
            if life < kills:
                state, more_s = chance.choice(LAST), chance.uniform(0.0, LONGEST_PAUSE_S)
                witness = live_and_die(program, f"life-{number}-{life}", state, more_s)
                last.append(witness.told[-1])
        finally:
            program.stop()
    return last


def test_what_was_acknowledged_survives_a_hundred_kills(desk: dict[str, str], agent: Agent, tmp_path: Path) -> None:
    with ThreadPoolExecutor(DESKS) as pool:
        lives = pool.map(lambda number: one_desk(number, desk, tmp_path, agent.settings, KILLS // DESKS), range(DESKS))
        last = [state for life in lives for state in life]
    assert len(last) == KILLS
    assert {"ringing", "connecting", "active", "ended"} <= set(last), "the moments were not spread over a call's life"
