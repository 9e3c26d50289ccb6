"""The play button of a headset, on Linux: we are a media player while a call rings or runs.

Desktops grab the media keys (and what Bluetooth headsets send as such) for themselves and hand them to the player
that began last, by MPRIS. A grab of our own would find the keys taken; a player is asked. So there is one on the
session bus for as long as a call is there, and no longer: the button belongs to the music again then.

Play accepts, pause and stop end, play-pause does what fits. Nothing of the call is told: lock screens show players.

Source: MPRIS D-Bus Interface Specification 2.2.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

from jeepney import DBusAddress, HeaderFields, Message, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus

from connector_gui.core.errors import ConnectorError
from connector_gui.core.hands_free import HeadsetButton, HeadsetProblem, HeadsetSigns
from connector_gui.system.session_bus import SessionBus

log = logging.getLogger(__name__)

NAME: Final = "org.mpris.MediaPlayer2.agent_connector"
PATH: Final = "/org/mpris/MediaPlayer2"
ROOT: Final = "org.mpris.MediaPlayer2"
PLAYER: Final = "org.mpris.MediaPlayer2.Player"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
ANSWER_S: Final = 3.0
_DO_NOT_QUEUE: Final = 4
_BUTTONS: Final = {
    "PlayPause": HeadsetButton.HOOK,
    "Play": HeadsetButton.PICK_UP,
    "Pause": HeadsetButton.HANG_UP,
    "Stop": HeadsetButton.HANG_UP,
}
_IGNORED: Final = frozenset({"Next", "Previous", "Seek", "SetPosition", "OpenUri", "Raise", "Quit"})


class MediaKeys:
    """A `Headset` by way of the desktop's media keys."""

    def __init__(self) -> None:
        self.on_button: Callable[[HeadsetButton], None] = lambda _button: None
        self.on_problem: Callable[[HeadsetProblem | None], None] = lambda _problem: None
        self._signs = HeadsetSigns()
        self._changed = asyncio.Event()
        self._bus: SessionBus | None = None

    def show(self, signs: HeadsetSigns) -> None:
        """See `Headset.show`."""
        if signs != self._signs:
            self._signs = signs
            self._changed.set()

    async def run(self) -> None:
        """See `Headset.run`."""
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                await self._follow()
        finally:
            await self._leave()

    async def _follow(self) -> None:
        if self._signs.is_idle:
            await self._leave()
            return
        try:
            if self._bus is None or self._bus.is_over:
                self._bus = await self._enter()
            self._bus.post(new_signal(_emitter(), "PropertiesChanged", "sa{sv}as", (PLAYER, self._of_player(), [])))
        except ConnectorError as error:
            log.info("media_keys.unavailable", extra={"reason": str(error)})
            await self._leave()
            self.on_problem(HeadsetProblem.NO_MEDIA_KEYS)
        else:
            self.on_problem(None)

    async def _enter(self) -> SessionBus:
        bus = await SessionBus.open()
        bus.on_call = self._answer
        (result,) = await bus.ask(message_bus.RequestName(NAME, _DO_NOT_QUEUE), ANSWER_S)
        if result not in {1, 4}:
            # Another Agent Connector of the same session, with another data folder.
            own = f"{NAME}.instance{bus.name.replace(':', '').replace('.', '_')}"
            await bus.ask(message_bus.RequestName(own, _DO_NOT_QUEUE), ANSWER_S)
        return bus

    async def _leave(self) -> None:
        """With the connection our name goes from the bus, and the player with it."""
        if self._bus is not None:
            bus, self._bus = self._bus, None
            await bus.aclose()

    # --- what players are asked --------------------------------------------------------------------

    def _answer(self, message: Message) -> Message | None:
        fields = message.header.fields
        interface, member = fields.get(HeaderFields.interface, ""), fields.get(HeaderFields.member, "")
        if fields.get(HeaderFields.path) != PATH:
            return new_error(message, "org.freedesktop.DBus.Error.UnknownObject")
        match interface, member, message.body:
            case (str(), "GetAll", (str(asked),)) if interface == PROPERTIES:
                return new_method_return(message, "a{sv}", (self._properties(asked),))
            case (str(), "Get", (str(asked), str(name))) if interface == PROPERTIES:
                known = self._properties(asked)
                if name in known:
                    return new_method_return(message, "v", (known[name],))
            case (str(), _, _) if interface in {PLAYER, ROOT, ""} and member in _BUTTONS:
                self.on_button(_BUTTONS[member])
                return new_method_return(message)
            case (str(), _, _) if member in _IGNORED or (interface, member) == (PROPERTIES, "Set"):
                return new_method_return(message)
        return new_error(message, "org.freedesktop.DBus.Error.UnknownMethod")

    def _properties(self, interface: str) -> dict[str, tuple[str, Any]]:
        if interface == ROOT:
            return {
                "Identity": ("s", "Agent Connector"),
                "DesktopEntry": ("s", "agent-connector"),
                "CanQuit": ("b", False),
                "CanRaise": ("b", False),
                "HasTrackList": ("b", False),
                "SupportedUriSchemes": ("as", []),
                "SupportedMimeTypes": ("as", []),
            }
        return self._of_player() if interface == PLAYER else {}

    def _of_player(self) -> dict[str, tuple[str, Any]]:
        # What rings is paused: play takes it up.
        status = "Paused" if self._signs.is_ringing else "Playing" if self._signs.is_talking else "Stopped"
        return {
            "PlaybackStatus": ("s", status),
            "Metadata": ("a{sv}", {"mpris:trackid": ("o", f"{PATH}/call"), "xesam:title": ("s", "Agent Connector")}),
            "Rate": ("d", 1.0),
            "MinimumRate": ("d", 1.0),
            "MaximumRate": ("d", 1.0),
            "Volume": ("d", 1.0),
            "Position": ("x", 0),
            "CanControl": ("b", True),
            "CanPlay": ("b", True),
            "CanPause": ("b", True),
            "CanSeek": ("b", False),
            "CanGoNext": ("b", False),
            "CanGoPrevious": ("b", False),
        }


def _emitter() -> DBusAddress:
    return DBusAddress(PATH, interface=PROPERTIES)
