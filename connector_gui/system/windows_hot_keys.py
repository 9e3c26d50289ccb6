"""Hot keys on Windows: RegisterHotKey, on a thread with a message queue of its own.

Windows tells when a combination goes down, once (``MOD_NOREPEAT``), and never when it goes up. So while one is down
its key is looked at fifty times a second, by GetAsyncKeyState, until it is up.

Source: Microsoft's documentation of RegisterHotKey, WM_HOTKEY, MsgWaitForMultipleObjects, and "Virtual-Key Codes".
"""

from __future__ import annotations

import asyncio
import ctypes
import functools
import logging
import queue
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from connector_gui.core.hands_free import HotKey, KeyProblem
from connector_gui.core.shortcut import Shortcut
from connector_gui.system.hot_keys import Bound

log = logging.getLogger(__name__)

T = TypeVar("T")

KEY_CODES: Final[Mapping[str, int]] = {
    **{f"F{n}": 0x6F + n for n in range(1, 25)},
    "Pause": 0x13,
    "ScrollLock": 0x91,
    "MediaPlay": 0xB3,
    "MediaStop": 0xB2,
    **{letter: ord(letter) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"},
    "Space": 0x20,
    "Tab": 0x09,
    "Return": 0x0D,
    "Backspace": 0x08,
    "Escape": 0x1B,
    "Insert": 0x2D,
    "Delete": 0x2E,
    "Home": 0x24,
    "End": 0x23,
    "PageUp": 0x21,
    "PageDown": 0x22,
    "Left": 0x25,
    "Up": 0x26,
    "Right": 0x27,
    "Down": 0x28,
    "Comma": 0xBC,
    "Period": 0xBE,
    "Slash": 0xBF,
    "Minus": 0xBD,
    "Equal": 0xBB,
    "Semicolon": 0xBA,
    "Apostrophe": 0xDE,
    "Backslash": 0xDC,
    "BracketLeft": 0xDB,
    "BracketRight": 0xDD,
    "Grave": 0xC0,
}
"""Virtual-key codes; those of signs are where an American keyboard has them."""
_MODIFIERS: Final = {"Alt": 1, "Ctrl": 2, "Shift": 4, "Super": 8}
_NO_REPEAT: Final = 0x4000
_WM_HOTKEY: Final = 0x0312
_WM_APP: Final = 0x8000
_PM_REMOVE: Final = 1
_PM_NOREMOVE: Final = 0
_QS_ALLINPUT: Final = 0x04FF
_INFINITE: Final = 0xFFFFFFFF
_ALREADY_REGISTERED: Final = 1409
_IS_DOWN: Final = 0x8000
LOOK_MS: Final = 20
END_S: Final = 2.0


class Message(ctypes.Structure):
    """``MSG``."""

    _fields_ = (
        ("window", ctypes.c_void_p),
        ("message", ctypes.c_uint),
        ("w_param", ctypes.c_size_t),
        ("l_param", ctypes.c_ssize_t),
        ("time", ctypes.c_uint32),
        ("x", ctypes.c_long),
        ("y", ctypes.c_long),
    )


class Windows:
    """What is used of Windows; a test puts its own in place."""

    def __init__(self) -> None:
        user: Any = ctypes.WinDLL("user32", use_last_error=True)  # type: ignore[attr-defined]  # Windows alone has it
        user.GetAsyncKeyState.restype = ctypes.c_short
        user.GetAsyncKeyState.argtypes = [ctypes.c_int]
        user.RegisterHotKey.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint, ctypes.c_uint]
        user.UnregisterHotKey.argtypes = [ctypes.c_void_p, ctypes.c_int]
        user.PostThreadMessageW.argtypes = [ctypes.c_uint32, ctypes.c_uint, ctypes.c_size_t, ctypes.c_ssize_t]
        user.PeekMessageW.argtypes = [
            ctypes.POINTER(Message),
            ctypes.c_void_p,
            ctypes.c_uint,
            ctypes.c_uint,
            ctypes.c_uint,
        ]
        self._user = user

    def register(self, number: int, modifiers: int, code: int) -> int:
        """Take a combination for the thread that asks; 0, or Windows' error."""
        if self._user.RegisterHotKey(None, number, modifiers, code):
            return 0
        return int(ctypes.get_last_error()) or -1  # type: ignore[attr-defined]  # Windows alone has it

    def unregister(self, number: int) -> None:
        """Give it back."""
        self._user.UnregisterHotKey(None, number)

    def is_down(self, code: int) -> bool:
        """Whether a key is held."""
        return bool(self._user.GetAsyncKeyState(code) & _IS_DOWN)

    def wait(self, timeout_ms: int | None) -> None:
        """Wait for a message, or for so long."""
        wait_ms = _INFINITE if timeout_ms is None else timeout_ms
        self._user.MsgWaitForMultipleObjects(0, None, False, wait_ms, _QS_ALLINPUT)

    def make_queue(self) -> None:
        """Let others post to the thread that asks."""
        self._user.PeekMessageW(ctypes.byref(Message()), None, 0, 0, _PM_NOREMOVE)

    def messages(self) -> list[int]:
        """The numbers of combinations that were pressed meanwhile."""
        pressed: list[int] = []
        message = Message()
        while self._user.PeekMessageW(ctypes.byref(message), None, 0, 0, _PM_REMOVE):
            if message.message == _WM_HOTKEY:
                pressed.append(int(message.w_param))
        return pressed

    def wake(self, thread_id: int) -> None:
        """End a wait of that thread."""
        self._user.PostThreadMessageW(thread_id, _WM_APP, 0, 0)


