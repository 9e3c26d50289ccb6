"""What the rows of the dialog read from the settings' schema: title, help, range, unit, choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, Protocol, get_args, get_origin

from connector_gui.core.sentence import sentence
from connector_gui.core.settings import AFTER_RESTART, Settings
from connector_gui.ui.translation import tr

UNITS: Final[Mapping[str, str]] = {"_ms": sentence("ms"), "_s": sentence("s"), "_days": sentence("days")}
"""What the end of a setting's name says; longer endings first."""


class ShownSettings(Protocol):
    """The settings in force, as the dialog needs them."""

    @property
    def settings(self) -> Settings:
        """All values."""

    @property
    def fixed(self) -> Mapping[str, str]:
        """Settings that cannot be changed here, and in words where each is set."""


@dataclass(frozen=True, slots=True)
class SettingInfo:
    """One setting as the schema declares it.

    Attributes:
        title: Two or three words beside the field.
        help: The sentence below it.
        unit: Shown inside the field; empty if it has none.
        minimum, maximum: Limits of a number, if it has them.
        is_whole: A number without decimals.
        choices: The values there are to choose from; empty if any may be typed.
        default: What holds where nothing is chosen.
        needs_restart: A change holds from the next start on.
    """

    name: str
    title: str
    help: str
    unit: str
    minimum: float | None
    maximum: float | None
    is_whole: bool
    choices: tuple[object, ...]
    default: object
    needs_restart: bool

    @property
    def env(self) -> str:
        """What the environment calls it."""
        return self.name.upper()


def setting(name: str) -> SettingInfo:
    """What the schema says of the setting *name*, in the language of the window."""
    field = Settings.model_fields[name]
    return SettingInfo(
        name=name,
        title=_translated(field.title or name),
        help=_translated(field.description or ""),
        unit=_translated(next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "")),
        minimum=_limit(field.metadata, "ge"),
        maximum=_limit(field.metadata, "le"),
        is_whole=field.annotation is int,
        choices=_choices(field.annotation),
        default=field.default,
        needs_restart=name in AFTER_RESTART,
    )


def _limit(metadata: Sequence[object], kind: str) -> float | None:
    """The limit that pydantic keeps as the attribute *kind* (``ge`` or ``le``) of one of the *metadata*."""
    return next((float(getattr(one, kind)) for one in metadata if hasattr(one, kind)), None)


def _choices(kind: object) -> tuple[object, ...]:
    if kind is bool:
        return (True, False)
    if get_origin(kind) is Literal:
        return get_args(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return tuple(kind)
    return ()


def _translated(text: str) -> str:
    return tr(text) if text else ""
