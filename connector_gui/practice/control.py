"""What tests do to the practice agent, and ask of it: scripts, faults of the REST side, evidence.

All of it may be called from any thread.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from connector_gui.core.agent_api import Agent
from connector_gui.practice.conversation import Conversation
from connector_gui.practice.registry import Registry
from connector_gui.practice.script import Answer, Script

REQUESTS_KEPT: Final = 200


class Route(StrEnum):
    """The REST routes, by the names that faults are set under."""

    SIGNED_URL = "signed_url"
    AGENTS = "agents"
    AGENT = "agent"
    CONVERSATIONS = "conversations"
    CONVERSATION = "conversation"
    SUMMARY = "summary"
    AUDIO = "audio"
    DELETE = "delete"
    FEEDBACK = "feedback"
    FILES = "files"
    USER = "user"
    SUBSCRIPTION = "subscription"


@dataclass(frozen=True, slots=True)
class RequestSeen:
    """A REST request that came: which route, when by `time.monotonic`, and what it carried."""

    route: Route
    at_s: float
    has_key: bool
    query: str


class Watchers:
    """Those who wait for something to change."""

    def __init__(self) -> None:
        self._callbacks: set[Callable[[], object]] = set()

    def changed(self) -> None:
        """Something has."""
        for callback in list(self._callbacks):
            callback()

    async def until(self, predicate: Callable[[], bool], timeout_s: float) -> None:
        """Wait in the running loop until *predicate* holds.

        Raises:
            TimeoutError: It did not in time.
        """
        loop, event = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(event.set)

        self._callbacks.add(wake)
        try:
            async with asyncio.timeout(timeout_s):
                while not predicate():
                    await event.wait()
                    event.clear()
        finally:
            self._callbacks.discard(wake)

    def wait(self, predicate: Callable[[], bool], timeout_s: float) -> None:
        """Block this thread until *predicate* holds; never in the server's own.

        Raises:
            TimeoutError: It did not in time.
        """
        event = threading.Event()
        self._callbacks.add(event.set)
        deadline_s = time.monotonic() + timeout_s
        try:
            while not predicate():
                if not event.wait(max(0.0, deadline_s - time.monotonic())):
                    raise TimeoutError
                event.clear()
        finally:
            self._callbacks.discard(event.set)


class Control:
    """The handle on a practice server."""

    def __init__(self, registry: Registry, watchers: Watchers) -> None:
        self.watchers = watchers
        self.requests: deque[RequestSeen] = deque(maxlen=REQUESTS_KEPT)
        self._registry = registry
        self._keys: frozenset[str] | None = None
        self._next_answers: defaultdict[Route, deque[Answer]] = defaultdict(deque)
        self._standing_answers: dict[Route, Answer] = {}

    # What is to happen

    def script(self, *scripts: Script) -> None:
        """The next conversations go like this, one each."""
        self._registry.next_scripts.extend(scripts)

    def script_all(self, script: Script) -> None:
        """Every conversation without a script of its own goes like this."""
        self._registry.default_script = script

    def answer_next(self, route: Route, *answers: Answer) -> None:
        """The next requests to *route* are answered like this, one each."""
        self._next_answers[route].extend(answers)

    def answer_all(self, route: Route, answer: Answer | None) -> None:
        """Every request to *route* is answered like this; None: by the route again."""
        if answer is None:
            self._standing_answers.pop(route, None)
        else:
            self._standing_answers[route] = answer

    def set_agents(self, *agents: Agent, takes_any: bool = False) -> None:
        """Serve these agents, and unless *takes_any* no others: for them the service answers 404."""
        self._registry.agents = {agent.agent_id: agent for agent in agents}
        self._registry.takes_any_agent = takes_any

    def set_keys(self, *keys: str) -> None:
        """Take only these keys; none given: any."""
        self._keys = frozenset(keys) or None

    def reset(self) -> None:
        """Be the everyday practice agent again; conversations are kept."""
        self._next_answers.clear()
        self._standing_answers.clear()
        self._registry.next_scripts.clear()
        self._registry.default_script = Script()
        self.set_agents(takes_any=True)
        self.set_keys()

    # What the routes ask

    def takes_key(self, key: str) -> bool:
        """Whether this key opens the door."""
        return bool(key) if self._keys is None else key in self._keys

    def scripted_answer(self, route: Route) -> Answer | None:
        """What to answer instead of the route's own answer; used up if it was for one request."""
        waiting = self._next_answers[route]
        return waiting.popleft() if waiting else self._standing_answers.get(route)

    def note_request(self, seen: RequestSeen) -> None:
        """A request came."""
        self.requests.append(seen)
        self.watchers.changed()

    # What has happened

    @property
    def conversations(self) -> list[Conversation]:
        """All that are known, oldest first."""
        return list(self._registry.conversations())

    @property
    def live(self) -> list[Conversation]:
        """Those that last, oldest first."""
        return [conversation for conversation in self.conversations if not conversation.is_over]

    def requests_to(self, route: Route) -> list[RequestSeen]:
        """The requests of late to *route*, oldest first."""
        return [seen for seen in self.requests if seen.route is route]

    async def until(self, predicate: Callable[[], bool], timeout_s: float = 5.0) -> None:
        """Wait until *predicate* of what is known here holds; raises TimeoutError."""
        await self.watchers.until(predicate, timeout_s)

    def wait(self, predicate: Callable[[], bool], timeout_s: float = 5.0) -> None:
        """The same for a thread without a loop."""
        self.watchers.wait(predicate, timeout_s)

    async def conversation(self, number: int = 1, timeout_s: float = 5.0) -> Conversation:
        """The *number*-th conversation (of those kept), once the client has been let in or refused."""
        await self.until(
            lambda: len(known := self.conversations) >= number and known[number - 1].status != "initiated", timeout_s
        )
        return self.conversations[number - 1]
