"""Where events meet decisions; see `board`."""

from connector_gui.switchboard.board import Switchboard
from connector_gui.switchboard.ports import (
    AgentService,
    AgentServices,
    Clock,
    SignedUrl,
    StorePort,
    VoicePort,
)

__all__ = ["AgentService", "AgentServices", "Clock", "SignedUrl", "StorePort", "Switchboard", "VoicePort"]
