"""Whole conversations over a real socket on loopback."""

from __future__ import annotations

import asyncio
import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from connector_gui.core.agent_api import (
    SOCKET_PATH,
    Agent,
    AgentConfig,
    AgentSettings,
    AllowedHost,
    AuthSettings,
    PlatformSettings,
)
from connector_gui.core.messages import (
    AgentResponse,
    AgentToolResponse,
    Audio,
    ClientToolCall,
    ClientToolResult,
    ConfigOverride,
    ContextualUpdate,
    ConversationInitiation,
    ConversationMetadata,
    ErrorMessage,
    Feedback,
    Interruption,
    Ping,
    Pong,
    QueueStatus,
    UserMessage,
    UserTranscript,
)
from connector_gui.practice.scenarios import SCENARIOS
from connector_gui.practice.script import NEVER, CallTool, Close, SayGoodbye, Script, Step
from connector_gui.practice.server import PracticeServer
from connector_gui.practice.voice import Sentence, samples_of
from tests.practice.client import conversation, signed_url


async def test_a_whole_call_greeting_echo_barge_in_goodbye(server: PracticeServer, base_url: str) -> None:
    sentence = samples_of(Sentence.MESSAGE, 16_000)
    server.control.script(Script(turn_end_s=0.3))
    async with conversation(base_url) as client:
        await client.until_came(Audio)
        await client.be_quiet(0.5)
        await client.speak(sentence)
        await client.be_quiet(0.7)
        assert [interruption.event_id for interruption in await client.until_came(Interruption)] == [1]
        assert [response.event_id for response in await client.until_came(AgentResponse, 2)] == [1, 3]
        assert len(client.all(UserTranscript)) == 1
        await client.send(UserMessage(text="goodbye"))
        assert await client.until_closed() == (1000, "")
    assert client.all(AgentToolResponse)[-1].tool_name == "end_call"
    (known,) = server.control.conversations
    assert known.closing is not None
    assert (known.closing.code, known.closing.by) == (1000, "agent")
    assert known.termination == "end_call tool was called."
    assert known.bad_frames == 0


async def test_the_signed_url_and_the_subprotocol(base_url: str) -> None:
    url = await signed_url(base_url)
    assert url.startswith(base_url.replace("http", "ws") + SOCKET_PATH + "?agent_id=agent_1&conversation_signature=")
    async with connect(url) as plain, connect(url, subprotocols=[Subprotocol("convai")]) as asking:
        assert plain.subprotocol is None
        assert asking.subprotocol == "convai"


async def test_a_url_with_a_conversation_id_holds_once(server: PracticeServer, base_url: str) -> None:
    url = await signed_url(base_url, include_conversation_id="true")
    conversation_id = url.rpartition("conversation_id=")[2]
    async with connect(url) as first:
        await first.send(ConversationInitiation().to_json())
        assert (await server.control.conversation()).conversation_id == conversation_id
        async with connect(url) as second:
            await second.wait_closed()
        assert (second.close_code, second.close_reason) == (3000, "Request error")


async def test_a_url_lapses() -> None:
    server = PracticeServer(signed_url_life_s=0)
    url = await signed_url(await server.start())
    async with connect(url) as socket:
        await socket.wait_closed()
    assert socket.close_code == 3000
    await server.stop()


async def test_a_url_holds_for_its_agent_only(base_url: str) -> None:
    url = await signed_url(base_url, "agent_1")
    async with connect(url.replace("agent_id=agent_1", "agent_id=agent_2")) as socket:
        await socket.wait_closed()
    assert socket.close_code == 3000


async def test_the_first_frame_must_open_the_conversation(server: PracticeServer, base_url: str) -> None:
    async with connect(await signed_url(base_url)) as socket:
        await socket.send(Pong(event_id=1).to_json())
        await socket.wait_closed()
    assert socket.close_code == 1008
    server.control.script(Script(initiation_timeout_s=0.1))
    async with connect(await signed_url(base_url)) as socket:
        await socket.wait_closed()
    assert socket.close_code == 1008


@pytest.mark.parametrize(
    "frame",
    [
        "{",
        '{"type":"pong","event_id":"one"}',
        '{"type":"client_tool_result","tool_call_id":"c","result":{"a":1},"is_error":false}',
        '{"user_audio_chunk":"not base64!"}',
        b"\x00\x01",
    ],
    ids=["not JSON", "wrong type", "result is no text", "bad audio", "binary"],
)
async def test_what_a_client_must_not_send_ends_the_call(
    server: PracticeServer, base_url: str, frame: str | bytes
) -> None:
    async with conversation(base_url) as client:
        await client.until_came(ConversationMetadata)
        await client.socket.send(frame)
        assert (await client.until_closed())[0] == 1008
    assert [error.error_type for error in client.all(ErrorMessage)] == ["invalid_message"]
    assert server.control.conversations[0].bad_frames == 1


