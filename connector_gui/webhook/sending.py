"""An answer on its way out, and what is still to be done then."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from connector_gui.webhook import body as bodies
from connector_gui.webhook.config import Limits
from connector_gui.webhook.connection import Connection
from connector_gui.webhook.replies import Pieces, Reply

log = logging.getLogger(__name__)


async def send(request: web.BaseRequest, answer: web.StreamResponse, reply: Reply, limits: Limits) -> None:
    """Send *answer*, the head of which is made of *reply*, then take in what is left of the request's body."""
    is_all_read = request.content.is_eof()
    if not is_all_read and not bodies.can_be_spent(request, limits):
        answer.force_close()
    is_delivered = False
    try:
        is_delivered = await _deliver(request, answer, reply)
    finally:
        if reply.after is not None:
            await _follow_up(reply.after, is_delivered=is_delivered)
    if is_delivered and not is_all_read:
        with contextlib.suppress(ConnectionError):
            await bodies.spend(request, limits)


async def _deliver(request: web.BaseRequest, answer: web.StreamResponse, reply: Reply) -> bool:
    """Send *answer* to its end; whether all of it went out to a connection that stood."""
    connection = request.protocol
    try:
        await answer.prepare(request)
        if isinstance(reply.body, Pieces) and request.method != "HEAD":
            async with contextlib.aclosing(reply.body.make()) as pieces:
                async for piece in pieces:
                    await answer.write(piece)
        await answer.write_eof()
    except ConnectionError:
        return False
    except Exception:
        log.exception("webhook.broke_off")
        if isinstance(connection, Connection):
            connection.break_off()
        return False
    return not (isinstance(connection, Connection) and connection.is_gone)


async def _follow_up(after: Callable[[bool], Awaitable[None]], *, is_delivered: bool) -> None:
    try:
        await after(is_delivered)
    except Exception:
        # The answer is out: what is left to do for it concerns nobody at the other end.
        log.exception("webhook.follow_up_failed")
