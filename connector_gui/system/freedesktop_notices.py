"""Notifications by D-Bus, as freedesktop.org describes them: KDE, GNOME, Xfce, dunst and others.

Source: Desktop Notifications Specification 1.3 (Notify, CloseNotification, ActionInvoked, NotificationClosed).
Spoken with jeepney, which the keyring needs too: Qt's own D-Bus classes have no way to send an unsigned number
from Python, and a library that hides the protocol hides what matters here (who answers, how late, how it ends).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Final

from jeepney import DBusAddress, HeaderFields, MatchRule, Message, MessageType, new_method_call
from jeepney.bus_messages import message_bus

from connector_gui.core.notice import CLICK, Notice
from connector_gui.system.notifications import NoticeError
from connector_gui.system.session_bus import BusError, SessionBus

NAME: Final = "org.freedesktop.Notifications"
PATH: Final = "/org/freedesktop/Notifications"
PROGRAM: Final = "Agent Connector"
DESKTOP_ENTRY: Final = "agent-connector"
_DAEMON: Final = DBusAddress(PATH, bus_name=NAME, interface=NAME)
_BUS: Final = "org.freedesktop.DBus"
_NEVER_MS: Final = 0
_AS_THE_DAEMON_LIKES: Final = -1
_NORMAL, _CRITICAL = 1, 2
_ANSWER_S: Final = 5.0
"""For the bus itself to say that it will send signals."""

Shown = tuple[str, int]
"""Which daemon, by its unique name on the bus, shows it under which number."""


class FreedesktopNotices:
    """A `NoticeService`: one connection to the session bus, opened when needed and again after it broke."""

    def __init__(self) -> None:
        self.on_pressed: Callable[[str, str], None] = lambda _key, _button: None
        self.on_gone: Callable[[str], None] = lambda _key: None
        self.on_lost: Callable[[], None] = lambda: None
        self._bus: SessionBus | None = None
        self._shown: dict[str, Shown] = {}

    async def send(self, notice: Notice) -> None:
        """See `NoticeService.send`."""
        _, number = self._shown.get(notice.key, ("", 0))
        bus = await self._connected()
        with _as_notice_error():
            answer = bus.begin(_notify(notice, number))
            try:
                # Shielded: a number that comes too late for us is still needed to take the notice away.
                reply = await asyncio.shield(answer)
            except asyncio.CancelledError:
                answer.add_done_callback(lambda late: self._withdraw_late(bus, late))
                raise
        self._shown[notice.key] = _shown(reply)

    async def withdraw(self, key: str) -> None:
        """See `NoticeService.withdraw`."""
        shown = self._shown.pop(key, None)
        if shown is None or self._bus is None:
            return
        with _as_notice_error():
            await self._bus.tell(_close(shown[1]))

    async def aclose(self) -> None:
        """See `NoticeService.aclose`."""
        if self._bus is not None:
            bus, self._bus = self._bus, None
            await bus.aclose()

    async def _connected(self) -> SessionBus:
        if self._bus is None or self._bus.is_over:
            with _as_notice_error():
                self._bus = await self._listened_to()
        return self._bus

    async def _listened_to(self) -> SessionBus:
        """A connection that has the daemon's signals sent here."""
        bus = await SessionBus.open()
        bus.on_signal, bus.on_over = self._on_signal, self._on_bus_over
        owner = MatchRule(type="signal", sender=_BUS, interface=_BUS, member="NameOwnerChanged")
        owner.add_arg_condition(0, NAME)
        for rule in (owner, MatchRule(type="signal", sender=NAME, interface=NAME, path=PATH)):
            await bus.ask(message_bus.AddMatch(rule), _ANSWER_S)
        return bus

    def _withdraw_late(self, bus: SessionBus, answer: asyncio.Future[Message]) -> None:
        """Nobody waits for this notice any more."""
        if answer.cancelled() or answer.exception() is not None or bus.is_over:
            return
        with contextlib.suppress(NoticeError, BusError):
            bus.post(_close(_shown(answer.result())[1]))

    # --- what comes by itself ------------------------------------------------------------------

    def _on_signal(self, message: Message) -> None:
        sender = str(message.header.fields.get(HeaderFields.sender, ""))
        match message.header.fields.get(HeaderFields.member, ""), message.body:
            case "NameOwnerChanged", (str(changed), str(former), str(_)) if sender == _BUS:
                if changed == NAME and former:
                    self._lose()
            case "ActionInvoked", (int(number), str(button)):
                key = self._key_of(sender, number)
                if key is not None:
                    self.on_pressed(key, button)
            case "NotificationClosed", (int(number), int()):
                key = self._key_of(sender, number)
                if key is not None:
                    del self._shown[key]
                    self.on_gone(key)

    def _key_of(self, sender: str, number: int) -> str | None:
        """Only the daemon that shows a notice can speak of it; others on the bus may use the same numbers."""
        return next((key for key, shown in self._shown.items() if shown == (sender, number)), None)

    def _on_bus_over(self) -> None:
        self._bus = None
        self._lose()

    def _lose(self) -> None:
        self._shown.clear()
        self.on_lost()


@contextlib.contextmanager
def _as_notice_error() -> Iterator[None]:
    try:
        yield
    except BusError as error:
        raise NoticeError(str(error)) from error


def _notify(notice: Notice, replaces: int) -> Message:
    actions = [CLICK, ""]
    for name, words in notice.buttons:
        actions += [name, words]
    hints = {
        "urgency": ("y", _CRITICAL if notice.stays else _NORMAL),
        "desktop-entry": ("s", DESKTOP_ENTRY),
        "category": ("s", "call.incoming" if notice.stays else "call.unanswered"),
        # The ring tone is ours, on the operator's own device.
        "suppress-sound": ("b", True),
    }
    timeout_ms = _NEVER_MS if notice.stays else _AS_THE_DAEMON_LIKES
    body = (PROGRAM, replaces, DESKTOP_ENTRY, notice.title, notice.text, actions, hints, timeout_ms)
    return new_method_call(_DAEMON, "Notify", "susssasa{sv}i", body)


def _close(number: int) -> Message:
    return new_method_call(_DAEMON, "CloseNotification", "u", (number,))


def _shown(reply: Message) -> Shown:
    """What the daemon answered to Notify.

    Raises:
        NoticeError: It refused, or answered something else.
    """
    sender = reply.header.fields.get(HeaderFields.sender, "")
    match reply.header.message_type, reply.body:
        case MessageType.method_return, (int(number),) if number > 0:
            return sender, number
        case MessageType.error, _:
            raise NoticeError(str(reply.header.fields.get(HeaderFields.error_name, "an error")))
    raise NoticeError("The notification service answered something else.")