async def test_what_it_does_not_need_is_noted_and_ignored(server: PracticeServer, base_url: str) -> None:
    async with conversation(base_url) as client:
        await client.send(ContextualUpdate(text="The operator opened the order."))
        await client.send(Feedback(event_id=1, score="like"))
        await client.socket.send('{"type":"brand_new"}')
        known = await server.control.conversation()
        await server.control.until(lambda: len(known.received) >= 4)
        assert known.messages(ContextualUpdate) == [ContextualUpdate(text="The operator opened the order.")]
        assert known.messages(Feedback) == [Feedback(event_id=1, score="like")]
        assert not known.is_over


async def test_pongs_are_noted_with_their_delay(server: PracticeServer, base_url: str) -> None:
    server.control.script(Script(ping_interval_s=0.1))
    async with conversation(base_url) as client:
        pings = await client.until_came(Ping, 4)
        known = await server.control.conversation()
        await server.control.until(lambda: len(known.pongs) >= 3)
    assert "ping_ms" not in pings[0].model_fields_set
    assert pings[1].model_fields_set >= {"ping_ms"}
    assert pings[1].ping_ms is None
    assert pings[2].ping_ms is not None
    assert [pong.event_id for pong in known.pongs[:3]] == [1, 2, 3]
    assert all(pong.delay_s is not None and 0 <= pong.delay_s < 2 for pong in known.pongs)


async def test_the_clients_own_hang_up_is_noted(server: PracticeServer, base_url: str) -> None:
    async with conversation(base_url) as client:
        await client.until_came(ConversationMetadata)
        await client.socket.close(1000, "User ended conversation")
    known = server.control.conversations[0]
    await server.control.until(lambda: known.is_over)
    assert known.closing is not None
    assert (known.closing.code, known.closing.by) == (1000, "client")


async def test_overrides_are_welcome_unless_an_agent_is_set_up(server: PracticeServer, base_url: str) -> None:
    german = ConversationInitiation(
        conversation_config_override=ConfigOverride.model_validate({"agent": {"language": "de"}})
    )
    async with conversation(base_url, german) as client:
        await client.until_came(ConversationMetadata)
    server.control.script(SCENARIOS["allows_no_override"])
    async with conversation(base_url, german) as client:
        assert (await client.until_closed())[0] == 1008
    assert client.all(ErrorMessage)[0].error_type == "override_error"
    assert client.all(ConversationMetadata) == []


async def test_a_missing_variable_ends_the_start(server: PracticeServer, base_url: str) -> None:
    server.control.script(SCENARIOS["needs_variable"], SCENARIOS["needs_variable"])
    async with conversation(base_url) as client:
        code, reason = await client.until_closed()
    assert (code, reason) == (1008, "Missing required dynamic variables in first message: {'name'}")
    async with conversation(base_url, ConversationInitiation(dynamic_variables={"name": "Mara"})) as client:
        assert (await client.until_came(AgentResponse))[0].text == "Hello Mara, do you have a minute?"


async def test_reserved_and_odd_variables_are_refused(base_url: str) -> None:
    for variables in ('{"system__time":"now"}', '{"a":null}', '{"a":[1]}'):
        async with connect(await signed_url(base_url)) as socket:
            await socket.send(f'{{"type":"conversation_initiation_client_data","dynamic_variables":{variables}}}')
            await socket.wait_closed()
        assert socket.close_code == 1008


async def test_only_the_agents_events_are_sent(server: PracticeServer, base_url: str) -> None:
    server.control.script(SCENARIOS["no_agent_response"])
    async with conversation(base_url) as client:
        await client.until(lambda: client.sound_bytes(1) >= samples_of(Sentence.GREETING, 16_000).size * 2)
    assert client.all(AgentResponse) == []


async def test_origins_are_checked_when_the_agent_says_so(server: PracticeServer, base_url: str) -> None:
    auth = AuthSettings(allowlist=(AllowedHost(hostname="desk.example"),), require_origin_header=True)
    agent = Agent(agent_id="agent_1", platform_settings=PlatformSettings(auth=auth))
    server.control.set_agents(agent)
    url = await signed_url(base_url)
    with pytest.raises(InvalidStatus):
        await connect(url)
    with pytest.raises(InvalidStatus):
        await connect(url, origin="https://evil.example")  # type: ignore[arg-type]
    async with connect(url, origin="https://desk.example"):  # type: ignore[arg-type]
        pass


