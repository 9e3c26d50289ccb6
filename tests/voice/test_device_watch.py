"""What the system tells of devices that come and go."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest

from connector_gui.voice.device_marks import MacMarks, WindowsMarks, marks_reader
from connector_gui.voice.device_watch import MarksWatch, ServerWatch, Watches
from connector_gui.voice.sound import DeviceNews, Direction, Whereabouts
from connector_gui.voice.sound_server import parse_devices, parse_streams

T = TypeVar("T")

STREAMS = """\
Source Output #0
\tDriver: module-remap-source.c
\tSource: 1

Source Output #12
\tDriver: protocol-native.c
\tClient: 7
\tSource: 1
\tProperties:
\t\tapplication.process.id = "42"

Source Output #13
\tClient: 8
\tSource: 2
\tProperties:
\t\tapplication.process.id = "421"

Source Output #14
\tDriver: protocol-native.c
\tClient: 7
\tSource: 3
\tProperties:
\t\tapplication.process.id = "42"
"""
SOURCES = """\
1\tvirtual_mic.room.monitor\tmodule-null-sink.c\ts16le 1ch 48000Hz\tRUNNING
3\tbluez_input.AA_BB\tmodule-bluez5-device.c\ts16le 1ch 16000Hz\tRUNNING
"""


def until(condition: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


def test_finds_this_programs_streams_and_where_they_are() -> None:
    assert parse_streams(STREAMS, 42) == {7: 3}  # the newer one of the client's two
    assert parse_devices(SOURCES) == {
        1: Whereabouts(-1, "virtual_mic.room.monitor", 48_000, is_dead_end=True),
        3: Whereabouts(-1, "bluez_input.AA_BB", 16_000, is_dead_end=False),
    }


@pytest.mark.sound
@pytest.mark.skipif(sys.platform != "linux", reason="asks PulseAudio")
def test_a_watch_that_nobody_closed_ends_with_the_sound_system_and_none_begins_after_it() -> None:
    def programs() -> list[psutil.Process]:
        return [child for child in psutil.Process().children(recursive=True) if child.name() == "pactl"]

    before = len(programs())
    watches = Watches()
    lost = watches.begin()
    until(lambda: len(programs()) == before + 1)
    watches.close()
    watches.close()
    until(lambda: len(programs()) == before)
    assert lost.is_informed
    assert not watches.begin().is_informed
    assert len(programs()) == before


@pytest.mark.parametrize(
    ("line", "is_device", "is_stream", "is_default"),
    [
        ("Event 'new' on source #4", True, False, False),
        ("Event 'remove' on sink #4", False, True, True),
        ("Event 'change' on server #4294967295", False, True, True),
        ("Event 'change' on card #1", False, True, True),
        ("Event 'change' on source #4", False, False, False),
        ("Event 'new' on client #4", False, False, False),
        ("Event 'new' on source-output #4", False, False, False),
        ("Event 'change' on source-output #4", False, True, False),
        ("Event 'change' on sink-input #4", False, True, False),
    ],
)
def test_an_event_of_the_server_is_news_of_its_kind(
    line: str, is_device: bool, is_stream: bool, is_default: bool
) -> None:
    program = f"print({line!r}, flush=True); print('done', flush=True); import time; time.sleep(60)"
    reached: list[str] = []

    class Watch(ServerWatch):
        def _note(self, line: str) -> None:
            super()._note(line)
            reached.append(line)

    watch = Watch([sys.executable, "-c", program])
    try:
        before = DeviceNews(devices=0, streams=0, defaults=0)
        until(lambda: len(reached) == 2)
        news = watch.news()
    finally:
        watch.close()
    changed = (news.devices != before.devices, news.streams != before.streams, news.defaults != before.defaults)
    assert changed == (is_device, is_stream, is_default)


def test_a_server_that_goes_is_news_and_is_followed_again() -> None:
    watch = ServerWatch([sys.executable, "-c", ""])
    try:
        until(lambda: watch.news().devices == 2)
    finally:
        watch.close()
        watch.close()
    settled = watch.news()
    assert watch.news() == settled
    assert not watch._thread.is_alive()


def test_without_the_servers_program_nothing_is_told() -> None:
    watch = ServerWatch(["/nonexistent/pactl", "subscribe"], lambda *_sought: None)
    assert watch.whereabouts(Direction.INPUT) is None
    watch.close()


def test_where_nothing_tells_the_watch_says_so() -> None:
    watch = MarksWatch(None)
    assert not watch.is_informed
    assert watch.news() == watch.news() == DeviceNews()
    assert watch.whereabouts(Direction.OUTPUT) is None
    assert MarksWatch(DeviceNews).is_informed
    assert marks_reader("linux") is None
    assert marks_reader("win32") is None or sys.platform == "win32"


class Winmm:
    """The part of Windows' winmm that is asked: two microphones, one speaker."""

    def __init__(self) -> None:
        self.inputs = ["Microphone (Jabra EVOLVE 65)", "Line In"]
        self.outputs = ["Speakers (Realtek)"]
        self.default_input = 1

    def waveInGetNumDevs(self) -> int:
        return len(self.inputs)

    def waveOutGetNumDevs(self) -> int:
        return len(self.outputs)

    def waveInGetDevCapsW(self, number: Any, caps: Any, size: Any) -> int:
        assert size.value == 80  # sizeof(WAVEINCAPSW)
        return self._fill(caps, self.inputs[number.value or 0])

    def waveOutGetDevCapsW(self, number: Any, caps: Any, size: Any) -> int:
        assert size.value == 84  # sizeof(WAVEOUTCAPSW)
        return self._fill(caps, self.outputs[number.value or 0])

    def waveInMessage(self, mapper: Any, message: int, number: Any, flags: Any) -> int:
        assert message == 0x2015
        number._obj.value = self.default_input
        return 0

    def waveOutMessage(self, mapper: Any, message: int, number: Any, flags: Any) -> int:
        return 1  # not supported: the number stays as it was

    @staticmethod
    def _fill(caps: Any, name: str) -> int:
        raw = name.encode("utf-16-le").ljust(64, b"\0")
        ctypes.memmove(ctypes.addressof(caps._obj.name), raw, 64)
        return 0


