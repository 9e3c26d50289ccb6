"""The link against an agent, and a network, that misbehave: noticed in time, told in words, memory flat."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import struct
import time
import zlib
from collections.abc import Callable, Coroutine
from typing import Any, Final

import psutil
import pytest

from connector_gui.core.call_events import CloseFrame
from connector_gui.core.endings import explain
from connector_gui.core.errors import ProtocolError
from connector_gui.core.messages import (
    AgentResponse,
    Audio,
    ConversationInitiation,
    ServerMessage,
    UserActivity,
    UserAudioChunk,
    UserMessage,
    decode_audio,
)
from connector_gui.elevenlabs.agent_socket import LinkTiming
from connector_gui.elevenlabs.link import MAX_UNREADABLE_RUN, AgentLink, open_link
from connector_gui.elevenlabs.outbox import MAX_MESSAGES
from tests.fakes.agent_server import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    TEXT,
    Peer,
    agent_server,
    frame,
)
from tests.fakes.frozen_proxy import frozen_proxy
from tests.fakes.tls import client_tls, server_tls

INITIATION: Final = ConversationInitiation()
QUICK: Final = LinkTiming(open_s=3.0, ping_after_s=0.2, give_up_after_s=0.4, close_s=0.3)
PATIENT: Final = LinkTiming(open_s=5.0, ping_after_s=20.0, give_up_after_s=40.0, close_s=0.5)
MEGABYTE: Final = 1 << 20
PING_FRAME: Final = b'{"type":"ping","ping_event":{"event_id":1}}'


async def all_of(link: AgentLink) -> list[ServerMessage]:
    async with asyncio.timeout(20):
        return [message async for message in link.messages()]


def resident_bytes() -> int:
    return int(psutil.Process(os.getpid()).memory_info().rss)


# --- frames against the rules ---------------------------------------------------------------


def bomb() -> bytes:
    """40 MB of zeros, compressed to 40 kB, as a frame that says so with its first reserved bit."""
    squeezer = zlib.compressobj(wbits=-15)
    return frame(TEXT, squeezer.compress(b"0" * 40 * MEGABYTE) + squeezer.flush(), reserved=4)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(TEXT, b"\xff\xfe"), 1007),
        (frame(TEXT, b"\xed\xa0\x80"), 1007),
        (frame(TEXT, b"{", fin=False) + frame(CONTINUATION, b"\x80"), 1007),
        (frame(TEXT, b"{}", reserved=1), 1002),
        (frame(TEXT, b"{}", reserved=4), 1002),
        (bomb(), 1002),
        (frame(0x3, b""), 1002),
        (frame(0xB, b""), 1002),
        (frame(CONTINUATION, b"x"), 1002),
        (frame(TEXT, b"{", fin=False) + frame(TEXT, b"}"), 1002),
        (frame(PING, b"x" * 126), 1002),
        (frame(PING, b"x", fin=False), 1002),
        (frame(CLOSE, b"\x03"), 1002),
        (frame(CLOSE, struct.pack("!H", 1006)), 1002),
        (frame(TEXT, b"", declared=17 * MEGABYTE), 1009),
        (frame(TEXT, b"", declared=1 << 62), 1009),
        (frame(TEXT, b"x" * 10 * MEGABYTE, fin=False) + frame(CONTINUATION, b"x" * 7 * MEGABYTE), 1009),
        (b"".join(frame(CONTINUATION if n else TEXT, b"x", fin=False) for n in range(5000)), 1009),
        (b"".join(frame(CONTINUATION if n else TEXT, b"", fin=False) for n in range(5000)), 1009),
    ],
    ids=[
        "bad utf-8", "surrogate", "utf-8 cut by a fragment", "reserved bit", "compression not agreed on",
        "compression bomb", "unknown opcode", "unknown control opcode", "continuation of nothing",
        "message inside a message", "long ping", "fragmented ping", "close of one byte", "close with 1006",
        "frame over 16 MiB", "frame of an absurd length", "fragments over 16 MiB", "fragments without end",
        "empty fragments without end",
    ],
)  # fmt: skip
async def test_a_frame_against_the_rules_ends_the_link(sent: bytes, code: int) -> None:
    codes: list[int] = []

    async def script(peer: Peer) -> None:
        await peer.send(sent)
        codes.append(await peer.hear_close())
        await asyncio.sleep(30)

    async with agent_server(script) as server, open_link(server.url, timing=PATIENT) as link:
        began = time.perf_counter()
        assert await all_of(link) == []
        assert time.perf_counter() - began < 3
        ended = link.close_frame
    assert codes == [code]
    assert ended is not None
    assert ended.code == code
    assert explain(ended, None) is not None


@pytest.mark.parametrize("floods", ["a frame of 100 MB", "frames after the end"])
async def test_a_flood_leaves_the_memory_flat(floods: str) -> None:
    async def script(peer: Peer) -> None:
        with contextlib.suppress(ConnectionError):
            declared = 100 * MEGABYTE if floods == "a frame of 100 MB" else 20 * MEGABYTE
            await peer.send(frame(TEXT, b"", declared=declared))
            for _ in range(100):
                await peer.send(b"x" * MEGABYTE)

    async with agent_server(script) as server:
        before = resident_bytes()
        async with open_link(server.url, timing=PATIENT) as link:
            assert await all_of(link) == []
            assert link.close_frame is not None
            assert link.close_frame.code == 1009
        assert resident_bytes() - before < 48 * MEGABYTE


async def test_what_nobody_takes_waits_in_the_network() -> None:
    payload = frame(
        TEXT, json.dumps({"type": "audio", "audio_event": {"audio_base_64": "A" * MEGABYTE, "event_id": 1}}).encode()
    )
    sent = 0

    async def script(peer: Peer) -> None:
        nonlocal sent
        for _ in range(200):
            await peer.send(payload)
            sent += 1

    async with agent_server(script) as server, open_link(server.url, timing=PATIENT) as link:
        await _settled(lambda: sent)
        # The inbox, the library's few frames and the system's buffers; not the rest.
        assert 16 <= sent < 60
        taken = 0
        async for _ in link.messages():
            taken += 1
            if taken == 150:
                break
        assert taken == 150


async def test_pings_without_end_to_a_client_whose_answers_are_not_read() -> None:
    async def script(peer: Peer) -> None:
        many = frame(PING, b"x" * 125) * 2000
        with contextlib.suppress(ConnectionError):
            while True:
                await peer.send(many)

    async with agent_server(script) as server:
        before = resident_bytes()
        async with open_link(server.url, timing=PATIENT) as link:
            assert await all_of(link) == []
            assert link.close_frame == CloseFrame(1006)
        assert resident_bytes() - before < 48 * MEGABYTE


async def test_platform_pings_without_end_do_not_fill_the_memory() -> None:
    async def script(peer: Peer) -> None:
        many = frame(TEXT, PING_FRAME) * 1000
        for _ in range(5):
            await peer.send(many)
        await peer.close()
        await peer.hear_close()

    async with agent_server(script) as server, open_link(server.url, timing=PATIENT) as link:
        assert len(await all_of(link)) == 5000


# --- messages that make no sense -------------------------------------------------------------


@pytest.mark.parametrize(
    "odd",
    [
        "not json",
        "",
        "[]",
        "7",
        "null",
        "{}",
        '{"type": 7}',
        '{"type": "ping"}',
        '{"type": "ping", "ping_event": 7}',
        '{"type": "ping", "ping_event": {"event_id": "x"}}',
        '{"type": "audio", "audio_event": {"audio_base_64": 7, "event_id": 1}}',
        '{"type": "conversation_initiation_metadata"}',
        '{"type": "ping", "ping_event": {"event_id": NaN}}',
        "[" * 100_000,
    ],
)
async def test_a_message_that_makes_no_sense_is_counted_and_skipped(odd: str, caplog: pytest.LogCaptureFixture) -> None:
    async def script(peer: Peer) -> None:
        for _ in range(3):
            await peer.say(odd)
        await peer.say({"type": "agent_response", "agent_response_event": {"agent_response": "still here"}})
        await peer.close()

    async with agent_server(script) as server, open_link(server.url, timing=PATIENT) as link:
        (message,) = await all_of(link)
        assert link.stats.unreadable == 3
        assert link.close_frame == CloseFrame(1000)
    assert isinstance(message, AgentResponse)
    logged = [record for record in caplog.records if record.getMessage() == "link.unreadable_message"]
    assert len(logged) == 1


async def test_binary_frames_are_read_like_text() -> None:
    async def script(peer: Peer) -> None:
        await peer.send(frame(BINARY, PING_FRAME) + frame(BINARY, b"\x00\xff"))
        assert await peer.hear() == {"type": "pong", "event_id": 1}
        await peer.close()

    async with agent_server(script) as server, open_link(server.url, timing=PATIENT) as link:
        assert len(await all_of(link)) == 1
        assert link.stats.unreadable == 1


async def test_unknown_types_are_logged_once_each_and_never_end_the_call(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def script(peer: Peer) -> None:
        for number in range(200):
            await peer.say({"type": "from_the_future", "number": number})
            await peer.say({"type": f"odd_{number}"})
        await peer.close()

    async with agent_server(script) as server, open_link(server.url, timing=PATIENT) as link:
        assert await all_of(link) == []
        assert link.stats.unknown == 400
        assert link.close_frame == CloseFrame(1000)
    logged = [record.__dict__["what"] for record in caplog.records if record.getMessage() == "link.unknown_message"]
    assert logged.count("from_the_future") == 1
    assert len(logged) <= 32


async def test_nothing_but_nonsense_ends_the_link_with_words() -> None:
    codes: list[int] = []

    async def script(peer: Peer) -> None:
        for _ in range(MAX_UNREADABLE_RUN + 1):
            await peer.say("nonsense")
        codes.append(await peer.hear_close())

    async with agent_server(script) as server, open_link(server.url, timing=PATIENT) as link:
        with pytest.raises(ProtocolError) as refused:
            await all_of(link)
        assert link.close_frame is not None
        assert link.close_frame.code == 1002
    assert refused.value.code == "agent_unreadable"
    assert codes == [1002]


async def test_nonsense_between_sense_does_not_end_it() -> None:
    async def script(peer: Peer) -> None:
        for _ in range(4):
            for _ in range(MAX_UNREADABLE_RUN):
                await peer.say("nonsense")
            await peer.say(PING_FRAME.decode())
        await peer.close()

    async with agent_server(script) as server, open_link(server.url, timing=PATIENT) as link:
        assert len(await all_of(link)) == 4
        assert link.stats.unreadable == 4 * MAX_UNREADABLE_RUN


# --- a network that goes -----------------------------------------------------------------------


async def test_tcp_cut_off_is_1006() -> None:
    async def script(peer: Peer) -> None:
        await peer.say(PING_FRAME.decode())
        await peer.hear()
        peer.drop()

    async with agent_server(script) as server, open_link(server.url, timing=PATIENT) as link:
        assert len(await all_of(link)) == 1
        assert link.close_frame == CloseFrame(1006)
        failure = explain(link.close_frame, None)
        assert failure is not None
        assert failure.code == "connection_lost"


async def test_tcp_closed_without_a_goodbye_is_1006() -> None:
    async def script(peer: Peer) -> None:
        await peer.hear()
        peer.writer.close()

    async with agent_server(script) as server, open_link(server.url, timing=PATIENT) as link:
        await link.send(INITIATION)
        assert await all_of(link) == []
        assert link.close_frame == CloseFrame(1006)


async def _stay(peer: Peer) -> None:
    while True:
        await peer.hear()


async def _say_nothing(link: AgentLink) -> None:
    del link


async def _talk(link: AgentLink) -> None:
    """Sound at twice the real pace, so that buffers fill as they do in a longer silence."""
    chunk = UserAudioChunk.of(b"\x00" * 6400)
    while link.close_frame is None:
        await link.send(chunk)
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("speak", [_say_nothing, _talk])
async def test_a_dead_line_is_noticed_in_time_even_with_the_microphone_on(
    speak: Callable[[AgentLink], Coroutine[None, None, None]],
) -> None:
    async with agent_server(_stay) as server, frozen_proxy(server.port) as proxy:
        url = server.url.replace(str(server.port), str(proxy.port))
        async with open_link(url, timing=QUICK) as link, asyncio.TaskGroup() as tasks:
            await link.send(INITIATION)
            await _until(lambda: proxy.forwarded_bytes > 0)
            proxy.freeze()
            began = time.perf_counter()
            tasks.create_task(speak(link))
            assert await all_of(link) == []
            took_s = time.perf_counter() - began
            assert link.close_frame == CloseFrame(1006)
    assert took_s < QUICK.give_up_after_s + 5


async def test_a_quiet_line_that_lives_is_kept() -> None:
    async with agent_server(_stay) as server, open_link(server.url, timing=QUICK) as link:
        await asyncio.sleep(3 * QUICK.give_up_after_s)
        assert link.close_frame is None
        # Its pongs were heard, and no message of the agent was.
        assert link.stats.silent_s < QUICK.give_up_after_s
        assert link.stats.agent_silent_s > 2 * QUICK.give_up_after_s


async def test_hanging_up_on_a_dead_line_takes_no_longer_than_said() -> None:
    async with agent_server(_stay) as server, frozen_proxy(server.port) as proxy:
        url = server.url.replace(str(server.port), str(proxy.port))
        async with open_link(url, timing=PATIENT) as link, asyncio.TaskGroup() as tasks:
            await link.send(INITIATION)
            await _until(lambda: proxy.forwarded_bytes > 0)
            proxy.freeze()
            talking = tasks.create_task(_talk(link))
            await _until(lambda: link.stats.dropped_chunks > 0)
            began = time.perf_counter()
            await link.close()
            assert time.perf_counter() - began < PATIENT.close_s + 5
            assert link.close_frame == CloseFrame(1006)
            talking.cancel()


async def test_the_log_tells_of_messages_that_found_no_room(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with agent_server(_stay) as server, open_link(server.url, timing=QUICK) as link:
        for _ in range(MAX_MESSAGES + 3):  # without a turn of the loop between them nothing goes out
            await link.send(UserActivity())
        assert link.stats.dropped_messages == 3
    (closed,) = [record for record in caplog.records if record.getMessage() == "link.closed"]
    assert closed.__dict__["dropped_messages"] == 3


@pytest.mark.parametrize("over_tls", [False, True])
async def test_on_a_blocked_network_old_sound_gives_way_and_words_do_not(over_tls: bool) -> None:
    heard: list[Any] = []

    async def script(peer: Peer) -> None:
        while True:
            heard.append(await peer.hear())

    async with (
        agent_server(script, tls=server_tls() if over_tls else None) as server,
        frozen_proxy(server.port) as proxy,
    ):
        url = server.url.replace(str(server.port), str(proxy.port))
        async with open_link(url, timing=PATIENT, tls=client_tls() if over_tls else None) as link:
            await link.send(INITIATION)
            await _until(lambda: bool(heard))
            proxy.freeze()
            sent_s: list[float] = []
            while link.stats.dropped_chunks < 100:
                await link.send(UserAudioChunk.of(struct.pack("<i", len(sent_s)) * 800))
                sent_s.append(time.monotonic())
                await asyncio.sleep(0.004)
            dropped = link.stats.dropped_chunks
            await link.send(UserMessage(text="last"))
            thawed_s = time.monotonic()
            proxy.thaw()
            await _until(lambda: len(heard) == len(sent_s) - dropped + 2)
    words = heard.index(UserMessage(text="last").to_frame())
    before, after = _numbers(heard[1:words]), _numbers(heard[words + 1 :])
    # What the network had taken already, which can no longer be called back: little.
    assert before == sorted(before)
    assert len(before) * 4300 < 40 * 1024
    # Then the words, then the latest sound without a gap, none of it stale.
    assert after == list(range(after[0], len(sent_s)))
    assert thawed_s - sent_s[after[0]] < 0.5


def _numbers(heard: list[Any]) -> list[int]:
    chunks = [decode_audio(message["user_audio_chunk"]) for message in heard]
    return [struct.unpack("<i", chunk[:4])[0] for chunk in chunks]


async def test_a_dropped_link_says_what_it_counted() -> None:
    async def script(peer: Peer) -> None:
        await peer.say({"type": "audio", "audio_event": {"audio_base_64": "AAAA", "event_id": 1}})
        peer.drop()

    async with agent_server(script) as server, open_link(server.url, timing=PATIENT) as link:
        (message,) = await all_of(link)
        assert isinstance(message, Audio)
        assert (link.stats.messages, link.stats.unreadable, link.stats.unknown) == (1, 0, 0)


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0.005)


async def _settled(value: Callable[[], int]) -> None:
    """Wait until *value* has stopped to change for a while."""
    async with asyncio.timeout(20):
        before = -1
        while value() != before:
            before = value()
            await asyncio.sleep(0.3)
