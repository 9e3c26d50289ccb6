"""What a headset's HID reports mean: its report descriptor, read for the few usages of a telephone.

Source: Device Class Definition for HID 1.11, 6.2.2 (report descriptors); HID Usage Tables 1.5, pages 0x08 (LEDs) and
0x0B (Telephony).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Final

TELEPHONY_PAGE: Final = 0x0B


class Usage(IntEnum):
    """Page and number of a telephone's button or lamp."""

    HOOK_SWITCH = 0x0B_0020
    PHONE_MUTE = 0x0B_002F
    MUTE_LAMP = 0x08_0009
    OFF_HOOK_LAMP = 0x08_0017
    RING_LAMP = 0x08_0018


_LARGEST_REPORT_BITS: Final = 64 * 8 * 8
"""More than any headset sends; a descriptor that claims more is broken."""


@dataclass(frozen=True, slots=True)
class HidField:
    """Where one bit of a usage is.

    Attributes:
        report_id: Which report; 0 where reports have no number.
        bit: Its place in the report, after the number.
        is_relative: It says that something was pressed, not how something is.
    """

    report_id: int
    bit: int
    is_relative: bool = False


@dataclass(frozen=True, slots=True)
class Phone:
    """The buttons and lamps of a headset.

    Attributes:
        inputs, outputs: Where each is.
        output_bytes: The length of each output report, without its number.
        has_numbers: Reports begin with their number.
    """

    inputs: Mapping[Usage, HidField] = field(default_factory=dict)
    outputs: Mapping[Usage, HidField] = field(default_factory=dict)
    output_bytes: Mapping[int, int] = field(default_factory=dict)
    has_numbers: bool = False

    def pressed(self, report: bytes, usage: Usage) -> bool | None:
        """How the button of *usage* is in *report*; ``None`` where that report does not tell."""
        place = self.inputs.get(usage)
        number, data = (report[0], report[1:]) if self.has_numbers and report else (0, report)
        if place is None or place.report_id != number or place.bit // 8 >= len(data):
            return None
        return bool(data[place.bit // 8] & (1 << place.bit % 8))

    def lamps(self, lit: Mapping[Usage, bool]) -> list[bytes]:
        """The output reports that light exactly *lit*; each begins with its number, 0 where it has none."""
        reports = {place.report_id: bytearray(self.output_bytes[place.report_id]) for place in self.outputs.values()}
        for usage, place in self.outputs.items():
            if lit.get(usage):
                reports[place.report_id][place.bit // 8] |= 1 << place.bit % 8
        return [bytes([number, *data]) for number, data in reports.items()]


@dataclass(frozen=True, slots=True)
class _Globals:
    page: int = 0
    size: int = 0
    count: int = 0
    report_id: int = 0


class _Item(IntEnum):
    """What an item of a descriptor says: its kind (main, global, local) in the high digit, its tag in the low one."""

    INPUT = 0x08
    OUTPUT = 0x09
    USAGE_PAGE = 0x10
    SIZE = 0x17
    REPORT_ID = 0x18
    COUNT = 0x19
    PUSH = 0x1A
    POP = 0x1B
    USAGE = 0x20
    LOWEST_USAGE = 0x21
    HIGHEST_USAGE = 0x22


_MAIN: Final = 0
_CONSTANT, _VARIABLE, _RELATIVE = 1, 2, 4


class _Reader:
    """Walks over the items of a descriptor."""

    def __init__(self) -> None:
        self.now = _Globals()
        self.stack: list[_Globals] = []
        self.usages: list[int] = []
        self.lowest = 0
        self.bits: dict[tuple[int, int], int] = {}
        self.found: dict[int, dict[Usage, HidField]] = {_Item.INPUT: {}, _Item.OUTPUT: {}}
        self.has_numbers = False

    def take(self, kind: int, tag: int, value: int, size: int) -> None:
        item = kind << 4 | tag
        match item:
            case _Item.INPUT | _Item.OUTPUT:
                self._add(item, value)
            case _Item.USAGE_PAGE:
                self.now = replace(self.now, page=value)
            case _Item.SIZE:
                self.now = replace(self.now, size=value)
            case _Item.REPORT_ID:
                self.now, self.has_numbers = replace(self.now, report_id=value), True
            case _Item.COUNT:
                self.now = replace(self.now, count=value)
            case _Item.PUSH:
                self.stack.append(self.now)
            case _Item.POP:
                self.now = self.stack.pop() if self.stack else self.now
            case _Item.USAGE | _Item.LOWEST_USAGE | _Item.HIGHEST_USAGE:
                # A usage of four bytes has its page with it.
                whole = value if size == 4 else self.now.page << 16 | value
                self._take_usage(item, whole)
        if kind == _MAIN:
            self.usages, self.lowest = [], 0

    def _take_usage(self, item: int, usage: int) -> None:
        if item == _Item.USAGE:
            self.usages.append(usage)
        elif item == _Item.LOWEST_USAGE:
            self.lowest = usage
        else:
            self.usages += range(self.lowest, min(usage, self.lowest + 0xFF) + 1)

    def _add(self, item: int, flags: int) -> None:
        place = (item, self.now.report_id)
        first = self.bits.get(place, 0)
        self.bits[place] = first + self.now.size * self.now.count
        if self.bits[place] > _LARGEST_REPORT_BITS:
            raise ValueError("a report is longer than any report can be")
        if flags & _CONSTANT or not flags & _VARIABLE or self.now.size != 1 or not self.usages:
            return
        for number in range(self.now.count):
            # The last usage stands for all further fields.
            usage = self.usages[min(number, len(self.usages) - 1)]
            if usage in set(Usage):
                where = HidField(self.now.report_id, first + number, bool(flags & _RELATIVE))
                self.found[item].setdefault(Usage(usage), where)


def read_descriptor(descriptor: Sequence[int]) -> Phone:
    """The buttons and lamps that *descriptor* tells of.

    Raises:
        ValueError: It is torn, or makes no sense.
    """
    data, reader, place = bytes(descriptor), _Reader(), 0
    while place < len(data):
        prefix = data[place]
        if prefix == 0xFE:  # a long item: nobody has ever defined one
            place += 3 + (data[place + 1] if place + 1 < len(data) else 0)
            continue
        size = (0, 1, 2, 4)[prefix & 3]
        value = data[place + 1 : place + 1 + size]
        if len(value) != size:
            raise ValueError("the descriptor ends in the middle of an item")
        reader.take(prefix >> 2 & 3, prefix >> 4, int.from_bytes(value, "little"), size)
        place += 1 + size
    lengths = {number: (bits + 7) // 8 for (item, number), bits in reader.bits.items() if item == _Item.OUTPUT}
    return Phone(reader.found[_Item.INPUT], reader.found[_Item.OUTPUT], lengths, reader.has_numbers)
