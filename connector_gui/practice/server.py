"""The practice server: REST and socket of the agent on one port of loopback."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from aiohttp import web

from connector_gui.core.agent_api import SOCKET_PATH
from connector_gui.core.pcm import PCM_16000
from connector_gui.practice.control import Control, Watchers
from connector_gui.practice.control_routes import control_routes
from connector_gui.practice.door import Door
from connector_gui.practice.registry import Registry
from connector_gui.practice.rest import Rest
from connector_gui.practice.voice import Sentence, samples_of

log = logging.getLogger(__name__)

LOOPBACK: Final = "127.0.0.1"
TICKET_LIFE_S: Final = 15 * 60.0
GOODBYE_TIMEOUT_S: Final = 1.0
KEEPALIVE_TIMEOUT_S: Final = 30.0


class PracticeServer:
    """Serves in whichever loop starts it; beside a window, use `PracticeThread`.

    Attributes:
        control: Scripts, faults and evidence.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        with_evidence: bool = False,
        with_control_routes: bool = False,
        signed_url_life_s: float = TICKET_LIFE_S,
    ) -> None:
        """Prepare a server.

        Args:
            port: On 127.0.0.1; 0 takes any that is free.
            with_evidence: Note every frame, for tests; memory grows with each call then.
            with_control_routes: Offer `control` over HTTP too, with the evidence; never in the shipped program.
            signed_url_life_s: How long a signed URL can begin a conversation.
        """
        watchers = Watchers()
        self._registry = Registry(
            ticket_life_s=signed_url_life_s,
            keeps_evidence=with_evidence or with_control_routes,
            on_change=watchers.changed,
        )
        self.control = Control(self._registry, watchers)
        self._with_control_routes = with_control_routes
        self._port = port
        self._door = Door(self._registry)
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Listen; the base URL, e.g. ``http://127.0.0.1:40123``.

        Raises:
            OSError: The port is taken.
            ConfigError: The agent's voice is missing.
        """
        # Read now what the first call will need: it is not to wait, and what is missing is to be said here.
        await asyncio.to_thread(samples_of, Sentence.GREETING, PCM_16000.rate_hz)
        application = web.Application()
        application.add_routes(Rest(self._registry, self.control).routes())
        application.router.add_get(SOCKET_PATH, self._door.handle)
        if self._with_control_routes:
            application.add_routes(control_routes(self.control))
        self._runner = web.AppRunner(
            application,
            access_log=None,
            handle_signals=False,
            shutdown_timeout=GOODBYE_TIMEOUT_S,
            keepalive_timeout=KEEPALIVE_TIMEOUT_S,
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, LOOPBACK, self._port).start()
        except OSError:
            await self.stop()
            raise
        base_url = f"http://{LOOPBACK}:{self._runner.addresses[0][1]}"
        log.info("practice.listening", extra={"base_url": base_url})
        return base_url

    async def stop(self) -> None:
        """Say goodbye to clients and free the port; may be called twice."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await self._door.close_all(GOODBYE_TIMEOUT_S)
            await runner.cleanup()
