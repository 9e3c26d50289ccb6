"""Something always shows a ringing call, whatever the desktop cannot do."""

from __future__ import annotations

from itertools import product

import pytest

from connector_gui.core.ring_surface import RingSurface, Sight, Surface, surfaces

BOTH = RingSurface.CARD_AND_NOTIFICATION
CARD, NOTIFICATION, PANEL = Surface.CARD, Surface.NOTIFICATION, Surface.PANEL
WAYLAND = Sight(can_raise=False)
NO_DAEMON = Sight(can_notify=False)
NEITHER = Sight(can_raise=False, can_notify=False)
TALKING = Sight(is_talking=True)


@pytest.mark.parametrize(
    ("wanted", "sight", "shown"),
    [
        (BOTH, Sight(), {CARD, NOTIFICATION}),
        (RingSurface.CARD, Sight(), {CARD}),
        (RingSurface.NOTIFICATION, Sight(), {NOTIFICATION}),
        (RingSurface.PANEL, Sight(), {PANEL}),
        (BOTH, WAYLAND, {NOTIFICATION}),
        (RingSurface.CARD, WAYLAND, {NOTIFICATION}),
        (RingSurface.CARD, NEITHER, {PANEL}),
        (RingSurface.PANEL, NEITHER, {PANEL}),
        (BOTH, NO_DAEMON, {CARD}),
        (RingSurface.NOTIFICATION, NO_DAEMON, {CARD}),
        (RingSurface.NOTIFICATION, NEITHER, {PANEL}),
        (BOTH, TALKING, {NOTIFICATION}),
        (RingSurface.CARD, TALKING, {CARD}),
        (BOTH, Sight(can_notify=False, is_talking=True), {CARD}),
    ],
)
def test_what_is_wanted_is_shown_or_the_next_best(wanted: RingSurface, sight: Sight, shown: set[Surface]) -> None:
    assert surfaces(wanted, sight) == shown


def test_nothing_that_the_desktop_cannot_do_is_chosen_and_something_always_is() -> None:
    for wanted, raises, notifies, talks in product(RingSurface, (True, False), (True, False), (True, False)):
        sight = Sight(can_raise=raises, can_notify=notifies, is_talking=talks)
        chosen = surfaces(wanted, sight)
        assert chosen
        assert sight.can_raise or Surface.CARD not in chosen
        assert sight.can_notify or Surface.NOTIFICATION not in chosen
