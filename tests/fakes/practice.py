"""The practice agent in ElevenLabs' place: where it is, the strings it hangs on, and what it has seen."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from connector_gui.practice.control import Control
from connector_gui.practice.conversation import Conversation


@dataclass(frozen=True)
class Practice:
    """A practice agent that listens.

    Attributes:
        base_url: Of its REST side.
        control: Scripts, faults, evidence.
    """

    base_url: str
    control: Control

    def conversation(self, conversation_id: str | None) -> Conversation:
        """What the agent knows of one conversation."""
        return next(known for known in self.control.conversations if known.conversation_id == conversation_id)


def chunk_times_s(conversation: Conversation) -> list[float]:
    """When each message with the operator's sound arrived, by `time.monotonic`."""
    return [received.at_s for received in conversation.received if received.message is None]


def longest_gap_s(conversation: Conversation, since_s: float = 0.0) -> float:
    """The longest pause in the operator's sound, as it arrived from *since_s* on."""
    times_s = [at_s for at_s in chunk_times_s(conversation) if at_s >= since_s]
    return max(later - earlier for earlier, later in itertools.pairwise(times_s))
