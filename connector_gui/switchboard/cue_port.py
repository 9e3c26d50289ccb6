"""The voice thread as the board needs it: what `ports.VoicePort` says, and the cues."""

from __future__ import annotations

from typing import Protocol

from connector_gui.core.call import Cue
from connector_gui.switchboard.ports import VoicePort


class CuePort(VoicePort, Protocol):
    """Every method returns at once, as in `VoicePort`; whether cues are heard at all is a setting of the sound."""

    def open_line(self, session_id: str, cue: Cue | None = None) -> None:
        """Open speaker and microphone for a call that was just accepted, *cue* first."""
        ...

    def play_cue(self, session_id: str, cue: Cue) -> None:
        """Let the operator hear *cue* in that call's speaker."""
        ...
