"""Where a ringing call shows itself, beside the tray icon and the sound.

What the operator wants is one thing, what the desktop can do another: Wayland lets no program place or raise its
windows, and not every desktop shows notifications. Something is always shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Surface(StrEnum):
    """One thing on the screen that shows a ringing call."""

    CARD = "card"
    NOTIFICATION = "notification"
    PANEL = "panel"


class RingSurface(StrEnum):
    """What the operator wants to see when it rings."""

    CARD_AND_NOTIFICATION = "card_and_notification"
    CARD = "card"
    NOTIFICATION = "notification"
    PANEL = "panel"


@dataclass(frozen=True, slots=True)
class Sight:
    """What can be shown now.

    Attributes:
        can_raise: Windows may place themselves and stand above others.
        can_notify: The system shows notifications, as far as is known.
        is_talking: The operator is in a conversation, which another call should not stand in front of.
    """

    can_raise: bool = True
    can_notify: bool = True
    is_talking: bool = False


_WANTED: Final = {
    RingSurface.CARD_AND_NOTIFICATION: frozenset({Surface.CARD, Surface.NOTIFICATION}),
    RingSurface.CARD: frozenset({Surface.CARD}),
    RingSurface.NOTIFICATION: frozenset({Surface.NOTIFICATION}),
    RingSurface.PANEL: frozenset({Surface.PANEL}),
}


def surfaces(wanted: RingSurface, sight: Sight) -> frozenset[Surface]:
    """What shows a ringing call; never nothing."""
    chosen = _WANTED[wanted]
    if Surface.CARD in chosen and not sight.can_raise:
        chosen = frozenset({Surface.NOTIFICATION})
    if Surface.NOTIFICATION in chosen and not sight.can_notify:
        # Without buttons to press a window has to come: one above all others, or the panel at least.
        chosen = frozenset({Surface.CARD if sight.can_raise else Surface.PANEL})
    elif Surface.NOTIFICATION in chosen and sight.is_talking:
        chosen = frozenset({Surface.NOTIFICATION})
    return chosen
