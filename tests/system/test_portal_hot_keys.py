"""Hot keys by the desktop portal: a small one on a real session bus, in a process of its own."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from connector_gui.core.hands_free import HotKey, KeyProblem
from connector_gui.core.shortcut import KEYS, Shortcut
from connector_gui.system import portal_hot_keys
from connector_gui.system.hot_keys import Bound
from connector_gui.system.portal_hot_keys import PortalHotKeys, trigger
from tests.fakes import portal
from tests.rig import DesktopOptions, desktop

pytestmark = pytest.mark.desktop
Env = Mapping[str, str]
ACCEPT, TALK = Shortcut.parse("Ctrl+Alt+A"), Shortcut.parse("Super+F9")
BOTH = {HotKey.ACCEPT: ACCEPT, HotKey.TALK: TALK}


@pytest.fixture(scope="module")
def session() -> Iterator[Env]:
    with desktop(DesktopOptions(tray="none", keyring="none", notifications=False)) as env:
        yield env


class Portal:
    """The portal's process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def order(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        await self.process.stdin.drain()

    async def said(self) -> list[Any]:
        assert self.process.stdout is not None
        async with asyncio.timeout(10):
            return list(json.loads(await self.process.stdout.readline()))


@asynccontextmanager
async def a_portal(env: Env, mode: str = "grant") -> AsyncIterator[Portal]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        portal.__name__,
        mode,
        env=env,
        cwd=Path(__file__).parents[2],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        running = Portal(process)
        assert await running.said() == ["ready"]
        yield running
    finally:
        process.kill()
        await process.communicate()


class Heard:
    """Hot keys, and what they have said."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.keys = PortalHotKeys(lambda key: f"words for {key}")
        self.keys.on_pressed = lambda key: self.said.append(f"+{key}")
        self.keys.on_released = lambda key: self.said.append(f"-{key}")
        self.keys.on_lost = lambda: self.said.append("lost")

    async def until(self, *said: str) -> None:
        async with asyncio.timeout(5):
            while self.said != list(said):
                await asyncio.sleep(0.01)


@pytest.fixture
async def heard(session: Env, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Heard]:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", session["DBUS_SESSION_BUS_ADDRESS"])
    heard = Heard()
    yield heard
    await heard.keys.aclose()


def test_triggers_are_written_as_the_specification_has_them() -> None:
    assert trigger(ACCEPT) == "CTRL+ALT+a"
    assert trigger(TALK) == "LOGO+F9"
    assert trigger(Shortcut.parse("Ctrl+PageUp")) == "CTRL+Page_Up"
    assert set(portal_hot_keys.KEY_NAMES) <= set(KEYS)


async def test_keys_are_asked_for_and_told(session: Env, heard: Heard) -> None:
    async with a_portal(session) as portal:
        assert await heard.keys.bind(BOTH) == Bound({}, {HotKey.ACCEPT: "Meta+Shift+J", HotKey.TALK: "LOGO+F9"})
        assert (await portal.said())[0] == "CreateSession"
        member, (_, shortcuts, _, _) = await portal.said()
        assert member == "BindShortcuts"
        wish = {"description": ["s", "words for accept"], "preferred_trigger": ["s", "CTRL+ALT+a"]}
        assert shortcuts[0] == ["accept", wish]
        for order in ("press accept", "release accept", "press talk", "press nonsense", "release talk"):
            await portal.order(order)
        await heard.until("+accept", "-accept", "+talk", "-talk")


async def test_a_change_closes_the_session_and_asks_in_another(session: Env, heard: Heard) -> None:
    async with a_portal(session) as portal:
        await heard.keys.bind(BOTH)
        await heard.keys.bind({HotKey.TALK: TALK})
        members = [(await portal.said())[0] for _ in range(5)]
        assert members == ["CreateSession", "BindShortcuts", "Close", "CreateSession", "BindShortcuts"]
        assert await heard.keys.bind({}) == Bound()
        assert (await portal.said())[0] == "Close"


@pytest.mark.parametrize(
    ("mode", "problems"),
    [
        ("deny", dict.fromkeys(BOTH, KeyProblem.REFUSED)),
        ("some", {HotKey.TALK: KeyProblem.REFUSED}),
        ("odd", dict.fromkeys(BOTH, KeyProblem.REFUSED)),
    ],
)
async def test_what_the_operator_does_not_grant_is_a_problem(
    session: Env, heard: Heard, mode: str, problems: dict[HotKey, KeyProblem]
) -> None:
    async with a_portal(session, mode):
        assert (await heard.keys.bind(BOTH)).problems == problems


async def test_a_session_that_is_closed_by_the_desktop_is_told(session: Env, heard: Heard) -> None:
    async with a_portal(session) as portal:
        await heard.keys.bind(BOTH)
        await portal.order("close")
        await heard.until("lost")
        assert not (await heard.keys.bind(BOTH)).problems, "it is asked for again"


async def test_a_portal_that_dies_is_told(session: Env, heard: Heard) -> None:
    async with a_portal(session):
        await heard.keys.bind(BOTH)
    await heard.until("lost")


async def test_without_a_portal_no_key_is_offered(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Bound(dict.fromkeys(BOTH, KeyProblem.NOT_OFFERED))
    assert await heard.keys.bind(BOTH) == nothing
    await heard.keys.aclose()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
    assert await heard.keys.bind(BOTH) == nothing


async def test_a_portal_that_never_answers_is_given_up(
    session: Env, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portal_hot_keys, "ANSWER_S", 0.3)
    async with a_portal(session, "silent"):
        assert await heard.keys.bind(BOTH) == Bound(dict.fromkeys(BOTH, KeyProblem.NOT_OFFERED))
