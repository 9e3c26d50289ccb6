"""Hot keys on macOS, on a small Carbon that keeps combinations and calls its handler."""

from __future__ import annotations

import ctypes
from typing import Any

from connector_gui.core.hands_free import HotKey, KeyProblem
from connector_gui.core.shortcut import KEYS, Shortcut
from connector_gui.system.hot_keys import Bound
from connector_gui.system.mac_hot_keys import KEY_CODES, HotKeyId, MacHotKeys

PRESSED, RELEASED = 5, 6
TAKEN = -9878


class FakeCarbon:
    """What Carbon does with the calls that are made of it."""

    def __init__(self, taken: set[tuple[int, int]] | None = None) -> None:
        self.taken = taken or set()
        self.mine: dict[int, tuple[int, int, int]] = {}
        self.handler: Any = None
        self._event = (0, 0)

    def GetApplicationEventTarget(self) -> int:
        return 1

    def InstallEventHandler(self, _target: int, handler: Any, count: int, types: Any, _user: None, out: Any) -> int:
        assert [(types[n].event_class, types[n].kind) for n in range(count)] == [(0x6B657962, 5), (0x6B657962, 6)]
        self.handler = handler
        out._obj.value = 77
        return 0

    def RemoveEventHandler(self, installed: ctypes.c_void_p) -> int:
        assert installed.value == 77
        self.handler = None
        return 0

    def RegisterEventHotKey(
        self, code: int, modifiers: int, name: HotKeyId, _target: int, options: int, out: Any
    ) -> int:
        if (code, modifiers) in self.taken:
            return TAKEN
        assert options == 1, "not for us alone"
        out._obj.value = name.number
        self.mine[name.number] = (code, modifiers, name.signature)
        return 0

    def UnregisterEventHotKey(self, reference: ctypes.c_void_p) -> int:
        assert reference.value is not None
        del self.mine[reference.value]
        return 0

    def GetEventKind(self, _event: int) -> int:
        return self._event[0]

    def GetEventParameter(self, *arguments: Any) -> int:
        name = arguments[-1]._obj
        name.number = self._event[1]
        name.signature = 0x4167436F
        return 0

    def send(self, kind: int, number: int) -> int:
        self._event = (kind, number)
        return int(self.handler(None, None, None))


def test_codes_are_those_of_known_keys() -> None:
    assert set(KEY_CODES) < set(KEYS)
    known = {"A": 0, "V": 9, "B": 11, "1": 18, "5": 23, "Equal": 24, "K": 40, "Period": 47, "Backspace": 51, "F1": 122}
    assert {name: KEY_CODES[name] for name in known} == known
    assert KEY_CODES["F12"] == 111
    assert KEY_CODES["Up"] == 126
    assert len(set(KEY_CODES.values())) == len(KEY_CODES)


async def test_press_and_release_are_told_and_keys_given_back() -> None:
    carbon, said = FakeCarbon(), list[str]()
    keys = MacHotKeys(lambda: carbon)
    keys.on_pressed = lambda key: said.append(f"+{key}")
    keys.on_released = lambda key: said.append(f"-{key}")
    assert await keys.bind({HotKey.TALK: Shortcut.parse("Cmd+Ctrl+Space")}) == Bound()
    ((number, (code, modifiers, _)),) = carbon.mine.items()
    assert (code, modifiers) == (49, 0x1000 | 0x0100)
    assert carbon.send(PRESSED, number) == carbon.send(RELEASED, number) == 0
    assert said == ["+talk", "-talk"]
    assert await keys.bind({HotKey.TALK: Shortcut.parse("F5")}) == Bound()
    assert carbon.send(PRESSED, number) == -9874, "an event of a key that was given back is nobody's"
    await keys.aclose()
    assert carbon.mine == {}
    assert carbon.handler is None


async def test_what_is_taken_or_not_on_the_keyboard_is_told() -> None:
    keys = MacHotKeys(lambda: FakeCarbon({(96, 0)}))
    asked = {
        HotKey.ACCEPT: Shortcut.parse("F5"),
        HotKey.END: Shortcut.parse("Pause"),
        HotKey.MUTE: Shortcut.parse("F6"),
    }
    problems = {HotKey.ACCEPT: KeyProblem.TAKEN, HotKey.END: KeyProblem.NO_SUCH_KEY}
    assert await keys.bind(asked) == Bound(problems)
    await keys.aclose()
