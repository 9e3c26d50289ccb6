"""A device chosen in the panel becomes the first of the setting, and what stands in its way is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from connector_gui.app.device_choice import DeviceChoice
from connector_gui.app.preferences import Preferences
from connector_gui.core.errors import AudioError
from connector_gui.core.settings import Settings
from connector_gui.voice.thread import VoiceThread


class Kept:
    """Settings that can be changed, unless the environment or the disk is in the way."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.problems: dict[str, str] = {}
        self.is_fixed = False

    async def apply(self, changes: Mapping[str, Any]) -> dict[str, str]:
        if not self.problems and not self.is_fixed:
            self.settings = self.settings.model_copy(update=dict(changes))
        return self.problems


class Sounds:
    """Names of devices, or none at all."""

    def __init__(self) -> None:
        self.problem: AudioError | None = None

    async def device_names(self) -> tuple[Sequence[str], Sequence[str]]:
        if self.problem is not None:
            raise self.problem
        return ["Mic"], ["Headset", "Speakers"]


@asynccontextmanager
async def running(setting: str = "") -> AsyncIterator[SimpleNamespace]:
    kept, sounds = Kept(Settings(output_device=setting)), Sounds()
    choice = DeviceChoice(cast("Preferences", kept), cast("VoiceThread", sounds))
    told: list[object] = []
    choice.on_problem.append(told.append)
    choice.on_devices.append(lambda *names: told.append(names))
    choice.on_choice.append(lambda *follows: told.append(follows))
    work = asyncio.create_task(choice.run())
    yield SimpleNamespace(kept=kept, sounds=sounds, choice=choice, told=told)
    work.cancel()


async def until(holds: Any) -> None:
    async with asyncio.timeout(2):
        while not holds():
            await asyncio.sleep(0)


async def test_the_chosen_device_goes_before_the_former_ones() -> None:
    async with running("Speakers; Built-in") as desk:
        desk.choice.choose("output_device", "Headset; left")
        await until(lambda: desk.kept.settings.output_device == "Headset; Speakers; Built-in")
        desk.choice.choose("output_device", "Speakers")
        await until(lambda: desk.kept.settings.output_device == "Speakers; Headset; Built-in")
        assert desk.told == []


@pytest.mark.parametrize("is_fixed", [True, False])
async def test_a_choice_that_cannot_be_kept_is_told(is_fixed: bool) -> None:
    async with running() as desk:
        desk.kept.is_fixed = is_fixed
        desk.kept.problems = {} if is_fixed else {"": "The disk is full."}
        desk.choice.choose("output_device", "Headset")
        await until(lambda: desk.told)
        assert ("OUTPUT_DEVICE" if is_fixed else "disk") in desk.told[0]


async def test_devices_are_listed_and_a_missing_sound_system_is_told() -> None:
    async with running() as desk:
        desk.choice.look()
        await until(lambda: desk.told == [(True, True), (["Mic"], ["Headset", "Speakers"])])
        desk.sounds.problem = AudioError("No sound system.")
        desk.choice.look()
        await until(lambda: desk.told[-1] == "No sound system.")


async def test_who_is_about_to_choose_learns_whether_the_systems_default_is_chosen() -> None:
    async with running("Headset") as desk:
        desk.choice.look()
        assert desk.told == [(True, False)]
        desk.choice.choose("output_device", "")
        await until(lambda: not desk.kept.settings.output_device)
        desk.choice.look()
        assert desk.told[-1] == (True, True)
