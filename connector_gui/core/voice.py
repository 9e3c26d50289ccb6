"""What the desk and the voice thread exchange about a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class CallSetup:
    """All that the voice thread needs to open the link of a call.

    Attributes:
        recording: The file to record the call to, which does not exist yet; ``None``: it is not recorded.
    """

    session_id: str
    signed_url: str = field(repr=False)
    dynamic_variables: Mapping[str, Any] = field(default_factory=dict, repr=False)
    overrides: Mapping[str, Any] | None = field(default=None, repr=False)
    user_id: str | None = None
    recording: Path | None = None


@dataclass(frozen=True, slots=True)
class Playback:
    """A recording that is being heard again.

    Attributes:
        position_s: What is heard now, from the recording's beginning.
        duration_s: Its length; 0 while it is not known.
        is_playing: Sound comes out; otherwise it is paused, or over.
        is_over: It came to its end, was stopped, or cannot be played: the next `play_recording` begins anew.
        problem: Why it cannot be played, in words.
    """

    path: Path
    position_s: float = 0.0
    duration_s: float = 0.0
    is_playing: bool = False
    is_over: bool = False
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """What the microphone's sound goes through before it is sent; each may be switched during a call."""

    echo_cancellation: bool = True
    noise_suppression: bool = True
    auto_gain: bool = False


@dataclass(frozen=True, slots=True)
class SoundSettings:
    """Devices by name (or a part of it; empty: the system's default), the length of a wire message, the filters.

    Attributes:
        ring_volume: 0 to 100, as the settings have it.
        ring_tone: A name in `dsp.tones.RING_TONES`.
        rings_everywhere: On every speaker at once, whatever *ring_device* says.
        has_cues: Short tones tell that a call begins and ends.
    """

    input_device: str = ""
    output_device: str = ""
    ring_device: str = ""
    ring_volume: int = 100
    ring_tone: str = "bells"
    rings_everywhere: bool = False
    has_cues: bool = False
    chunk_ms: int = 100
    filters: Filters = field(default_factory=Filters)
