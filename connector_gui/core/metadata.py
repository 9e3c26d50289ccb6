"""A caller's metadata: what of it the agent gets, and what of it may be shown and kept.

metadata ──┬─ dynamic_variables() → the agent: scalars, lists and objects as JSON text
           └─ redacted()          → card, record, answers: values of ``secret__…`` names are ``"***"``
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from connector_gui.core.strict_json import quoted_name

MAX_NAMES: Final = 64
MAX_BYTES: Final = 16 * 1024
"""Both count what the agent gets, the second as UTF-8 JSON."""

SECRET_PREFIX: Final = "secret__"  # noqa: S105 - marks a secret, is none
SYSTEM_PREFIX: Final = "system__"
REDACTED: Final = "***"
VARIABLES_MEMBER: Final = "dynamic_variables"

Variable = str | int | float | bool


class VariableError(ValueError):
    """The metadata cannot become dynamic variables.

    Attributes:
        path: The member at fault, as in ``dynamic_variables.system__time``; empty for all of them together.
        message: What is wrong; reads on after the path.
    """

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path} {message}" if path else message)
        self.path = path
        self.message = message


def dynamic_variables(metadata: Mapping[str, Any]) -> dict[str, Variable]:
    """The agent's dynamic variables in *metadata*: its members, or those of its object ``dynamic_variables`` alone.

    Scalars stay as they are, lists and objects become JSON text, nulls are left out.

    Raises:
        VariableError: A name is empty or begins with ``system__``, or there are too many or too large ones.
    """
    inner = metadata.get(VARIABLES_MEMBER)
    source, prefix = (inner, f"{VARIABLES_MEMBER}.") if isinstance(inner, Mapping) else (metadata, "")
    found = {_checked(name, prefix): _flat(value) for name, value in source.items() if value is not None}
    if len(found) > MAX_NAMES:
        raise VariableError(prefix.rstrip("."), f"has {len(found)} names; the agent takes {MAX_NAMES} at most")
    size_bytes = len(_json(found).encode())
    if size_bytes > MAX_BYTES:
        limit = f"{MAX_BYTES // 1024} KiB"
        raise VariableError(prefix.rstrip("."), f"has {size_bytes} bytes as JSON; the agent takes {limit} at most")
    return found


def redacted(metadata: Any) -> Any:
    """A copy of *metadata* that may be shown and kept: no value of a ``secret__…`` name is in it, at any depth."""
    if isinstance(metadata, Mapping):
        return {
            name: REDACTED if name.startswith(SECRET_PREFIX) else redacted(value) for name, value in metadata.items()
        }
    if isinstance(metadata, list | tuple):
        return [redacted(item) for item in metadata]
    return metadata


def without_secrets(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of *metadata* without the members of ``secret__…`` names, whose values are not kept."""
    kept = {name: value for name, value in metadata.items() if not name.startswith(SECRET_PREFIX)}
    inner = kept.get(VARIABLES_MEMBER)
    return {**kept, VARIABLES_MEMBER: without_secrets(inner)} if isinstance(inner, Mapping) else kept


def _checked(name: str, prefix: str) -> str:
    path = prefix + quoted_name(name)
    if not name.strip():
        raise VariableError(path.rstrip("."), "has a member without a name; give each one a name")
    if name.startswith(SYSTEM_PREFIX):
        raise VariableError(path, f"begins with {SYSTEM_PREFIX}: such names belong to ElevenLabs; use another one")
    return name


def _flat(value: Any) -> Variable:
    if isinstance(value, str | bool | int | float):
        return value
    return _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
