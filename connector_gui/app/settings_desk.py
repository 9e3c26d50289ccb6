"""The windows for settings, joined to what they change: settings, keys, devices, the webhook's address."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from pydantic import SecretStr
from PySide6.QtCore import QObject

from connector_gui.app.keys import Keys
from connector_gui.app.preferences import Preferences
from connector_gui.app.services import AnsweringServices
from connector_gui.core.errors import AgentError, AudioError, ConfigError, KeyringError
from connector_gui.core.level import Level
from connector_gui.core.sentence import joined, sentence
from connector_gui.core.view import DeskView
from connector_gui.elevenlabs.api import KeyState
from connector_gui.ui.settings_dialog import SettingsDialog, SettingsPage
from connector_gui.ui.settings_pages.key_state import KeyShown
from connector_gui.ui.setup.window import SetupWindow
from connector_gui.ui.theme import Theme
from connector_gui.voice.thread import VoiceThread

log = logging.getLogger(__name__)

AGENTS_NAMED: Final = 3

Face: TypeAlias = SettingsDialog | SetupWindow
"""A window that shows settings and asks for changes: the dialog, or the guided start."""


class SettingsDesk(QObject):
    """Opens the dialog, and fulfils its wishes and those of the guided start.

    The dialog is made when the operator first wants it.

    Attributes:
        on_sound_problem: Hears of sound problems while the dialog is not on the screen.
        on_dialog: Hears of the dialog when it is made.
        on_webhook_test, on_practice_call, on_activity: Hear of what is wished on the webhook's page.
    """

    def __init__(
        self,
        theme: Theme,
        preferences: Preferences,
        keys: Keys,
        services: AnsweringServices,
        voice: VoiceThread,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._preferences = preferences
        self._keys = keys
        self._services = services
        self._voice = voice
        self._jobs: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self._dialog: SettingsDialog | None = None
        self._faces: list[Face] = []
        self._measured: dict[Face, str] = {}
        self._view = DeskView()
        self.on_sound_problem: list[Callable[[str], None]] = []
        self.on_dialog: list[Callable[[SettingsDialog], None]] = []
        self.on_webhook_test: list[Callable[[], None]] = []
        self.on_practice_call: list[Callable[[], None]] = []
        self.on_activity: list[Callable[[], None]] = []

    async def run(self) -> None:
        """Do what the dialog asks for, beside the windows, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                job = await self._jobs.get()
                tasks.create_task(self._guard(job), name="settings.job")

    def open(self, page: SettingsPage | None = None) -> None:
        """Show the dialog, at *page* or where it was left."""
        if self._dialog is None:
            self._dialog = SettingsDialog(self._theme)
            self._dialog.show_data_folder(str(self._preferences.loaded.data_dir.path))
            self.add_face(self._dialog)
            for listener in self.on_dialog:
                listener(self._dialog)
        self._show_settings()
        self._show_keys()
        self._dialog.come_up(page)

    def add_face(self, face: Face) -> None:
        """Show *face* all that holds, now and after each change, and do what it asks for."""
        if not self._faces:
            self._preferences.on_change.append(self._show_settings)
            self._keys.on_change.append(self._show_keys)
        self._faces.append(face)
        self._join(face)
        self._show_settings()
        self._show_keys()

    def show_view(self, view: DeskView) -> None:
        """Follow the webhook's address."""
        has_moved = (view.webhook_url, view.problems) != (self._view.webhook_url, self._view.problems)
        self._view = view
        if has_moved:
            self._show_webhook()

    def show_webhook_test(self, text: str, is_good: bool) -> None:
        """Say what came of the test of the webhook."""
        for face in self._faces:
            face.show_webhook_test(text, is_good)

    def show_level(self, level: Level) -> None:
        """Move the meter of the microphone that is tried out."""
        for face in self._faces:
            face.show_level(level)

    def tell_sound_problem(self, problem: str) -> None:
        """Say why a device could not be tried out, or did not ring: here if a window is open, else to the desk."""
        visible = [face for face in self._faces if face.isVisible()]
        for face in visible:
            face.show_sound_problem(problem)
        for listener in () if visible else self.on_sound_problem:
            listener(problem)

    def _join(self, dialog: Face) -> None:
        dialog.changes_requested.connect(lambda changes: self._post(lambda: self._apply(changes)))
        dialog.key_entered.connect(lambda key, for_session: self._post(lambda: self._keep_key(key, for_session)))
        dialog.key_deletion_requested.connect(lambda: self._post(self._delete_key))
        dialog.key_check_requested.connect(lambda key: self._post(lambda: self._check_key(key)))
        dialog.keyring_retry_requested.connect(lambda: self._post(self._retry_keyring))
        dialog.new_webhook_key_requested.connect(lambda: self._post(self._new_webhook_key))
        dialog.webhook_test_requested.connect(lambda: _tell(self.on_webhook_test))
        dialog.practice_call_requested.connect(lambda: _tell(self.on_practice_call))
        dialog.activity_requested.connect(lambda: _tell(self.on_activity))
        dialog.devices_wanted.connect(lambda: self._post(self._list_devices))
        dialog.meter_wanted.connect(lambda device: self._measure(dialog, device))
        dialog.test_tone_requested.connect(self._voice.play_test_tone)
        dialog.ring_test_requested.connect(self._voice.test_ring)

    def _post(self, job: Callable[[], Awaitable[None]]) -> None:
        self._jobs.put_nowait(job)

    async def _guard(self, job: Callable[[], Awaitable[None]]) -> None:
        try:
            await job()
        except Exception:
            # The outermost frame of each job: a wish that fails must not take the dialog down.
            log.exception("settings.failed")

    # --- settings -----------------------------------------------------------------------------

    async def _apply(self, changes: Mapping[str, Any]) -> None:
        problems = await self._preferences.apply(changes)
        for face in self._faces:
            face.show_problems(problems)

    def _show_settings(self) -> None:
        for face in self._faces:
            face.show_settings(self._preferences.loaded)

    def _show_webhook(self) -> None:
        problem = None if self._view.webhook_url else next(iter(self._view.problems), None)
        for face in self._faces:
            face.show_webhook(self._view.webhook_url, problem, self._keys.webhook)

    # --- keys -----------------------------------------------------------------------------------

    def _show_keys(self) -> None:
        self._show_webhook()
        self._post(self._show_key_state)

    async def _show_key_state(self) -> None:
        origin = await self._keys.credentials.origin_of_elevenlabs_key()
        if self._keys.trouble is not None:
            state = KeyShown(self._keys.trouble)
        else:
            state = KeyShown(origin) if origin is not None else KeyShown.NONE
        for face in self._faces:
            face.show_key_state(state, self._keys.problem or "")

    async def _keep_key(self, key: SecretStr, for_session: bool) -> None:
        await self._with_keyring(lambda: self._keys.credentials.set_elevenlabs_key(key, for_session=for_session))

    async def _delete_key(self) -> None:
        await self._with_keyring(self._keys.credentials.delete_elevenlabs_key)

    async def _new_webhook_key(self) -> None:
        await self._with_keyring(self._make_webhook_key)

    async def _make_webhook_key(self) -> None:
        await self._keys.credentials.new_webhook_key(may_prompt=True)

    async def _retry_keyring(self) -> None:
        self._keys.credentials.forget()
        await self._keys.read(may_prompt=True)

    async def _with_keyring(self, work: Callable[[], Awaitable[None]]) -> None:
        """Change a key; what goes wrong is said where keys are shown."""
        try:
            await work()
        except KeyringError as error:
            for face in self._faces:
                face.show_key_state(KeyShown(error.reason), str(error))
            return
        except ConfigError as error:
            for face in self._faces:
                face.show_key_check(str(error), is_good=False)
            return
        await self._keys.read(may_prompt=True)

    async def _check_key(self, key: SecretStr | None) -> None:
        check = await self._services.elevenlabs.check_key(key)
        text = check.message
        if check.state is KeyState.USABLE and key is None:
            text = joined(filter(None, (text, await self._agents_found())))
        for face in self._faces:
            face.show_key_check(text, check.state is KeyState.USABLE)

    async def _agents_found(self) -> str:
        try:
            names = [agent.name or agent.agent_id async for agent in self._services.elevenlabs.agents()]
        except AgentError:
            return ""
        return agents_found(names)

    # --- sound ----------------------------------------------------------------------------------

    async def _list_devices(self) -> None:
        try:
            inputs, outputs = await self._voice.device_names()
        except AudioError as error:
            self.tell_sound_problem(str(error))
            return
        for face in self._faces:
            face.show_devices(inputs, outputs)

    def _measure(self, face: Face, device: str | None) -> None:
        """Measure for *face*; where two windows want a microphone, the last that asked has it."""
        self._measured.pop(face, None)
        if device is not None:
            self._measured[face] = device
        if self._measured:
            self._voice.start_meter(list(self._measured.values())[-1])
        else:
            self._voice.stop_meter()


def agents_found(names: Sequence[str]) -> str:
    """What a key that works leads to."""
    if not names:
        return sentence("It has no agents yet.")
    if len(names) == 1:
        return sentence("One agent found: {name}.", name=names[0])
    named = ", ".join(names[:AGENTS_NAMED])
    if len(names) > AGENTS_NAMED:
        return sentence("{count} agents found, among them {names}.", count=len(names), names=named)
    return sentence("{count} agents found: {names}.", count=len(names), names=named)


def _tell(listeners: Sequence[Callable[[], None]]) -> None:
    for listener in listeners:
        listener()
