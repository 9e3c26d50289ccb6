"""Keys that work whichever window has the keyboard: what every system's way of lending them has in common.

One module for each way: `x_hot_keys`, `portal_hot_keys` (Wayland), `windows_hot_keys`, `mac_hot_keys`; which of them
serves here is chosen in `system_hot_keys`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from connector_gui.core.hands_free import HotKey, KeyProblem
from connector_gui.core.shortcut import Shortcut


@dataclass(frozen=True, slots=True)
class Bound:
    """What became of the hot keys that were asked for.

    Attributes:
        problems: Those that do not work, and why.
        names: What the system calls the combination, where it gave another than was asked for.
    """

    problems: Mapping[HotKey, KeyProblem] = field(default_factory=dict)
    names: Mapping[HotKey, str] = field(default_factory=dict)


class HotKeys(Protocol):
    """A system's hot keys. All of it belongs to the main loop.

    Attributes:
        on_pressed: Called when a key goes down; a key that repeats may be told again.
        on_released: Called when it is up again, and not before: never between two repeats.
        on_lost: Called when the system has taken keys away or moved them; `bind` asks for them anew.
    """

    on_pressed: Callable[[HotKey], None]
    on_released: Callable[[HotKey], None]
    on_lost: Callable[[], None]

    async def bind(self, bindings: Mapping[HotKey, Shortcut], /) -> Bound:
        """Have these keys and no others from now on; never raises for a key that cannot be had."""
        ...

    async def aclose(self) -> None:
        """Give all keys back."""
        ...


class NoHotKeys:
    """`HotKeys` of a system that lends none."""

    def __init__(self) -> None:
        self.on_pressed: Callable[[HotKey], None] = lambda _key: None
        self.on_released: Callable[[HotKey], None] = lambda _key: None
        self.on_lost: Callable[[], None] = lambda: None

    async def bind(self, bindings: Mapping[HotKey, Shortcut]) -> Bound:
        """See `HotKeys.bind`."""
        return Bound(dict.fromkeys(bindings, KeyProblem.NOT_OFFERED))

    async def aclose(self) -> None:
        """See `HotKeys.aclose`."""
