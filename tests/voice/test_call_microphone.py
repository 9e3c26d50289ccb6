"""A call's microphone: filtered once the library is there, ducked without it, and watched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

from connector_gui.core.call_reports import NoticeGiven, SoundLimited
from connector_gui.core.errors import AudioError
from connector_gui.core.voice import Filters
from connector_gui.dsp import webrtc
from connector_gui.dsp.block import Block
from connector_gui.dsp.diagnosis import Finding
from connector_gui.voice.call_microphone import NOTICES, WITHOUT_CANCELLER, WITHOUT_FILTERS, CallMicrophone
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.line import Line
from connector_gui.voice.microphone_access import privacy_page, system_name, where_to_allow
from tests.dsp.echo_scene import agent, block, noise
from tests.dsp.signals import db, rms
from tests.fakes.sound import FakeSound

ALL_OFF = Filters(echo_cancellation=False, noise_suppression=False)
FRAME = 480


class Desk:
    """A call's microphone on an open line of a desk without any sound of its own."""

    def __init__(self, filters: Filters, load: Callable[[], ModuleType] = webrtc.load) -> None:
        self.told: list[NoticeGiven | SoundLimited] = []
        self.sound = FakeSound()
        self.line = Line(self.sound, DeviceCatalog(self.sound, platform="darwin"))
        self.line.open_output()
        self.line.open_input()
        self.microphone = CallMicrophone(filters, self.told.append, load)
        self.now_s = 0.0

    @property
    def notices(self) -> list[NoticeGiven]:
        return [told for told in self.told if isinstance(told, NoticeGiven)]

    def move(self, captured: Block, played: Block) -> Block:
        """Both at 48 kHz, 10 ms at a time."""
        out = []
        for start in range(0, captured.size - FRAME + 1, FRAME):
            self.now_s += 0.01
            piece = slice(start, start + FRAME)
            out.append(self.microphone.move(captured[piece], played[piece], self.line, self.now_s))
        return np.concatenate(out)


def missing() -> ModuleType:
    raise AudioError("not installed")


def thrice(samples: Block) -> Block:
    """16 kHz as 48 kHz."""
    return np.repeat(samples, 3)


def echoed(seconds: float) -> tuple[Block, Block]:
    """What is played, and the microphone that hears nothing but its echo; at 48 kHz."""
    played = agent(seconds)
    heard = np.concatenate((np.zeros(800), played[:-800])) * 0.1 + noise(seconds)
    return thrice(block(played)), thrice(block(heard))


async def test_before_the_wire_is_known_nothing_comes_out() -> None:
    desk = Desk(ALL_OFF)
    assert desk.microphone.rate_hz is None
    assert not desk.move(np.ones(FRAME, np.int16), np.zeros(FRAME, np.int16)).size


async def test_the_echo_is_gone_once_the_library_is_loaded() -> None:
    desk = Desk(Filters())
    await desk.microphone.load()
    desk.microphone.begin(16_000)
    played, heard = echoed(8)
    out = desk.move(heard, played)
    assert desk.microphone.rate_hz == 16_000
    assert db(rms(heard[-3 * 48_000 :]) / rms(out[-3 * 16_000 :])) > 30
    assert desk.told == []


async def test_a_call_that_began_first_gets_the_library_when_it_comes() -> None:
    desk = Desk(Filters())
    desk.microphone.begin(16_000)
    played, heard = echoed(8)
    desk.move(heard[: 48_000 * 2], played[: 48_000 * 2])
    await desk.microphone.load()
    out = desk.move(heard[48_000 * 2 :], played[48_000 * 2 :])
    assert db(rms(heard[-3 * 48_000 :]) / rms(out[-3 * 16_000 :])) > 30


async def test_without_the_library_the_microphone_is_ducked_and_the_operator_told() -> None:
    desk = Desk(Filters(), missing)
    await desk.microphone.load()
    desk.microphone.begin(16_000)
    played, heard = echoed(4)
    out = desk.move(heard, played)
    assert desk.notices == [WITHOUT_CANCELLER]
    assert db(rms(heard[48_000:]) / rms(out[16_000:])) > 25


