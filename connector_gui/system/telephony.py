"""The buttons and lamps of USB headsets, as those of a telephone: HID, by the library hidapi.

    a call rings or runs ──► a daemon thread opens every telephone there is, lights its lamps, reads its buttons
    no call any more     ──► lamps out, all closed: another telephone program may have them

- The hook switch is how headsets accept and end. Some tell how the hook is, and follow the lamp that we set: what only
  repeats our own word is no press. Others tell that the button was pressed.
- Mute is told as a press by most; by others as long as the button is held.
- A headset may come, go, or not be ours to open at any time. Nothing of that is anything but a line on a page.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import logging
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from connector_gui.core.hands_free import HeadsetButton, HeadsetProblem, HeadsetSigns
from connector_gui.core.hid_report import TELEPHONY_PAGE, Phone, Usage, read_descriptor

log = logging.getLogger(__name__)

READ_MS: Final = 50
"""How long one look at a headset waits; a press is seen at once."""
LOOK_S: Final = 3.0
"""How often new headsets are looked for while a call is there."""
REPORT_BYTES: Final = 64


class HidDevice(Protocol):
    """An open device, as hidapi has it."""

    def open_path(self, path: bytes, /) -> None: ...
    def get_report_descriptor(self) -> list[int]: ...
    def read(self, max_length: int, timeout_ms: int = 0, /) -> list[int]: ...
    def write(self, buff: bytes, /) -> int: ...
    def close(self) -> None: ...


class HidLibrary(Protocol):
    """What is used of hidapi."""

    def enumerate(self) -> list[dict[str, Any]]:
        """All devices; each has ``path``, ``usage_page``."""
        ...

    def device(self) -> HidDevice:
        """One that is not open yet."""
        ...


def load_library() -> HidLibrary:
    """The library; on Linux that part of it that speaks to the kernel's own driver.

    Raises:
        ImportError: It is not there, or does not work here.
    """
    name = "hidraw" if sys.platform == "linux" else "hid"
    library: HidLibrary = importlib.import_module(name)
    return library


@dataclass(slots=True)
class Telephone:
    """One headset that is open, and how it was last."""

    device: HidDevice
    phone: Phone
    hook: bool = False
    mute: bool = False
    shown: HeadsetSigns = field(default_factory=HeadsetSigns)

    def show(self, signs: HeadsetSigns) -> None:
        """Light its lamps."""
        lit = {
            Usage.OFF_HOOK_LAMP: signs.is_talking,
            Usage.RING_LAMP: signs.is_ringing,
            Usage.MUTE_LAMP: signs.is_muted,
        }
        for report in self.phone.lamps(lit):
            if self.device.write(report) < 0:
                raise OSError("the headset takes no report")
        self.shown = signs

    def buttons(self, report: bytes) -> list[HeadsetButton]:
        """What was pressed, by *report*."""
        pressed: list[HeadsetButton] = []
        hook = self.phone.pressed(report, Usage.HOOK_SWITCH)
        if hook is not None and hook is not self.hook:
            self.hook = hook
            pressed += self._of_hook(hook)
        mute = self.phone.pressed(report, Usage.PHONE_MUTE)
        if mute is not None:
            pressed += [HeadsetButton.MUTE] if mute and not self.mute else []
            # A press is over with its report; nobody tells that the button is up again.
            self.mute = mute and not self.phone.inputs[Usage.PHONE_MUTE].is_relative
        return pressed

    def _of_hook(self, is_off: bool) -> list[HeadsetButton]:
        if self.phone.inputs[Usage.HOOK_SWITCH].is_relative or Usage.OFF_HOOK_LAMP not in self.phone.outputs:
            return [HeadsetButton.HOOK] if is_off else []
        if is_off == self.shown.is_talking:
            return []  # it repeats what we have told it
        return [HeadsetButton.PICK_UP if is_off else HeadsetButton.HANG_UP]


class TelephonyHeadset:
    """A `Headset` by way of HID."""

    def __init__(self, load: Callable[[], HidLibrary] = load_library) -> None:
        self.on_button: Callable[[HeadsetButton], None] = lambda _button: None
        self.on_problem: Callable[[HeadsetProblem | None], None] = lambda _problem: None
        self._load = load
        self._signs = HeadsetSigns()
        self._wake = threading.Event()
        self._is_over = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._problem: HeadsetProblem | None = None

    def show(self, signs: HeadsetSigns) -> None:
        """See `Headset.show`."""
        self._signs = signs
        if not signs.is_idle:
            self._wake.set()

    async def run(self) -> None:
        """See `Headset.run`."""
        self._loop = asyncio.get_running_loop()
        # A daemon: a driver that hangs must not keep the program from ending.
        thread = threading.Thread(target=self._work, name="headset", daemon=True)
        thread.start()
        try:
            await asyncio.Event().wait()
        finally:
            self._is_over = True
            self._wake.set()

    # --- the thread --------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            self._wake.wait()
            if self._is_over:
                return
            self._wake.clear()
            try:
                self._attend(self._load())
            except ImportError as error:
                log.info("headset.no_library", extra={"reason": str(error)})
                self._tell_problem(HeadsetProblem.NO_LIBRARY)
                return
            except Exception:
                # Outermost of the thread: a headset that misbehaves is not asked again for this call.
                log.exception("headset.failed")

    def _attend(self, library: HidLibrary) -> None:
        """Serve every headset until there is no call any more."""
        telephones: dict[bytes, Telephone] = {}
        pause = threading.Event()
        looked = 0
        try:
            while not (self._is_over or self._signs.is_idle):
                if looked == 0:
                    self._open_new(library, telephones)
                looked = (looked + 1) % round(LOOK_S * 1000 / READ_MS)
                if not telephones:
                    pause.wait(LOOK_S)
                    looked = 0
                for path, telephone in list(telephones.items()):
                    if not self._serve(telephone, READ_MS // len(telephones)):
                        telephone.device.close()
                        del telephones[path]
        finally:
            for telephone in telephones.values():
                _put_down(telephone)

    def _open_new(self, library: HidLibrary, telephones: dict[bytes, Telephone]) -> None:
        there = {bytes(one["path"]) for one in library.enumerate() if one.get("usage_page") == TELEPHONY_PAGE}
        refused = False
        for path in there - telephones.keys():
            try:
                telephones[path] = _opened(library, path)
            except (OSError, ValueError) as error:
                refused = True
                log.info("headset.refused", extra={"reason": str(error)})
        self._tell_problem(HeadsetProblem.NO_PERMISSION if refused and not telephones else None)

    def _serve(self, telephone: Telephone, wait_ms: int) -> bool:
        """Show what holds, hear what is pressed; whether the headset is still there."""
        try:
            if telephone.shown != self._signs:
                telephone.show(self._signs)
            report = bytes(telephone.device.read(REPORT_BYTES, max(1, wait_ms)))
        except (OSError, ValueError) as error:
            log.info("headset.gone", extra={"reason": str(error)})
            return False
        if report:
            self._post(*telephone.buttons(report))
        return True

    def _post(self, *buttons: HeadsetButton) -> None:
        for button in buttons:
            self._call(functools.partial(self._press, button))

    def _press(self, button: HeadsetButton) -> None:
        self.on_button(button)

    def _tell_problem(self, problem: HeadsetProblem | None) -> None:
        if problem is not self._problem:
            self._problem = problem
            self._call(lambda: self.on_problem(problem))

    def _call(self, then: Callable[[], None]) -> None:
        if self._loop is not None and not self._is_over:
            try:
                self._loop.call_soon_threadsafe(then)
            except RuntimeError:  # the loop has been closed meanwhile
                self._is_over = True


def _opened(library: HidLibrary, path: bytes) -> Telephone:
    device = library.device()
    device.open_path(path)
    try:
        return Telephone(device, read_descriptor(device.get_report_descriptor()))
    except (OSError, ValueError):
        device.close()
        raise


def _put_down(telephone: Telephone) -> None:
    try:
        telephone.show(HeadsetSigns())
    except (OSError, ValueError):
        pass  # it has gone with the call
    finally:
        telephone.device.close()
