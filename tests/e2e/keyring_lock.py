"""What the operator does to the login keyring of a virtual desktop: lock it, and unlock it with the password."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any, Final

from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

PASSWORD: Final = b"rig"
_SECRETS: Final = "org.freedesktop.secrets"
_PATH: Final = "/org/freedesktop/secrets"
_LOGIN: Final = f"{_PATH}/collection/login"
_SERVICE: Final = "org.freedesktop.Secret.Service"
# What gnome-keyring's own tools use to unlock without a window.
_INTERNAL: Final = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface"


def lock(env: Mapping[str, str]) -> None:
    """Lock it; what is in it stays."""
    with closing(open_dbus_connection(env["DBUS_SESSION_BUS_ADDRESS"])) as bus:
        _call(bus, _SERVICE, "Lock", "ao", [_LOGIN])


def unlock(env: Mapping[str, str]) -> None:
    """Unlock it, as after typing the password into the system's window."""
    with closing(open_dbus_connection(env["DBUS_SESSION_BUS_ADDRESS"])) as bus:
        # A session ends with its connection, so both calls are made on one.
        _output, session = _call(bus, _SERVICE, "OpenSession", "sv", "plain", ("s", ""))
        master = (session, b"", PASSWORD, "text/plain")
        _call(bus, _INTERNAL, "UnlockWithMasterPassword", "o(oayays)", _LOGIN, master)


def _call(bus: DBusConnection, interface: str, member: str, signature: str, *arguments: Any) -> Any:
    message = new_method_call(DBusAddress(_PATH, _SECRETS, interface), member, signature, arguments)
    reply = bus.send_and_get_reply(message, timeout=5)
    assert reply.header.message_type is not MessageType.error, reply.body
    return reply.body
