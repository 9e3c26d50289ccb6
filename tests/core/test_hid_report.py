"""Report descriptors of headsets, read for the buttons and lamps of a telephone."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from connector_gui.core.hid_report import HidField, Phone, Usage, read_descriptor

ABSOLUTE_HOOK = bytes.fromhex(
    "050b 0905 a101 8501"  # Telephony, Headset, Application, Report 1
    "1500 2501 7501"  # 0 to 1, one bit each
    "0920 9501 8122"  # Hook Switch: absolute, no preferred state
    "092f 9501 8106"  # Phone Mute: relative
    "9506 8103"  # padding
    "8502 0508 0917 0918 0909 9503 9122"  # Report 2, LEDs: Off-Hook, Ring, Mute
    "9505 9103 c0"
)
NO_NUMBERS = bytes.fromhex("050b 0905 a101 1500 2501 7508 9501 8103 7501 092f 0920 9502 8102 9506 8103 c0")
"""A byte of padding, then Phone Mute and Hook Switch, both absolute; no lamps."""


def test_buttons_and_lamps_are_where_the_descriptor_puts_them() -> None:
    phone = read_descriptor(ABSOLUTE_HOOK)
    assert phone.inputs == {
        Usage.HOOK_SWITCH: HidField(1, 0),
        Usage.PHONE_MUTE: HidField(1, 1, is_relative=True),
    }
    assert phone.outputs == {
        Usage.OFF_HOOK_LAMP: HidField(2, 0),
        Usage.RING_LAMP: HidField(2, 1),
        Usage.MUTE_LAMP: HidField(2, 2),
    }
    assert phone.has_numbers
    assert phone.output_bytes == {2: 1}


def test_reports_are_read_by_their_number() -> None:
    phone = read_descriptor(ABSOLUTE_HOOK)
    assert phone.pressed(bytes([1, 0b01]), Usage.HOOK_SWITCH) is True
    assert phone.pressed(bytes([1, 0b10]), Usage.HOOK_SWITCH) is False
    assert phone.pressed(bytes([1, 0b10]), Usage.PHONE_MUTE) is True
    assert phone.pressed(bytes([3, 0b11]), Usage.HOOK_SWITCH) is None, "another report"
    for torn in (b"", b"\x01"):
        assert phone.pressed(torn, Usage.HOOK_SWITCH) is None


def test_reports_without_numbers_begin_with_their_data() -> None:
    phone = read_descriptor(NO_NUMBERS)
    assert not phone.has_numbers
    assert phone.inputs[Usage.PHONE_MUTE] == HidField(0, 8)
    assert phone.pressed(bytes([0xFF, 0b10]), Usage.HOOK_SWITCH) is True
    assert phone.lamps({Usage.RING_LAMP: True}) == []


def test_lamps_are_lit_in_one_report() -> None:
    phone = read_descriptor(ABSOLUTE_HOOK)
    assert phone.lamps({Usage.OFF_HOOK_LAMP: True, Usage.MUTE_LAMP: True}) == [bytes([2, 0b101])]
    assert phone.lamps({}) == [bytes([2, 0])]


def test_usages_by_range_and_with_their_page_are_understood() -> None:
    ranged = bytes.fromhex("050b 0905 a101 1500 2501 7501 191f 2920 9502 8102 c0")
    assert read_descriptor(ranged).inputs == {Usage.HOOK_SWITCH: HidField(0, 1)}
    extended = bytes.fromhex("050c 0901 a101 1500 2501 7501 0b2f000b00 9501 8106 c0")
    assert read_descriptor(extended).inputs == {Usage.PHONE_MUTE: HidField(0, 0, is_relative=True)}


def test_a_keyboard_is_no_telephone() -> None:
    keyboard = bytes.fromhex("0501 0906 a101 0507 19e0 29e7 1500 2501 7501 9508 8102 9506 7508 1900 2965 8100 c0")
    assert read_descriptor(keyboard) == Phone()


@pytest.mark.parametrize("broken", ["05", "27ffff", "0508 0917 7501 96ffff 9102"])
def test_a_broken_descriptor_is_refused(broken: str) -> None:
    with pytest.raises(ValueError, match=r"descriptor ends|longer than any"):
        read_descriptor(bytes.fromhex(broken))


@given(st.binary(max_size=200))
def test_whatever_a_device_sends_as_its_descriptor_it_is_read_or_refused(data: bytes) -> None:
    try:
        phone = read_descriptor(data)
    except ValueError:
        return
    for report in phone.lamps(dict.fromkeys(Usage, True)):
        assert len(report) <= 513
