"""Hot keys on Windows, on a small Windows that takes combinations and holds keys as it is told."""

from __future__ import annotations

import asyncio
import threading

from connector_gui.core.hands_free import HotKey, KeyProblem
from connector_gui.core.shortcut import KEYS, Shortcut
from connector_gui.system.hot_keys import Bound
from connector_gui.system.windows_hot_keys import KEY_CODES, Windows, WindowsHotKeys

F9, CTRL_ALT_A = Shortcut.parse("F9"), Shortcut.parse("Ctrl+Alt+A")
NO_REPEAT = 0x4000


class FakeWindows(Windows):
    """One message queue, a keyboard, and the combinations of other programs."""

    def __init__(self, taken: set[tuple[int, int]]) -> None:
        self.taken = taken
        self.mine: dict[int, tuple[int, int]] = {}
        self.down: set[int] = set()
        self._queue: list[int] = []
        self._wake = threading.Event()
        self.owner = threading.get_ident()

    def register(self, number: int, modifiers: int, code: int) -> int:
        assert threading.get_ident() == self.owner, "a combination belongs to the thread that takes it"
        if (modifiers, code) in self.taken:
            return 1409
        self.mine[number] = (modifiers, code)
        return 0

    def unregister(self, number: int) -> None:
        assert threading.get_ident() == self.owner
        del self.mine[number]

    def is_down(self, code: int) -> bool:
        return code in self.down

    def make_queue(self) -> None:
        """It has one from the beginning."""

    def wait(self, timeout_ms: int | None) -> None:
        self._wake.wait(None if timeout_ms is None else timeout_ms / 1000)
        self._wake.clear()

    def messages(self) -> list[int]:
        queue, self._queue = self._queue, []
        return queue

    def wake(self, thread_id: int) -> None:
        self._wake.set()

    def press(self, code: int) -> None:
        self.down.add(code)
        self._queue += [number for number, (_, mine) in self.mine.items() if mine == code]
        self._wake.set()


class Desk:
    """Hot keys on such a Windows, and what they have said."""

    def __init__(self, *taken: tuple[int, int]) -> None:
        self.windows: FakeWindows | None = None
        self.said: list[str] = []
        self._taken = set(taken)
        self.keys = WindowsHotKeys(self._make)
        self.keys.on_pressed = lambda key: self.said.append(f"+{key}")
        self.keys.on_released = lambda key: self.said.append(f"-{key}")

    def _make(self) -> Windows:
        self.windows = FakeWindows(self._taken)
        return self.windows

    async def until(self, *said: str) -> None:
        async with asyncio.timeout(5):
            while self.said != list(said):
                await asyncio.sleep(0.005)


def test_every_key_that_may_be_chosen_has_a_code() -> None:
    assert set(KEY_CODES) == set(KEYS)
    assert len(set(KEY_CODES.values())) == len(KEYS)


async def test_a_press_is_told_and_a_release_when_the_key_is_up() -> None:
    desk = Desk()
    assert await desk.keys.bind({HotKey.TALK: F9, HotKey.ACCEPT: CTRL_ALT_A}) == Bound()
    windows = desk.windows
    assert windows is not None
    assert sorted(windows.mine.values()) == [(NO_REPEAT, 0x78), (NO_REPEAT | 3, ord("A"))]
    windows.press(0x78)
    await desk.until("+talk")
    windows.press(ord("A"))
    await desk.until("+talk", "+accept")
    windows.down.clear()
    async with asyncio.timeout(5):
        while len(desk.said) < 4:
            await asyncio.sleep(0.005)
    assert sorted(desk.said[2:]) == ["-accept", "-talk"]
    await desk.keys.aclose()
    assert windows.mine == {}, "given back"


async def test_a_combination_of_another_program_is_taken_and_others_are_ours() -> None:
    desk = Desk((NO_REPEAT, 0x78))
    bound = await desk.keys.bind({HotKey.TALK: F9, HotKey.ACCEPT: CTRL_ALT_A})
    assert bound == Bound({HotKey.TALK: KeyProblem.TAKEN})
    assert await desk.keys.bind({HotKey.END: CTRL_ALT_A}) == Bound()
    assert desk.windows is not None
    assert list(desk.windows.mine.values()) == [(NO_REPEAT | 3, ord("A"))]
    await desk.keys.aclose()


async def test_without_hot_keys_there_is_no_thread() -> None:
    desk = Desk()
    assert await desk.keys.bind({}) == Bound()
    assert desk.windows is None
    await desk.keys.aclose()
