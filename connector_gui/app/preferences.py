"""The settings at work: who is told when they change, and the webhook that listens by them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from connector_gui.app.keys import Keys
from connector_gui.app.office import Office
from connector_gui.app.services import AnsweringServices
from connector_gui.core.errors import ConfigError, RefusedError
from connector_gui.core.sentence import joined
from connector_gui.core.setting_errors import problems_of
from connector_gui.core.settings import Settings
from connector_gui.core.voice import Filters, SoundSettings
from connector_gui.system.logs import Logs
from connector_gui.system.settings_sources import LoadedSettings
from connector_gui.voice.thread import VoiceThread
from connector_gui.webhook.config import WebhookConfig
from connector_gui.webhook.route import Route
from connector_gui.webhook.server import WebhookServer, WebhookState

log = logging.getLogger(__name__)


class Preferences:
    """Holds the settings that are in force, and brings changes to everyone they concern.

    Attributes:
        loaded: The settings with their origins.
        on_change: Called after each change, in the main loop.
        on_server: Called with each new webhook server before it listens.
        more_routes: What the webhook serves beside the calls.
    """

    def __init__(
        self,
        loaded: LoadedSettings,
        office: Office,
        voice: VoiceThread,
        keys: Keys,
        services: AnsweringServices,
        logs: Logs,
    ) -> None:
        self.loaded = loaded
        self.on_change: list[Callable[[], None]] = []
        self.on_server: list[Callable[[WebhookServer], None]] = []
        self.more_routes: Sequence[Route] = ()
        self._office = office
        self._board = office.board
        self._voice = voice
        self._keys = keys
        self._services = services
        self._logs = logs
        self._webhook_changed = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        keys.on_change.append(self._show_keys)
        self._board.views.set_problem("settings", joined(loaded.problems) or None)
        self._board.views.set_problem("log", logs.problem)
        self._spread()

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.loaded.settings

    async def apply(self, changes: Mapping[str, Any]) -> dict[str, str]:
        """Save *changes* and put them in force; what is wrong with them, by field, and then nothing changed."""
        async with self._one_at_a_time:
            before = WebhookConfig.of(self.settings)
            try:
                self.loaded = await asyncio.to_thread(self.loaded.with_changes, changes)
            except ValidationError as error:
                return problems_of(error)
            except ConfigError as error:
                return {"": str(error)}
            log.info("settings.changed", extra={"names": sorted(changes)})
            self._board.views.set_problem("settings", None)
            self._spread()
            if WebhookConfig.of(self.settings) != before:
                self._webhook_changed.set()
        return {}

    async def serve(self) -> None:
        """Run the webhook until cancelled; settings that concern it make a new server."""
        await self._keys.first_read()
        while True:
            self._webhook_changed.clear()
            server = WebhookServer(
                self._office.callers,
                WebhookConfig.of(self.settings),
                self._keys.of_callers,
                more_routes=self.more_routes,
            )
            server.on_alarm.append(lambda alarm: self._board.views.refuse(alarm.sentence))
            for listener in self.on_server:
                listener(server)
            async with asyncio.TaskGroup() as tasks:
                serving = tasks.create_task(server.serve(self._show_webhook), name="app.webhook_server")
                await self._webhook_changed.wait()
                serving.cancel()

    def _spread(self) -> None:
        settings = self.settings
        self._office.set_rules(settings)
        self._board.views.set_problem("lines", settings.lines_problem)
        self._voice.configure(
            SoundSettings(
                input_device=settings.input_device,
                output_device=settings.output_device,
                ring_device=settings.ring_device,
                ring_volume=settings.ring_volume,
                ring_tone=settings.ring_tone,
                rings_everywhere=settings.ring_everywhere,
                has_cues=settings.call_cues,
                chunk_ms=settings.audio_chunk_ms,
                filters=Filters(
                    echo_cancellation=settings.echo_cancellation,
                    noise_suppression=settings.noise_suppression,
                    auto_gain=settings.auto_gain,
                ),
            )
        )
        self._logs.set_level(settings.log_level)
        self._logs.set_format(settings.log_format)
        self._services.use(settings.elevenlabs_base_url, settings.practice)
        self._show_practice()
        for listener in self.on_change:
            listener()

    def _show_webhook(self, state: WebhookState) -> None:
        self._board.views.set_problem("webhook", state.problem)
        self._board.views.set_webhook_url(state.url)

    def _show_keys(self) -> None:
        self._board.views.set_problem("keyring", self._keys.problem)
        self._show_practice()

    def _show_practice(self) -> None:
        try:
            practises = self._services.choose().is_practice
        except RefusedError:
            practises = False
        self._board.views.set_practice(practises)
