"""A device setting is a list, best first: how it is read, and what choosing does to it."""

from __future__ import annotations

import pytest

from connector_gui.core.device_order import MOST, NAME_LENGTH, SETTING_LENGTH, first_alone, in_order, name_for_setting
from connector_gui.core.device_order import put_first as chosen
from connector_gui.core.settings import Settings


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        (None, ()),
        (" ; ;", ()),
        ("Jabra", ("Jabra",)),
        ("Jabra; USB Audio;Built-in", ("Jabra", "USB Audio", "Built-in")),
        ("Jabra; JABRA; usb; Jabra ", ("Jabra", "usb")),
    ],
)
def test_names_are_read_in_their_order_each_once(setting: str | None, names: tuple[str, ...]) -> None:
    assert in_order(setting) == names


@pytest.mark.parametrize(
    ("before", "name", "after"),
    [
        ("", "Jabra", "Jabra"),
        ("Built-in", "Jabra", "Jabra; Built-in"),
        ("Built-in; USB; Jabra", "USB", "USB; Built-in; Jabra"),
        ("jabra; Built-in", "Jabra Evolve 65", "Jabra Evolve 65; Built-in"),
        ("Jabra; Built-in", "", ""),
    ],
)
def test_a_chosen_device_goes_before_the_former_ones(before: str, name: str, after: str) -> None:
    assert chosen(before, name) == after


def test_only_so_many_are_remembered_and_they_always_fit() -> None:
    setting = ""
    for number in range(2 * MOST):
        setting = chosen(setting, name_for_setting(f"{number} {'long ' * 100}"))
    assert [name.split()[0] for name in in_order(setting)] == ["9", "8", "7", "6", "5"]
    assert MOST * NAME_LENGTH < len(Settings(input_device=setting).input_device) + 50 <= SETTING_LENGTH


def test_a_name_with_a_separator_in_it_is_meant_by_its_longest_part() -> None:
    assert name_for_setting("USB; Headset of the desk; 2") == "Headset of the desk"
    assert in_order(chosen("Jabra", name_for_setting("USB; Headset"))) == ("Headset", "Jabra")


def test_those_behind_the_first_can_be_forgotten() -> None:
    assert first_alone("Jabra; USB; Built-in") == "Jabra"
    assert first_alone("") == ""


def test_the_settings_keep_a_list_in_one_form() -> None:
    assert Settings(ring_device=" Jabra ;; usb;jabra").ring_device == "Jabra; usb"
