"""The measures of all windows: gaps, sizes, radii, type. Nothing else in `ui` names such a number."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

GAP_XS: Final = 4
GAP_S: Final = 8
GAP_M: Final = 12
GAP_L: Final = 16
GAP_XL: Final = 24
"""Everything stands on a grid of 4 px; these are the only gaps between things."""
WINDOW_PADDING: Final = GAP_L
CARD_RADIUS: Final = 10
BUTTON_RADIUS: Final = 6
MARK_RADIUS: Final = 4
CONTROL_HEIGHT: Final = 32
CALL_BUTTON_HEIGHT: Final = 44
SYMBOL_SIZE: Final = 16
"""Of a symbol beside words; it grows with the words."""
TRANSCRIPT_LINE_CHARS: Final = 68
"""Longest line of the transcript, in average characters."""
LONGEST_MOTION_MS: Final = 150


class TextSize(IntEnum):
    """The type scale, in px at the smallest system font; larger system fonts scale all of it."""

    LABEL = 12
    BODY = 13
    TRANSCRIPT = 15
    NAME = 20
    DURATION = 28
