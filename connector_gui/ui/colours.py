"""The colour roles of every window, in light and dark, and how far apart two colours read.

A role says what a colour is for, never what it looks like; the values keep every text at 4.5 : 1
or better on every surface it stands on (`tests/ui/test_colours.py` measures all pairs).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from PySide6.QtGui import QColor, QPalette

READABLE: Final = 4.5
"""Least contrast of text to its ground: WCAG 2.2, 1.4.3 (AA)."""
VISIBLE: Final = 3.0
"""Least contrast of a control's edge or a sign to its ground: WCAG 2.2, 1.4.11 (AA)."""
STRONG: Final = 7.0
"""Least contrast of text where more of it is asked for: WCAG 2.2, 1.4.6 (AAA)."""


@dataclass(frozen=True, slots=True)
class Colours:
    """One colour per role.

    Attributes:
        surface, raised: Grounds: windows; cards and fields.
        line: Hairlines between things; never the only sign of a control.
        edge: Borders of fields and buttons; stands out from both grounds.
        text, muted: Words; labels and times.
        accent: The one main action, focus ring, links.
        ring: Ringing, connecting, warnings.
        live: In a call, Accept, meters in the good range.
        held: Held calls.
        error: Decline, End, clipping, failures.
        bubble_operator, bubble_agent: Grounds of the transcript.
        on_fill: Words on a button filled with *accent*, *live* or *error*.
        is_dark: Light words on dark ground.
        is_high_contrast: One colour for all words; borders take the place of fills.
    """

    surface: QColor
    raised: QColor
    line: QColor
    edge: QColor
    text: QColor
    muted: QColor
    accent: QColor
    ring: QColor
    live: QColor
    held: QColor
    error: QColor
    bubble_operator: QColor
    bubble_agent: QColor
    on_fill: QColor
    is_dark: bool
    is_high_contrast: bool = False

    @property
    def grounds(self) -> tuple[QColor, ...]:
        """Every colour that words stand on."""
        return (self.surface, self.raised, self.bubble_operator, self.bubble_agent)


LIGHT: Final = Colours(
    surface=QColor("#F7F8FA"),
    raised=QColor("#FFFFFF"),
    line=QColor("#D5DAE1"),
    edge=QColor("#848E9C"),
    text=QColor("#161A20"),
    muted=QColor("#566070"),
    accent=QColor("#2F5FD0"),
    ring=QColor("#9A5B00"),
    live=QColor("#0B7A4B"),
    held=QColor("#5A4FCF"),
    error=QColor("#B3261E"),
    bubble_operator=QColor("#E8EEFB"),
    bubble_agent=QColor("#F0F2F5"),
    on_fill=QColor("#FFFFFF"),
    is_dark=False,
)

DARK: Final = Colours(
    surface=QColor("#15181D"),
    raised=QColor("#1E232A"),
    line=QColor("#343B45"),
    edge=QColor("#6F7A89"),
    text=QColor("#E9ECF1"),
    muted=QColor("#A3ADBB"),
    accent=QColor("#8FB0FF"),
    ring=QColor("#F2B04A"),
    live=QColor("#4FD39A"),
    held=QColor("#B6AEFF"),
    error=QColor("#FF8A80"),
    bubble_operator=QColor("#22304D"),
    bubble_agent=QColor("#262C35"),
    on_fill=QColor("#15181D"),
    is_dark=True,
)


def _of_two(ground: QColor, ink: QColor, accent: QColor, on_fill: QColor) -> Colours:
    """High contrast: one ground, one colour for all words and lines, and the accent."""
    return Colours(
        surface=ground,
        raised=ground,
        line=ink,
        edge=ink,
        text=ink,
        muted=ink,
        accent=accent,
        ring=ink,
        live=ink,
        held=ink,
        error=ink,
        bubble_operator=ground,
        bubble_agent=ground,
        on_fill=on_fill,
        is_dark=luminance(ink) > luminance(ground),
        is_high_contrast=True,
    )


def high_contrast(system: QPalette) -> Colours:
    """The roles in the system's own colours; states differ by word and shape alone.

    Where those are hard to read themselves, as they are where the system only asks programs for contrast, black and
    white.
    """
    window, text = system.window().color(), system.windowText().color()
    if contrast(window, text) < STRONG:
        return CONTRAST_DARK if is_dark(system) else CONTRAST_LIGHT
    accent = readable(system.highlight().color(), (window,), text)
    return _of_two(window, text, accent, ink_on(accent, system.highlightedText().color(), window, text))


def is_dark(system: QPalette) -> bool:
    """Whether words are lighter than their ground."""
    return luminance(system.windowText().color()) > luminance(system.window().color())


def luminance(colour: QColor) -> float:
    """Relative luminance, 0 to 1. Source: WCAG 2.2, "relative luminance"."""

    def linear(part: float) -> float:
        return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def contrast(one: QColor, other: QColor) -> float:
    """Contrast ratio, 1 to 21. Source: WCAG 2.2, "contrast ratio"."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mix(one: QColor, other: QColor, share: float) -> QColor:
    """*one* with *share* (0 to 1) of *other* in it."""
    return QColor.fromRgbF(
        one.redF() + (other.redF() - one.redF()) * share,
        one.greenF() + (other.greenF() - one.greenF()) * share,
        one.blueF() + (other.blueF() - one.blueF()) * share,
    )


def toned(colours: Colours, role: QColor, share: float) -> QColor:
    """The ground of a card that *role* tints: a button under the pointer, a warning, a hit; plain in high contrast."""
    return colours.raised if colours.is_high_contrast else mix(colours.raised, role, share)


def ink_on(fill: QColor, *inks: QColor) -> QColor:
    """Words on *fill*: the first of *inks* that can be read there, else the better one of black and white."""
    black_or_white = max((QColor("#000000"), QColor("#FFFFFF")), key=lambda ink: contrast(ink, fill))
    return next((ink for ink in inks if contrast(ink, fill) >= READABLE), black_or_white)


def faded(colours: Colours) -> QColor:
    """Words of what cannot be used now."""
    return mix(colours.muted, colours.surface, 0.45)


def readable(colour: QColor, grounds: Iterable[QColor], towards: QColor) -> QColor:
    """*colour*, moved *towards* another as little as makes it readable on every one of *grounds*."""
    grounds = tuple(grounds)
    for step in range(21):
        candidate = mix(colour, towards, step / 20)
        # Rounded to what a screen shows, so that what is measured is what is seen.
        candidate = QColor(candidate.name())
        if all(contrast(candidate, ground) >= READABLE for ground in grounds):
            return candidate
    return towards


CONTRAST_LIGHT: Final = _of_two(QColor("#FFFFFF"), QColor("#000000"), QColor("#0033A0"), QColor("#FFFFFF"))
CONTRAST_DARK: Final = _of_two(QColor("#000000"), QColor("#FFFFFF"), QColor("#FFE100"), QColor("#000000"))
