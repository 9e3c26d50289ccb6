"""What a caller asks for when placing a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

OPERATOR: Final = "operator"
"""Who placed a call that was placed at the desk."""


@dataclass(frozen=True, slots=True)
class CallRequest:
    """What the caller asked for, checked and ready; never changes.

    Attributes:
        session_id: The caller's name for the call.
        metadata: As shown on the card; values of ``secret__…`` names are already ``"***"``.
        dynamic_variables: What the agent gets, secrets included; never stored, logged or shown.
        overrides: ``conversation_config_override`` of the protocol, as given; ``None`` for none.
        callback_url: Where the ending is reported, if anywhere.
        ring_timeout_s: How long it rings.
        priority: Higher is answered first.
        placed_by: Name of the webhook key that placed it; or `OPERATOR`.
        digest: SHA-256 of the request's body as canonical JSON; tells a repeat from a conflict.
        body_digest: SHA-256 of the request's very bytes, where it came without an id of its own; else empty.
        is_practice: The built-in agent answers this call.
    """

    session_id: str
    agent_id: str
    ring_timeout_s: float
    metadata: Mapping[str, Any] = field(default_factory=dict)
    dynamic_variables: Mapping[str, str | int | float | bool] = field(default_factory=dict, repr=False)
    user_id: str | None = None
    overrides: Mapping[str, Any] | None = field(default=None, repr=False)
    callback_url: str | None = field(default=None, repr=False)
    priority: int = 0
    placed_by: str = OPERATOR
    digest: str = ""
    body_digest: str = ""
    is_practice: bool = False
