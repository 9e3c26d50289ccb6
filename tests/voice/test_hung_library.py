"""A sound library that hangs in its calls: they fail in words, and everything else goes on."""

from __future__ import annotations

import gc
import logging
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from connector_gui.core.errors import AudioError
from connector_gui.voice.control_thread import (
    AGAIN_AFTER_S,
    MOST_GIVEN_UP,
    MOST_ON_A_DEVICE,
    Deadlines,
    LibraryHungError,
)
from connector_gui.voice.devices import DeviceCatalog
from connector_gui.voice.line import Line
from connector_gui.voice.portaudio import PortAudio
from connector_gui.voice.sound import AudioDevice
from tests.fakes.sound_library import NAMES, FakeLibrary

SHORT_S = 0.25
"""Long enough for a call that does not hang, on a busy machine too."""
DEADLINES = Deadlines(
    load=SHORT_S, refresh=SHORT_S, list=SHORT_S, open=SHORT_S, start=SHORT_S, close=SHORT_S, close_dead=SHORT_S
)
SOON_S = 3.0
"""Far more than any deadline here, far less than a hang."""


@pytest.fixture
def library() -> Iterator[FakeLibrary]:
    fake = FakeLibrary()
    yield fake
    for call in list(fake._hangs):
        fake.release(call)


@pytest.fixture
def sound(library: FakeLibrary) -> PortAudio:
    return PortAudio(lambda: library, DEADLINES)


def device(sound: PortAudio, name: str) -> AudioDevice:
    return next(one for one in sound.devices() if one.name == name)


def drop(_block: object) -> None:
    pass


def until(condition: Callable[[], object]) -> None:
    end_s = time.monotonic() + SOON_S
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.002)


def test_an_opening_that_hangs_fails_in_words_and_another_device_opens(library: FakeLibrary, sound: PortAudio) -> None:
    headset, speaker = device(sound, "Headset"), device(sound, "Speaker")
    library.hang("open", "Headset")
    with pytest.raises(LibraryHungError, match="“Headset” does not answer"):
        sound.open_output(headset, drop)
    stream = sound.open_output(speaker, drop)
    stream.start()
    assert library.streams[-1].is_started
    assert sound.open_streams == 1


def test_a_device_that_hangs_is_given_one_more_try_after_a_moment_and_none_after_that(
    library: FakeLibrary, sound: PortAudio
) -> None:
    headset = device(sound, "Headset")
    library.hang("open", "Headset")
    for tries in range(1, MOST_ON_A_DEVICE + 1):
        with pytest.raises(LibraryHungError):
            sound.open_output(headset, drop)
        for _ in range(20):
            with pytest.raises(AudioError, match="does not answer"):
                sound.open_output(headset, drop)
        assert library.calls.count("open") == tries
        for call in sound._control._stuck:
            call.given_up_s -= AGAIN_AFTER_S
    with pytest.raises(AudioError, match="does not answer"):
        sound.open_output(headset, drop)
    assert library.calls.count("open") == MOST_ON_A_DEVICE
    sound.open_output(device(sound, "Speaker"), drop)
    library.release("open")
    until(lambda: not sound._control.is_stuck)
    sound.open_output(headset, drop)


def test_an_opening_that_returns_late_is_closed_and_the_list_can_be_renewed_again(
    library: FakeLibrary, sound: PortAudio
) -> None:
    headset = device(sound, "Headset")
    library.hang("open")
    with pytest.raises(LibraryHungError):
        sound.open_input(headset, drop)
    assert not sound.refresh()
    assert "terminate" not in library.calls
    library.release("open")
    until(lambda: library.streams and library.streams[0].is_closed)
    until(sound.refresh)
    assert sound.open_streams == 0


