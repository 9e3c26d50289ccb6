"""A small desktop portal on a real session bus: global shortcuts, as KDE and GNOME offer them.

``python -m tests.fakes.portal [MODE]`` with the bus in ``DBUS_SESSION_BUS_ADDRESS``. It prints a line for each thing
that it was asked, and takes lines: ``press NAME``, ``release NAME``, ``close`` (the session).

Modes: ``grant`` (all as asked, but the first key gets another trigger), ``deny`` (the operator closes the dialog),
``some`` (only the first key), ``silent`` (never answers), ``odd`` (answers what the specification does not have).
"""

from __future__ import annotations

import contextlib
import json
import queue
import sys
import threading
from typing import Any

from jeepney import DBusAddress, HeaderFields, Message, MessageType, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from connector_gui.system.portal_hot_keys import NAME, PATH, REQUEST, SESSION, SHORTCUTS


class Portal:
    """The portal while it runs."""

    def __init__(self, bus: DBusConnection, mode: str) -> None:
        self._bus = bus
        self._mode = mode
        self._session = ""

    def serve(self, orders: queue.SimpleQueue[str]) -> None:
        """Answer and obey until the input ends."""
        while True:
            with contextlib.suppress(TimeoutError):
                self._answer(self._bus.receive(timeout=0.02))
            while not orders.empty():
                order, _, name = orders.get().partition(" ")
                if order == "end":
                    return
                self._obey(order, name)

    def _obey(self, order: str, name: str) -> None:
        if order == "close":
            self._signal(self._session, SESSION, "Closed", "a{sv}", ({},))
        else:
            member = "Activated" if order == "press" else "Deactivated"
            self._signal(PATH, SHORTCUTS, member, "osta{sv}", (self._session, name, 1, {}))

    def _answer(self, message: Message) -> None:
        if message.header.message_type is not MessageType.method_call:
            return
        fields = message.header.fields
        member = fields[HeaderFields.member]
        say(member, message.body)
        if member == "Close":
            self._bus.send(new_method_return(message))
            return
        options = message.body[-1]
        caller = fields[HeaderFields.sender].removeprefix(":").replace(".", "_")
        handle = f"{PATH}/request/{caller}/{options['handle_token'][1]}"
        self._bus.send(new_method_return(message, "o", (handle,)))
        if self._mode != "silent":
            status, results = self._decide(member, message.body, caller)
            self._signal(handle, REQUEST, "Response", "ua{sv}", (status, results))

    def _decide(self, member: str, body: tuple[Any, ...], caller: str) -> tuple[int, dict[str, Any]]:
        if member == "CreateSession":
            self._session = f"{PATH}/session/{caller}/{body[-1]['session_handle_token'][1]}"
            return 0, {"session_handle": ("s", self._session)}
        if self._mode == "deny":
            return 1, {}
        if self._mode == "odd":
            return 0, {"shortcuts": ("s", "none"), "more": ("i", 1)}
        asked = body[1][:1] if self._mode == "some" else body[1]
        given = []
        for place, (name, about) in enumerate(asked):
            words = "Meta+Shift+J" if place == 0 else about["preferred_trigger"][1]
            given.append((name, {"description": about["description"], "trigger_description": ("s", words)}))
        return 0, {"shortcuts": ("a(sa{sv})", given)}

    def _signal(self, path: str, interface: str, member: str, signature: str, body: tuple[Any, ...]) -> None:
        self._bus.send(new_signal(DBusAddress(path, interface=interface), member, signature, body))


def say(*what: object) -> None:
    print(json.dumps(what), flush=True)


def main() -> int:
    orders: queue.SimpleQueue[str] = queue.SimpleQueue()

    def listen() -> None:
        for line in sys.stdin:
            orders.put(line.strip())
        orders.put("end")

    threading.Thread(target=listen, daemon=True).start()
    with open_dbus_connection() as bus:
        bus.send_and_get_reply(message_bus.RequestName(NAME))
        say("ready")
        Portal(bus, sys.argv[1] if len(sys.argv) > 1 else "grant").serve(orders)
    return 0


if __name__ == "__main__":
    sys.exit(main())
