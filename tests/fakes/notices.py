"""Services for notifications: one that does what a test says, and a daemon on the session bus that means no good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from jeepney import DBusAddress, HeaderFields, Message, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.asyncio import DBusConnection, DBusRouter, open_dbus_connection

from connector_gui.core.notice import Notice
from connector_gui.system.notifications import NoticeError

NAME: Final = "org.freedesktop.Notifications"
SIGNALS: Final = DBusAddress("/org/freedesktop/Notifications", interface=NAME)


class ScriptedService:
    """A `NoticeService` in memory.

    Attributes:
        shown: What stands on the screen now.
        sent: How many notices were sent.
        problem: What sending raises; ``None``: nothing.
        answers: Cleared: it takes its time.
    """

    def __init__(self) -> None:
        self.on_pressed: Callable[[str, str], None] = lambda _key, _button: None
        self.on_gone: Callable[[str], None] = lambda _key: None
        self.on_lost: Callable[[], None] = lambda: None
        self.shown: dict[str, Notice] = {}
        self.sent = 0
        self.problem: NoticeError | None = None
        self.answers = asyncio.Event()
        self.answers.set()
        self.is_closed = False

    async def send(self, notice: Notice) -> None:
        self.sent += 1
        await self.answers.wait()
        if self.problem is not None:
            raise self.problem
        self.shown[notice.key] = notice

    async def withdraw(self, key: str) -> None:
        self.shown.pop(key, None)

    async def aclose(self) -> None:
        self.is_closed = True

    def lose_all(self) -> None:
        """The service dies, or begins anew."""
        self.shown.clear()
        self.on_lost()


class RogueDaemon:
    """Owns the name of the notification service, and answers with whatever *reply* makes of a request.

    Attributes:
        asked: The methods that were called, with their arguments.
        reply: What is answered to a call; ``None``: nothing, ever.
    """

    def __init__(self, connection: DBusConnection) -> None:
        self._connection = connection
        self.asked: list[tuple[str, tuple[Any, ...]]] = []
        self.reply: Callable[[Message], Message | None] = lambda call: new_method_return(call, "u", (7,))

    def refuse(self) -> None:
        self.reply = lambda call: new_error(call, f"{NAME}.Error.Full", "s", ("no",))

    async def say(self, member: str, signature: str, *values: object) -> None:
        """Send a signal to everybody."""
        await self._connection.send(new_signal(SIGNALS, member, signature, values))

    async def serve(self) -> None:
        while True:
            call = await self._connection.receive()
            if call.header.message_type is not MessageType.method_call:
                continue
            self.asked.append((call.header.fields[HeaderFields.member], call.body))
            answer = self.reply(call)
            if answer is not None:
                await self._connection.send(answer)


@asynccontextmanager
async def rogue_daemon(*, owns_name: bool = True) -> AsyncIterator[RogueDaemon]:
    """A daemon on the session bus; without the name it is just another program there."""
    connection = await open_dbus_connection("SESSION")
    if owns_name:
        async with DBusRouter(connection) as router:
            await router.send_and_get_reply(message_bus.RequestName(NAME))
    daemon = RogueDaemon(connection)
    serving = asyncio.create_task(daemon.serve(), name="test.rogue_daemon")
    try:
        yield daemon
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await connection.close()
