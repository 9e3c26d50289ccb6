"""The link when all goes well: what goes out, what comes in, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Any, Final

import pytest

from connector_gui.core.call_events import CloseFrame
from connector_gui.core.link import Link, LinkOpener
from connector_gui.core.messages import (
    AgentResponse,
    Audio,
    ConversationInitiation,
    Ping,
    ServerMessage,
    UserAudioChunk,
    UserMessage,
)
from connector_gui.elevenlabs.agent_socket import LinkTiming
from connector_gui.elevenlabs.link import open_link
from tests.fakes.agent_server import PING, PONG, Peer, agent_server, frame
from tests.fakes.tls import client_tls, server_tls

INITIATION: Final = ConversationInitiation()
QUICK: Final = LinkTiming(open_s=3.0, ping_after_s=1.0, give_up_after_s=2.0, close_s=0.5)


def audio(event_id: int, payload: str = "AAAA") -> dict[str, Any]:
    return {"type": "audio", "audio_event": {"audio_base_64": payload, "event_id": event_id}}


def ping(event_id: int) -> dict[str, Any]:
    return {"type": "ping", "ping_event": {"event_id": event_id}}


async def all_of(link: Link) -> list[ServerMessage]:
    async with asyncio.timeout(5):
        return [message async for message in link.messages()]


async def test_the_handshake_offers_convai_and_nothing_of_a_browser() -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_close()

    async with agent_server(script) as server, open_link(server.url, timing=QUICK):
        pass
    head = server.requests[0]
    # The signed URL is opaque: it goes out as it came, nothing added.
    assert head.startswith("GET /v1/convai/conversation?agent_id=a&conversation_signature=sekrit-canary HTTP/1.1\r\n")
    assert server.header("Sec-WebSocket-Protocol") == "convai"
    assert server.header("Origin") is None
    assert server.header("Sec-WebSocket-Extensions") is None
    assert str(server.header("User-Agent")).startswith("agent-connector/")


@pytest.mark.parametrize("subprotocol", [True, False])
async def test_a_whole_conversation(subprotocol: bool) -> None:
    async def script(peer: Peer) -> None:
        assert await peer.hear() == {"type": "conversation_initiation_client_data"}
        await peer.say({"type": "agent_response", "agent_response_event": {"agent_response": "Hi", "event_id": 1}})
        # Words go before sound that waits.
        assert await peer.hear() == {"type": "user_message", "text": "Grüße"}
        assert await peer.hear() == {"user_audio_chunk": "AAE="}
        await peer.say(audio(2))
        await peer.close(1000, "bye")

    async with (
        agent_server(script, subprotocol=subprotocol) as server,
        open_link(server.url, timing=QUICK) as link,
    ):
        await link.send(INITIATION)
        messages = link.messages()
        assert isinstance(await anext(messages), AgentResponse)
        await link.send(UserAudioChunk.of(b"\x00\x01"))
        await link.send(UserMessage(text="Grüße"))
        assert isinstance(await anext(messages), Audio)
        assert link.close_frame is None or link.close_frame.code == 1000
        assert [message async for message in messages] == []
        assert link.close_frame == CloseFrame(1000, "bye")


async def test_every_ping_is_answered_though_nobody_takes_the_messages() -> None:
    delays_ms: list[float] = []

    async def script(peer: Peer) -> None:
        await peer.hear()
        for event_id in range(1, 21):
            began = time.perf_counter()
            await peer.say(ping(event_id))
            assert await peer.hear() == {"type": "pong", "event_id": event_id}
            delays_ms.append((time.perf_counter() - began) * 1000)
        await peer.close()

    async with agent_server(script) as server, open_link(server.url, timing=QUICK) as link:
        await link.send(INITIATION)
        await _until(lambda: link.close_frame is not None)
        # They are handed on all the same, for they carry the round trip.
        assert [message.event_id for message in await all_of(link) if isinstance(message, Ping)] == list(range(1, 21))
        assert link.stats.pings == 20
    assert sorted(delays_ms)[10] < 250  # far less than any wait would add; the bench has figures


async def test_a_pong_does_not_wait_for_a_burst_of_audio_to_be_dealt_with() -> None:
    async def script(peer: Peer) -> None:
        await peer.hear()
        burst = [frame(1, b'{"type":"audio","audio_event":{"audio_base_64":"AAAA","event_id":1}}')] * 300
        await peer.send(b"".join(burst) + frame(1, b'{"type":"ping","ping_event":{"event_id":7}}'))
        assert await peer.hear() == {"type": "pong", "event_id": 7}
        await peer.close()

    taken = 0
    async with agent_server(script) as server, open_link(server.url, timing=QUICK) as link:
        await link.send(INITIATION)
        async for message in link.messages():
            taken += 1
            if taken < 20:
                await asyncio.sleep(0.01)  # slow hands
            if isinstance(message, Ping):
                break
        assert link.stats.messages == taken == 301


async def test_a_ping_of_the_socket_itself_is_answered() -> None:
    async def script(peer: Peer) -> None:
        await peer.send(frame(PING, b"x"))
        assert await peer.read_frame() == (PONG, b"x")
        await peer.close()

    async with agent_server(script) as server, open_link(server.url, timing=QUICK) as link:
        assert await all_of(link) == []


async def test_a_message_of_several_megabytes_comes_through() -> None:
    payload = "A" * (12 << 20)

    async def script(peer: Peer) -> None:
        await peer.say(audio(1, payload))
        await peer.close()

    async with agent_server(script) as server, open_link(server.url, timing=QUICK) as link:
        (message,) = await all_of(link)
    assert isinstance(message, Audio)
    assert len(message.audio_base_64) == len(payload)


async def test_a_fragmented_message_with_a_ping_inside_comes_through() -> None:
    async def script(peer: Peer) -> None:
        text = '{"type":"agent_response","agent_response_event":{"agent_response":"Grüße"}}'.encode()
        cut = text.index(b"\xbc")  # in the middle of ü
        await peer.send(frame(1, text[:cut], fin=False) + frame(PING, b"p") + frame(0, text[cut:]))
        assert await peer.read_frame() == (PONG, b"p")
        await peer.close()

    async with agent_server(script) as server, open_link(server.url, timing=QUICK) as link:
        (message,) = await all_of(link)
    assert isinstance(message, AgentResponse)
    assert message.text == "Grüße"


async def test_hanging_up_says_1000_at_once() -> None:
    heard: list[tuple[int, float]] = []

    async def script(peer: Peer) -> None:
        await peer.hear()
        heard.append((await peer.hear_close(), time.perf_counter()))
        await peer.close()

    async with agent_server(script) as server:
        async with open_link(server.url, timing=QUICK) as link:
            await link.send(INITIATION)
            began = time.perf_counter()
            await link.close()
            assert link.close_frame == CloseFrame(1000)
            await link.close()
            await link.send(UserMessage(text="too late"))
            assert await all_of(link) == []
        took_s = time.perf_counter() - began
    assert heard[0][0] == 1000
    assert heard[0][1] - began < 2
    assert took_s < 4


async def test_messages_sent_before_hanging_up_go_out_and_sound_does_not() -> None:
    heard: list[Any] = []

    async def script(peer: Peer) -> None:
        heard.append(await peer.hear())
        heard.append(await peer.hear_close())
        await peer.close()

    async with agent_server(script) as server, open_link(server.url, timing=QUICK) as link:
        await link.send(UserAudioChunk.of(b"\x00\x00"))
        await link.send(UserMessage(text="bye"))
        await link.close()
    assert heard == [{"type": "user_message", "text": "bye"}, 1000]


async def test_hanging_up_on_an_agent_that_does_not_answer_takes_no_longer_than_said() -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_close()
        await asyncio.sleep(30)

    async with agent_server(script) as server:
        async with open_link(server.url, timing=QUICK) as link:
            began = time.perf_counter()
            await link.close()
            assert link.close_frame == CloseFrame(1006)
        assert 0.4 < time.perf_counter() - began < 5.0


async def test_an_end_by_the_agent_is_seen_though_it_keeps_tcp_open() -> None:
    async def script(peer: Peer) -> None:
        await peer.say(audio(1))
        await peer.close(1002, "This request exceeds your quota limit.")
        await asyncio.sleep(30)

    async with agent_server(script) as server, open_link(server.url, timing=QUICK) as link:
        began = time.perf_counter()
        # What was said before the end is still delivered.
        assert len(await all_of(link)) == 1
        assert time.perf_counter() - began < 5.0
        assert link.close_frame == CloseFrame(1002, "This request exceeds your quota limit.")


@pytest.mark.parametrize(
    ("code", "expected"),
    [(1000, 1000), (1001, 1001), (1008, 1008), (1011, 1011), (3000, 3000), (3008, 3008), (None, 1005)],
)
async def test_the_agents_close_code_is_told(code: int | None, expected: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.close(code, "why" if code else "")
        await peer.hear_close()

    async with agent_server(script) as server, open_link(server.url, timing=QUICK) as link:
        assert await all_of(link) == []
        assert link.close_frame == CloseFrame(expected, "why" if code else "")


async def test_both_hanging_up_at_once_is_a_goodbye() -> None:
    both = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.hear()
        both.set()
        await peer.close(1000)
        assert await peer.hear_close() == 1000

    async with agent_server(script) as server, open_link(server.url, timing=QUICK) as link:
        await link.send(INITIATION)
        await both.wait()
        await asyncio.gather(link.close(), link.close(), all_of(link))
        assert link.close_frame == CloseFrame(1000)


async def test_cancelling_the_call_lets_go_of_the_socket() -> None:
    gone = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.hear()
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                await peer.read_frame()
        gone.set()

    async def call(url: str) -> None:
        async with open_link(url, timing=QUICK) as link:
            await link.send(INITIATION)
            async for _ in link.messages():
                pass

    async with agent_server(script) as server:
        calling = asyncio.create_task(call(server.url))
        await _until(lambda: bool(server.requests))
        await asyncio.sleep(0.05)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        await asyncio.wait_for(gone.wait(), 2)


async def test_an_error_of_the_caller_comes_out_as_it_is() -> None:
    async def script(peer: Peer) -> None:
        await peer.hear_close()

    async with agent_server(script) as server:
        with pytest.raises(LookupError, match="mine"):
            async with open_link(server.url, timing=QUICK):
                raise LookupError("mine")


async def test_two_links_do_not_know_each_other() -> None:
    async def script(peer: Peer) -> None:
        first = await peer.hear()
        await peer.say(ping(1))
        assert (await peer.hear())["type"] == "pong"
        await peer.say({"type": "agent_response", "agent_response_event": {"agent_response": first["text"]}})
        await peer.close()

    async def call(url: str, text: str) -> list[str]:
        async with open_link(url, timing=QUICK) as link:
            await link.send(UserMessage(text=text))
            return [message.text for message in await all_of(link) if isinstance(message, AgentResponse)]

    async with agent_server(script) as server:
        assert list(await asyncio.gather(call(server.url, "a"), call(server.url, "b"))) == [["a"], ["b"]]
        assert await call(server.url, "c") == ["c"]


async def test_over_tls() -> None:
    async def script(peer: Peer) -> None:
        await peer.say(ping(1))
        assert await peer.hear() == {"type": "pong", "event_id": 1}
        await peer.close()

    async with (
        agent_server(script, tls=server_tls()) as server,
        open_link(server.url, timing=QUICK, tls=client_tls()) as link,
    ):
        assert [type(message) for message in await all_of(link)] == [Ping]


async def test_the_log_has_the_wire_with_sound_as_its_size_and_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def script(peer: Peer) -> None:
        await peer.hear()
        await peer.say(audio(1, "UklGRg=="))
        await peer.close()

    initiation = ConversationInitiation.model_validate({"dynamic_variables": {"secret__pin": "sekrit-canary"}})
    async with agent_server(script) as server, open_link(server.url, timing=QUICK) as link:
        await link.send(initiation)
        await link.send(UserAudioChunk.of(b"RIFFRIFF"))
        await all_of(link)
    frames = [record.__dict__["frame"] for record in caplog.records if record.getMessage() == "link.wire"]
    assert [text.split("(")[0] for text in frames] == ["> ConversationInitiation", "> UserAudioChunk", "< Audio"]
    everything = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    for secret in ("sekrit-canary", "UklGR", "conversation_signature"):
        assert secret not in everything


def test_the_link_is_what_the_voice_thread_expects() -> None:
    opener: LinkOpener = open_link
    assert opener is open_link


def test_the_deadlines_keep_the_promises() -> None:
    timing = LinkTiming()
    assert timing.open_s <= 10
    # Heard last, silence, goodbye: within 20 s.
    assert timing.give_up_after_s + timing.close_s < 20
    assert timing.close_s <= 1


async def _until(is_so: Any) -> None:
    async with asyncio.timeout(5):
        while not is_so():
            await asyncio.sleep(0.005)
