"""What a call must pass before it rings: the desk is ready, the agent exists, the key works.

Nothing here changes the desk. Fetching the signed URL on arrival proves agent and key before
anyone is disturbed, and makes accepting instant.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from connector_gui.core.call_request import CallRequest
from connector_gui.core.desk import Desk
from connector_gui.core.errors import AgentError, RefusedError
from connector_gui.core.record import CallRecord
from connector_gui.core.sentence import sentence
from connector_gui.core.service import PlacedCall
from connector_gui.switchboard.ledger import Ledger
from connector_gui.switchboard.ports import AgentService, AgentServices, Clock, SignedUrl, StorePort, VoicePort

log = logging.getLogger(__name__)

SIGNED_URL_LIFE_S: Final = 14 * 60.0
"""A signed URL is good for 15 minutes; one this old is fetched anew."""
REPEAT_S: Final = 60.0
"""How long a request without an id that comes again may be the same one."""
NAME_GRACE_S: Final = 0.5
"""How much longer than the signed URL the answer waits for the agent's name."""


@dataclass(frozen=True, slots=True)
class Admission:
    """A call that may ring: its request, with who answers it, and where the conversation can be had."""

    request: CallRequest
    agent_name: str | None
    signed: SignedUrl = field(repr=False)


class Reception:
    """Admits calls, and keeps their signed URLs until they end.

    Attributes:
        audio_problem: What keeps calls from having sound, as of the latest look; ``None`` when nothing does.
        is_shutting_down: No call is admitted any more.
    """

    def __init__(
        self, desk: Desk, ledger: Ledger, store: StorePort, voice: VoicePort, services: AgentServices, clock: Clock
    ) -> None:
        self._desk = desk
        self._ledger = ledger
        self._store = store
        self._voice = voice
        self._services = services
        self._clock = clock
        self._signed: dict[str, SignedUrl] = {}
        self._in_flight: dict[str, str] = {}
        self.audio_problem: str | None = None
        self.is_shutting_down = False

    async def replay(self, request: CallRequest) -> PlacedCall | None:
        """The first answer to an equal, earlier request; ``None`` when this is the first.

        Raises:
            RefusedError: ``session_conflict``: the id belongs to another call.
            StoreError: The record cannot be read.
        """
        known = await self._known(request.session_id)
        if known is None:
            return await self._undelivered(request)
        if not request.digest or known.digest != request.digest:
            raise _conflict()
        signed = self._signed.get(request.session_id)
        return PlacedCall(known, signed.url if signed else None, is_replay=True)

    @contextlib.asynccontextmanager
    async def admit(self, request: CallRequest, *, at_desk: bool = False) -> AsyncIterator[Admission]:
        """Check everything a call needs; while inside, an equal request is told to wait.

        Args:
            at_desk: The operator places the call, whatever their presence says.

        Raises:
            RefusedError: The desk does not take it now.
            AgentError: ElevenLabs does not know the agent, or could not be asked.
        """
        if request.session_id in self._in_flight:
            raise _in_flight(is_same=self._in_flight[request.session_id] == request.digest)
        self._in_flight[request.session_id] = request.digest
        try:
            await self._check_ready(request, at_desk=at_desk)
            service = self._services.choose(practice=request.is_practice)
            signed, agent_name = await self._ask_for_agent(request.agent_id, service)
            self._signed[request.session_id] = signed
            try:
                yield Admission(replace(request, is_practice=service.is_practice), agent_name, signed)
            except BaseException:
                self.forget(request.session_id)
                raise
        finally:
            del self._in_flight[request.session_id]

    async def signed_url(self, request: CallRequest) -> SignedUrl:
        """The signed URL of an admitted call: the one at hand, or a fresh one when it has lapsed.

        Raises:
            RefusedError, AgentError: A fresh one cannot be had.
        """
        signed = self._signed.get(request.session_id)
        if signed is None or self._clock().monotonic_s - signed.fetched_at_s >= SIGNED_URL_LIFE_S:
            service = self._services.choose(practice=request.is_practice)
            signed = await service.signed_url(request.agent_id)
            self._signed[request.session_id] = signed
        return signed

    def forget(self, session_id: str) -> None:
        """The call is over: its signed URL is not needed any more."""
        self._signed.pop(session_id, None)

    async def look_at_devices(self) -> None:
        """Bring `audio_problem` up to date."""
        self.audio_problem = await self._voice.check_devices()

    def refusals(self) -> dict[str, float | None]:
        """Why no call would be admitted now: stable codes, and when to ask again, if known; empty when one would."""
        found: dict[str, float | None] = {}
        if self.is_shutting_down:
            found["shutting_down"] = None
        try:
            self._desk.check_room(self._clock())
        except RefusedError as error:
            found[error.code] = error.retry_after_s
        if self._ledger.is_full:
            found["storage_full"] = None
        if self.audio_problem is not None:
            found["no_audio_device"] = None
        try:
            self._services.choose()
        except RefusedError as error:
            found[error.code] = error.retry_after_s
        return found

    async def _undelivered(self, request: CallRequest) -> PlacedCall | None:
        """The call that the very same bytes placed a moment ago, if its caller never got the answer."""
        if not request.body_digest:
            return None
        since = self._clock().utc - timedelta(seconds=REPEAT_S)
        known = await self._store.recent_request(request.placed_by, request.body_digest, since)
        if known is None:
            return None
        signed = self._signed.get(known.session_id)
        return PlacedCall(known, signed.url if signed else None, is_replay=True)

    async def _known(self, session_id: str) -> CallRecord | None:
        return self._ledger.record(session_id) or await self._store.get(session_id)

    async def _check_ready(self, request: CallRequest, *, at_desk: bool) -> None:
        if self.is_shutting_down:
            raise RefusedError(
                sentence("The program is being closed."), code="shutting_down", status=503, retry_after_s=30
            )
        if self._ledger.is_full and not await self._ledger.retry():
            why = self._ledger.problem or sentence("The disk is full: free some space, then try again.")
            raise RefusedError(why, code="storage_full", status=503, retry_after_s=60)
        if not at_desk:
            self._desk.check_room(self._clock())
        await self.look_at_devices()
        if self.audio_problem is not None and (at_desk or not self._desk.has_line_for(request)):
            raise RefusedError(self.audio_problem, code="no_audio_device", status=503, retry_after_s=30)

    @staticmethod
    async def _ask_for_agent(agent_id: str, service: AgentService) -> tuple[SignedUrl, str | None]:
        """The signed URL, which proves agent and key, and the name, which must not hold up the ring."""
        naming = asyncio.create_task(_agent_name(agent_id, service), name="reception.agent_name")
        try:
            signed = await service.signed_url(agent_id)
            await asyncio.wait([naming], timeout=NAME_GRACE_S)
            return signed, naming.result() if naming.done() else None
        finally:
            naming.cancel()


async def _agent_name(agent_id: str, service: AgentService) -> str | None:
    try:
        return await service.agent_name(agent_id)
    except AgentError as error:
        # The key may place calls but not read agents: the id has to do for a name.
        log.info("agent.name_unknown", extra={"agent_id": agent_id, "code": error.code})
        return None


def _conflict() -> RefusedError:
    return RefusedError(
        "This session_id was used for another call. Use a new session_id for a new call.",
        code="session_conflict",
        status=422,
    )


def _in_flight(*, is_same: bool) -> RefusedError:
    if not is_same:
        return _conflict()
    return RefusedError(
        "The first request with this session_id is still being answered. Try again in a second.",
        code="request_in_progress",
        status=409,
        retry_after_s=1,
    )
