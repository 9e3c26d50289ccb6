"""The real client and the practice agent together: what a call is made of, and every fault that can be scripted."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

import pytest
from pydantic import SecretStr

from connector_gui.core.agent_api import Agent
from connector_gui.core.call_events import CloseFrame
from connector_gui.core.endings import explain
from connector_gui.core.errors import AgentError, ProtocolError
from connector_gui.core.messages import (
    AgentResponse,
    AgentToolResponse,
    Audio,
    ConversationInitiation,
    ConversationMetadata,
    ErrorMessage,
    Ping,
    ServerMessage,
    UserAudioChunk,
    UserMessage,
)
from connector_gui.elevenlabs.agent_socket import LinkTiming
from connector_gui.elevenlabs.api import ElevenLabsApi, KeyState
from connector_gui.elevenlabs.http_client import ApiTiming
from connector_gui.elevenlabs.link import AgentLink, open_link
from connector_gui.practice.control import Route
from connector_gui.practice.scenarios import ANSWERS, SCENARIOS, close_with
from connector_gui.practice.script import NEVER, Answer, Close, On, Script, Step, StopReading
from connector_gui.practice.server import PracticeServer

KEY: Final = "sk_0123456789abcdef"
CALM: Final = LinkTiming(open_s=10.0, close_s=0.3)
QUICK: Final = replace(CALM, ping_after_s=0.5, give_up_after_s=1.0)
"""For lines that are dead: server and link share a loop here, and when that stands still a living one is silent too."""
CHUNK: Final = UserAudioChunk.of(bytes(3200))

PROMPT_MS = 250
"""Far more than a pong takes, even on a busy machine, and far less than any wait would add; the bench has figures."""


@pytest.fixture
async def server() -> AsyncIterator[PracticeServer]:
    practice = PracticeServer(with_evidence=True)
    yield practice
    await practice.stop()


@pytest.fixture
async def api(server: PracticeServer) -> AsyncIterator[ElevenLabsApi]:
    timing = ApiTiming(total_s=1.0, backoff_s=0.01)
    made = ElevenLabsApi(await server.start(), lambda: SecretStr(KEY), is_practice=True, timing=timing)
    yield made
    await made.aclose()


@asynccontextmanager
async def call(api: ElevenLabsApi, timing: LinkTiming = CALM) -> AsyncIterator[AgentLink]:
    signed = await api.signed_url("agent_1")
    async with open_link(signed.url, timing=timing) as link:
        await link.send(ConversationInitiation())
        yield link


async def until(link: AgentLink, is_it: Callable[[ServerMessage], bool]) -> list[ServerMessage]:
    """The messages up to the one that *is_it*."""
    seen: list[ServerMessage] = []
    async with asyncio.timeout(10):
        async for message in link.messages():
            seen.append(message)
            if is_it(message):
                break
    return seen


async def to_the_end(link: AgentLink) -> list[ServerMessage]:
    return await until(link, lambda _: False)


async def test_the_rest_side(server: PracticeServer, api: ElevenLabsApi) -> None:
    agents = [Agent(agent_id=f"agent_{number}", name=f"Agent {number}") for number in range(250)]
    server.control.set_agents(*agents)
    server.control.set_keys(KEY)
    assert [agent.agent_id async for agent in api.agents()] == [agent.agent_id for agent in agents]
    assert [agent.name async for agent in api.agents("Agent 24")] == [
        "Agent 24",
        *(f"Agent {n}" for n in range(240, 250)),
    ]
    assert (await api.agent("agent_7")).name == await api.agent_name("agent_7") == "Agent 7"
    assert (await api.check_key()).state is KeyState.USABLE
    assert (await api.check_key(SecretStr("another"))).state is KeyState.INVALID
    for ask in (api.signed_url, api.agent):
        with pytest.raises(AgentError) as unknown:
            await ask("agent_unknown")
        assert unknown.value.code == "agent_not_found"


async def test_a_call_from_hello_to_the_record(server: PracticeServer, api: ElevenLabsApi) -> None:
    async with call(api) as link:
        opening = await until(link, lambda message: isinstance(message, Audio))
        assert isinstance(opening[0], ConversationMetadata)
        assert any(isinstance(message, AgentResponse) for message in opening)
        for _ in range(5):
            await link.send(CHUNK)
        await link.send(UserMessage(text="goodbye"))
        farewell = await to_the_end(link)
        assert any(isinstance(message, AgentToolResponse) and message.tool_name == "end_call" for message in farewell)
        assert link.close_frame == CloseFrame(1000)
        assert explain(link.close_frame, None) is None
    seen = await server.control.conversation()
    # The initiation goes first, always.
    assert isinstance(seen.received[0].message, ConversationInitiation)
    assert sum(received.audio_bytes for received in seen.received) == 5 * 3200
    assert (await api.conversation(opening[0].conversation_id)).agent_id == "agent_1"


async def test_pongs_come_back_at_once_beside_sound(server: PracticeServer, api: ElevenLabsApi) -> None:
    server.control.script(Script(ping_interval_s=0.02))
    async with call(api) as link:
        async with asyncio.timeout(10):
            async for _ in link.messages():
                await link.send(CHUNK)
                if link.stats.pings == 30:
                    break
    seen = await server.control.conversation()
    delays_ms = [pong.delay_s * 1000 for pong in seen.pongs if pong.delay_s is not None]
    assert len(delays_ms) >= 29
    assert statistics.median(delays_ms) < PROMPT_MS


@pytest.mark.parametrize(
    ("name", "code", "status"),
    [
        ("invalid_key", "elevenlabs_key_invalid", 502),
        ("missing_permission", "elevenlabs_permission_missing", 502),
        ("quota_exceeded", "elevenlabs_quota_exceeded", 502),
        ("forbidden", "elevenlabs_permission_missing", 502),
        ("agent_not_found", "agent_not_found", 404),
        ("unprocessable", "agent_not_found", 404),
        ("rate_limited", "elevenlabs_rate_limited", 502),
        ("too_many_calls", "elevenlabs_concurrency", 502),
        ("server_error", "elevenlabs_error", 502),
        ("bad_gateway", "elevenlabs_error", 502),
        ("slow", "elevenlabs_timeout", 504),
        ("hangs", "elevenlabs_timeout", 504),
        ("not_json", "elevenlabs_error", 502),
        ("no_signed_url", "elevenlabs_error", 502),
        ("redirect", "elevenlabs_error", 502),
        ("plain_http_url", "elevenlabs_error", 502),
        ("foreign_url", "elevenlabs_error", 502),
    ],
)
async def test_every_scripted_answer_is_told_in_time(
    server: PracticeServer, api: ElevenLabsApi, name: str, code: str, status: int
) -> None:
    server.control.answer_all(Route.SIGNED_URL, ANSWERS[name])
    began = time.perf_counter()
    with pytest.raises(AgentError) as raised:
        await api.signed_url("agent_1")
    assert time.perf_counter() - began < 11
    assert (raised.value.code, raised.value.status) == (code, status)
    assert KEY not in str(raised.value)


def test_no_scripted_answer_is_left_out() -> None:
    marks = test_every_scripted_answer_is_told_in_time.pytestmark  # type: ignore[attr-defined]
    assert {case[0] for case in marks[0].args[1]} == set(ANSWERS)


async def test_a_fault_that_passes_costs_a_moment(server: PracticeServer, api: ElevenLabsApi) -> None:
    server.control.answer_next(Route.SIGNED_URL, Answer(status=503), Answer(status=500))
    await api.signed_url("agent_1")
    assert len(server.control.requests_to(Route.SIGNED_URL)) == 3


async def test_a_refused_handshake(server: PracticeServer, api: ElevenLabsApi) -> None:
    server.control.script(SCENARIOS["handshake_refused"])
    with pytest.raises(AgentError, match="HTTP 403"):
        async with call(api):
            pytest.fail("the link opened")


async def test_a_handshake_that_takes_for_ever(server: PracticeServer, api: ElevenLabsApi) -> None:
    server.control.script(Script(handshake_delay_s=NEVER))
    with pytest.raises(AgentError) as raised:
        async with call(api, replace(CALM, open_s=0.3)):
            pytest.fail("the link opened")
    assert raised.value.code == "elevenlabs_timeout"


async def test_a_signed_url_that_has_lapsed(api: ElevenLabsApi) -> None:
    signed = await api.signed_url("agent_1")
    async with open_link(signed.url + "0", timing=CALM) as link:
        await link.send(ConversationInitiation())
        assert await to_the_end(link) == []
        failure = explain(link.close_frame, None)
    assert failure is not None
    assert failure.code == "request_refused"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("reserved_bits", 1002),
        ("unknown_opcode", 1002),
        ("bad_utf8", 1007),
        ("masked_frame", 1002),
        ("frame_of_100_mb", 1009),
        ("fragment_flood", 1009),
        ("fragments_over_the_limit", 1009),
    ],
)
async def test_broken_frames_end_the_call(server: PracticeServer, api: ElevenLabsApi, name: str, code: int) -> None:
    server.control.script(SCENARIOS[name])
    async with call(api) as link:
        await to_the_end(link)
        assert link.close_frame is not None
        assert link.close_frame.code == code


async def test_odd_messages_do_not(server: PracticeServer, api: ElevenLabsApi) -> None:
    script = SCENARIOS["odd_messages"]
    server.control.script(replace(script, steps=(*script.steps, Step(Close(1000), 0.5))))
    async with call(api) as link:
        await to_the_end(link)
        assert link.close_frame == CloseFrame(1000)
        # Not JSON, no object, two bad pings, audio without an id, a binary frame; and two types from the future.
        assert (link.stats.unreadable, link.stats.unknown) == (6, 2)


async def test_nothing_but_nonsense_does(server: PracticeServer, api: ElevenLabsApi) -> None:
    server.control.script(SCENARIOS["nothing_but_nonsense"])
    async with call(api) as link:
        with pytest.raises(ProtocolError):
            await to_the_end(link)


@pytest.mark.parametrize("name", ["half_open", "drop_mid_speech"])
async def test_a_dead_line_ends_the_call(server: PracticeServer, api: ElevenLabsApi, name: str) -> None:
    script = SCENARIOS[name]
    server.control.script(replace(script, steps=tuple(replace(step, after_s=0.1) for step in script.steps)))
    async with call(api, QUICK) as link, asyncio.TaskGroup() as tasks:
        talking = tasks.create_task(_talk(link))
        await to_the_end(link)
        talking.cancel()
        assert link.close_frame == CloseFrame(1006)
        failure = explain(link.close_frame, None)
        assert failure is not None
        assert failure.code == "connection_lost"


async def test_a_narrow_uplink_costs_old_sound_and_not_the_call(server: PracticeServer, api: ElevenLabsApi) -> None:
    steps = (Step(StopReading(1.0), 0.0, On.SPEAKING), Step(Close(1000), 2.0, On.SPEAKING))
    server.control.script(Script(steps=steps))
    async with call(api) as link, asyncio.TaskGroup() as tasks:
        # Loopback's own buffers take megabytes: only a multiple of the real pace fills them.
        talking = tasks.create_task(_talk(link, chunk=UserAudioChunk.of(bytes(200_000)), pause_s=0.002))
        await to_the_end(link)
        talking.cancel()
        assert link.stats.dropped_chunks > 0
        assert link.close_frame == CloseFrame(1000)


async def test_an_agent_that_does_not_answer_our_goodbye(server: PracticeServer, api: ElevenLabsApi) -> None:
    server.control.script(SCENARIOS["never_closes"])
    async with call(api) as link:
        await until(link, lambda message: isinstance(message, Audio))
        began = time.perf_counter()
        await link.close()
        assert time.perf_counter() - began < CALM.close_s + 0.3


@pytest.mark.parametrize(
    ("script", "code", "failure_code", "words"),
    [
        (close_with(1000, after_s=0), 1000, None, ""),
        (close_with(1001, after_s=0), 1001, "agent_went_away", "restarting"),
        (close_with(1008, "why", after_s=0), 1008, "request_refused", "“why”"),
        (close_with(1011, after_s=0), 1011, "agent_service_failed", "fault"),
        (SCENARIOS["request_error"], 3000, "request_refused", "Request error"),
        (SCENARIOS["queue_timed_out"], 3008, "elevenlabs_concurrency", "lines"),
        (SCENARIOS["needs_variable"], 1008, "missing_dynamic_variable", "“name”"),
        (SCENARIOS["quota"], 1002, "elevenlabs_quota_exceeded", "credits"),
        (SCENARIOS["bare_error"], 1011, "agent_service_failed", "fault"),
        (SCENARIOS["crash"], 1011, "agent_service_failed", "fault"),
        (SCENARIOS["time_over"], 1000, None, ""),
    ],
    ids=["1000", "1001", "1008", "1011", "3000", "3008", "variable", "quota", "bare error", "crash", "time over"],
)
async def test_every_ending_is_told_in_words(
    server: PracticeServer, api: ElevenLabsApi, script: Script, code: int, failure_code: str | None, words: str
) -> None:
    server.control.script(replace(script, steps=tuple(replace(step, after_s=0.0) for step in script.steps)))
    async with call(api) as link:
        messages = await to_the_end(link)
        error = next((message for message in messages if isinstance(message, ErrorMessage)), None)
        assert link.close_frame is not None
        assert link.close_frame.code == code
        failure = explain(link.close_frame, error)
        assert (failure.code if failure else None) == failure_code
        assert words in (failure.message if failure else "")


async def test_two_calls_at_once_and_one_after_the_other(server: PracticeServer, api: ElevenLabsApi) -> None:
    async def short_call() -> int:
        async with call(api) as link:
            await until(link, lambda message: isinstance(message, Ping | Audio))
            await link.close()
            return link.close_frame.code if link.close_frame else 0

    assert list(await asyncio.gather(short_call(), short_call())) == [1000, 1000]
    assert await short_call() == 1000
    await server.control.until(lambda: len(server.control.conversations) == 3 and not server.control.live)


async def _talk(link: AgentLink, *, chunk: UserAudioChunk = CHUNK, pause_s: float = 0.02) -> None:
    while link.close_frame is None:
        await link.send(chunk)
        await asyncio.sleep(pause_s)
