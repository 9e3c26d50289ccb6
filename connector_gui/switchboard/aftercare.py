"""What is done about a call once it is over, in its own time: the service's account, torn recordings.

ElevenLabs works on a conversation for some seconds after its end before it tells why it ended, what
it cost and what it was about. None of this ever touches how the call ended for us.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, Final

from connector_gui.core.agent_api import ConversationDetails
from connector_gui.core.errors import AgentError, RefusedError, StoreError
from connector_gui.core.record import CallRecord, DetailsState, Recording
from connector_gui.core.sentence import sentence
from connector_gui.switchboard.archive import Archive
from connector_gui.switchboard.ports import AgentServices, Recordings

log = logging.getLogger(__name__)

FINAL: Final = frozenset({"done", "failed"})
"""Statuses of a conversation that no longer change."""
HOPELESS: Final = frozenset({"elevenlabs_permission_missing", "agent_not_found"})
"""Asking again would not help: the key is not allowed to read conversations."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long the service is asked for its account.

    Attributes:
        first_s: Before the first time; each wait after it is twice as long.
        longest_s: The longest wait.
        tries: Then it is given up.
    """

    first_s: float = 2.0
    longest_s: float = 300.0
    tries: int = 24

    def wait_s(self, attempt: int) -> float:
        """How long before *attempt* (0 is the first)."""
        return float(min(self.longest_s, self.first_s * 2**attempt))


class Aftercare:
    """Works beside the desk; belongs to the main loop."""

    def __init__(
        self, archive: Archive, services: AgentServices, recordings: Recordings, patience: Patience | None = None
    ) -> None:
        self._archive = archive
        self._services = services
        self._recordings = recordings
        self._patience = patience or Patience()
        self._due: asyncio.Queue[str] = asyncio.Queue()

    def ended(self, record: CallRecord) -> None:
        """A call is over and in the store."""
        if record.details == "pending":
            self._due.put_nowait(record.session_id)

    async def run(self) -> None:
        """Work until cancelled; what a former run did not get to comes first."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._mend_all(), name="aftercare.recordings")
            await self._resume()
            while True:
                session_id = await self._due.get()
                tasks.create_task(self._fetch(session_id), name=f"aftercare.details.{session_id}")

    async def _resume(self) -> None:
        """Take up what a former run did not get to."""
        try:
            for session_id in await self._archive.details_pending():
                self._due.put_nowait(session_id)
        except StoreError as error:
            log.warning("aftercare.unreadable", extra={"reason": str(error)})

    # --- the service's account -----------------------------------------------------------------------

    async def _fetch(self, session_id: str) -> None:
        problem = ""
        for attempt in range(self._patience.tries):
            await asyncio.sleep(self._patience.wait_s(attempt))
            try:
                details = await self._ask(session_id)
            except (AgentError, RefusedError) as error:
                problem = str(error)
                if error.code in HOPELESS:
                    break
                continue
            except StoreError as error:
                log.warning("aftercare.unreadable", extra={"session_id": session_id, "reason": str(error)})
                continue
            if details is None:
                return
            if details.status in FINAL:
                await self._keep(session_id, account_of(details), "done")
                return
            problem = sentence("ElevenLabs is still working on its account of this conversation.")
        log.info("aftercare.gave_up", extra={"session_id": session_id, "reason": problem})
        await self._keep(session_id, {"status": "unavailable", "error": problem}, "failed")

    async def _ask(self, session_id: str) -> ConversationDetails | None:
        """The service's account; ``None`` when the call is not in the record any more."""
        record = await self._archive.call(session_id)
        if record is None or record.conversation_id is None:
            return None
        return await self._services.choose().conversation(record.conversation_id)

    async def _keep(self, session_id: str, account: dict[str, Any], state: DetailsState) -> None:
        await self._amend(session_id, {"elevenlabs": account, "details": state})

    # --- recordings that were cut off ------------------------------------------------------------------

    async def _mend_all(self) -> None:
        try:
            for session_id, name in await self._archive.unfinished_recordings():
                await self._mend(session_id, name)
        except StoreError as error:
            log.warning("aftercare.unreadable", extra={"reason": str(error)})

    async def _mend(self, session_id: str, name: str) -> None:
        try:
            duration_s = await asyncio.to_thread(self._recordings.repair, name)
        except StoreError as error:
            log.warning("aftercare.recording_left", extra={"session_id": session_id, "reason": str(error)})
            return  # as it is: the next start tries again
        state = Recording(state="done" if duration_s > 0 else "failed", duration_s=round(duration_s, 3))
        await self._amend(session_id, {"recording": state})

    async def _amend(self, session_id: str, values: dict[str, object]) -> None:
        try:
            await self._archive.amend(session_id, values)
        except StoreError as error:
            log.warning("aftercare.not_kept", extra={"session_id": session_id, "reason": str(error)})


def account_of(details: ConversationDetails) -> dict[str, Any]:
    """What is kept of the service's account; callers get it as it is, and the history shows it."""
    facts, analysis = details.metadata, details.analysis
    cost = facts.cost
    return {
        "status": details.status,
        "termination_reason": facts.termination_reason or (facts.error.reason if facts.error else None),
        "summary": analysis.transcript_summary if analysis else None,
        "title": analysis.call_summary_title if analysis else None,
        "call_successful": analysis.call_successful if analysis else None,
        # Credits are whole as a rule: no ".0" for callers.
        "cost": int(cost) if cost is not None and cost.is_integer() else cost,
        "duration_s": facts.call_duration_secs,
    }