class WindowsHotKeys:
    """`HotKeys` of Windows."""

    def __init__(self, make: Callable[[], Windows] = Windows) -> None:
        """*make* is called in the thread that registers: combinations belong to it."""
        self.on_pressed: Callable[[HotKey], None] = lambda _key: None
        self.on_released: Callable[[HotKey], None] = lambda _key: None
        self.on_lost: Callable[[], None] = lambda: None
        self._make = make
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._windows: Windows | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bound: dict[int, tuple[HotKey, int]] = {}

    async def bind(self, bindings: Mapping[HotKey, Shortcut]) -> Bound:
        """See `HotKeys.bind`."""
        loop = self._loop = asyncio.get_running_loop()
        if self._thread is None:
            if not bindings:
                return Bound()
            started: asyncio.Future[None] = loop.create_future()
            self._thread = threading.Thread(target=self._work, args=(started,), name="hot_keys", daemon=True)
            self._thread.start()
            await started
        done: asyncio.Future[Bound] = loop.create_future()

        def job() -> None:
            self._tell(functools.partial(_settle, done, Bound(self._register(bindings))))

        self._put(job)
        return await done

    async def aclose(self) -> None:
        """See `HotKeys.aclose`."""
        if self._thread is not None:
            self._put(None)
            await asyncio.to_thread(self._thread.join, END_S)
            self._thread = None

    def _put(self, job: Callable[[], None] | None) -> None:
        self._jobs.put(job)
        if self._windows is not None and self._thread is not None and self._thread.native_id is not None:
            self._windows.wake(self._thread.native_id)

    # --- the thread --------------------------------------------------------------------------------------

    def _work(self, started: asyncio.Future[None]) -> None:
        windows = self._windows = self._make()
        windows.make_queue()
        self._tell(functools.partial(_settle, started, None))
        down: dict[int, tuple[HotKey, int]] = {}
        while True:
            windows.wait(LOOK_MS if down else None)
            while not self._jobs.empty():
                job = self._jobs.get()
                if job is None:
                    self._register({})
                    return
                job()
            for number in windows.messages():
                if number in self._bound:
                    down[number] = self._bound[number]
                    self._tell(functools.partial(self._press, down[number][0]))
            for number, (key, code) in list(down.items()):
                if not windows.is_down(code):
                    self._tell(functools.partial(self._release, key))
                    del down[number]

    def _register(self, bindings: Mapping[HotKey, Shortcut]) -> dict[HotKey, KeyProblem]:
        """Give all back and take *bindings*; those that cannot be had."""
        windows = self._windows
        assert windows is not None  # this is its thread
        for number in self._bound:
            windows.unregister(number)
        self._bound = {}
        problems: dict[HotKey, KeyProblem] = {}
        for number, (key, shortcut) in enumerate(bindings.items(), start=1):
            code = KEY_CODES[shortcut.key]
            modifiers = _NO_REPEAT | sum(_MODIFIERS[name] for name in shortcut.modifiers)
            error = windows.register(number, modifiers, code)
            if error:
                log.info("hot_keys.refused", extra={"key": key, "error": error})
                problems[key] = KeyProblem.TAKEN if error == _ALREADY_REGISTERED else KeyProblem.REFUSED
            else:
                self._bound[number] = (key, code)
        return problems

    def _press(self, key: HotKey) -> None:
        self.on_pressed(key)

    def _release(self, key: HotKey) -> None:
        self.on_released(key)

    def _tell(self, then: Callable[[], object]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(then)


def _settle(future: asyncio.Future[T], value: T) -> None:
    if not future.done():  # nobody waits for it any more
        future.set_result(value)
