"""What a click on the tray icon means, by what is going on at the desk."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from connector_gui.core.desk import Desk
from connector_gui.core.moment import Moment

CLICK_GUARD_S: Final = 1.0
"""A tray click this soon after accepting is the second half of a double click, not a hang-up."""


class TrayAction(StrEnum):
    """What a click on the tray icon does now."""

    ACCEPT = "accept"
    END = "end"
    OPEN_PANEL = "open_panel"
    IGNORE = "ignore"


def tray_action(desk: Desk, now: Moment) -> TrayAction:
    """What a click on the tray icon means *now*."""
    if desk.ringing and not desk.is_full:
        return TrayAction.ACCEPT
    focus = desk.focus
    if focus is None:
        return TrayAction.OPEN_PANEL
    if focus.accepted is not None and now.since_s(focus.accepted) < CLICK_GUARD_S:
        return TrayAction.IGNORE
    return TrayAction.END if desk.rules.click_ends_call else TrayAction.OPEN_PANEL
