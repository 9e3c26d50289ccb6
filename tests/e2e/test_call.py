"""A whole call as the operator lives it: webhook, ring, real clicks, real sound both ways, the record."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from connector_gui.practice.script import Close, Drop, On, Script, Step
from tests.e2e.agent import Agent
from tests.e2e.program import Program, running
from tests.rig import (
    MICROPHONE,
    RECORDING_RATE_HZ,
    Samples,
    SpeakerRecording,
    speak,
    start_speaking,
    synthesize,
    tray_click,
)

pytestmark = [pytest.mark.desktop, pytest.mark.sound]

LOUD = 400
"""An amplitude that speech at the rig's level exceeds and silence does not."""


def loud_ms(samples: Samples) -> float:
    """How long something is heard, in windows of 20 ms."""
    window = RECORDING_RATE_HZ // 50
    whole = samples[: samples.size // window * window].reshape(-1, window)
    return float((np.abs(whole).max(axis=1) > LOUD).sum() * 20)


def microphone_is_open(env: Mapping[str, str]) -> bool:
    """Whether anybody records from the operator's microphone now."""
    sources = {line.split()[1]: line.split()[0] for line in _pactl(env, "sources")}
    return any(line.split()[1] == sources[MICROPHONE] for line in _pactl(env, "source-outputs"))


def _pactl(env: Mapping[str, str], kind: str) -> list[str]:
    listed = subprocess.run(["pactl", "list", "short", kind], env=env, capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


def accept(program: Program, env: Mapping[str, str], session_id: str) -> None:
    """Ring, and click as soon as it rings."""
    placed = program.place(session_id, metadata={"customer_name": "Mara"})
    assert placed.status == 202, placed.body
    assert placed.body["status"] == "ringing"
    tray_click(env=env)
    program.until_status(session_id, "active")


@pytest.mark.parametrize(
    ("output", "user_input"),
    [("pcm_16000", "pcm_16000"), ("ulaw_8000", "ulaw_8000"), ("pcm_48000", "pcm_16000")],
)
def test_a_call_from_the_webhook_to_the_last_click(
    desk: dict[str, str], agent: Agent, tmp_path: Path, output: str, user_input: str
) -> None:
    agent.control.script_all(Script(output_format=output, input_format=user_input))
    said = tmp_path / "said.wav"
    synthesize("Good morning, this is the desk speaking.", said)
    with running(desk, tmp_path / "data", **agent.settings) as program:
        assert not microphone_is_open(desk)
        with SpeakerRecording(env=desk) as speaker:
            accept(program, desk, "crm-42")
            before = speaker.samples().size
            program.until(lambda: loud_ms(speaker.samples()[before:]) > 1500, "the greeting at the speaker", 15)
            assert microphone_is_open(desk)
            program.until(lambda: loud_ms(speaker.samples()[-RECORDING_RATE_HZ:]) == 0, "the end of the greeting", 15)
            before = speaker.samples().size
            speak(said, env=desk)
            program.until(lambda: loud_ms(speaker.samples()[before:]) > 1200, "the operator's own words", 15)
        time.sleep(0.6)  # a click within a second of accepting is a double click; this one is not
        tray_click(env=desk)
        ended = program.until_status("crm-42", "ended")
        program.until(lambda: not microphone_is_open(desk), "the microphone let go", 2)
    assert (ended["outcome"], ended["ended_by"]) == ("completed", "operator")
    assert ended["conversation_id"]
    assert [entry["role"] for entry in ended["transcript"]][:3] == ["agent", "user", "agent"]
    assert ended["close"] == {"code": 1000, "reason": ""}


def test_talking_over_the_agent_silences_it_and_is_marked(desk: dict[str, str], agent: Agent, tmp_path: Path) -> None:
    agent.control.script_all(Script(late_audio_ms=1500))
    said = tmp_path / "said.wav"
    synthesize("Stop. Wait a moment please, I have a question about that.", said)
    with running(desk, tmp_path / "data", **agent.settings) as program, SpeakerRecording(env=desk) as speaker:
        accept(program, desk, "crm-1")
        before = speaker.samples().size
        program.until(lambda: loud_ms(speaker.samples()[before:]) > 400, "the greeting at the speaker", 15)
        speaking = start_speaking(said, env=desk)
        program.until(
            lambda: any(entry["interrupted"] for entry in program.session("crm-1")["transcript"]),
            "the interruption",
            15,
        )
        time.sleep(0.3)
        quiet = speaker.samples().size
        time.sleep(0.5)
        assert loud_ms(speaker.samples()[quiet:]) == 0  # the late audio of the greeting is not played
        assert speaking.wait() == 0
        tray_click(env=desk)
        ended = program.until_status("crm-1", "ended")
    greeting = ended["transcript"][0]
    assert greeting["role"] == "agent"
    assert greeting["interrupted"]
    assert len(greeting["text"]) < len(greeting["said_text"])


def test_the_agents_goodbye_is_heard_to_the_end(desk: dict[str, str], agent: Agent, tmp_path: Path) -> None:
    agent.control.script_all(Script(practice_s=1.0))
    with running(desk, tmp_path / "data", **agent.settings) as program, SpeakerRecording(env=desk) as speaker:
        accept(program, desk, "crm-2")
        ended = program.until_status("crm-2", "ended", 30)
        heard_ms = loud_ms(speaker.samples())
    assert (ended["outcome"], ended["ended_by"]) == ("completed", "agent")
    assert heard_ms > 2000


@pytest.mark.parametrize(("step", "code"), [(Drop(), 1006), (Close(1011, "crash"), 1011)])
def test_a_connection_that_dies_fails_the_call_and_frees_the_devices(
    desk: dict[str, str], agent: Agent, tmp_path: Path, step: Drop | Close, code: int
) -> None:
    agent.control.script_all(Script(steps=(Step(step, 1.5, On.STARTED),)))
    with running(desk, tmp_path / "data", **agent.settings) as program:
        accept(program, desk, "crm-3")
        ended = program.until_status("crm-3", "ended", 20)
        program.until(lambda: not microphone_is_open(desk), "the microphone let go", 2)
        assert program.place("crm-4").status == 202  # and the desk goes on
    assert ended["outcome"] == "failed"
    assert ended["close"]["code"] == code
    assert "ElevenLabs" in ended["error"]["message"] or "connection" in ended["error"]["message"]


def test_two_calls_in_a_row_and_everything_the_api_offers(desk: dict[str, str], agent: Agent, tmp_path: Path) -> None:
    with running(desk, tmp_path / "data", **agent.settings) as program:
        for name in ("first", "second"):
            assert program.place(name).status == 202
            assert program.request("POST", f"/sessions/{name}/accept").body["status"] == "connecting"
            program.until_status(name, "active")
            assert program.request("POST", f"/sessions/{name}/mute").body["muted"] is True
            agent.control.wait(lambda: sum(got.message is None for got in agent.control.live[0].received) > 3)
            assert program.request("POST", f"/sessions/{name}/end").status == 200
            ended = program.until_status(name, "ended")
            assert (ended["outcome"], ended["ended_by"]) == ("completed", "caller")
        program.place("third")
        assert program.request("POST", "/sessions/third/decline").body["outcome"] == "declined"
        program.place("fourth", ring_timeout_s=1)
        program.until(lambda: program.session("fourth")["outcome"] == "missed", "ringing out")
        listed = program.request("GET", "/sessions").body["sessions"]
        assert [session["session_id"] for session in listed] == ["fourth", "third", "second", "first"]


def test_nothing_that_must_stay_secret_is_written_anywhere(desk: dict[str, str], agent: Agent, tmp_path: Path) -> None:
    canary, key = "canary-4711-hunter2", "k1-secret-webhook-key"
    settings = {**agent.settings, "API_KEYS": f"n8n={key}", "LOG_LEVEL": "DEBUG"}
    with running(desk, tmp_path / "data", **settings) as program:
        body = {"agent_id": "agent_1", "session_id": "s", "metadata": {"secret__pin": canary, "name": "Mara"}}
        placed = program.request("POST", "/webhook/initiate-call", body, key=key)
        assert placed.status == 202
        signature = placed.body["websocket_url"].rpartition("=")[2]
        assert program.request("POST", "/sessions/s/accept", key=key).status == 200
        program.until(lambda: program.request("GET", "/sessions/s", key=key).body["status"] == "active", "active")
        assert program.request("GET", "/sessions/s", key=key).body["metadata"]["secret__pin"] == "***"
        (conversation,) = agent.control.conversations
        assert conversation.initiation is not None
        assert conversation.initiation.dynamic_variables["secret__pin"] == canary
        assert program.request("POST", "/sessions/s/end", key=key).status == 200
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) >= 3
    for path in written:
        content = path.read_bytes()
        for secret in (canary, key, "sk_test_0123456789", signature):
            assert secret.encode() not in content, path
