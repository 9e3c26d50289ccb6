"""Several calls in the voice thread: turns at the desk, speech that waits, lines, and no harm to each other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from connector_gui.core.call_events import LineFailed, LinkClosed
from connector_gui.core.call_reports import AgentCutOff, HeldSpeech
from connector_gui.core.errors import AudioError
from connector_gui.core.lines import LineDevices
from connector_gui.core.messages import ClientMessage
from connector_gui.core.voice import CallSetup, Filters, SoundSettings
from connector_gui.dsp.block import Block
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.pairs import Pairs
from connector_gui.voice.sound import AudioDevice, Whereabouts
from tests.fakes.link import ScriptedLink
from tests.fakes.sound import HEADSET, MICROPHONE, SPEAKER, FakeSound
from tests.voice.agents import Agents
from tests.voice.room import time_passing

RATE_HZ = 48_000
CABLE_OUT = AudioDevice("Cable A", "Core Audio", 10, 1, 0, 48_000)
CABLE_IN = AudioDevice("Cable B", "Core Audio", 11, 0, 2, 48_000)
LINE = LineDevices("Softphone", "Cable A", "Cable B")
NO_FILTERS = Filters(echo_cancellation=False, noise_suppression=False)


def tone(duration_ms: float, hz: float = 440.0) -> Block:
    time_s = np.arange(round(RATE_HZ * duration_ms / 1000)) / RATE_HZ
    return (8_000 * np.sin(2 * np.pi * hz * time_s)).astype(np.int16)


class Desk(Agents):
    """With devices that run in real time."""

    def __init__(self) -> None:
        self.sound = FakeSound([MICROPHONE, SPEAKER, HEADSET, CABLE_OUT, CABLE_IN])
        super().__init__(self.sound)

    def heard(self, speaker: AudioDevice = SPEAKER) -> Block:
        return self.sound.heard(speaker.name)

    async def until_heard(self, since_frame: int) -> None:
        """Until the speaker plays something loud."""
        await self.until(lambda: np.abs(self.heard()[since_frame:]).max(initial=0) > 1_000)

    def is_open(self, device: AudioDevice) -> bool:
        return any(stream.device.name == device.name for stream in self.sound.streams)


@asynccontextmanager
async def agents(settings: SoundSettings | None = None) -> AsyncIterator[Desk]:
    several = Desk()
    several.voice.configure(settings or SoundSettings(chunk_ms=20, filters=NO_FILTERS))
    with time_passing(several.sound):
        several.start(pytest.fail)
        try:
            yield several
        finally:
            await several.voice.stop()
    assert several.sound.streams == []
    assert several.sound.watches == 0


# --- turns at the desk ------------------------------------------------------------------------------


async def test_turning_to_another_call_closes_and_opens_nothing() -> None:
    async with agents() as desk:
        await desk.open("a")
        desk.voice.set_held("a", True)
        await desk.open("b")
        openings = desk.sound.openings
        for number in range(4):
            held, resumed = ("b", "a") if number % 2 == 0 else ("a", "b")
            desk.speak(resumed, tone(300))
            await asyncio.sleep(0.05)
            before = desk.heard().size
            desk.swap(held, resumed)
            await desk.until_heard(before)
            onset = int(np.flatnonzero(np.abs(desk.heard()[before:]) > 1_000)[0])
            assert onset < RATE_HZ // 5  # 40 ms as a rule; a busy machine is no fault of the call
            await asyncio.sleep(0.1)
        assert desk.sound.openings == openings
        assert [stream.device.name for stream in desk.sound.streams] == [SPEAKER.name, MICROPHONE.name]


async def test_only_the_call_in_focus_hears_the_microphone() -> None:
    async with agents() as desk:
        await desk.open("a")
        desk.voice.set_held("a", True)
        await desk.open("b")
        for held, resumed in (("a", "b"), ("b", "a"), ("a", "b")):
            desk.swap(held, resumed)
            await asyncio.sleep(0.1)
            since = {name: len(desk.links[name].chunks) for name in (held, resumed)}
            desk.sound.say(tone(200))
            await desk.until_sent(resumed, since[resumed])
            await asyncio.sleep(0.3)
            assert not desk.sent(held, since[held]).any()


async def test_what_was_said_before_the_turn_is_not_heard_by_the_next_call() -> None:
    async with agents() as desk:
        await desk.open("a")
        desk.voice.set_held("a", True)
        await desk.open("b")
        desk.sound.say(tone(400))
        await asyncio.sleep(0.2)
        desk.sound._said.clear()  # the operator falls silent, and turns
        await asyncio.sleep(0.03)
        since = len(desk.links["a"].chunks)
        desk.swap("b", "a")
        await desk.until(lambda: len(desk.links["a"].chunks) > since + 10)
        assert np.abs(desk.sent("a", since)).max() < 1_000


async def test_with_all_calls_held_the_microphone_is_closed_and_the_speaker_ready() -> None:
    async with agents() as desk:
        await desk.open("a")
        desk.voice.set_held("a", True)
        await desk.until(lambda: not desk.is_open(MICROPHONE), 1)
        assert desk.is_open(SPEAKER)
        desk.voice.set_held("a", False)
        await desk.until(lambda: desk.is_open(MICROPHONE), 1)


async def test_a_call_that_ends_leaves_the_devices_to_the_one_that_is_held() -> None:
    async with agents() as desk:
        await desk.open("a")
        desk.voice.set_held("a", True)
        await desk.open("b")
        openings = desk.sound.openings
        desk.voice.release("b")
        await desk.until(lambda: not desk.is_open(MICROPHONE), 1)
        assert desk.is_open(SPEAKER)
        desk.speak("a", tone(200))
        desk.voice.set_held("a", False)
        await desk.until(lambda: desk.is_open(MICROPHONE) and desk.heard().any())
        assert desk.sound.openings == openings + 1  # the microphone


async def test_a_second_call_without_a_hold_takes_the_devices_from_the_first() -> None:
    async with agents() as desk:
        await desk.open("a")
        await desk.open("b")
        since = len(desk.links["a"].chunks)
        desk.sound.say(tone(500))
        await desk.until(lambda: np.abs(desk.sent("b")).max() > 1_000)
        await asyncio.sleep(0.1)
        assert not desk.sent("a", since)[640:].any()


# --- on hold ----------------------------------------------------------------------------------------


async def test_the_agents_words_wait_and_are_heard_to_the_last_sample() -> None:
    async with agents() as desk:
        await desk.open("a")
        desk.speak("a", tone(400))
        await asyncio.sleep(0.2)
        desk.voice.set_held("a", True)
        await asyncio.sleep(0.05)
        played = np.count_nonzero(desk.heard())
        for event_id in (1, 2):
            desk.speak("a", tone(1_000), event_id)
        await asyncio.sleep(0.3)
        assert np.count_nonzero(desk.heard()) == played
        await desk.until(lambda: any(2.0 < told.waiting_s < 2.4 for told in desk.told(HeldSpeech, "a")))
        desk.voice.set_held("a", False)
        await desk.until(lambda: desk.told(HeldSpeech, "a")[-1].waiting_s == 0)
        await desk.until(lambda: np.count_nonzero(desk.heard()) > 2.35 * RATE_HZ)


async def test_silence_goes_out_at_the_real_pace() -> None:
    async with agents() as desk:
        await desk.open("a")
        desk.voice.set_held("a", True)
        await asyncio.sleep(0.1)
        since, began_s = len(desk.links["a"].chunks), time.monotonic()
        await asyncio.sleep(1.0)
        sent_s = (len(desk.links["a"].chunks) - since) * 0.02
        assert sent_s == pytest.approx(time.monotonic() - began_s, abs=0.1)
        assert not desk.sent("a", since).any()


async def test_beyond_a_minute_the_oldest_goes_and_the_operator_is_told_once() -> None:
    async with agents() as desk:
        await desk.open("a")
        desk.voice.set_held("a", True)
        await asyncio.sleep(0.1)
        for event_id in range(1, 8):
            desk.speak("a", tone(10_000, 200.0 + 50 * event_id), event_id)
        await desk.until(lambda: desk.notices("a"))
        desk.speak("a", tone(10_000, 600.0), 8)
        await asyncio.sleep(0.3)
        assert len(desk.notices("a")) == 1
        assert "60 seconds" in desk.notices("a")[0]
        await desk.until(lambda: desk.told(HeldSpeech, "a")[-1].waiting_s <= 60)
        before = desk.heard().size
        desk.voice.set_held("a", False)
        await desk.until(lambda: np.count_nonzero(desk.heard()[before:]) > RATE_HZ // 2)
        first = desk.heard()[before:]
        first = first[np.flatnonzero(first)[0] :][: RATE_HZ // 4]
        loudest_hz = np.argmax(np.abs(np.fft.rfft(first))) * RATE_HZ / first.size
        assert loudest_hz == pytest.approx(350, abs=5)  # the third turn: the first two had to go


async def test_of_an_interrupted_turn_nothing_is_heard_after_the_hold() -> None:
    async with agents() as desk:
        await desk.open("a")
        desk.voice.set_held("a", True)
        await asyncio.sleep(0.1)
        desk.speak("a", tone(2_000), 1)
        desk.do(lambda: desk.links["a"].interrupt(1))
        await desk.until(lambda: desk.told(AgentCutOff, "a"))
        assert desk.told(AgentCutOff, "a")[0].heard_ms == 0
        desk.voice.set_held("a", False)
        await asyncio.sleep(0.3)
        assert not desk.heard().any()


async def test_a_call_that_is_held_before_its_devices_are_open_goes_on() -> None:
    async with agents() as desk:
        desk.voice.open_line("a")
        desk.voice.set_held("a", True)
        desk.voice.connect(CallSetup("a", "a"))
        await desk.until(lambda: desk.links["a"].opened_at)
        desk.do(lambda: desk.links["a"].begin("pcm_48000"))
        await desk.until(lambda: len(desk.links["a"].chunks) > 5)
        desk.speak("a", tone(300))
        desk.voice.set_held("a", False)
        await desk.until(lambda: desk.is_open(MICROPHONE) and desk.heard().any())


# --- lines ------------------------------------------------------------------------------------------


async def test_a_call_on_a_line_has_devices_of_its_own_beside_the_desks() -> None:
    async with agents() as desk:
        await desk.open("a")
        await desk.open("b", LINE)
        desk.sound.say(tone(400), MICROPHONE.name)
        await desk.until(lambda: np.abs(desk.sent("a")).max() > 1_000)
        await asyncio.sleep(0.2)
        assert not desk.sent("b").any()
        desk.sound.say(tone(400), CABLE_OUT.name)
        await desk.until(lambda: np.abs(desk.sent("b")).max() > 1_000)
        desk.speak("b", tone(200))
        await desk.until(lambda: desk.heard(CABLE_IN).any())
        await asyncio.sleep(0.2)
        assert not desk.heard(SPEAKER).any()


async def test_a_running_call_moves_to_a_line_and_back_and_nothing_of_it_is_lost() -> None:
    async with agents() as desk:
        await desk.open("a")
        desk.speak("a", tone(1_500))
        await asyncio.sleep(0.3)
        desk.voice.move_line("a", LINE)
        await desk.until(lambda: np.count_nonzero(desk.heard(CABLE_IN)) > RATE_HZ // 5)
        desk.voice.move_line("a", None)
        await desk.until(lambda: not desk.is_open(CABLE_IN) and not desk.is_open(CABLE_OUT))

        def total() -> int:
            return int(np.count_nonzero(desk.heard(SPEAKER)) + np.count_nonzero(desk.heard(CABLE_IN)))

        await desk.until(lambda: total() > 1.45 * RATE_HZ)
        await asyncio.sleep(0.2)
        assert total() < 1.6 * RATE_HZ
        assert desk.is_open(MICROPHONE)
        assert not desk.told(LinkClosed, "a")


async def test_a_lines_missing_device_is_told_by_name_and_the_call_goes_on() -> None:
    async with agents() as desk:
        desk.sound.plugged_in = [one for one in desk.sound.plugged_in if one is not CABLE_OUT]
        desk.sound.refresh()
        await desk.open("b", LINE)
        await desk.until(lambda: desk.notices("b"))
        assert "“Softphone”" in desk.notices("b")[0]
        assert "“Cable A”" in desk.notices("b")[0]
        since = len(desk.links["b"].chunks)
        await asyncio.sleep(0.3)
        assert len(desk.links["b"].chunks) - since > 8
        desk.speak("b", tone(300))
        await desk.until(lambda: desk.heard(CABLE_IN).any())
        assert not desk.told(LineFailed, "b")
        desk.sound.plug(CABLE_OUT)
        desk.sound._listed.append(CABLE_OUT)
        await desk.until(lambda: desk.is_open(CABLE_OUT))
        desk.sound.say(tone(300), CABLE_OUT.name)
        await desk.until(lambda: np.abs(desk.sent("b", since)).max() > 1_000)


async def test_a_lines_busy_device_is_told_and_taken_once_it_is_free() -> None:
    async with agents() as desk:
        desk.sound.refused[CABLE_OUT.name] = AudioError("The device “Cable A” is used by another program.")
        await desk.open("b", LINE)
        await desk.until(lambda: desk.notices("b"))
        assert "Softphone" in desk.notices("b")[0]
        assert "another program" in desk.notices("b")[0]
        desk.sound.refused.clear()
        await desk.until(lambda: desk.is_open(CABLE_OUT))


@pytest.mark.parametrize("setting", ["", MICROPHONE.name])
@pytest.mark.parametrize("is_desk_in_a_call", [False, True])
async def test_a_line_that_names_the_desks_microphone_is_refused_in_words(
    setting: str, is_desk_in_a_call: bool
) -> None:
    async with agents(SoundSettings(chunk_ms=20, filters=NO_FILTERS, input_device=setting)) as desk:
        if is_desk_in_a_call:
            await desk.open("a")
        await desk.open("b", LineDevices("Softphone", "desk micro", "Cable B"))
        await desk.until(lambda: desk.notices("b"))
        assert "“Desk Microphone” is the desk's own" in desk.notices("b")[0]
        assert [stream.device.name for stream in desk.sound.streams].count(MICROPHONE.name) == is_desk_in_a_call
        desk.sound.say(tone(300))
        await asyncio.sleep(0.4)
        assert not desk.sent("b").any()


async def test_a_lines_microphone_is_filtered_only_where_that_is_set() -> None:
    sound = FakeSound([MICROPHONE, SPEAKER, HEADSET, CABLE_OUT, CABLE_IN])
    pairs = Pairs(sound, DeviceCatalog(sound))
    pairs.configure(SoundSettings(filters=Filters()))
    room = LineDevices("Meeting room", HEADSET.name, HEADSET.name, is_filtered=True)
    opened = [pairs.find(devices) for devices in (None, LINE, room)]
    assert [pair.microphone.filters for pair in opened] == [Filters(), NO_FILTERS, Filters()]
    with_gain = Filters(auto_gain=True)
    pairs.configure(SoundSettings(filters=with_gain))
    assert [pair.microphone.filters for pair in opened] == [with_gain, NO_FILTERS, with_gain]


async def test_two_lines_never_share_a_microphone() -> None:
    async with agents() as desk:
        await desk.open("a", LINE)
        await desk.open("b", LineDevices("Conference", "Cable A", "Jabra"))
        await desk.until(lambda: desk.notices("b"))
        assert "in use on the line “Softphone”" in desk.notices("b")[0]
        assert [stream.device.name for stream in desk.sound.streams].count(CABLE_OUT.name) == 1


async def test_what_a_line_has_never_stands_in_for_the_desks_own() -> None:
    async with agents() as desk:
        desk.sound.plugged_in = desk.sound._listed = [MICROPHONE, SPEAKER, CABLE_OUT, CABLE_IN]
        await desk.open("a")
        await desk.open("b", LINE)
        desk.sound.unplug(MICROPHONE.name)
        await desk.until(lambda: desk.notices("a"))
        await asyncio.sleep(0.3)
        assert [stream.device.name for stream in desk.sound.streams].count(CABLE_OUT.name) == 1
        assert not desk.notices("b")


async def test_a_line_whose_stream_turns_out_to_be_on_the_desks_microphone_gives_way_unheard() -> None:
    async with agents() as desk:
        # The sound server says so; the names are different.
        desk.sound.move(MICROPHONE.name, Whereabouts(1, "alsa_input.card", RATE_HZ))
        desk.sound.move(CABLE_OUT.name, Whereabouts(2, "alsa_input.card", RATE_HZ))
        await desk.open("a")
        await asyncio.sleep(0.2)
        desk.sound.say(tone(2_000), CABLE_OUT.name)
        await desk.open("b", LINE)
        await desk.until(lambda: desk.notices("b"))
        assert "“Cable A” is the desk's own" in desk.notices("b")[0]
        await desk.until(lambda: not desk.is_open(CABLE_OUT))
        await asyncio.sleep(0.3)
        assert not desk.sent("b").any()
        assert desk.is_open(MICROPHONE)
        assert desk.is_open(CABLE_IN)
        assert not desk.notices("a")


# --- no harm to each other ----------------------------------------------------------------------------


async def test_a_lines_device_that_goes_touches_no_other_call() -> None:
    async with agents() as desk:
        await desk.open("a")
        await desk.open("b", LINE)
        openings = desk.sound.openings
        desk.sound.unplug(CABLE_IN.name)
        desk.sound.unplug(CABLE_OUT.name)
        desk.speak("a", tone(600))
        await desk.until(lambda: desk.notices("b"))
        await desk.until(lambda: np.count_nonzero(desk.heard()) > 0.55 * RATE_HZ)
        since = len(desk.links["a"].chunks)
        desk.sound.say(tone(300))
        await desk.until(lambda: np.abs(desk.sent("a", since)).max(initial=0) > 1_000)
        assert desk.sound.openings == openings
        assert not desk.notices("a")
        assert not desk.told(LinkClosed, "b")


class BrokenLink(ScriptedLink):
    """Its send raises, once it is told to: a fault of ours in the middle of one call's work."""

    is_broken = False

    async def send(self, message: ClientMessage) -> None:
        if self.is_broken:
            raise RuntimeError("a fault")
        await super().send(message)


