"""How the windows look and move: what the operator chose, what the system asks for, and what comes of both."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ColorScheme(StrEnum):
    """Light words on dark ground, or the other way round."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class AccentColor(StrEnum):
    """Where the colour of the main action comes from."""

    SYSTEM = "system"
    OWN = "own"


class Choice(StrEnum):
    """What the operator says to something that the system may ask for, too."""

    SYSTEM = "system"
    ON = "on"
    OFF = "off"

    def decide(self, system_asks: bool) -> bool:
        """What holds, where the system asks for it or does not."""
        return system_asks if self is Choice.SYSTEM else self is Choice.ON


class Language(StrEnum):
    """What the windows are written in."""

    SYSTEM = "system"
    ENGLISH = "en"
    GERMAN = "de"
    SPANISH = "es"


@dataclass(frozen=True, slots=True)
class Look:
    """What the operator chose."""

    color_scheme: ColorScheme = ColorScheme.SYSTEM
    accent_color: AccentColor = AccentColor.SYSTEM
    high_contrast: Choice = Choice.SYSTEM
    reduce_motion: Choice = Choice.SYSTEM


@dataclass(frozen=True, slots=True)
class SystemLook:
    """What the system's settings ask for beyond what Qt tells.

    Attributes:
        high_contrast: More contrast than usual.
        reduced_motion: As little movement as possible.
        accent: Red, green, blue, 0 to 1 each; ``None`` where the system has no such setting.
    """

    high_contrast: bool = False
    reduced_motion: bool = False
    accent: tuple[float, float, float] | None = None
