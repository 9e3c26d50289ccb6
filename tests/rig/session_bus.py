"""Questions to a session bus, asked from outside the programs under test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jeepney import DBusAddress, MessageType, Properties, new_method_call
from jeepney.bus_messages import DBus
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.low_level import Message


class SessionBus:
    """One session bus, by its address; every question opens a connection of its own."""

    def __init__(self, address: str) -> None:
        self._address = address

    def is_up(self) -> bool:
        try:
            with self._connection():
                return True
        except OSError:
            return False

    def has_name(self, name: str) -> bool:
        """Whether some program has taken *name*."""
        return bool(self._ask(DBus().NameHasOwner(name)) == (1,))

    def property_of(self, name: str, path: str, interface: str, member: str) -> Any:
        """The value of a property, or None while there is none (its program may still be starting)."""
        answer = self._ask(Properties(DBusAddress(path, name, interface)).get(member))
        return answer[0][1] if answer else None

    def call(self, name: str, path: str, interface: str, member: str, signature: str, *arguments: Any) -> Any:
        """Call a method; return its results as a tuple, or None if it answered with an error."""
        return self._ask(new_method_call(DBusAddress(path, name, interface), member, signature, arguments))

    def _ask(self, message: Message) -> Any:
        with self._connection() as connection:
            reply = connection.send_and_get_reply(message, timeout=5)
        is_error = reply.header.message_type is MessageType.error
        return None if is_error else reply.body

    @contextmanager
    def _connection(self) -> Iterator[DBusConnection]:
        connection = open_dbus_connection(self._address)
        try:
            yield connection
        finally:
            connection.close()
