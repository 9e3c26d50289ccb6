"""Reports the endings of calls to those who placed them, until they have them.

The outbox is the record itself: a call whose report is due has a time for it, written with its ending. So
nothing is lost when the program dies; at the next start everything that is due is tried at once. Who is tried when
while the program runs is kept in memory, on a clock that never jumps.

    call ended ──→ wake ──┐
    the record ──→ look ──┴→ queue ──→ post ──→ the receiver
                              ↑          └──→ amend ──→ the call's page
                              └── wait 1, 2, 4 … 300 s
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, Protocol

from pydantic import SecretStr

from connector_gui.core.errors import ConfigError, StoreError
from connector_gui.core.moment import Moment
from connector_gui.core.record import CallbackState, CallRecord
from connector_gui.webhook.callback_answer import Result, Verdict
from connector_gui.webhook.callback_post import receiver_of
from connector_gui.webhook.callback_queue import CallbackQueue, Waiting, wait_s
from connector_gui.webhook.callback_report import report_body, signature
from connector_gui.webhook.guards import KeysProvider

log = logging.getLogger(__name__)

LIFETIME_S: Final = 24 * 3600.0
"""How long after the end of its call a report is tried."""
LOOK_S: Final = 60.0
"""How often the record is looked at for what nobody told of: an ending that a full disk held back."""
BATCH: Final = 500
"""How many a look brings in; 30 ms on the main loop. What is left comes with the next one."""
EVER: Final = timedelta(days=3650)
"""Whatever is due in the record is due at once after a start, and the wall clock may have been wrong before."""


class CallbackStore(Protocol):
    """The record, as far as reports need it. Its methods raise `StoreError`."""

    async def callbacks_due(self, now: datetime, limit: int) -> Sequence[CallRecord]:
        """Calls that are over and whose report is due at *now* or before, the longest due first."""
        ...

    async def get(self, session_id: str) -> CallRecord | None:
        """One call whole."""
        ...


Amend = Callable[[str, dict[str, object]], Awaitable[object]]
"""Replaces fields of a call that is over, and tells who looks at it; raises `StoreError`."""
Post = Callable[[str, bytes, str], Awaitable[Result]]
"""Sends a body with its signature to a URL; see `callback_post.CallbackPost`."""


class CallbackSender:
    """Belongs to the main loop.

    Args:
        keys: The webhook keys of now, by name; a report is signed with the one that placed its call.
        base_url: The webhook's own address now, for the links in a report.
        clock: Reads both clocks.
        chance: Spreads the retries: a number from 0 to 1, anew each time.

    Attributes:
        on_attempt: Called with what came of each try that was made.
    """

    def __init__(
        self,
        store: CallbackStore,
        amend: Amend,
        keys: KeysProvider,
        post: Post,
        *,
        base_url: Callable[[], str],
        clock: Callable[[], Moment],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._amend = amend
        self._keys = keys
        self._post = post
        self._base_url = base_url
        self._clock = clock
        self._chance = chance
        self._queue = CallbackQueue()
        self._news = asyncio.Event()
        self._finished = asyncio.Event()
        self._look_s = 0.0
        self._horizon = EVER
        self._keys_then: Mapping[str, SecretStr] = {}
        self.on_attempt: list[Callable[[Verdict], None]] = []

    @property
    def backlog(self) -> int:
        """How many reports are not delivered yet."""
        return len(self._queue)

    def wake(self, record: CallRecord | None = None) -> None:
        """A call just ended (*record*), or the record is worth a look."""
        if record is None:
            self._look_s = 0.0
        elif record.callback_due_at is not None:
            self._add(record)
        self._news.set()

    def keys_changed(self) -> None:
        """Keys came or went: reports that wait for one are tried, if there are any."""
        try:
            keys = dict(self._keys())
        except ConfigError:
            return
        # A keyring that is locked in part is read again every few seconds, and mostly tells the same.
        if keys != self._keys_then:
            self._keys_then = keys
            self._queue.hurry_keyless(self._clock().monotonic_s)
            self._news.set()

    async def run(self) -> None:
        """Send what is due, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._news.clear()
                if self._clock().monotonic_s >= self._look_s:
                    await self._look()
                for one in self._queue.begin(self._clock().monotonic_s):
                    tasks.create_task(self._try(one), name=f"callback.{one.session_id}")
                await self._rest()

    async def settle(self, limit_s: float) -> None:
        """Wait until everything was tried once, *limit_s* at most: callers of calls that end with the program."""
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                while self._queue.has_untried:
                    self._finished.clear()
                    await self._finished.wait()

    # --- what is due ------------------------------------------------------------------------------

    async def _look(self) -> None:
        """Take up what the record says is due and nobody told of."""
        now = self._clock()
        self._look_s = now.monotonic_s + LOOK_S
        try:
            due = await self._store.callbacks_due(now.utc + self._horizon, BATCH + len(self._queue))
        except StoreError as error:
            log.warning("callback.unreadable", extra={"reason": str(error)})
            return
        self._horizon = timedelta(0)
        for record in due:
            self._add(record)

    def _add(self, record: CallRecord) -> None:
        now = self._clock()
        age_s = (now.utc - record.ended_at).total_seconds() if record.ended_at else 0.0
        left_s = LIFETIME_S - min(max(age_s, 0.0), LIFETIME_S)
        receiver = _receiver(record.callback_url)
        self._queue.add(Waiting(record.session_id, receiver, now.monotonic_s, now.monotonic_s + left_s))

    async def _rest(self) -> None:
        """Until something happens, something is due, or it is time for a look."""
        now_s = self._clock().monotonic_s
        due_s = self._queue.next_s(now_s)
        until_s = self._look_s if due_s is None else min(due_s, self._look_s)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, until_s - now_s)):
                await self._news.wait()

    # --- one try ------------------------------------------------------------------------------------

    async def _try(self, one: Waiting) -> None:
        is_done = False
        try:
            is_done = await self._bring_on(one)
        except StoreError as error:
            log.warning("callback.not_kept", extra={"session_id": one.session_id, "reason": str(error)})
        except Exception:
            # The outermost frame of a try: one report must not keep the others from being sent.
            log.exception("callback.failed", extra={"session_id": one.session_id})
        finally:
            if one.due_s <= self._clock().monotonic_s:
                one.due_s = self._next_s(one)
            one.tries += 1
            self._queue.finish(one, is_done=is_done)
            self._finished.set()
            self._news.set()

    async def _bring_on(self, one: Waiting) -> bool:
        """Try *one*, and keep what came of it; whether that was the end of it."""
        if one.verdict is None:
            record = await self._store.get(one.session_id)
            if record is None or record.callback_due_at is None or record.callback_url is None:
                return True  # Deleted; or not written yet, then a look will find it.
            state = await self._state_after(one, record, record.callback_url)
            if state.state == "pending":
                await self._keep_waiting(one, state)
                return False
            one.verdict = state  # What is through must not be sent again because it could not be written.
        await self._amend(one.session_id, {"callback": one.verdict, "callback_due_at": None})
        return True

    async def _state_after(self, one: Waiting, record: CallRecord, url: str) -> CallbackState:
        """How the report stands after it was sent, or could not even be signed."""
        attempts = record.callback.attempts
        key = self._key_of(record)
        one.is_without_key = isinstance(key, str)
        if isinstance(key, str):
            result = Result(Verdict.LATER, key)
        else:
            attempts += 1
            body = report_body(record, self._base_url())
            result = await self._post(url, body, signature(body, key, self._clock().utc))
            for listener in self.on_attempt:
                listener(result.verdict)
        self._log(one, attempts, result)
        if result.verdict is Verdict.DELIVERED:
            return CallbackState(state="delivered", attempts=attempts)
        is_over = result.verdict is Verdict.NEVER or self._clock().monotonic_s >= one.give_up_s
        return CallbackState(state="failed" if is_over else "pending", attempts=attempts, last_error=result.error)

    def _key_of(self, record: CallRecord) -> SecretStr | str:
        """The key that placed the call, or why it cannot be had."""
        try:
            key = self._keys().get(record.placed_by)
        except ConfigError as error:
            return f"The report cannot be signed. {error}"
        if key is None:
            return (
                f"The webhook key “{record.placed_by}”, which placed this call, is gone, so the report cannot be "
                "signed. Give the desk a key of that name again, in Settings or API_KEYS."
            )
        return key

    async def _keep_waiting(self, one: Waiting, state: CallbackState) -> None:
        now = self._clock()
        one.due_s = self._next_s(one)
        due_at = now.utc + timedelta(seconds=one.due_s - now.monotonic_s)
        await self._amend(one.session_id, {"callback": state, "callback_due_at": due_at})

    def _next_s(self, one: Waiting) -> float:
        """When *one* is due again after the try under way."""
        return self._clock().monotonic_s + wait_s(one.tries + 1, self._chance)

    @staticmethod
    def _log(one: Waiting, attempts: int, result: Result) -> None:
        fields = {"session_id": one.session_id, "receiver": one.receiver, "attempts": attempts}
        if result.verdict is Verdict.DELIVERED:
            log.info("callback.delivered", extra=fields)
        else:
            # A receiver may be away for a day: the first failure and the last are for everybody to read.
            is_news = one.tries == 0 or result.verdict is Verdict.NEVER
            level = logging.WARNING if is_news else logging.DEBUG
            log.log(level, "callback.not_delivered", extra={**fields, "reason": result.error})


def _receiver(url: str | None) -> str:
    try:
        return receiver_of(url or "")
    except ValueError:
        return ""
