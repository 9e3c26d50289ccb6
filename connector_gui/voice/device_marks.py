"""What Windows and macOS tell about their sound devices at once, while PortAudio's list is frozen.

Both calls are cheap (well under 1 ms) and touch no stream. What they return is only compared, never
used to open anything: that is PortAudio's, once its list has been made anew.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Any, Final

from connector_gui.voice.sound import DeviceNews

ReadMarks = Callable[[], DeviceNews]


def marks_reader(platform: str = sys.platform) -> ReadMarks | None:
    """How to read the marks on this system; None where another way or none is known."""
    try:
        if platform == "win32":
            return WindowsMarks(ctypes.CDLL("winmm")).read
        if platform == "darwin":
            return MacMarks(ctypes.CDLL("/System/Library/Frameworks/CoreAudio.framework/CoreAudio")).read
    except OSError:
        return None
    return None


class _WaveCaps(ctypes.Structure):
    """``WAVEINCAPSW``, and ``WAVEOUTCAPSW`` with its last member."""

    _fields_ = (
        ("manufacturer", ctypes.c_uint16),
        ("product", ctypes.c_uint16),
        ("version", ctypes.c_uint32),
        ("name", ctypes.c_uint16 * 32),  # UTF-16, and not wchar_t, which is wider elsewhere
        ("formats", ctypes.c_uint32),
        ("channels", ctypes.c_uint16),
        ("reserved", ctypes.c_uint16),
        ("support", ctypes.c_uint32),
    )


class WindowsMarks:
    """By winmm, which lists devices live; source: Windows SDK, mmeapi.h and mmddk.h."""

    _WAVE_MAPPER: Final = ctypes.c_void_p(-1)
    _DRVM_MAPPER_PREFERRED_GET: Final = 0x2015

    def __init__(self, library: Any) -> None:
        self._library = library

    def read(self) -> DeviceNews:
        """The names of all devices, and which are the defaults."""
        inputs, outputs = self._names("In"), self._names("Out")
        return DeviceNews(
            (tuple(sorted(inputs)), tuple(sorted(outputs))), self._default("In", inputs), self._default("Out", outputs)
        )

    def _names(self, way: str) -> list[str]:
        count = getattr(self._library, f"wave{way}GetNumDevs")()
        return [self._name(way, number) for number in range(count)]

    def _name(self, way: str, number: int) -> str:
        caps = _WaveCaps()
        size = ctypes.sizeof(caps) if way == "Out" else _WaveCaps.support.offset
        get_caps = getattr(self._library, f"wave{way}GetDevCapsW")
        if get_caps(ctypes.c_void_p(number), ctypes.byref(caps), ctypes.c_uint32(size)):
            return ""  # gone between the two calls
        return bytes(caps.name).decode("utf-16-le", "replace").split("\0")[0]

    def _default(self, way: str, names: list[str]) -> str:
        number, flags = ctypes.c_uint32(0xFFFFFFFF), ctypes.c_uint32()
        ask = getattr(self._library, f"wave{way}Message")
        ask(self._WAVE_MAPPER, self._DRVM_MAPPER_PREFERRED_GET, ctypes.byref(number), ctypes.byref(flags))
        return names[number.value] if number.value < len(names) else ""


class _Address(ctypes.Structure):
    """``AudioObjectPropertyAddress``."""

    _fields_ = (("selector", ctypes.c_uint32), ("scope", ctypes.c_uint32), ("element", ctypes.c_uint32))


class MacMarks:
    """By Core Audio's system object; source: macOS SDK, AudioHardware.h."""

    _SYSTEM_OBJECT: Final = 1
    _LIMIT: Final = 256
    """Devices that are looked at; more would only go unnoticed."""

    def __init__(self, library: Any) -> None:
        self._library = library

    def read(self) -> DeviceNews:
        """The numbers of all devices, and which are the defaults."""
        return DeviceNews(self._get(b"dev#"), self._get(b"dIn "), self._get(b"dOut"))

    def _get(self, selector: bytes) -> tuple[int, ...]:
        address = _Address(int.from_bytes(selector, "big"), int.from_bytes(b"glob", "big"), 0)
        numbers = (ctypes.c_uint32 * self._LIMIT)()
        size = ctypes.c_uint32(ctypes.sizeof(numbers))
        status = self._library.AudioObjectGetPropertyData(
            ctypes.c_uint32(self._SYSTEM_OBJECT), ctypes.byref(address), 0, None, ctypes.byref(size), numbers
        )
        return tuple(numbers[: size.value // 4]) if status == 0 else ()
