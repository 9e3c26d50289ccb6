"""The practice agent as the tests' stand-in for ElevenLabs."""

from __future__ import annotations

from dataclasses import dataclass

from connector_gui.practice.control import Control


@dataclass(frozen=True)
class Agent:
    """Where it is, and the strings it hangs on."""

    base_url: str
    control: Control

    @property
    def settings(self) -> dict[str, str]:
        """What a program needs in its environment to call this agent."""
        return {"ELEVENLABS_BASE_URL": self.base_url, "ELEVENLABS_API_KEY": "sk_test_0123456789"}
