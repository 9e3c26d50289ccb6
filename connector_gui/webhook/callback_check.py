"""Asks, when a call is placed, whether its callback URL leads where callbacks may go."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from connector_gui.core.callback_url import CallbackRules, literal_address, split_callback_url, why_refused
from connector_gui.core.webhook import FieldProblem, InvalidRequestError

log = logging.getLogger(__name__)

RESOLVE_TIMEOUT_S: Final = 3.0

Resolver = Callable[[str], Awaitable[Sequence[str]]]


async def resolve(host: str) -> Sequence[str]:
    """The addresses that *host* stands for on this computer.

    Raises:
        OSError: It stands for none.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class CallbackCheck:
    """The check at the door; whoever connects later has to check the address it connects to again."""

    def __init__(self, rules: CallbackRules, resolver: Resolver = resolve) -> None:
        self._rules = rules
        self._resolver = resolver

    async def __call__(self, url: str) -> None:
        """Make sure that *url* may be called back.

        Raises:
            InvalidRequestError: It may not, or its host cannot be found.
        """
        host = split_callback_url(url).hostname or ""
        literal = literal_address(host)
        if literal is None and self._rules.allows_name(host):
            return  # Named by the operator; whether it can be found now does not matter yet.
        addresses = [literal] if literal is not None else await self._addresses(host)
        if not self._rules.allows(host, addresses):
            raise _refused(why_refused(addresses))

    async def _addresses(self, host: str) -> Sequence[str]:
        try:
            async with asyncio.timeout(RESOLVE_TIMEOUT_S):
                return await self._resolver(host)
        except (OSError, UnicodeError, TimeoutError) as error:
            log.debug("callback.unresolved", exc_info=error)
        raise _refused("has a host that this computer cannot find; correct it, or use an address")


def _refused(message: str) -> InvalidRequestError:
    return InvalidRequestError([FieldProblem(field="callback_url", message=message)])
