"""A device goes during a call: how long until the operator is heard again, or hears again, by whatever device."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator

from tests.bench.figures import Figure
from tests.bench.surroundings import Bench
from tests.fakes.kept_line import KeptLine, kept_line, talking
from tests.rig import MICROPHONE, SPEAKER, plug_mic, plug_speaker, unplug

REACH_MS = 1_000.0
SECOND_MICROPHONE = "second_mic"
SECOND_SPEAKER = "second_speaker"
SETTLE_S = 0.4


def measure(bench: Bench) -> Iterator[Figure]:
    """Both directions, with another device and without, streams that die and streams that are moved."""
    for move, how in ((False, "dies"), (True, "is moved")):
        for name, trials in _KINDS.items():
            samples = asyncio.run(trials(bench.runs, move))
            yield Figure.of(f"{name}, its stream {how}", "ms", samples, reach=REACH_MS)


async def _lost_microphone(runs: int, move: bool) -> list[float]:
    plug_mic(SECOND_MICROPHONE)
    try:
        async with talking(SECOND_MICROPHONE), kept_line() as live:
            return [await _without_microphone(live, move) for _ in range(runs)]
    finally:
        unplug(SECOND_MICROPHONE)


async def _without_microphone(live: KeptLine, move: bool) -> float:
    await asyncio.sleep(SETTLE_S)
    await asyncio.to_thread(unplug, MICROPHONE, move=move)
    heard_s = await live.s_until_heard()
    await asyncio.to_thread(plug_mic)
    await live.s_until(lambda: live.codes[-1:] == ["microphone_back"])
    return heard_s * 1000


async def _returned_microphone(runs: int, move: bool) -> list[float]:
    async with kept_line() as live:
        return [await _again_microphone(live, move) for _ in range(runs)]


async def _again_microphone(live: KeptLine, move: bool) -> float:
    await asyncio.to_thread(unplug, MICROPHONE, move=move)
    await live.s_until(lambda: live.codes[-1:] == ["microphone_lost"])
    await asyncio.sleep(SETTLE_S)
    await asyncio.to_thread(plug_mic)
    async with talking(MICROPHONE):
        heard_s = await live.s_until_heard()
    await live.s_until(lambda: live.codes[-1:] == ["microphone_back"])
    return heard_s * 1000


async def _lost_speaker(runs: int, move: bool) -> list[float]:
    plug_speaker(SECOND_SPEAKER)
    try:
        async with kept_line() as live:
            return [await _without_speaker(live, move) for _ in range(runs)]
    finally:
        unplug(SECOND_SPEAKER)


async def _without_speaker(live: KeptLine, move: bool) -> float:
    await asyncio.sleep(SETTLE_S)
    await asyncio.to_thread(unplug, SPEAKER, move=move)
    played_s = await live.s_until_played()
    await live.s_until(lambda: live.codes[-1:] == ["speaker_replaced"])
    await asyncio.to_thread(plug_speaker)
    await live.s_until(lambda: live.codes[-1:] == ["speaker_back"])
    return played_s * 1000


_KINDS: dict[str, Callable[[int, bool], Coroutine[None, None, list[float]]]] = {
    "microphone killed: heard again by another": _lost_microphone,
    "only microphone killed: heard again once it is back": _returned_microphone,
    "speaker killed: the agent plays on another": _lost_speaker,
}
