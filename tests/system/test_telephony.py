"""USB headsets that ring, light up, are pressed and pulled out; on a small library in place of the real one."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from connector_gui.core.hands_free import HeadsetButton, HeadsetProblem, HeadsetSigns
from connector_gui.system import telephony
from connector_gui.system.telephony import HidDevice, HidLibrary, TelephonyHeadset, load_library
from tests.core.test_hid_report import ABSOLUTE_HOOK, NO_NUMBERS

RINGING, TALKING = HeadsetSigns(is_ringing=True), HeadsetSigns(is_talking=True)
OFF_HOOK, RING = bytes([2, 0b001]), bytes([2, 0b010])


class FakeHeadset:
    """A headset with a queue of reports, as hidapi shows an open device."""

    def __init__(self, descriptor: bytes = ABSOLUTE_HOOK, *, may_be_opened: bool = True) -> None:
        self.descriptor = descriptor
        self.may_be_opened = may_be_opened
        self.is_open = self.is_gone = False
        self.written: list[bytes] = []
        self._reports: queue.Queue[bytes] = queue.Queue()

    def open_path(self, _path: bytes) -> None:
        if not self.may_be_opened:
            raise OSError("open failed")
        self.is_open = True

    def get_report_descriptor(self) -> list[int]:
        return list(self.descriptor)

    def read(self, _max_length: int, timeout_ms: int = 0) -> list[int]:
        if self.is_gone:
            raise OSError("read error")
        try:
            return list(self._reports.get(timeout=timeout_ms / 1000))
        except queue.Empty:
            return []

    def write(self, report: bytes) -> int:
        self.written.append(bytes(report))
        return len(report)

    def close(self) -> None:
        self.is_open = False

    def send(self, *reports: bytes) -> None:
        for report in reports:
            self._reports.put(report)


class FakeLibrary:
    """A hidapi with these headsets, and a keyboard that is none of our business."""

    def __init__(self, *headsets: FakeHeadset) -> None:
        self.headsets = list(headsets)
        self._opened = 0

    def enumerate(self) -> list[dict[str, Any]]:
        keyboard = {"path": b"keyboard", "usage_page": 1}
        return [keyboard, *({"path": f"{n}".encode(), "usage_page": 0x0B} for n in range(len(self.headsets)))]

    def device(self) -> HidDevice:
        library = self

        class Opening:
            """Becomes the headset of the path that is opened."""

            def open_path(self, path: bytes) -> None:
                assert path != b"keyboard"
                self.headset = library.headsets[int(path)]
                self.headset.open_path(path)

            def __getattr__(self, name: str) -> Any:
                return getattr(self.headset, name)

        opening: Any = Opening()
        return opening  # type: ignore[no-any-return]


class Worn:
    """The way to such headsets, and what it has told."""

    def __init__(self, load: Callable[[], HidLibrary]) -> None:
        self.pressed: list[HeadsetButton] = []
        self.problems: list[HeadsetProblem | None] = []
        self.way = TelephonyHeadset(load)
        self.way.on_button = self.pressed.append
        self.way.on_problem = self.problems.append


@asynccontextmanager
async def wearing(*headsets: FakeHeadset) -> AsyncIterator[Worn]:
    worn = Worn(lambda: FakeLibrary(*headsets))
    task = asyncio.create_task(worn.way.run())
    try:
        yield worn
    finally:
        task.cancel()
        await asyncio.wait([task])


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.005)


async def test_a_call_is_picked_up_and_hung_up_and_the_lamps_follow() -> None:
    headset = FakeHeadset()
    async with wearing(headset) as worn:
        worn.way.show(RINGING)
        await until(lambda: headset.written == [RING])
        headset.send(bytes([1, 1]))
        await until(lambda: worn.pressed == [HeadsetButton.PICK_UP])
        worn.way.show(TALKING)
        await until(lambda: headset.written[-1] == OFF_HOOK)
        headset.send(bytes([1, 0]))
        await until(lambda: worn.pressed[1:] == [HeadsetButton.HANG_UP])
        worn.way.show(HeadsetSigns())
        await until(lambda: not headset.is_open)
        assert headset.written[-1] == bytes([2, 0])


async def test_a_headset_that_repeats_what_it_was_told_presses_nothing() -> None:
    headset = FakeHeadset()
    async with wearing(headset) as worn:
        worn.way.show(TALKING)
        await until(lambda: headset.written == [OFF_HOOK])
        headset.send(bytes([1, 1]), bytes([1, 1]), bytes([1, 0b11]))
        await until(lambda: worn.pressed)
        assert worn.pressed == [HeadsetButton.MUTE], "the hook was only repeated"


async def test_mute_is_a_press_each_time_or_once_while_it_is_held() -> None:
    relative, held = FakeHeadset(), FakeHeadset(NO_NUMBERS)
    async with wearing(relative) as worn:
        worn.way.show(TALKING)
        relative.send(bytes([1, 0b11]), bytes([1, 0b11]))
        await until(lambda: worn.pressed == [HeadsetButton.MUTE] * 2)
    async with wearing(held) as worn:
        worn.way.show(TALKING)
        held.send(bytes([0, 1]), bytes([0, 1]), bytes([0, 0]), bytes([0, 1]))
        await until(lambda: worn.pressed == [HeadsetButton.MUTE] * 2)


async def test_a_headset_without_lamps_has_one_button_for_both() -> None:
    headset = FakeHeadset(NO_NUMBERS)
    async with wearing(headset) as worn:
        worn.way.show(RINGING)
        headset.send(bytes([0, 0b10]), bytes([0, 0]), bytes([0, 0b10]))
        await until(lambda: worn.pressed == [HeadsetButton.HOOK] * 2)


async def test_without_a_call_no_headset_is_touched() -> None:
    headset = FakeHeadset()
    async with wearing(headset) as worn:
        worn.way.show(HeadsetSigns())
        await asyncio.sleep(0.2)
    assert headset.written == []
    assert not headset.is_open


async def test_a_headset_that_is_pulled_out_leaves_the_other(caplog: pytest.LogCaptureFixture) -> None:
    gone, left = FakeHeadset(), FakeHeadset()
    async with wearing(gone, left) as worn:
        worn.way.show(RINGING)
        await until(lambda: gone.is_open and left.is_open)
        gone.is_gone = True
        await until(lambda: not gone.is_open)
        left.send(bytes([1, 1]))
        await until(lambda: worn.pressed == [HeadsetButton.PICK_UP])
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_headset_that_may_not_be_opened_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telephony, "LOOK_S", 0.1)
    headset = FakeHeadset(may_be_opened=False)
    async with wearing(headset) as worn:
        worn.way.show(RINGING)
        await until(lambda: worn.problems == [HeadsetProblem.NO_PERMISSION])
        headset.may_be_opened = True
        await until(lambda: worn.problems == [HeadsetProblem.NO_PERMISSION, None])


async def test_a_descriptor_that_makes_no_sense_is_left_alone() -> None:
    broken, good = FakeHeadset(b"\x05"), FakeHeadset()
    async with wearing(broken, good) as worn:
        worn.way.show(RINGING)
        await until(lambda: good.written)
        assert not broken.is_open


async def test_without_the_library_a_line_says_so() -> None:
    def load() -> HidLibrary:
        raise ImportError("libudev.so.1: cannot open shared object file")

    worn = Worn(load)
    task = asyncio.create_task(worn.way.run())
    worn.way.show(RINGING)
    await until(lambda: worn.problems == [HeadsetProblem.NO_LIBRARY])
    task.cancel()
    await asyncio.wait([task])


def test_the_real_library_lists_devices_and_opens_none_that_is_not_there() -> None:
    library = load_library()
    assert isinstance(library.enumerate(), list)
    with pytest.raises(OSError, match="open failed"):
        library.device().open_path(b"/dev/hidraw-none")
