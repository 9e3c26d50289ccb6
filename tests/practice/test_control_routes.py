"""The control interface over HTTP, and the server as a program and as a thread."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import AsyncIterator

import aiohttp
import pytest

from connector_gui.core.messages import Audio, ConversationMetadata
from connector_gui.practice.control_routes import PREFIX
from connector_gui.practice.server import PracticeServer
from connector_gui.practice.thread import PracticeThread
from tests.practice.client import conversation, signed_url


@pytest.fixture
async def base_url() -> AsyncIterator[str]:
    server = PracticeServer(with_control_routes=True)
    yield await server.start()
    await server.stop()


@pytest.fixture
async def control(base_url: str) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(base_url) as session:
        yield session


async def test_the_control_interface_is_not_there_unless_asked_for() -> None:
    server = PracticeServer(with_evidence=True)
    async with aiohttp.ClientSession(await server.start()) as session:
        for method, path in (("GET", "/conversations"), ("POST", "/script"), ("POST", "/reset")):
            assert (await session.request(method, PREFIX + path)).status == 404
    await server.stop()


async def test_a_script_is_set_and_its_evidence_read(base_url: str, control: aiohttp.ClientSession) -> None:
    script = {
        "output_format": "ulaw_8000",
        "ping_interval_s": "Infinity",
        "steps": [{"do": {"kind": "close", "code": 3000, "reason": "Request error"}, "after_s": 0.1, "on": "speaking"}],
    }
    async with control.post(PREFIX + "/script", json=script) as reply:
        assert reply.status == 200
    async with conversation(base_url) as client:
        assert await client.until_closed() == (3000, "Request error")
    assert client.all(ConversationMetadata)[0].agent_output_audio_format == "ulaw_8000"
    async with control.get(PREFIX + "/conversations") as reply:
        (evidence,) = (await reply.json())["conversations"]
    assert evidence["closing"] == {"code": 3000, "reason": "Request error", "by": "agent"}
    assert next(seen["type"] for seen in evidence["received"]) == "conversation_initiation_client_data"
    assert [sent["type"] for sent in evidence["sent"]][:2] == ["conversation_initiation_metadata", "ping"]


async def test_scenarios_and_answers_go_by_name(base_url: str, control: aiohttp.ClientSession) -> None:
    assert (await control.post(PREFIX + "/scenario/bare_error")).status == 200
    async with conversation(base_url) as client:
        assert (await client.until_closed())[0] == 1011
    assert (await control.post(PREFIX + "/answers/agents", json={"status": 503})).status == 200
    assert (await control.get("/v1/convai/agents")).status == 503
    assert (await control.post(PREFIX + "/reset")).status == 200


async def test_a_live_conversation_is_acted_on(base_url: str, control: aiohttp.ClientSession) -> None:
    async with conversation(base_url) as client:
        await client.until_came(Audio)
        conversation_id = client.all(ConversationMetadata)[0].conversation_id
        path = f"{PREFIX}/conversations/{conversation_id}"
        assert (await control.post(path, json={"kind": "close", "code": 4000})).status == 200
        assert (await client.until_closed())[0] == 4000
    assert (await control.post(path, json={"kind": "drop"})).status == 404


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/script", b"{", 422),
        ("/script", b'{"steps": [{"do": {"kind": "dance"}}]}', 422),
        ("/scenario/nowhere", b"", 404),
        ("/answers/nowhere", b"{}", 404),
        ("/conversations/nobody", b'{"kind": "drop"}', 404),
    ],
)
async def test_nonsense_is_refused(control: aiohttp.ClientSession, path: str, body: bytes, status: int) -> None:
    assert (await control.post(PREFIX + path, data=body)).status == status


def get(url: str) -> int:
    """The status of a blocking GET with a key."""
    request = urllib.request.Request(url, headers={"xi-api-key": "k"})
    try:
        with urllib.request.urlopen(request, timeout=5) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_the_thread_serves_while_its_owner_is_blocked() -> None:
    practice = PracticeThread()
    base_url = practice.start()
    try:
        assert get(base_url + "/v1/convai/agents") == 200
        practice.control.wait(lambda: len(practice.control.requests) == 1)
    finally:
        practice.stop()
    practice.stop()
    assert "practice" not in [thread.name for thread in threading.enumerate()]
    with pytest.raises(OSError, match=r"refused|closed|reset"):
        get(base_url + "/v1/convai/agents")


def test_waiting_in_vain_times_out() -> None:
    practice = PracticeThread()
    practice.start()
    with pytest.raises(TimeoutError):
        practice.control.wait(lambda: False, timeout_s=0.05)
    practice.stop()


async def test_a_call_can_be_held_from_another_loop() -> None:
    practice = PracticeThread(PracticeServer(with_evidence=True))
    base_url = await asyncio.to_thread(practice.start)
    async with conversation(base_url) as client:
        await client.until_came(Audio)
        known = await practice.control.conversation()
        assert known.status == "in-progress"
    await practice.control.until(lambda: known.is_over)
    await asyncio.to_thread(practice.stop)


def test_a_taken_port_is_said_at_the_start() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        practice = PracticeThread(PracticeServer(port=taken.getsockname()[1]))
        with pytest.raises(OSError, match="in use"):
            practice.start()
        practice.stop()


def test_a_thread_that_was_never_started_stops() -> None:
    PracticeThread().stop()


def test_it_runs_as_a_program_until_it_is_ended() -> None:
    command = [sys.executable, "-W", "error", "-m", "connector_gui.practice", "--control"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            base_url = program.stdout.readline().strip()
            assert get(base_url + PREFIX + "/conversations") == 200
        finally:
            program.terminate()
            _, complaints = program.communicate(timeout=10)
    assert complaints == ""
    assert program.returncode == (0 if sys.platform != "win32" else 1)


def test_a_program_on_a_taken_port_says_so_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "connector_gui.practice", "--port", str(port)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"The practice agent cannot listen on port {port}")
    assert len(ended.stderr.splitlines()) == 1


async def test_a_signed_url_is_on_the_servers_own_address(base_url: str) -> None:
    assert (await signed_url(base_url)).startswith(base_url.replace("http://", "ws://"))