async def test_a_tool_call_is_answered_with_its_id(server: PracticeServer, base_url: str) -> None:
    server.control.script(Script(steps=(Step(CallTool("find_slots", {"day": "monday"}, "call_7")),)))
    async with conversation(base_url) as client:
        (call,) = await client.until_came(ClientToolCall)
        result = ClientToolResult(tool_call_id=call.tool_call_id, result="No such tool.", is_error=True)
        await client.send(result)
        known = await server.control.conversation()
        await server.control.until(lambda: bool(known.messages(ClientToolResult)))
    assert known.messages(ClientToolResult) == [result]
    assert call.parameters == {"day": "monday"}


async def test_a_queue_is_waited_in_before_the_metadata(server: PracticeServer, base_url: str) -> None:
    server.control.script(SCENARIOS["queue_then_admitted"])
    async with conversation(base_url) as client:
        await client.until_came(ConversationMetadata)
    statuses = [message for _, message in client.log if isinstance(message, (QueueStatus, ConversationMetadata))]
    assert [getattr(message, "status", "metadata") for message in statuses] == ["waiting", "admitted", "metadata"]


async def test_two_calls_at_once_do_not_hear_each_other(server: PracticeServer, base_url: str) -> None:
    async with conversation(base_url) as one, conversation(base_url) as other:
        await one.until_came(ConversationMetadata)
        await other.until_came(ConversationMetadata)
        first, second = server.control.conversations
        assert first.perform is not None
        first.perform(SayGoodbye())
        assert (await one.until_closed())[0] == 1000
        assert not second.is_over
    assert all(known.is_over for known in server.control.conversations)


async def test_an_action_can_be_asked_for_at_any_time(server: PracticeServer, base_url: str) -> None:
    async with conversation(base_url) as client:
        await client.until_came(ConversationMetadata)
        (known,) = server.control.live
        assert known.perform is not None
        asked_s = time.monotonic()
        known.perform(Close(4321, "because"))
        assert await client.until_closed() == (4321, "because")
        assert time.monotonic() - asked_s < 1
    assert known.perform is None


async def test_stopping_says_goodbye_and_waits_for_nobody(base_url: str, server: PracticeServer) -> None:
    server.control.script(Script(), SCENARIOS["half_open"])
    async with conversation(base_url) as polite, conversation(base_url) as frozen:
        await polite.until_came(ConversationMetadata)
        await server.control.until(lambda: any(known.is_over for known in server.control.conversations))
        started_s = time.monotonic()
        await server.stop()
        assert time.monotonic() - started_s < 4
        assert (await polite.until_closed())[0] == 1001
        assert (await frozen.until_closed())[0] == 1006
    assert all(known.is_over for known in server.control.conversations)


async def test_a_client_that_stops_reading_does_not_stop_the_others(server: PracticeServer, base_url: str) -> None:
    server.control.script(Script(speed=1000))
    async with connect(await signed_url(base_url), max_queue=1, close_timeout=0.1) as deaf:
        await deaf.send(ConversationInitiation().to_json())
        async with conversation(base_url) as client:
            await client.until_came(Audio, 3)


async def test_finished_conversations_are_forgotten_in_the_end(server: PracticeServer, base_url: str) -> None:
    server.control.script_all(Script(ping_interval_s=NEVER, agent=_mute()))
    url = await signed_url(base_url)
    for _ in range(56):
        async with connect(url) as socket:
            await socket.send(ConversationInitiation().to_json())
            await socket.recv()
    await server.control.until(lambda: all(known.is_over for known in server.control.conversations))
    assert len(server.control.conversations) <= 51
    assert sum(not known.recording.is_empty for known in server.control.conversations) <= 4


def _mute() -> Agent:
    return Agent(
        agent_id="agent_1",
        conversation_config=AgentSettings(agent=AgentConfig(first_message="")),
    )


async def test_the_greeting_starts_at_once(base_url: str) -> None:
    async with conversation(base_url) as client:
        opened_s = time.monotonic()
        await client.until_came(Audio)
        assert client.log[0][0] - opened_s < 0.5


async def test_no_task_is_left_behind(base_url: str) -> None:
    before = len(asyncio.all_tasks())
    for _ in range(5):
        async with conversation(base_url) as client:
            await client.until_came(Audio)
    async with asyncio.timeout(5):
        while len(asyncio.all_tasks()) > before:
            await asyncio.sleep(0.01)