def test_a_start_that_hangs_leaves_a_stream_that_hears_nothing_plays_silence_and_counts_for_nothing(
    library: FakeLibrary, sound: PortAudio
) -> None:
    heard: list[int] = []
    microphone = sound.open_input(device(sound, "Microphone"), lambda block: heard.append(block.size))
    speaker = sound.open_output(device(sound, "Speaker"), lambda out: out.fill(7))
    library.hang("start")
    for stream in (microphone, speaker):
        with pytest.raises(LibraryHungError):
            stream.start()
        assert stream.stats.is_finished
    assert sound.open_streams == 0
    library.streams[0].call_back()
    assert not heard
    assert not library.streams[1].call_back().any()
    microphone.close()
    speaker.close(drain=True)
    assert not {"abort", "stop", "close"} & set(library.calls)
    library.release("start")
    until(lambda: all(stream.is_closed for stream in library.streams))
    until(sound.refresh)


@pytest.mark.parametrize("call", ["abort", "close"])
def test_a_closing_that_hangs_returns_and_the_next_device_opens(
    library: FakeLibrary, sound: PortAudio, call: str
) -> None:
    microphone = sound.open_input(device(sound, "Microphone"), drop)
    microphone.start()
    library.hang(call, "Microphone")
    start_s = time.monotonic()
    microphone.close()
    assert time.monotonic() - start_s < SOON_S
    assert sound.open_streams == 0
    assert not sound.refresh()
    stream = sound.open_input(device(sound, "Headset"), drop)
    stream.start()
    stream.close()
    assert library.streams[1].is_closed


def test_a_stream_that_has_ended_is_never_asked_to_stop(library: FakeLibrary, sound: PortAudio) -> None:
    stream = sound.open_output(device(sound, "Speaker"), drop)
    stream.start()
    library.hang("stop")
    library.hang("abort")
    library.streams[0].end()
    stream.close(drain=True)
    assert library.streams[0].is_closed


def test_a_stream_that_calls_back_no_more_is_never_asked_to_stop(library: FakeLibrary, sound: PortAudio) -> None:
    stream = sound.open_output(device(sound, "Speaker"), drop)
    stream.start()
    library.streams[0].call_back()
    stream.stats.last_callback_s -= 10
    stream._started_s -= 10
    library.hang("stop")
    library.hang("abort")
    stream.close()
    assert library.streams[0].is_closed


def test_a_listing_that_hangs_is_an_error_and_the_next_one_may_work(library: FakeLibrary, sound: PortAudio) -> None:
    library.hang("list")
    with pytest.raises(AudioError, match="library does not answer"):
        sound.devices()
    gate = library.heal("list")
    assert [one.name for one in sound.devices()] == list(NAMES)
    gate.set()


@pytest.mark.parametrize("call", ["terminate", "initialize"])
def test_nothing_is_asked_of_a_library_that_hangs_while_it_starts(
    library: FakeLibrary, sound: PortAudio, call: str
) -> None:
    speaker = device(sound, "Speaker")
    library.hang(call)
    with pytest.raises(AudioError, match="does not answer"):
        sound.refresh()
    asked = len(library.calls)
    with pytest.raises(AudioError, match="Start this program again"):
        sound.open_output(speaker, drop)
    assert len(library.calls) == asked
    library.release(call)
    until(lambda: not sound._control.is_stuck)
    sound.open_output(speaker, drop)


def test_a_library_that_is_slow_to_load_is_waited_for() -> None:
    library = FakeLibrary()

    def load() -> FakeLibrary:
        time.sleep(3 * SHORT_S)
        return library

    assert PortAudio(load, Deadlines(list=SHORT_S)).devices()


def test_an_honest_driver_that_takes_its_time_is_waited_for(library: FakeLibrary) -> None:
    sound = PortAudio(lambda: library)
    headset = device(sound, "Headset")
    library.hang("open")
    threading.Timer(1.0, lambda: library.release("open")).start()
    assert sound.open_output(headset, drop).device.name == "Headset"


def test_after_too_many_hangs_the_operator_is_told_to_start_again(library: FakeLibrary, sound: PortAudio) -> None:
    streams = [sound.open_input(device(sound, "Microphone"), drop) for _ in range(MOST_GIVEN_UP + 1)]
    library.hang("close")
    for stream in streams[:-1]:
        stream.close()
    with pytest.raises(AudioError, match="Start this program again to have sound"):
        sound.devices()
    streams[-1].close()  # a microphone is let go of all the same
    assert sound.open_streams == 0
    library.release("close")
    until(lambda: not sound._control.is_stuck)
    assert sound.devices()
    assert all(stream.is_closed for stream in library.streams)


