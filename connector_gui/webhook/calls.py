"""``POST /webhook/initiate-call``: which requests are a call, which one that was placed before.

    with an id      the desk knows the calls of its record by their ids, and those it is about to take
    without one     `repeats` tells a repeat from an equal request; the desk does so across restarts

Whoever hangs up does not undo the call: a ring that has begun goes on, and a repeat finds it.
"""

from __future__ import annotations

import asyncio
import logging
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from aiohttp import web

from connector_gui.core.answers import accepted_body, waited_body
from connector_gui.core.call_request import CallRequest
from connector_gui.core.errors import ConnectorError, RefusedError
from connector_gui.core.service import DeskPort, PlacedCall
from connector_gui.core.webhook import (
    SESSION_ID_PATTERN,
    FieldProblem,
    InvalidRequestError,
    WaitQuery,
    digest,
    parse_initiate_call,
    parse_query,
)
from connector_gui.webhook.callback_check import CallbackCheck
from connector_gui.webhook.config import WebhookConfig
from connector_gui.webhook.held import HeldAnswers
from connector_gui.webhook.rates import CallRates
from connector_gui.webhook.repeats import Attempt, Repeats, mark_of
from connector_gui.webhook.replies import Reply
from connector_gui.webhook.route import Inquiry

log = logging.getLogger(__name__)

LOOK_UPS: Final = 4
"""Looks into the record at once: hundreds of them would hold up whoever else waits for the main loop."""
_SESSION_ID: Final = re.compile(SESSION_ID_PATTERN)


