"""A connection to the session bus: questions, signals, and questions that others ask us."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from typing import Any

from jeepney import HeaderFields, Message, MessageType
from jeepney.io.asyncio import DBusConnection, open_dbus_connection

from connector_gui.core.errors import ConnectorError

log = logging.getLogger(__name__)


class BusError(ConnectorError):
    """There is no session bus (any more), or somebody on it answered with an error."""


class SessionBus:
    """Somebody listens to it all the time.

    Attributes:
        on_signal: Called with each signal that was asked for.
        on_call: Called with each question of others; gives the answer.
        on_over: Called when the bus is gone.
    """

    def __init__(self, connection: DBusConnection) -> None:
        self._connection = connection
        self.on_signal: Callable[[Message], None] = lambda _message: None
        self.on_call: Callable[[Message], Message | None] = lambda _message: None
        self.on_over: Callable[[], None] = lambda: None
        self._asked: dict[int, asyncio.Future[Message]] = {}
        self._serials = itertools.count(1_000)
        self._listening = asyncio.create_task(self._listen(), name="session_bus.listen")

    @classmethod
    async def open(cls) -> SessionBus:
        """Connect.

        Raises:
            BusError: There is no session bus, or it does not want us.
        """
        opening = asyncio.create_task(open_dbus_connection("SESSION"), name="session_bus.open")
        try:
            # Shielded: jeepney ends a task of its own as it opens, and would take our end for that one's.
            return cls(await asyncio.shield(opening))
        except asyncio.CancelledError:
            opening.add_done_callback(_close)
            raise
        # Whatever a socket, an address or an authentication can say.
        except (OSError, EOFError, KeyError, ValueError, RuntimeError, TimeoutError) as error:
            raise BusError(f"There is no session bus: {type(error).__name__}") from error

    @property
    def name(self) -> str:
        """Our own name on the bus."""
        return str(self._connection.unique_name)

    @property
    def is_over(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._listening.done()

    async def ask(self, message: Message, timeout_s: float) -> tuple[Any, ...]:
        """Send *message*; what was answered.

        Raises:
            BusError: An error was answered, or nothing in time, or the bus ended before.
        """
        try:
            async with asyncio.timeout(timeout_s):
                reply = await self.begin(message)
        except TimeoutError as error:
            raise BusError("Nobody answered on the session bus.") from error
        if reply.header.message_type is MessageType.error:
            raise BusError(str(reply.header.fields.get(HeaderFields.error_name, "an error")))
        return tuple(reply.body)

    def begin(self, message: Message) -> asyncio.Future[Message]:
        """Send *message*; what will be answered, an error too, or `BusError` when the bus ends before.

        Raises:
            BusError: The bus is gone.
        """
        serial = next(self._serials)
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._write(message, serial)
        self._asked[serial] = answer
        answer.add_done_callback(lambda _: self._asked.pop(serial, None))
        return answer

    async def tell(self, message: Message) -> None:
        """Send *message* and wait until it is out.

        Raises:
            BusError: The bus is gone.
        """
        self.post(message)
        try:
            await self._connection.writer.drain()
        except OSError as error:
            raise BusError("The session bus is gone.") from error

    def post(self, message: Message) -> None:
        """Send *message*; nobody waits for an answer.

        Raises:
            BusError: The bus is gone.
        """
        self._write(message, next(self._serials))

    async def aclose(self) -> None:
        """Let go of the bus."""
        self._listening.cancel()
        # Not awaited itself: whoever cancels us meanwhile must not be taken for its end.
        await asyncio.wait([self._listening])
        self._end()  # a task that is cancelled before it began has not done so

    def _write(self, message: Message, serial: int) -> None:
        if self.is_over:
            raise BusError("The session bus is gone.")
        self._connection.writer.write(message.serialise(serial))

    async def _listen(self) -> None:
        try:
            while True:
                self._take(await self._connection.receive())
        except Exception as error:
            # Outermost: the end of the bus, or whatever somebody sent over it.
            log.info("session_bus.gone", extra={"reason": type(error).__name__})
            self._end()
            self.on_over()
        finally:
            self._end()

    def _end(self) -> None:
        self._connection.writer.close()
        for answer in list(self._asked.values()):
            if not answer.done():
                answer.set_exception(BusError("The session bus is gone."))

    def _take(self, message: Message) -> None:
        fields = message.header.fields
        match message.header.message_type:
            case MessageType.signal:
                self.on_signal(message)
            case MessageType.method_call:
                reply = self.on_call(message)
                if reply is not None:
                    self._write(reply, next(self._serials))
            case _:
                answer = self._asked.get(fields.get(HeaderFields.reply_serial, -1))
                if answer is not None and not answer.done():
                    answer.set_result(message)


def _close(opening: asyncio.Task[DBusConnection]) -> None:
    """Nobody waits for this connection any more."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().writer.close()
