"""The program ends soon, whatever the sound library does: voice thread and devices are let go of side by side."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

import pytest

from connector_gui.app.composition import end_sound
from connector_gui.core.voice import Filters, SoundSettings
from connector_gui.voice.portaudio import PortAudio
from connector_gui.voice.thread import Listeners, VoiceThread
from tests.fakes.link import ScriptedLink
from tests.fakes.sound_library import FakeLibrary

ENDED_S = 1.5
"""The promise is 2 s, with all the rest of the program; what it takes is 0.4 to 0.9 s."""
SOON_S = 5.0


@pytest.fixture
def library() -> Iterator[FakeLibrary]:
    fake = FakeLibrary()
    yield fake
    for call in list(fake._hangs):
        fake.release(call)


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(SOON_S):
        while not holds():
            await asyncio.sleep(0.005)


def begin(library: FakeLibrary) -> tuple[VoiceThread, PortAudio]:
    """A voice thread on *library*, with a call whose line is being opened; deadlines are those of real devices."""
    sound = PortAudio(lambda: library)
    voice = VoiceThread(sound, ScriptedLink().open)
    voice.start(
        Listeners(lambda _name, _report: None, lambda _levels: None, lambda _level: None, lambda _problem: None)
    )
    voice.configure(SoundSettings(filters=Filters(False, False, False), has_cues=False))
    voice.open_line("crm-42")
    return voice, sound


async def seconds_to_end(voice: VoiceThread, sound: PortAudio) -> float:
    start_s = time.monotonic()
    await end_sound(voice, sound)
    return time.monotonic() - start_s


@pytest.mark.parametrize("call", ["list", "open", "start"])
async def test_a_line_that_hangs_as_it_is_opened_delays_the_end_by_half_a_second(
    library: FakeLibrary, call: str
) -> None:
    library.hang(call)
    voice, sound = begin(library)
    await until(library.hanging.is_set)
    assert await seconds_to_end(voice, sound) < ENDED_S
    assert voice._thread is not None
    assert not voice._thread.is_alive()
    assert library.inside


@pytest.mark.parametrize("call", ["abort", "close"])
@pytest.mark.parametrize("is_given_time", [False, True])
async def test_devices_that_hang_as_they_are_closed_delay_it_no_more(
    library: FakeLibrary, call: str, is_given_time: bool
) -> None:
    voice, sound = begin(library)
    await until(lambda: len(library.streams) == 2 and all(stream.is_started for stream in library.streams))
    if is_given_time:  # the call is over already, and its devices hang
        library.hang(call)
        voice.release("crm-42")
        await until(library.hanging.is_set)
    else:
        library.hang(call)
    assert await seconds_to_end(voice, sound) < ENDED_S
    assert voice._thread is not None
    assert not voice._thread.is_alive()


async def test_a_device_that_is_opened_late_is_closed_after_the_end(library: FakeLibrary) -> None:
    library.hang("open")
    voice, sound = begin(library)
    await until(library.hanging.is_set)
    await end_sound(voice, sound)
    library.release("open")
    await until(lambda: library.streams and all(stream.is_closed for stream in library.streams))


async def test_without_a_fault_all_is_closed_at_once(library: FakeLibrary) -> None:
    voice, sound = begin(library)
    await until(lambda: len(library.streams) == 2 and all(stream.is_started for stream in library.streams))
    assert await seconds_to_end(voice, sound) < ENDED_S
    assert all(stream.is_closed for stream in library.streams)
    assert not sound.is_stuck