@pytest.mark.parametrize("how", ["socket", "fault"])
async def test_a_call_that_breaks_ends_alone(how: str, caplog: pytest.LogCaptureFixture) -> None:
    async with agents() as desk:
        broken = desk.links["b"] = BrokenLink()
        await desk.open("a")
        desk.voice.set_held("a", True)
        await desk.open("b")
        await desk.open("c", LINE)
        if how == "socket":
            desk.do(lambda: broken.hang_up(1006))
        else:
            broken.is_broken = True
        await desk.until(lambda: desk.told(LinkClosed, "b"))
        assert desk.told(LinkClosed, "b")[0].failure is not None
        desk.voice.release("b")
        desk.voice.set_held("a", False)
        desk.speak("a", tone(300))
        desk.speak("c", tone(300))
        await desk.until(lambda: desk.heard().any() and desk.heard(CABLE_IN).any())
        for name in ("a", "c"):
            assert not desk.told(LinkClosed, name)
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == (
        ["voice.call_failed"] if how == "fault" else []
    )
    caplog.clear()


async def test_eight_calls_end_with_the_thread() -> None:
    async with agents() as desk:
        for number in range(7):
            await desk.open(f"held-{number}")
            desk.voice.set_held(f"held-{number}", True)
        await desk.open("line", LINE)
        since = {name: len(link.chunks) for name, link in desk.links.items()}
        await asyncio.sleep(0.5)
        for name, link in desk.links.items():
            assert len(link.chunks) - since[name] == pytest.approx(25, abs=8), name
