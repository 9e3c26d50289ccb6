"""A webhook over the real switchboard, with a record in memory; time is moved by hand, devices are stand-ins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from connector_gui.core.call import CallState
from connector_gui.core.call_events import AgentReady, CloseFrame, LinkClosed
from connector_gui.core.call_reports import AgentCorrected, AgentSaid, OperatorSaid, RecordingEnded, RecordingStarted
from connector_gui.core.callback_url import CallbackRules
from connector_gui.core.desk import Desk
from connector_gui.core.desk_rules import DeskRules
from connector_gui.core.errors import ConnectorError
from connector_gui.core.record import CallRecord
from connector_gui.core.service import Action
from connector_gui.switchboard import Switchboard
from connector_gui.switchboard.archive import Archive
from connector_gui.switchboard.callers import CallerDesk
from connector_gui.webhook import WebhookConfig, WebhookServer
from connector_gui.webhook.callback_post import CallbackPost
from connector_gui.webhook.callbacks import CallbackSender
from connector_gui.webhook.config import Limits
from connector_gui.webhook.guards import KeysProvider
from connector_gui.webhook.metrics_route import MetricsRoute
from tests.fakes.receiver import Clocks
from tests.fakes.rooms import Agents, MemoryStore, NotingVoice, RecordingsFolder, Services, Signed
from tests.fakes.webhook import KEY

KEYS = {"n8n": SecretStr(KEY)}
BASE_URL = "http://127.0.0.1:8000"


class Record(MemoryStore):
    """A record with reports in it that are due."""

    async def callbacks_due(self, now: datetime, limit: int) -> Sequence[CallRecord]:
        """As the store has it."""
        due = [one for one in self.records.values() if one.callback_due_at is not None and one.callback_due_at <= now]
        return due[:limit]


class Account(Agents):
    """An agent called Billing.

    Attributes:
        refusal: Raised instead of a signed URL.
        is_quick: While cleared, a signed URL takes for ever.
        is_asked: Set when one is asked for.
    """

    def __init__(self, clock: Clocks) -> None:
        super().__init__()
        self._clock = clock
        self.refusal: Exception | None = None
        self.is_quick = asyncio.Event()
        self.is_quick.set()
        self.is_asked = asyncio.Event()

    async def signed_url(self, agent_id: str) -> Signed:
        self.is_asked.set()
        await self.is_quick.wait()
        if self.refusal is not None:
            raise self.refusal
        address = f"wss://api.elevenlabs.io/v1/convai/conversation?agent_id={agent_id}&conversation_signature=cvtkn_…"
        return Signed(address, self._clock.monotonic_s)

    async def agent_name(self, agent_id: str) -> str | None:
        return "Billing"


class _Figures:
    async def render(self) -> tuple[bytes, str]:
        return b"", "text/plain; version=0.0.4"


METRICS = MetricsRoute(_Figures()).route()


@dataclass(frozen=True)
class Office:
    """All of it, at work."""

    board: Switchboard
    desk: Desk
    store: Record
    voice: NotingVoice
    services: Services
    account: Account
    recordings: RecordingsFolder
    clock: Clocks
    server: WebhookServer

    @property
    def port(self) -> int:
        """Where the webhook listens."""
        assert self.server.url is not None
        return int(self.server.url.rpartition(":")[2])

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for what follows by itself."""
        async with asyncio.timeout(10):
            while not holds():
                await asyncio.sleep(0.002)

    async def connect(self, name: str) -> None:
        """The operator accepts, and the agent is there."""
        self.clock.advance(4)
        await self.board.act(name, Action.ACCEPT)
        await self.until(lambda: ("connect", name) in self.voice.heard)
        self.board.report(name, AgentReady("conv_9"))
        await self.until(lambda: self.store.records[name].status is CallState.ACTIVE)

    async def talk(self, name: str) -> None:
        """Both say something, and the call is recorded."""
        whole, spoken = "Hello Mara, this is the billing desk.", "Hello Mara, this is"
        self.board.report(name, RecordingStarted(0, "a.flac"))
        self.board.report(name, AgentSaid(whole, 410, 1))
        self.clock.advance(1.5)
        self.board.report(name, AgentCorrected(whole, spoken, 1500, 1))
        self.board.report(name, OperatorSaid("Wait, which invoice?", 1650, 2, is_final=True))
        await self.until(lambda: len(self.store.entries.get(name, {})) == 2)

    async def hang_up(self, name: str) -> None:
        """The operator ends the call after a minute."""
        self.clock.advance(59.7)
        self.board.act_at_desk(name, Action.END)
        await self.until(lambda: ("hang_up", name) in self.voice.heard)
        self.board.report(name, RecordingEnded(61.0, "a.flac"))
        self.board.report(name, LinkClosed(CloseFrame(1000)))
        await self.until(lambda: self.store.records[name].outcome)


def the_keys() -> dict[str, SecretStr]:
    """One key."""
    return KEYS


@asynccontextmanager
async def office(
    folder: Path,
    *,
    rules: DeskRules | None = None,
    keys: KeysProvider = the_keys,
    limits: Limits | None = None,
) -> AsyncIterator[Office]:
    """An office that listens on a free port; recordings are in *folder*."""
    clock, store, services = Clocks(), Record(), Services()
    services.agents = account = Account(clock)
    voice, recordings, desk = NotingVoice(store), RecordingsFolder(folder), Desk(rules or DeskRules())
    board = Switchboard(desk, store, voice, services, recordings, clock)
    board.records_calls = True
    archive = Archive(store, recordings, clock, call_again=board.call_again, retention_days=0)
    config = WebhookConfig(port=0, limits=limits or Limits(), has_docs=True)
    callers = CallerDesk(board, archive, store)
    server = WebhookServer(callers, config, keys, clock=lambda: clock.utc, more_routes=[METRICS])
    post = CallbackPost(CallbackRules)
    sender = CallbackSender(store, store.amend, keys, post, base_url=lambda: BASE_URL, clock=clock, chance=lambda: 0.5)
    board.on_ended.append(sender.wake)
    async with asyncio.TaskGroup() as tasks:
        work = [tasks.create_task(board.run()), tasks.create_task(sender.run())]
        await server.start()
        try:
            yield Office(board, desk, store, voice, services, account, recordings, clock, server)
        finally:
            await server.stop()
            for task in work:
                task.cancel()
    await post.aclose()


def refusing(error: ConnectorError) -> KeysProvider:
    """Keys that cannot be had."""

    def keys() -> dict[str, SecretStr]:
        raise error

    return keys