async def test_nothing_is_loaded_before_a_filter_is_wanted() -> None:
    loaded = asyncio.Event()
    loop = asyncio.get_running_loop()

    def load() -> ModuleType:
        loop.call_soon_threadsafe(loaded.set)
        return webrtc.load()

    desk = Desk(ALL_OFF, load)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(desk.microphone.load())
        for _ in range(5):
            await asyncio.sleep(0)
        assert not loaded.is_set()
        desk.microphone.filters = Filters()
    assert loaded.is_set()


async def test_filters_switched_in_the_call_hold_at_once() -> None:
    desk = Desk(Filters())
    await desk.microphone.load()
    desk.microphone.begin(16_000)
    played, heard = echoed(6)
    desk.move(heard[: 48_000 * 3], played[: 48_000 * 3])
    desk.microphone.filters = ALL_OFF
    out = desk.move(heard[48_000 * 3 :], played[48_000 * 3 :])
    assert abs(db(rms(heard[48_000 * 4 :]) / rms(out[16_000:]))) < 1


async def test_a_microphone_of_pure_zeros_is_told_in_words() -> None:
    desk = Desk(ALL_OFF)
    silence = np.zeros(48_000 * 3, dtype=np.int16)
    desk.move(silence, silence)
    assert [notice.code for notice in desk.notices] == ["microphone_blocked"]
    (notice,) = desk.notices
    assert where_to_allow() in notice.message


async def test_a_microphone_that_falls_silent_later_is_told_in_other_words() -> None:
    desk = Desk(ALL_OFF)
    captured = np.concatenate((np.full(48_000, 500, dtype=np.int16), np.zeros(48_000 * 4, dtype=np.int16)))
    desk.move(captured, np.zeros_like(captured))
    (notice,) = desk.notices
    assert notice.code == "microphone_muted"
    assert "muted at the device" in notice.message


async def test_after_a_pause_the_microphone_is_judged_anew() -> None:
    desk = Desk(ALL_OFF)
    sound, silence = np.full(48_000, 500, dtype=np.int16), np.zeros(48_000 * 2, dtype=np.int16)
    desk.move(sound, sound)
    desk.line.close_input()
    desk.line.open_input()
    desk.move(silence, silence)
    assert [notice.code for notice in desk.notices] == ["microphone_blocked"]


@pytest.mark.parametrize(
    ("platform", "place"),
    [
        ("win32", "Settings → Privacy & security → Microphone"),
        ("darwin", "System Settings → Privacy & Security → Microphone"),
        ("linux", "sound settings"),
    ],
)
def test_each_system_has_its_own_place_to_allow_a_microphone(platform: str, place: str) -> None:
    assert place in where_to_allow(platform)
    assert system_name(platform) in {"Windows", "macOS", "the system"}
    assert len(NOTICES[Finding.MICROPHONE_BLOCKED]) - len(where_to_allow()) + len(where_to_allow(platform)) <= 300


@pytest.mark.parametrize(
    ("platform", "page"),
    [
        ("win32", "ms-settings:privacy-microphone"),
        ("darwin", "x-apple.systempreferences:com.apple.preference.security?Privacy_Microphone"),
        ("linux", None),
        ("freebsd14", None),
    ],
)
def test_the_place_is_opened_where_it_has_an_address(platform: str, page: str | None) -> None:
    assert privacy_page(platform) == page


def test_no_notice_is_longer_than_the_panel_shows() -> None:
    assert all(len(message) <= 300 for message in (*NOTICES.values(), WITHOUT_CANCELLER.message, WITHOUT_FILTERS))


@pytest.mark.parametrize(
    ("filters", "sentences"),
    [
        (Filters(), (WITHOUT_CANCELLER.message, WITHOUT_FILTERS)),
        (Filters(noise_suppression=False), (WITHOUT_CANCELLER.message,)),
        (Filters(echo_cancellation=False, noise_suppression=False, auto_gain=True), (WITHOUT_FILTERS,)),
        (ALL_OFF, ()),
    ],
)
async def test_what_does_not_work_is_told_as_long_as_it_is_wanted(filters: Filters, sentences: tuple[str, ...]) -> None:
    desk = Desk(Filters(), missing)
    await desk.microphone.load()
    desk.microphone.filters = filters
    limits = [told for told in desk.told if isinstance(told, SoundLimited)]
    assert limits[0] == SoundLimited((WITHOUT_CANCELLER.message, WITHOUT_FILTERS))
    assert limits[-1] == SoundLimited(sentences)
