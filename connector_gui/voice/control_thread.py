"""Calls into a sound library that may never return: one at a time, each with a deadline.

    run ──→ worker ──→ in time: its result
                   └─→ too late: AudioError, and the worker is given up; another takes the next call

PortAudio hangs inside its calls when a device goes away at the wrong moment, and with it would hang all
sound of the program. A call that was given up may still return: then what it brought is let go of, and all
is as before. Until then nothing it uses may be freed, and the library must not be started anew.
"""

from __future__ import annotations

import ctypes
import logging
import queue
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

from connector_gui.core.errors import AudioError
from connector_gui.core.sentence import sentence

log = logging.getLogger(__name__)

MOST_GIVEN_UP: Final = 4
"""Calls that may be stuck at once. Each is a thread, and some versions of PortAudio keep a core busy in it."""
MOST_ON_A_DEVICE: Final = 2
"""The same for one device: after it was plugged in again it deserves another try, and others deserve theirs."""
AGAIN_AFTER_S: Final = 1.0
"""How soon that try may be: not while it is still on its way out."""
_SHUT_DOWN: Final = sentence("The sound system has been shut down.")
_HOPELESS: Final = sentence(
    "The system's sound library does not answer any more. Start this program again to have "
    "sound; calls that come in meanwhile are kept."
)

Result = TypeVar("Result")


