"""The scripted faults, as a client sees them on the wire."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import NoReturn

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from connector_gui.core.messages import (
    AgentResponse,
    Audio,
    ClientToolCall,
    ConversationInitiation,
    ConversationMetadata,
    ErrorMessage,
    Interruption,
    McpToolCall,
    Ping,
    QueueStatus,
    UnknownMessage,
    UserMessage,
    decode_audio,
)
from connector_gui.practice.scenarios import SCENARIOS, close_with
from connector_gui.practice.script import NEVER, On, Script, SendRaw, Step, StopReading
from connector_gui.practice.server import PracticeServer
from connector_gui.practice.voice import Sentence, samples_of
from tests.practice.client import Client, conversation, signed_url


async def play(server: PracticeServer, base_url: str, script: Script, timeout_s: float = 8.0) -> Client:
    """Take part in a scripted call until it is closed."""
    server.control.script(script)
    async with conversation(base_url) as client:
        await client.until_closed(timeout_s)
    return client


async def receive_for_ever(socket: ClientConnection, patience_s: float = 8.0) -> NoReturn:
    """Receive until that raises: closed, or nothing for *patience_s*."""
    while True:
        await asyncio.wait_for(socket.recv(), patience_s)


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1011, 3000, 3008, 4999])
async def test_any_close_code_can_be_had(server: PracticeServer, base_url: str, code: int) -> None:
    client = await play(server, base_url, close_with(code, "so be it", after_s=0))
    assert (client.socket.close_code, client.socket.close_reason) == (code, "so be it")


async def test_a_dropped_connection_has_no_close_frame(server: PracticeServer, base_url: str) -> None:
    client = await play(server, base_url, SCENARIOS["drop_mid_speech"])
    assert client.socket.close_code == 1006
    assert client.all(Audio)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("reserved_bits", 1002),
        ("unknown_opcode", 1002),
        ("bad_utf8", 1007),
        ("masked_frame", 1002),
        ("frame_of_100_mb", 1009),
        ("fragments_over_the_limit", 1009),
    ],
)
async def test_a_broken_frame_makes_the_client_fail_the_connection(
    server: PracticeServer, base_url: str, name: str, code: int
) -> None:
    server.control.script(SCENARIOS[name])
    async with connect(await signed_url(base_url), max_size=16 * 1024 * 1024, compression=None) as socket:
        await socket.send(ConversationInitiation().to_json())
        with pytest.raises(ConnectionClosed) as caught:
            await receive_for_ever(socket)
    assert caught.value.sent is not None
    assert caught.value.sent.code == code


async def test_a_flood_of_fragments_is_one_message_that_never_ends(server: PracticeServer, base_url: str) -> None:
    fragments = Step(SendRaw(b"\x01\x01{" + b"\x00\x01 " * 1000 + b"\x80\x01}"), on=On.SPEAKING)
    server.control.script(Script(steps=(fragments,)))
    async with conversation(base_url) as client:
        await client.until(lambda: bool(client.unread))
    assert client.unread == ["{" + " " * 1000 + "}"]


async def test_odd_messages_come_and_the_call_goes_on(server: PracticeServer, base_url: str) -> None:
    server.control.script(SCENARIOS["odd_messages"])
    async with conversation(base_url) as client:
        await client.until(lambda: len(client.unread) >= 6)
        await client.send(UserMessage(text="still there?"))
        await client.until_came(AgentResponse, 2)
    assert [unknown.type for unknown in client.all(UnknownMessage)] == ["keep_alive", "brand_new_event"]
    assert len(client.all(ConversationMetadata)) == 2
    assert client.unread[-1] == b"\x00\x01"


async def test_odd_audio_comes_in_every_kind(server: PracticeServer, base_url: str) -> None:
    server.control.script(SCENARIOS["odd_audio"])
    async with conversation(base_url) as client:
        await client.until(lambda: any(len(audio.audio_base_64) > 1024 * 1024 for audio in client.all(Audio)))
    payloads = [audio.audio_base_64 for audio in client.all(Audio)]
    assert "" in payloads
    assert "not base64!" in payloads
    assert any(len(payload) == 4 and len(decode_audio(payload)) == 3 for payload in payloads)
    assert [audio.alignment is not None for audio in client.all(Audio)].count(True) == 1
    assert max(len(payload) for payload in payloads) == 60 * 32_000 * 4 // 3


async def test_an_interruption_storm_and_interruptions_before_any_audio(server: PracticeServer, base_url: str) -> None:
    server.control.script(SCENARIOS["interruption_storm"], SCENARIOS["interruption_before_audio"])
    async with conversation(base_url) as client:
        assert len(await client.until_came(Interruption, 200)) == 200
    async with conversation(base_url) as client:
        await client.until_came(Interruption)
        assert client.all(Audio) == []


async def test_ids_can_come_out_of_order(server: PracticeServer, base_url: str) -> None:
    server.control.script(SCENARIOS["ids_out_of_order"])
    async with conversation(base_url) as client:
        await client.until(lambda: any(audio.event_id == 6 for audio in client.all(Audio)))
    assert [audio.event_id for audio in client.all(Audio) if audio.event_id != 1] == [9, 3, 4, 6]


async def test_the_quota_ends_a_call_with_a_flat_error(server: PracticeServer, base_url: str) -> None:
    quota = SCENARIOS["quota"]
    sooner = replace(quota, steps=tuple(replace(step, after_s=0.2) for step in quota.steps))
    client = await play(server, base_url, sooner)
    (error,) = client.all(ErrorMessage)
    assert "exceeds your quota" in error.text
    assert error.code is None
    assert (client.socket.close_code, client.socket.close_reason) == (1002, "This request exceeds your quota limit.")
    (known,) = server.control.conversations
    details = known.details(time.monotonic() + 60)
    assert details.status == "failed"
    assert details.metadata.termination_reason == "This request exceeds your quota limit."


async def test_errors_come_bare_and_with_a_crash(server: PracticeServer, base_url: str) -> None:
    client = await play(server, base_url, SCENARIOS["bare_error"])
    assert client.all(ErrorMessage) == [ErrorMessage()]
    client = await play(server, base_url, SCENARIOS["crash"])
    assert client.socket.close_code == 1011


async def test_the_time_limit_is_a_regular_ending(server: PracticeServer, base_url: str) -> None:
    for name in ("time_over", "max_duration"):
        client = await play(server, base_url, SCENARIOS[name])
        assert client.socket.close_code == 1000
        assert client.all(ErrorMessage)[0].error_type == "max_duration_exceeded"


async def test_refusals_before_the_metadata(server: PracticeServer, base_url: str) -> None:
    client = await play(server, base_url, SCENARIOS["request_error"])
    assert (client.socket.close_code, client.socket.close_reason) == (3000, "Request error")
    assert client.log == []
    client = await play(server, base_url, SCENARIOS["queue_timed_out"])
    assert client.socket.close_code == 3008
    assert [queue.status for queue in client.all(QueueStatus)] == ["waiting", "timed_out"]
    server.control.script(SCENARIOS["handshake_refused"])
    with pytest.raises(InvalidStatus) as caught:
        await connect(await signed_url(base_url))
    assert caught.value.response.status_code == 403


async def test_an_uplink_can_be_too_narrow_for_a_while(server: PracticeServer, base_url: str) -> None:
    stop = Step(StopReading(0.5), on=On.STARTED)
    server.control.script(Script(ping_interval_s=0.1, steps=(stop,)))
    async with conversation(base_url) as client:
        await client.until_came(ConversationMetadata)
        stopped_s = time.monotonic()
        await client.send(UserMessage(text="hello"))
        await client.until_came(AgentResponse, 2)
        assert time.monotonic() - stopped_s > 0.3
        # Meanwhile the agent went on.
        assert len(client.all(Ping)) > 3


async def test_a_reason_that_is_too_long_for_a_frame_is_cut(server: PracticeServer, base_url: str) -> None:
    client = await play(server, base_url, close_with(4000, "ü" * 500, after_s=0))
    assert (client.socket.close_code, client.socket.close_reason) == (4000, "ü" * 61)


async def test_a_handshake_can_be_slow(server: PracticeServer, base_url: str) -> None:
    server.control.script(Script(handshake_delay_s=0.4))
    url, started_s = await signed_url(base_url), time.monotonic()
    async with connect(url):
        assert time.monotonic() - started_s >= 0.4


async def test_a_client_that_leaves_during_the_handshake_is_no_fault(
    server: PracticeServer, base_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.control.script(Script(handshake_delay_s=0.2))
    url = await signed_url(base_url)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(connect(url).__aenter__(), 0.1)
    async with connect(url):  # by now the first has been dealt with
        await asyncio.sleep(0.3)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_silent_server_still_answers_the_sockets_own_pings(server: PracticeServer, base_url: str) -> None:
    server.control.script(Script(ping_interval_s=0.1, steps=SCENARIOS["server_silent"].steps))
    async with conversation(base_url) as client:
        await client.until_came(Audio)
        await client.be_quiet(0.7)
        came = len(client.log)
        await client.be_quiet(0.5)
        assert len(client.log) == came
        await (await client.socket.ping())


async def test_a_half_open_connection_answers_nothing_and_stays(server: PracticeServer, base_url: str) -> None:
    server.control.script(Script(ping_interval_s=0.1, steps=SCENARIOS["half_open"].steps))
    async with connect(await signed_url(base_url), close_timeout=0.2, ping_interval=None) as socket:
        await socket.send(ConversationInitiation().to_json())
        with pytest.raises(TimeoutError):
            await receive_for_ever(socket, patience_s=0.6)
        pong = await socket.ping()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(pong, 0.3)
        assert socket.close_code is None


async def test_a_server_can_leave_the_close_frame_unanswered(server: PracticeServer, base_url: str) -> None:
    server.control.script(SCENARIOS["never_closes"])
    async with connect(await signed_url(base_url), close_timeout=0.3) as socket:
        await socket.send(ConversationInitiation().to_json())
        started_s = time.monotonic()
        await socket.close()
        assert time.monotonic() - started_s >= 0.3
    await server.control.until(lambda: server.control.conversations[0].is_over)
    closing = server.control.conversations[0].closing
    assert closing is not None
    assert (closing.code, closing.by) == (1000, "client")


async def test_metadata_that_never_comes(server: PracticeServer, base_url: str) -> None:
    server.control.script(SCENARIOS["never_metadata"])
    async with conversation(base_url) as client:
        await client.be_quiet(0.5)
        assert client.log == []


async def test_late_audio_of_an_interrupted_turn(server: PracticeServer, base_url: str) -> None:
    server.control.script(SCENARIOS["late_audio"])
    async with conversation(base_url) as client:
        await client.until_came(Audio)
        await client.be_quiet(0.3)
        await client.send(UserMessage(text="wait"))
        await client.until_came(AgentResponse, 2)
        kinds = [type(message) for _, message in client.log]
        late = [message for _, message in client.log[kinds.index(Interruption) :] if isinstance(message, Audio)]
        assert late[0].event_id == 1
        assert len(decode_audio(late[0].audio_base_64)) == 32_000


async def test_tools_are_asked_for(server: PracticeServer, base_url: str) -> None:
    server.control.script(SCENARIOS["unknown_tool"], SCENARIOS["mcp_approval"])
    async with conversation(base_url) as client:
        assert [call.tool_name for call in await client.until_came(ClientToolCall)] == ["open_door"]
    async with conversation(base_url) as client:
        assert [call.state for call in await client.until_came(McpToolCall)] == ["awaiting_approval"]


async def test_nonsense_in_a_row(server: PracticeServer, base_url: str) -> None:
    server.control.script(SCENARIOS["nothing_but_nonsense"])
    async with conversation(base_url) as client:
        await client.until(lambda: len(client.unread) == 100)
        assert len(client.all(Ping)) == 1


@pytest.mark.parametrize("name", ["ulaw", "pcm_48000_out"])
async def test_formats_are_announced_and_kept(server: PracticeServer, base_url: str, name: str) -> None:
    server.control.script(SCENARIOS[name])
    async with conversation(base_url) as client:
        (metadata,) = await client.until_came(ConversationMetadata)
        output = metadata.output_format
        size = samples_of(Sentence.GREETING, output.rate_hz).size * output.bytes_per_frame
        await client.until(lambda: client.sound_bytes(1) == size)


def test_every_scenario_is_a_script_of_its_own() -> None:
    scripts = list(SCENARIOS.values())
    assert all(script != Script() for name, script in SCENARIOS.items() if name != "everyday")
    assert all(scripts.count(script) == 1 for script in scripts)
    assert SCENARIOS["never_metadata"].metadata_delay_s == NEVER
