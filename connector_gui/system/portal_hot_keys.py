"""Hot keys on Wayland: the portal ``org.freedesktop.portal.GlobalShortcuts``.

The desktop asks the operator about the keys, who may choose others than those that were asked for; it tells which, and
when a key goes down and up. A session takes keys once, so a change makes a new session; where nothing has changed
nothing is asked again.

Source: XDG Desktop Portal, GlobalShortcuts version 1 and 2, Request, Session; the XDG shortcuts specification for
how triggers are written.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

from jeepney import DBusAddress, HeaderFields, MatchRule, Message, new_method_call
from jeepney.bus_messages import message_bus

from connector_gui.core.errors import ConnectorError
from connector_gui.core.hands_free import HotKey, KeyProblem
from connector_gui.core.shortcut import Shortcut
from connector_gui.system.hot_keys import Bound
from connector_gui.system.session_bus import BusError, SessionBus

log = logging.getLogger(__name__)

NAME: Final = "org.freedesktop.portal.Desktop"
PATH: Final = "/org/freedesktop/portal/desktop"
SHORTCUTS: Final = "org.freedesktop.portal.GlobalShortcuts"
REQUEST: Final = "org.freedesktop.portal.Request"
SESSION: Final = "org.freedesktop.portal.Session"
ANSWER_S: Final = 10.0
DIALOG_S: Final = 600.0
"""How long the operator may think about the keys."""
_PORTAL: Final = DBusAddress(PATH, bus_name=NAME, interface=SHORTCUTS)

KEY_NAMES: Final[Mapping[str, str]] = {
    "PageUp": "Page_Up",
    "PageDown": "Page_Down",
    "Backspace": "BackSpace",
    "ScrollLock": "Scroll_Lock",
    "MediaPlay": "XF86AudioPlay",
    "MediaStop": "XF86AudioStop",
    **{name: name.lower() for name in ("Space", "Comma", "Period", "Slash", "Minus", "Equal", "Semicolon", "Grave")},
    **{name: name.lower() for name in ("Apostrophe", "Backslash", "BracketLeft", "BracketRight")},
    **{letter: letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
}
"""Keysym names, where they are not ours."""
_MODIFIERS: Final = {"Ctrl": "CTRL", "Alt": "ALT", "Shift": "SHIFT", "Super": "LOGO"}


class PortalHotKeys:
    """`HotKeys` of a desktop portal."""

    def __init__(self, describe: Callable[[HotKey], str]) -> None:
        """*describe* says what a key does, in the desktop's dialog."""
        self.on_pressed: Callable[[HotKey], None] = lambda _key: None
        self.on_released: Callable[[HotKey], None] = lambda _key: None
        self.on_lost: Callable[[], None] = lambda: None
        self._describe = describe
        self._bus: SessionBus | None = None
        self._session = ""
        self._responses: dict[str, asyncio.Future[tuple[int, Mapping[str, Any]]]] = {}

    async def bind(self, bindings: Mapping[HotKey, Shortcut]) -> Bound:
        """See `HotKeys.bind`."""
        await self._close_session()
        if not bindings:
            return Bound()
        try:
            bus = await self._connected()
            status, results = await self._request(bus, "CreateSession", "a{sv}", (), ANSWER_S, session=True)
            self._session = _text(results.get("session_handle"))
            if status != 0 or not self._session:
                return Bound(dict.fromkeys(bindings, KeyProblem.REFUSED))
            asked = [(key.value, self._wish(key, shortcut)) for key, shortcut in bindings.items()]
            arguments = (self._session, asked, "")
            status, results = await self._request(bus, "BindShortcuts", "oa(sa{sv})sa{sv}", arguments, DIALOG_S)
        except ConnectorError as error:
            log.info("hot_keys.no_portal", extra={"reason": str(error)})
            return Bound(dict.fromkeys(bindings, KeyProblem.NOT_OFFERED))
        if status != 0:
            return Bound(dict.fromkeys(bindings, KeyProblem.REFUSED))
        return _bound(bindings, results)

    async def aclose(self) -> None:
        """See `HotKeys.aclose`."""
        await self._close_session()
        if self._bus is not None:
            bus, self._bus = self._bus, None
            await bus.aclose()

    def _wish(self, key: HotKey, shortcut: Shortcut) -> dict[str, tuple[str, str]]:
        return {"description": ("s", self._describe(key)), "preferred_trigger": ("s", trigger(shortcut))}

    # --- requests --------------------------------------------------------------------------------------

    async def _connected(self) -> SessionBus:
        if self._bus is None or self._bus.is_over:
            bus = await SessionBus.open()
            bus.on_signal, bus.on_over = self._on_signal, self._on_over
            self._bus = bus
            for interface in (SHORTCUTS, REQUEST, SESSION):
                rule = MatchRule(type="signal", sender=NAME, interface=interface)
                await bus.ask(message_bus.AddMatch(rule), ANSWER_S)
            owner = MatchRule(type="signal", sender="org.freedesktop.DBus", member="NameOwnerChanged")
            owner.add_arg_condition(0, NAME)
            await bus.ask(message_bus.AddMatch(owner), ANSWER_S)
        return self._bus

    async def _request(
        self,
        bus: SessionBus,
        member: str,
        signature: str,
        before: tuple[Any, ...],
        timeout_s: float,
        *,
        session: bool = False,
    ) -> tuple[int, Mapping[str, Any]]:
        """Ask the portal; its answer comes later, as a signal of an object with a name that both can tell."""
        token = f"agent_connector_{secrets.token_hex(8)}"
        path = f"/org/freedesktop/portal/desktop/request/{bus.name.removeprefix(':').replace('.', '_')}/{token}"
        options = {"handle_token": ("s", token)}
        if session:
            options["session_handle_token"] = ("s", token)
        answer: asyncio.Future[tuple[int, Mapping[str, Any]]] = asyncio.get_running_loop().create_future()
        self._responses[path] = answer
        try:
            handle = await bus.ask(new_method_call(_PORTAL, member, signature, (*before, options)), ANSWER_S)
            # Portals before 0.9 name the object themselves.
            self._responses.setdefault(str(handle[0]), answer)
            async with asyncio.timeout(timeout_s):
                return await answer
        except TimeoutError as error:
            raise BusError("The portal did not answer.") from error
        finally:
            for name in [name for name, waiting in self._responses.items() if waiting is answer]:
                del self._responses[name]

    async def _close_session(self) -> None:
        session, self._session = self._session, ""
        if session and self._bus is not None and not self._bus.is_over:
            with contextlib.suppress(BusError):
                await self._bus.ask(new_method_call(DBusAddress(session, NAME, SESSION), "Close"), ANSWER_S)

    # --- what comes by itself -----------------------------------------------------------------------------

    def _on_signal(self, message: Message) -> None:
        fields = message.header.fields
        path = fields.get(HeaderFields.path, "")
        match fields.get(HeaderFields.member, ""), message.body:
            case "Response", (int(status), dict(results)):
                answer = self._responses.get(path)
                if answer is not None and not answer.done():
                    answer.set_result((status, results))
            case "Activated", (str(session), str(name), *_) if session == self._session and name in set(HotKey):
                self.on_pressed(HotKey(name))
            case "Deactivated", (str(session), str(name), *_) if session == self._session and name in set(HotKey):
                self.on_released(HotKey(name))
            case "Closed", _ if path == self._session:
                self._lose("closed")
            case "NameOwnerChanged", (str(), str(former), str()) if former:
                self._lose("portal gone")

    def _on_over(self) -> None:
        self._bus = None
        self._lose("bus gone")

    def _lose(self, reason: str) -> None:
        if self._session:
            log.info("hot_keys.lost", extra={"reason": reason})
            self._session = ""
            self.on_lost()


def trigger(shortcut: Shortcut) -> str:
    """*shortcut* as the portal wants it: ``CTRL+ALT+a``."""
    names = [_MODIFIERS[name] for name in shortcut.modifiers]
    return "+".join((*names, KEY_NAMES.get(shortcut.key, shortcut.key)))


def _bound(bindings: Mapping[HotKey, Shortcut], results: Mapping[str, Any]) -> Bound:
    """What the desktop made of *bindings*: those it does not name were turned down."""
    try:
        _, given = results.get("shortcuts", ("", []))
        triggers = {str(name): _text(dict(about).get("trigger_description")) for name, about in given}
    except (TypeError, ValueError):
        triggers = {}
    problems = {key: KeyProblem.REFUSED for key in bindings if key.value not in triggers}
    return Bound(problems, {key: triggers[key] for key in bindings if triggers.get(key)})


def _text(variant: object) -> str:
    return str(variant[1]) if isinstance(variant, tuple) and len(variant) == 2 else ""
