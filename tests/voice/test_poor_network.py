"""A call over a network that is narrow, slow, loses packets or dies: no backlog, and an end that works."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from connector_gui.core.call import Outcome
from connector_gui.core.call_events import LinkClosed
from connector_gui.core.call_reports import RoundTripMeasured
from connector_gui.elevenlabs.link import open_link
from connector_gui.practice.script import Script
from connector_gui.practice.voice import Sentence, samples_of
from tests.fakes.frozen_proxy import frozen_proxy
from tests.fakes.poor_network import poor_network
from tests.fakes.practice import Practice
from tests.voice.room import RATE_HZ, Room, likeness, loud_ms, room

SOUND_BYTES_PER_S: Final = 32_000
"""Of pcm_16000, in the messages; on the wire it is a third more, and a little."""
GREETING: Final = samples_of(Sentence.GREETING, RATE_HZ)


@asynccontextmanager
async def room_behind(port: int, practice: Practice, *, speed: int = 1) -> AsyncIterator[Room]:
    """A room whose links go by way of *port*."""
    here = f":{server_port(practice)}/"
    async with room(
        practice.base_url, opener=lambda url: open_link(url.replace(here, f":{port}/")), speed=speed
    ) as desk:
        yield desk


def server_port(practice: Practice) -> int:
    return int(practice.base_url.rpartition(":")[2])


async def test_where_the_way_up_is_too_narrow_old_sound_gives_way(practice: Practice) -> None:
    async with poor_network(server_port(practice)) as network, room_behind(network.port, practice) as desk:
        await desk.accept()
        await desk.until(lambda: loud_ms(desk.heard()) > 200)
        known = practice.conversation(desk.record().conversation_id)
        network.up_bytes_per_s = 15_000
        narrow_s = time.monotonic()
        await asyncio.sleep(3)
        wide_s = time.monotonic()
        network.up_bytes_per_s = 0
        await asyncio.sleep(1)
        arrived = [(received.at_s, received.audio_bytes) for received in known.received if received.message is None]
        came_narrow_s = sum(size for at_s, size in arrived if narrow_s < at_s < wide_s) / SOUND_BYTES_PER_S
        came_wide_s = sum(size for at_s, size in arrived if wide_s < at_s) / SOUND_BYTES_PER_S
        assert 0.5 < came_narrow_s < 1.6
        # Two seconds did not get through. What comes late of them was in the network's own buffer, not in ours.
        assert came_wide_s < 2.2
        # And the agent was heard all the time; the last word is still to come.
        assert likeness(desk.heard(), GREETING) > 0.9
        pressed_s = time.monotonic()
        network.up_bytes_per_s = 2_000
        desk.end()
        assert (await desk.ended()).outcome is Outcome.COMPLETED
        assert time.monotonic() - pressed_s < 2


async def test_two_seconds_of_delay_are_shown_and_the_call_goes_on(practice: Practice) -> None:
    practice.control.script(Script(ping_interval_s=0.3))
    async with poor_network(server_port(practice)) as network, room_behind(network.port, practice) as desk:
        network.delay_s = 1.0
        await desk.accept()
        await desk.until(lambda: desk.told(RoundTripMeasured), 12)
        measured = desk.told(RoundTripMeasured)[0]
        assert 2_000 <= measured.round_trip_ms < 2_500
        await desk.until(lambda: desk.board.views.current.calls[0].round_trip_ms)
        await desk.until(lambda: loud_ms(desk.heard()) > 300)
        pressed_s = time.monotonic()
        desk.end()
        assert (await desk.ended()).outcome is Outcome.COMPLETED
        assert time.monotonic() - pressed_s < 2


async def test_lost_packets_cost_pauses_and_no_words(practice: Practice) -> None:
    async with poor_network(server_port(practice)) as network, room_behind(network.port, practice, speed=2) as desk:
        network.loss = 0.05
        await desk.accept()
        await desk.until(lambda: loud_ms(desk.heard()) > 0.95 * loud_ms(GREETING), 20)
        assert not desk.told(LinkClosed)


async def test_end_works_where_nothing_gets_through_any_more(practice: Practice) -> None:
    async with frozen_proxy(server_port(practice)) as network, room_behind(network.port, practice) as desk:
        await desk.accept()
        await desk.until(lambda: loud_ms(desk.heard()) > 200)
        network.freeze()
        await asyncio.sleep(0.5)
        pressed_s = time.monotonic()
        desk.end()
        await desk.until(lambda: not desk.microphone_is_open(), 0.5)
        record = await desk.ended()
        assert time.monotonic() - pressed_s < 2
        assert record.outcome is Outcome.COMPLETED
        assert record.close is not None
        assert record.close.code == 1006