def test_a_hang_is_logged_once_with_call_and_device(
    library: FakeLibrary, sound: PortAudio, caplog: pytest.LogCaptureFixture
) -> None:
    headset = device(sound, "Headset")
    library.hang("open")
    with caplog.at_level(logging.INFO), pytest.raises(LibraryHungError):
        sound.open_output(headset, drop)
    with pytest.raises(AudioError):
        sound.open_output(headset, drop)
    hung = [record for record in caplog.records if record.getMessage() == "sound.library_hung"]
    assert [(record.__dict__["call"], record.__dict__["device"]) for record in hung] == [("open", "Headset")]


def test_what_a_stuck_call_uses_stays_in_memory(library: FakeLibrary, sound: PortAudio) -> None:
    stream = sound.open_output(device(sound, "Speaker"), drop)
    library.hang("start")
    with pytest.raises(LibraryHungError):
        stream.start()
    kept = weakref.ref(stream)
    del stream
    gc.collect()
    assert kept() is not None
    library.streams[0].call_back()
    library.release("start")
    until(lambda: not sound._control.is_stuck)
    library.streams.clear()

    def is_gone() -> bool:
        gc.collect()
        return kept() is None

    until(is_gone)


@pytest.mark.parametrize("call", ["open", "start", "abort", "close", "list"])
def test_the_end_does_not_wait_for_what_hangs(library: FakeLibrary, call: str) -> None:
    sound = PortAudio(lambda: library)  # with the deadlines of real devices
    microphone = sound.open_input(device(sound, "Microphone"), drop)
    speaker = sound.open_output(device(sound, "Speaker"), drop)
    microphone.start()
    library.hang(call)
    outcome: list[AudioError] = []

    def use() -> None:
        try:
            sound.open_output(microphone.device, drop).start()
        except AudioError as error:
            outcome.append(error)

    user = threading.Thread(target=use)
    if call in ("open", "start", "list"):
        user.start()
        assert library.hanging.wait(SOON_S)
    start_s = time.monotonic()
    sound.shut_down()
    assert time.monotonic() - start_s < 1.0
    if user.ident is not None:
        user.join(SOON_S)
        assert outcome
    assert (microphone._stream, speaker._stream) == (None, None)


def test_a_call_goes_on_with_another_device_when_its_own_hangs(library: FakeLibrary, sound: PortAudio) -> None:
    catalog = DeviceCatalog(sound, platform="linux")
    line = Line(sound, catalog, input_device="Microphone", output_device="Speaker")
    library.hang("start", "Microphone")
    line.open_output()
    line.open_input()
    assert line.input_stream is not None
    assert line.input_stream.device.name != "Microphone"
    library.streams[-1].call_back()
    assert np.array_equal(line.take_captured(), np.full(480, 1_000))
    start_s = time.monotonic()
    line.close()
    assert time.monotonic() - start_s < SOON_S


def test_the_interpreter_ends_while_the_library_hangs(tmp_path: Path) -> None:
    script = tmp_path / "hang.py"
    script.write_text(
        "from connector_gui.voice.portaudio import PortAudio\n"
        "from tests.voice.test_hung_library import DEADLINES, device, drop\n"
        "from tests.fakes.sound_library import FakeLibrary\n"
        "library = FakeLibrary()\n"
        "sound = PortAudio(lambda: library, DEADLINES)\n"
        "stream = sound.open_input(device(sound, 'Microphone'), drop)\n"
        "stream.start()\n"
        "library.hang('close')\n"
        "sound.shut_down()\n"
        "assert library.inside\n",
        encoding="utf-8",
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(root)!r}); exec(open({str(script)!r}).read())"],
        cwd=root, capture_output=True, text=True, timeout=15, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
