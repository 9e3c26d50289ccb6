"""The settings that the desk decides by."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from connector_gui.core.hold import HoldRules
from connector_gui.core.lines import LineSettings


class WhenBusy(StrEnum):
    """What a call meets that arrives while the desk is full."""

    RING = "ring"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class DeskRules:
    """The settings that the desk decides by; see `Settings` for what each means."""

    max_concurrent_calls: int = 1
    when_busy: WhenBusy = WhenBusy.RING
    ring_queue_size: int = 20
    auto_answer_delay_s: float | None = None
    click_ends_call: bool = True
    wrap_up_s: float = 0.0
    begins_muted: bool = False
    lines: tuple[LineSettings, ...] = ()
    hold: HoldRules = field(default_factory=HoldRules)
