"""Who answers calls: the real service and the practice agent, side by side."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol

from pydantic import SecretStr

from connector_gui.app.keys import Keys
from connector_gui.core.agent_api import ConversationDetails
from connector_gui.core.answering import is_practice
from connector_gui.core.link import Link, LinkOpener
from connector_gui.elevenlabs.api import ElevenLabsApi
from connector_gui.elevenlabs.signed_url import SignedUrl

PracticeMode = Literal["auto", "always", "never"]


class StartStop(Protocol):
    """What is used of the practice agent's thread."""

    def start(self) -> str:
        """Start it; its base URL."""
        ...

    def stop(self) -> None:
        """Stop it."""
        ...


class PracticeService:
    """The practice agent behind the same interface as ElevenLabs; started when it is first needed."""

    is_practice = True

    def __init__(self) -> None:
        self._thread: StartStop | None = None
        self._api: ElevenLabsApi | None = None
        self._starting = asyncio.Lock()

    async def signed_url(self, agent_id: str) -> SignedUrl:
        """Where a practice conversation can be had."""
        return await (await self._client()).signed_url(agent_id)

    async def agent_name(self, agent_id: str) -> str | None:
        """What the practice agent calls itself."""
        return await (await self._client()).agent_name(agent_id)

    async def conversation(self, conversation_id: str) -> ConversationDetails:
        """What the practice agent recorded of a conversation."""
        return await (await self._client()).conversation(conversation_id)

    async def aclose(self) -> None:
        """Stop the agent, if it ran."""
        if self._api is not None:
            await self._api.aclose()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.stop)

    async def _client(self) -> ElevenLabsApi:
        async with self._starting:
            if self._api is None:
                # Imported when it is wanted: most days nobody practises.
                practice = await asyncio.to_thread(importlib.import_module, "connector_gui.practice.thread")
                self._thread = practice.PracticeThread()
                base_url = await asyncio.to_thread(self._thread.start)
                self._api = ElevenLabsApi(base_url, lambda: SecretStr("practice"), is_practice=True)
        return self._api


def announcing(open_link: LinkOpener, announce: Callable[[str], None]) -> LinkOpener:
    """*open_link* that tells *announce* each address first: it is a secret, and logs are to know it by its value."""

    def open_announced(signed_url: str) -> AbstractAsyncContextManager[Link]:
        announce(signed_url)
        return open_link(signed_url)

    return open_announced


class AnsweringServices:
    """Chooses by setting and key (`core.answering`)."""

    def __init__(self, keys: Keys, base_url: str, mode: PracticeMode) -> None:
        self._keys = keys
        self._mode = mode
        self._base_url = base_url
        self.practice = PracticeService()
        self.elevenlabs = ElevenLabsApi(base_url, lambda: keys.elevenlabs)
        self._retired: list[ElevenLabsApi] = []

    def use(self, base_url: str, mode: PracticeMode) -> None:
        """Ask ElevenLabs at *base_url* from now on, and choose by *mode*."""
        self._mode = mode
        if base_url != self._base_url:
            self._base_url = base_url
            self._retired.append(self.elevenlabs)  # a request may be under way on it
            self.elevenlabs = ElevenLabsApi(base_url, lambda: self._keys.elevenlabs)

    def choose(self, *, practice: bool = False) -> ElevenLabsApi | PracticeService:
        """Who answers a call that comes now.

        Raises:
            RefusedError: ``no_api_key`` or ``keyring_locked``.
        """
        if practice or is_practice(self._mode, self._keys.status, self._keys.problem):
            return self.practice
        return self.elevenlabs

    async def aclose(self) -> None:
        """Let go of connections, and stop the practice agent."""
        for api in (self.elevenlabs, *self._retired):
            await api.aclose()
        await self.practice.aclose()