class Kind(StrEnum):
    """What is asked of the library."""

    LOAD = "load"
    REFRESH = "refresh"
    LIST = "list"
    OPEN = "open"
    START = "start"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long each kind of call may take, in s, before its thread is given up.

    Attributes:
        load: Half a second as a rule; a virus scanner may read the library first.
        refresh: PortAudio opens every device to see what it can do. Nothing is gained by giving up early, as
            nothing can be done without its list.
        list: It is read from memory.
        open: A Bluetooth headset changes its profile in it, which takes up to 3 s.
        start: The same: some systems do it only now.
        close: Some blocks, with Bluetooth half a second.
        close_dead: A stream that has ended already has nothing to wait for: 35 ms were the most that was measured.
        shut_down: What all devices together may take when the program ends.
    """

    load: float = 15.0
    refresh: float = 5.0
    list: float = 2.0
    open: float = 5.0
    start: float = 5.0
    close: float = 1.5
    close_dead: float = 0.3
    shut_down: float = 0.4

    def of(self, kind: Kind) -> float:
        """The deadline of an ordinary call of *kind*."""
        within_s: float = getattr(self, kind)
        return within_s


class LibraryHungError(AudioError):
    """The library did not return in time; what it was asked for may still happen."""


class ControlThread:
    """Makes calls one at a time, on one thread as long as that comes back."""

    def __init__(self, deadlines: Deadlines | None = None) -> None:
        self.deadlines = deadlines or Deadlines()
        self._turn = threading.Lock()  # one call at a time; held no longer than its deadline
        self._lock = threading.Lock()  # for what follows; never held while waiting
        self._worker: _Worker | None = None
        self._current: _Call[Any] | None = None
        self._stuck: list[_Call[Any]] = []
        self._is_ended = False

    @property
    def is_stuck(self) -> bool:
        """A call was given up and is still inside the library."""
        return bool(self._stuck)

    def run(
        self,
        kind: Kind,
        action: Callable[[], Result],
        *,
        device: str = "",
        within_s: float | None = None,
        on_given_up: Callable[[], None] | None = None,
        on_late: Callable[[Result], None] | None = None,
    ) -> Result:
        """Carry out *action* on the control thread and wait for it.

        Args:
            kind: What it does; says how long it may take.
            action: Calls the library; everything it uses is kept while it is inside.
            device: Whom it concerns: one that is stuck in its opening is opened once more at most.
            within_s: How long it may take; left out, what is right for its kind.
            on_given_up: Called before anything else is done, when it took too long.
            on_late: Takes what *action* returned too late, to let go of it.

        Raises:
            AudioError: It took too long; the program is ending; the library cannot be used at present; or
                whatever *action* raises.
        """
        call = _Call(kind, device, action, on_late)
        with self._turn:
            self._check(call)
            patience_s = self.deadlines.of(kind) if within_s is None else within_s
            if self._is_ended:
                patience_s = min(patience_s, self.deadlines.shut_down)
            if not self._wait_for(call, patience_s):
                if on_given_up is not None:
                    on_given_up()
                raise LibraryHungError(_hung(call))
        return call.result()

    def end(self, close_all: Callable[[], None]) -> None:
        """Do *close_all*, which uses `run`, and nothing afterwards; one that hangs is waited for half a second."""
        with self._lock:
            is_first, self._is_ended = not self._is_ended, True
            current = self._current
        if not is_first:
            return
        if current is not None and not current.settled.wait(self.deadlines.shut_down):
            current.settled.set()  # its caller stops waiting, and gives it up
        close_all()
        with self._turn:
            if self._worker is not None:
                self._worker.end()
                self._worker = None  # what is closed later, as it was being opened, has another one

    def _check(self, call: _Call[Any]) -> None:
        if call.kind is Kind.CLOSE:  # always: a microphone is let go of whatever else is the matter
            return
        if self._is_ended:
            raise AudioError(_SHUT_DOWN)
        with self._lock:
            stuck = list(self._stuck)
        if len(stuck) >= MOST_GIVEN_UP or any(other.kind in (Kind.LOAD, Kind.REFRESH) for other in stuck):
            raise AudioError(_HOPELESS)
        on_it = [other for other in stuck if other.device == call.device and other.kind is not Kind.CLOSE]
        if call.device and on_it:
            is_too_soon = time.monotonic() - on_it[-1].given_up_s < AGAIN_AFTER_S
            if is_too_soon or len(on_it) >= MOST_ON_A_DEVICE:
                raise AudioError(_hung(call))

    def _wait_for(self, call: _Call[Any], within_s: float) -> bool:
        """Whether *call* was over in time; its thread is given up otherwise."""
        if self._worker is None:
            self._worker = _Worker(self._take_back)
        self._current = call
        start_s = time.monotonic()
        self._worker.take(call)
        call.settled.wait(within_s)
        self._current = None
        with self._lock:
            if not call.give_up():
                return True
            self._stuck.append(call)
            self._worker = None
        log.error(
            "sound.library_hung",
            extra={
                "call": str(call.kind),
                "device": call.device,
                "waited_s": round(time.monotonic() - start_s, 2),
                "stuck": len(self._stuck),
            },
        )
        return False

    def _take_back(self, call: _Call[Any]) -> None:
        """On a thread that was given up: its call has returned after all."""
        log.info("sound.library_returned", extra={"call": str(call.kind), "device": call.device})
        try:
            if call.on_late is not None and call.is_fulfilled:
                on_late, result = call.on_late, call.result()
                # In turn with all other calls, as the library asks; it may hang again.
                self.run(Kind.CLOSE, lambda: on_late(result), device=call.device)
        except AudioError:
            pass  # it has been logged
        finally:
            with self._lock:
                self._stuck.remove(call)
            call.let_go()


class _Call(Generic[Result]):
    """One call, and what became of it.

    Attributes:
        settled: It is over, or nobody waits for it any more.
        given_up_s: When it was given up, by `time.monotonic`.
    """

    def __init__(
        self, kind: Kind, device: str, action: Callable[[], Result], on_late: Callable[[Result], None] | None
    ) -> None:
        self.kind = kind
        self.device = device
        self.on_late = on_late
        self.settled = threading.Event()
        self.is_fulfilled = False
        self.given_up_s = 0.0
        self._action = action
        self._results: list[Result] = []
        self._error: BaseException | None = None
        self._lock = threading.Lock()
        self._is_over = False
        self._is_given_up = False

    def carry_out(self) -> bool:
        """On the worker: make the call; whether somebody still waited for it."""
        try:
            self._results.append(self._action())
            self.is_fulfilled = True
        except BaseException as exc:  # it is raised where the call was asked for
            self._error = exc
        with self._lock:
            self._is_over = True
        self.settled.set()
        return not self._is_given_up

    def give_up(self) -> bool:
        """Wait for it no more; false if it is over by now.

        Everything it refers to stays in memory, also while the interpreter ends: the library may call back.
        """
        with self._lock:
            if self._is_over:
                return False
            self._is_given_up = True
        self.given_up_s = time.monotonic()
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self))
        return True

    def let_go(self) -> None:
        """Take `give_up`'s hold on memory back."""
        ctypes.pythonapi.Py_DecRef(ctypes.py_object(self))

    def result(self) -> Result:
        """What the action returned; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._results[0]


class _Worker:
    """A thread that makes one call after the other. Nobody joins it: it may hang."""

    def __init__(self, take_back: Callable[[_Call[Any]], None]) -> None:
        self._take_back = take_back
        self._calls: queue.SimpleQueue[_Call[Any] | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="portaudio", daemon=True).start()

    def take(self, call: _Call[Any]) -> None:
        self._calls.put(call)

    def end(self) -> None:
        self._calls.put(None)

    def _work(self) -> None:
        _enter_apartment()
        while (call := self._calls.get()) is not None:
            if not call.carry_out():
                self._take_back(call)
                return
            del call  # while it waits for the next one, what this one used is not kept


def _enter_apartment() -> None:
    """Windows' audio wants COM on each thread that calls it; PortAudio sees to the thread that starts it only."""
    if sys.platform == "win32":
        ctypes.windll.ole32.CoInitializeEx(None, 0x2)  # COINIT_APARTMENTTHREADED, as PortAudio does


def _hung(call: _Call[Any]) -> str:
    if not call.device:
        return sentence("The system's sound library does not answer.")
    return sentence(
        "The device “{device}” does not answer. Plug it in again, or choose another in Settings.", device=call.device
    )
