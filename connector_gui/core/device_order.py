"""The setting of a sound device: names, or parts of them, in the order in which they are wanted.

“Jabra; USB Audio; Built-in”        the first that is there is used; nothing at all is the system's default
"""

from __future__ import annotations

from typing import Final

SEPARATOR: Final = ";"
MOST: Final = 5
"""Devices that are remembered when they are chosen one after the other; who writes a setting may name more."""
NAME_LENGTH: Final = 200
SETTING_LENGTH: Final = 1_100
"""Room for `MOST` of the longest names, and what is between them."""


def in_order(setting: str | None) -> tuple[str, ...]:
    """The names that *setting* lists, the best first, each once in whatever case; none: the system's default."""
    found: dict[str, str] = {}
    for name in (setting or "").split(SEPARATOR):
        if name.strip():
            found.setdefault(name.strip().casefold(), name.strip())
    return tuple(found.values())


def as_setting(names: tuple[str, ...]) -> str:
    """*names* as one setting."""
    return f"{SEPARATOR} ".join(names)


def name_for_setting(device: str) -> str:
    """How a setting names *device*: whole, or by its longest part where the name has a separator in it."""
    return max((part.strip() for part in device.split(SEPARATOR)), key=len)[:NAME_LENGTH].strip()


def put_first(setting: str, name: str) -> str:
    """*setting* with the device called *name* (as `name_for_setting` gives it) first, and the former ones behind it.

    Nothing in place of a name is the system's default, behind which nothing is needed. A former entry that means
    the same device, as it is a part of its name, goes.
    """
    if not name:
        return ""
    whole = name.casefold()
    former = [other for other in in_order(setting) if other.casefold() not in whole]
    return as_setting((name, *former)[:MOST])


def first_alone(setting: str) -> str:
    """*setting* without those behind the first."""
    return as_setting(in_order(setting)[:1])