def test_windows_names_its_devices_and_defaults() -> None:
    winmm = Winmm()
    marks = WindowsMarks(winmm)
    first = marks.read()
    assert first.devices == (("Line In", "Microphone (Jabra EVOLVE 65)"), ("Speakers (Realtek)",))
    assert (first.default_input, first.default_output) == ("Line In", "")
    winmm.default_input = 0
    assert marks.read().default_input == "Microphone (Jabra EVOLVE 65)"
    assert marks.read().devices == first.devices
    winmm.outputs.append("Headset")
    assert marks.read().devices != first.devices


class CoreAudio:
    """The part of macOS' Core Audio that is asked."""

    def __init__(self) -> None:
        self.properties = {b"dev#": [41, 57, 60], b"dIn ": [57], b"dOut": [41]}

    def AudioObjectGetPropertyData(
        self, system: Any, address: Any, _size: int, _qualifier: None, size: Any, numbers: Any
    ) -> int:
        assert system.value == 1
        wanted = self.properties.get(address._obj.selector.to_bytes(4, "big"))
        if wanted is None or address._obj.scope.to_bytes(4, "big") != b"glob":
            return 1
        assert size._obj.value >= 4 * len(wanted)
        for place, number in enumerate(wanted):
            numbers[place] = number
        size._obj.value = 4 * len(wanted)
        return 0


def test_macos_numbers_its_devices_and_defaults() -> None:
    core_audio = CoreAudio()
    assert MacMarks(core_audio).read() == DeviceNews((41, 57, 60), (57,), (41,))
    del core_audio.properties[b"dIn "]
    assert MacMarks(core_audio).read().default_input == ()


@pytest.mark.skipif(sys.platform == "win32", reason="no sound server to follow")
def test_the_follower_of_the_sound_server_does_not_outlive_the_program(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    follower = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    program = (
        "import sys, time; from connector_gui.voice.device_watch import ServerWatch; "
        "watch = ServerWatch([sys.executable, '-c', sys.argv[1]]); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, follower]) as process:
        pid = wait_until(lambda: note.exists() and note.read_text())
        process.kill()
    wait_until(lambda: has_ended(int(pid)))


def has_ended(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def wait_until(holds: Callable[[], T]) -> T:
    deadline_s = time.monotonic() + 10
    while not (found := holds()):
        assert time.monotonic() < deadline_s
        time.sleep(0.02)
    return found
