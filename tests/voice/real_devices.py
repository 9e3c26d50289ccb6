"""Devices that come and go on the real sound server during a call: heard again, and never the agent itself.

Run by `test_real_devices`, each in a process of its own. The same sequences of events run on the test's clock in
`test_line_keeper`.
"""

from __future__ import annotations

import asyncio
import os
import statistics
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.kept_line import kept_line, talking
from tests.rig import MICROPHONE, SPEAKER, plug_mic, plug_speaker, sound_server, unplug
from tests.rig.sound_server import restart

pytestmark = pytest.mark.sound
AGAIN_S = 3.0
"""Twelve times what it takes; a busy machine is no fault of the call."""
LEAK_MS = 60
"""Of the speaker's monitor until the server tells of the move: none as a rule, a few blocks on a busy machine."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A sound server of its own for each test: they leave it in all kinds of states."""
    with sound_server() as env:
        for name, value in env.items():
            if os.environ.get(name) != value:
                monkeypatch.setenv(name, value)
        yield


async def _off_loop(action: Callable[..., None], *args: object, **kwargs: object) -> None:
    await asyncio.to_thread(action, *args, **kwargs)


async def median_of_3(trial: Callable[[], Awaitable[float]]) -> float:
    return statistics.median([await trial() for _ in range(3)])


@pytest.mark.parametrize("move", [False, True], ids=["dies", "moves"])
async def test_a_microphone_that_goes_is_replaced_by_another(server: None, move: bool) -> None:
    plug_mic("second_mic")
    async with talking("second_mic"), kept_line() as live:

        async def trial() -> float:
            await live.s_until(
                lambda: live.line.is_input_open and (live.line.input.is_first_choice or live.sound.is_stuck)
            )
            await asyncio.sleep(0.3)
            await _off_loop(unplug, MICROPHONE, move=move)
            lost_s = await live.s_until_heard()
            await _off_loop(plug_mic)
            await live.s_until_back("microphone_back")
            return lost_s

        assert await median_of_3(trial) < AGAIN_S
        assert "microphone_replaced" in live.codes


@pytest.mark.parametrize("move", [False, True], ids=["dies", "moves"])
async def test_the_only_microphone_comes_back_and_the_speaker_is_never_heard_by_the_agent(
    server: None, move: bool
) -> None:
    async with kept_line() as live:

        async def trial() -> float:
            await _off_loop(unplug, MICROPHONE, move=move)
            await live.s_until(lambda: "microphone_lost" in live.codes)
            live.told.clear()
            assert live.heard_ms <= LEAK_MS  # of the speaker's monitor, before the server said so
            live.heard_ms = 0
            await asyncio.sleep(0.5)
            assert live.heard_ms == 0
            await _off_loop(plug_mic)
            async with talking(MICROPHONE):
                heard_s = await live.s_until_heard()
            # Perhaps after a moment on the system's default, which is there first.
            await live.s_until_back("microphone_back")
            await asyncio.sleep(0.2)
            live.heard_ms = 0
            live.told.clear()
            return heard_s

        assert await median_of_3(trial) < AGAIN_S


@pytest.mark.parametrize("move", [False, True], ids=["dies", "moves"])
async def test_a_speaker_that_goes_is_replaced_and_taken_again(server: None, move: bool) -> None:
    plug_speaker("second_speaker")
    async with kept_line() as live:
        waits = []
        for _ in range(3):
            await asyncio.sleep(0.3)
            await _off_loop(unplug, SPEAKER, move=move)
            waits.append(await live.s_until_played())
            await live.s_until(lambda: live.codes[-1:] == ["speaker_replaced"])
            await _off_loop(plug_speaker)
            await live.s_until_back("speaker_back")
            waits.append(await live.s_until_played())
        assert statistics.median(waits) < AGAIN_S


async def test_a_list_of_microphones_is_gone_down_and_up_again(server: None) -> None:
    for name in ("third_mic", "second_mic"):  # the default is the last, none of the list
        plug_mic(name)
    async with kept_line(microphone=f"{MICROPHONE}; third_mic") as live:

        async def s_until_used(name: str) -> float:
            def is_used() -> bool:
                stream = live.line.input_stream
                if stream is None or live.sound.is_stuck:
                    return live.sound.is_stuck
                return live.line.is_input_open and stream.device.name == name and stream.stats.callbacks > 0

            return await live.s_until(is_used)

        waits = []
        await _off_loop(unplug, MICROPHONE)
        waits.append(await s_until_used("third_mic"))
        await _off_loop(unplug, "third_mic")
        waits.append(await s_until_used("default"))  # the second microphone, as the server has it
        await _off_loop(plug_mic, "third_mic")
        waits.append(await s_until_used("third_mic"))
        await _off_loop(plug_mic)
        waits.append(await s_until_used(MICROPHONE))
        assert statistics.median(waits) < AGAIN_S


async def test_both_directions_survive_a_restart_of_the_sound_server(server: None) -> None:
    async with kept_line() as live:
        waits, servers = [], []
        try:
            for _ in range(3):
                servers.append(await asyncio.to_thread(restart))
                async with talking(MICROPHONE):
                    waits.append(await live.s_until_heard())
                    waits.append(await live.s_until_played())
                await asyncio.sleep(0.3)
        finally:
            for server_again in servers:
                server_again.kill()
                server_again.wait()
        assert statistics.median(waits) < AGAIN_S


async def test_devices_that_follow_the_default_are_moved_by_the_server(server: None) -> None:
    async with kept_line(microphone="", speaker="") as live:
        await _off_loop(plug_mic, "second_mic")
        async with talking("second_mic"):
            assert await live.s_until_heard() < AGAIN_S
        await _off_loop(plug_speaker, "second_speaker")
        assert await live.s_until_played() < AGAIN_S
        assert not [code for code in live.codes if "lost" in code]


async def test_nothing_is_left_behind(server: None, tmp_path: Path) -> None:
    async with kept_line():
        pass
    left = await asyncio.create_subprocess_exec(
        "pgrep", "-P", str(os.getpid()), "-f", "pactl subscribe", stdout=asyncio.subprocess.PIPE
    )
    out, _ = await left.communicate()
    assert not out
