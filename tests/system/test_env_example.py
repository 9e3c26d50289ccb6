"""`.env.example` shows every setting as the schema declares it, so that neither drifts from the other."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest

from connector_gui.core.settings import Settings
from connector_gui.system.settings_sources import Origin, load

EXAMPLE = Path(__file__).parents[2] / ".env.example"
UNITS = {"_ms": " ms", "_s": " s", "_days": " days"}


def entry_of(name: str) -> str:
    """The lines that *name* should have: its sentence, what it takes, and its default, not in force."""
    field = Settings.model_fields[name]
    lines = [f"# {field.description}", takes(name) and f"# Takes {takes(name)}", f"#{name.upper()}={default_of(name)}"]
    return "\n".join(line for line in lines if line)


def takes(name: str) -> str:
    """The values there are to choose from, or the range with its unit."""
    field = Settings.model_fields[name]
    kind = field.annotation
    if kind is bool:
        return "true or false."
    if name.endswith("_device"):
        return "the device's name or a part of it; without one the system's default is used."
    if get_origin(kind) is Literal:
        return f"{', '.join(get_args(kind))}."
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"{', '.join(str(member.value) for member in kind)}."
    limits = [getattr(one, end) for end in ("ge", "le") for one in field.metadata if hasattr(one, end)]
    unit = next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "")
    return f"{limits[0]} to {limits[1]}{unit}." if len(limits) == 2 else ""


def default_of(name: str) -> str:
    default = Settings.model_fields[name].default
    if default is None or default == ():
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    return str(default.value if isinstance(default, Enum) else default)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_shown_as_it_is_declared(name: str) -> None:
    assert entry_of(name) in EXAMPLE.read_text(encoding="utf-8")


def test_nothing_else_is_shown() -> None:
    shown = re.findall(r"^#?([A-Z_]+)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(shown) == sorted(name.upper() for name in Settings.model_fields)


def test_a_copy_of_it_sets_nothing() -> None:
    Path(".env").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    assert set(load().origins.values()) == {Origin.DEFAULT}


def test_a_copy_with_every_line_in_force_sets_the_defaults() -> None:
    text = re.sub(r"^#([A-Z_]+=)", r"\1", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    Path(".env").write_text(text, encoding="utf-8")
    assert load().settings == Settings()
