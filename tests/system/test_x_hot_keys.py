"""Hot keys on a real X display: pressed by real hands while another program has the keyboard."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping

import pytest

from connector_gui.core.hands_free import HotKey, KeyProblem
from connector_gui.core.shortcut import KEYS, Shortcut
from connector_gui.system.hot_keys import Bound
from connector_gui.system.x_hot_keys import KEYSYMS, XHotKeys
from tests.rig import DesktopOptions, desktop

pytestmark = pytest.mark.desktop
Env = Mapping[str, str]
HELD_S = 1.2
"""The X server repeats a key after 0.66 s, 25 times a second."""

GRAB = """
import sys
from connector_gui.system.x_hot_keys import XHotKeys
from connector_gui.core.hands_free import HotKey
from connector_gui.core.shortcut import Shortcut
import asyncio
async def main():
    keys = XHotKeys()
    bound = await keys.bind({HotKey.MUTE: Shortcut.parse(sys.argv[1])})
    print(dict(bound.problems) or "has it", flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.fixture(scope="module")
def display() -> Iterator[Env]:
    with desktop(DesktopOptions(tray="none", keyring="none", notifications=False)) as env:
        yield env


class Keyboard:
    """Hot keys that were bound, and what they have said."""

    def __init__(self, env: Env) -> None:
        self.env = env
        self.said: list[str] = []
        self.keys = XHotKeys()
        self.keys.on_pressed = lambda key: self.said.append(f"+{key}")
        self.keys.on_released = lambda key: self.said.append(f"-{key}")
        self.keys.on_lost = lambda: self.said.append("lost")

    async def bind(self, **shortcuts: str) -> Bound:
        return await self.keys.bind({HotKey(name): Shortcut.parse(text) for name, text in shortcuts.items()})

    async def do(self, *arguments: str) -> None:
        await asyncio.to_thread(subprocess.run, ["xdotool", *arguments], env=self.env, check=True)

    def hold_unread(self, key: str) -> None:
        """Hold *key* while nobody reads: it is up again when its repeats are looked at."""
        for step in ("keydown", "keyup"):
            subprocess.run(["xdotool", step, key], env=dict(self.env), check=True)
            time.sleep(HELD_S)

    async def until(self, *said: str) -> None:
        async with asyncio.timeout(5):
            while self.said != list(said):
                await asyncio.sleep(0.01)


@pytest.fixture
async def keyboard(display: Env, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Keyboard]:
    monkeypatch.setenv("DISPLAY", display["DISPLAY"])
    keyboard = Keyboard(display)
    yield keyboard
    await keyboard.keys.aclose()


def test_every_key_that_may_be_chosen_has_a_symbol() -> None:
    assert set(KEYSYMS) == set(KEYS)


async def test_a_combination_is_told_and_others_are_not(keyboard: Keyboard) -> None:
    assert await keyboard.bind(accept="Ctrl+Alt+A", end="F9") == Bound()
    await keyboard.do("key", "ctrl+a", "alt+a", "shift+F9", "F8", "ctrl+alt+a", "F9")
    await keyboard.until("+accept", "-accept", "+end", "-end")


@pytest.mark.parametrize("lock", ["Num_Lock", "Caps_Lock"])
async def test_it_works_with_lock_keys_on(keyboard: Keyboard, lock: str) -> None:
    await keyboard.bind(accept="Ctrl+Alt+A", talk="F9")
    await keyboard.do("key", lock)
    try:
        await keyboard.do("key", "ctrl+alt+a", "F9")
        await keyboard.until("+accept", "-accept", "+talk", "-talk")
    finally:
        await keyboard.do("key", lock)


async def test_a_key_that_is_held_repeats_without_being_released(keyboard: Keyboard) -> None:
    await keyboard.bind(talk="Ctrl+Space")
    await keyboard.do("keydown", "ctrl", "keydown", "space")
    await asyncio.sleep(HELD_S)
    assert set(keyboard.said) == {"+talk"}, "auto-repeat was taken for a release"
    # The modifier first: it is still the key that was held.
    await keyboard.do("keyup", "ctrl", "keyup", "space")
    async with asyncio.timeout(5):
        while "-talk" not in keyboard.said:
            await asyncio.sleep(0.01)
    assert keyboard.said.index("-talk") == len(keyboard.said) - 1


async def test_repeats_that_are_read_late_are_repeats_all_the_same(keyboard: Keyboard) -> None:
    await keyboard.bind(talk="F9")
    keyboard.hold_unread("F9")
    await keyboard.until("+talk", "-talk")
    await asyncio.sleep(0.1)
    assert keyboard.said == ["+talk", "-talk"]


async def test_a_combination_of_another_program_is_taken_and_all_others_work(keyboard: Keyboard) -> None:
    command = [sys.executable, "-c", GRAB, "Ctrl+Alt+M"]
    other = await asyncio.create_subprocess_exec(*command, env=keyboard.env, stdout=asyncio.subprocess.PIPE)
    try:
        assert other.stdout is not None
        assert await other.stdout.readline() == b"has it\n"
        bound = await keyboard.bind(mute="Ctrl+Alt+M", end="Ctrl+Alt+E")
        assert bound == Bound({HotKey.MUTE: KeyProblem.TAKEN})
        await keyboard.do("key", "ctrl+alt+m", "ctrl+alt+e")
        await keyboard.until("+end", "-end")
    finally:
        other.kill()
        await other.communicate()
    assert await keyboard.bind(mute="Ctrl+Alt+M") == Bound(), "it is free again"


async def test_keys_that_are_not_wanted_any_more_are_given_back(keyboard: Keyboard) -> None:
    await keyboard.bind(mute="Ctrl+Alt+M")
    await keyboard.bind(mute="Ctrl+Alt+N")
    other = XHotKeys()
    try:
        assert await other.bind({HotKey.MUTE: Shortcut.parse("Ctrl+Alt+M")}) == Bound()
        assert await other.bind({HotKey.MUTE: Shortcut.parse("Ctrl+Alt+N")}) == Bound({HotKey.MUTE: KeyProblem.TAKEN})
        await keyboard.keys.aclose()
        assert await other.bind({HotKey.MUTE: Shortcut.parse("Ctrl+Alt+N")}) == Bound()
    finally:
        await other.aclose()


async def test_a_layout_that_moves_keys_is_told_so_that_they_are_asked_for_anew(keyboard: Keyboard) -> None:
    await keyboard.bind(mute="Ctrl+Alt+Y")
    try:
        await asyncio.to_thread(subprocess.run, ["setxkbmap", "de"], env=keyboard.env, check=True)
        async with asyncio.timeout(5):
            while "lost" not in keyboard.said:
                await asyncio.sleep(0.01)
        await keyboard.bind(mute="Ctrl+Alt+Y")
        keyboard.said.clear()
        await keyboard.do("key", "ctrl+alt+y")
        await keyboard.until("+mute", "-mute")
    finally:
        await asyncio.to_thread(subprocess.run, ["setxkbmap", "us"], env=keyboard.env, check=True)


async def test_a_key_that_this_keyboard_lacks_is_named(keyboard: Keyboard) -> None:
    await asyncio.to_thread(subprocess.run, ["xmodmap", "-e", "keysym Pause = NoSymbol"], env=keyboard.env, check=True)
    assert await keyboard.bind(mute="Pause") == Bound({HotKey.MUTE: KeyProblem.NO_SUCH_KEY})


async def test_without_a_display_no_key_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":9999")
    keys = XHotKeys()
    assert await keys.bind({HotKey.END: Shortcut.parse("F9")}) == Bound({HotKey.END: KeyProblem.NOT_OFFERED})
    await keys.aclose()


async def test_a_display_that_ends_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with desktop(DesktopOptions(tray="none", keyring="none", notifications=False)) as env:
        monkeypatch.setenv("DISPLAY", env["DISPLAY"])
        keyboard = Keyboard(env)
        await keyboard.bind(end="F9")
    await keyboard.until("lost")
    assert await keyboard.bind(end="F9") == Bound({HotKey.END: KeyProblem.NOT_OFFERED})