class Calls:
    """Lets calls ring."""

    def __init__(self, desk: DeskPort, config: WebhookConfig, check_callback: CallbackCheck, held: HeldAnswers) -> None:
        self._desk = desk
        self._config = config
        self._check_callback = check_callback
        self._held = held
        self._rates = CallRates(config.rate_limit)
        self._repeats = Repeats()
        self._looking_up = asyncio.Semaphore(LOOK_UPS)
        self._being_placed: set[str] = set()

    async def initiate(self, inquiry: Inquiry) -> Reply:
        """Ring the desk; with ``?wait=`` answer when the call has got so far, or the time is over.

        Raises:
            ConnectorError: It does not ring; the error says why.
        """
        query = parse_query(WaitQuery, inquiry.query)
        body = parse_initiate_call(inquiry.body)
        name = body.session_id or _idempotency_key(inquiry.request)
        request = body.to_request(
            name or str(uuid.uuid4()),
            placed_by=inquiry.key_name,
            default_ring_timeout_s=self._config.ring_timeout_s,
            digest=digest(inquiry.body),
        )
        if name is not None:
            return await self._answer(inquiry, query, await self._place(request, has_id=True))
        mark = mark_of(inquiry.key_name, inquiry.key, inquiry.raw_body)
        attempt, placed = await self._attempt(request, mark, inquiry)
        reply = await self._answer(inquiry, query, placed)

        async def after(is_delivered: bool) -> None:
            if is_delivered and attempt.asker is inquiry.connection:
                await self._delivered(attempt, placed)

        return replace(reply, after=after)

    # --- which call ---------------------------------------------------------------------------

    async def _attempt(self, request: CallRequest, mark: str, inquiry: Inquiry) -> tuple[Attempt, PlacedCall]:
        """The call of a request without an id: a new one, or that of an equal request that lost its caller."""
        attempt = self._repeats.take_over(mark, inquiry.connection)
        if attempt is not None:
            placed = await asyncio.shield(attempt.placed)
            now = await self._desk.session(placed.record.session_id)
            return attempt, replace(placed, record=now or placed.record, is_replay=True)
        # Among equal requests at once the desk could not tell which was delivered: it gets to know the first.
        known_to_desk = mark if self._repeats.is_alone(mark) else ""
        attempt = self._repeats.begin(mark, inquiry.connection)
        try:
            placed = await self._place(replace(request, body_digest=known_to_desk), has_id=False)
        except BaseException as error:
            attempt.placed.set_exception(error if isinstance(error, Exception) else _stopping())
            self._repeats.forget(attempt)
            raise
        attempt.placed.set_result(placed)
        return attempt, placed

    async def _place(self, request: CallRequest, *, has_id: bool) -> PlacedCall:
        """The call of *request*, new or placed before; only a new one counts against the rate limit."""
        # Known repeats do not get here without an id: a flood of the others shall not cost a look into the record.
        is_surely_new = not has_id and self._repeats.knows_all
        if is_surely_new:
            self._rates.count(request.placed_by)
        placed = await self._look_up(request)
        if placed is not None and not (request.body_digest and self._repeats.was_delivered(placed.record.session_id)):
            return placed
        if placed is not None:
            # The record could not take down that its answer arrived: this is another call, not to be mixed up with it.
            request = replace(request, body_digest="")
        if not is_surely_new and request.session_id not in self._being_placed:
            self._rates.count(request.placed_by)
        with self._placing(request.session_id):
            if request.callback_url is not None:
                await self._check_callback(request.callback_url)
            return await self._desk.place_call(request)

    async def _look_up(self, request: CallRequest) -> PlacedCall | None:
        async with self._looking_up:
            return await self._desk.replay(request)

    @contextmanager
    def _placing(self, session_id: str) -> Iterator[None]:
        is_first = session_id not in self._being_placed
        self._being_placed.add(session_id)
        try:
            yield
        finally:
            if is_first:
                self._being_placed.discard(session_id)

    async def _delivered(self, attempt: Attempt, placed: PlacedCall) -> None:
        session_id = placed.record.session_id
        # First here: the caller may send its next equal row before the record has taken this down.
        self._repeats.deliver(attempt, session_id)
        try:
            await self._desk.answered(session_id)
        except ConnectorError as error:
            log.warning("call.delivery_not_kept", extra={"session_id": session_id, "reason": str(error)})

    # --- the answer ---------------------------------------------------------------------------

    async def _answer(self, inquiry: Inquiry, query: WaitQuery, placed: PlacedCall) -> Reply:
        shows_url = self._config.expose_signed_url
        headers = {"Idempotency-Replayed": "true"} if placed.is_replay else {}
        if query.wait is None:
            return Reply(202, accepted_body(placed, inquiry.base_url, expose_signed_url=shows_url), headers)
        await self._wait(inquiry, query, placed)
        now = await self._desk.session(placed.record.session_id) or placed.record
        body = waited_body(placed, now, query.wait, inquiry.base_url, expose_signed_url=shows_url)
        return Reply(202, body, headers)

    async def _wait(self, inquiry: Inquiry, query: WaitQuery, placed: PlacedCall) -> None:
        """Wait as the caller asks; not at all while too many do so already: the call rings all the same."""
        assert query.wait is not None
        if not self._held.take():
            return
        try:
            coming = self._desk.wait(placed.record.session_id, query.wait, query.timeout_s)
            await self._held.wait(coming, inquiry.connection, name="webhook.wait")
        finally:
            self._held.free()


def _idempotency_key(request: web.BaseRequest) -> str | None:
    """The header that names the call when the body does not; quotes around it (RFC 8941) are not part of it."""
    sent = request.headers.getall("Idempotency-Key", [])
    if not sent:
        return None
    key = sent[0].strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if len(sent) > 1:
        raise InvalidRequestError([FieldProblem(field="Idempotency-Key", message="is given twice; give it once")])
    if not _SESSION_ID.fullmatch(key):
        problem = FieldProblem(field="Idempotency-Key", message="must be 1 to 128 letters, digits or any of . _ : -")
        raise InvalidRequestError([problem])
    return key


def _stopping() -> RefusedError:
    return RefusedError("The program is being closed.", code="shutting_down", status=503, retry_after_s=30)
