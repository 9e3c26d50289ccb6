"""What the system's settings ask for, read from a settings portal on a bus of the test's own."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from jeepney import DBusAddress, HeaderFields, Message, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.asyncio import DBusConnection, open_dbus_connection

from connector_gui.core.look import SystemLook
from connector_gui.system import desktop_look
from connector_gui.system.desktop_look import APPEARANCE, GNOME, KDE, PORTAL, follow, look_of
from connector_gui.system.session_bus import SessionBus

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the portal is Linux' own")
PATH, SETTINGS = "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Settings"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, SystemLook()),
        ({APPEARANCE: {"contrast": 1}}, SystemLook(high_contrast=True)),
        ({APPEARANCE: {"contrast": 0, "reduced-motion": 1}}, SystemLook(reduced_motion=True)),
        ({GNOME: {"enable-animations": False}}, SystemLook(reduced_motion=True)),
        ({GNOME: {"enable-animations": True}}, SystemLook()),
        ({KDE: {"AnimationDurationFactor": "0"}}, SystemLook(reduced_motion=True)),
        ({KDE: {"AnimationDurationFactor": "0.5"}}, SystemLook()),
        ({APPEARANCE: {"accent-color": (0.2, 0.5, 1.0)}}, SystemLook(accent=(0.2, 0.5, 1.0))),
        # Out of range is how a desktop says that it has no accent.
        ({APPEARANCE: {"accent-color": (-1.0, -1.0, -1.0)}}, SystemLook()),
        ({APPEARANCE: {"accent-color": "blue", "contrast": "1"}, KDE: {"AnimationDurationFactor": "x"}}, SystemLook()),
    ],
)
def test_settings_of_the_desktops_are_understood(values: dict[str, dict[str, Any]], expected: SystemLook) -> None:
    assert look_of(values) == expected


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    daemon = shutil.which("dbus-daemon")
    if daemon is None:
        pytest.skip("needs dbus-daemon")
    command = [daemon, "--session", "--nofork", "--print-address"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        yield address
        process.terminate()


class Portal:
    """Answers as xdg-desktop-portal does."""

    def __init__(self, connection: DBusConnection, settings: dict[str, dict[str, tuple[str, Any]]] | None) -> None:
        self._connection = connection
        self._settings = settings

    async def run(self) -> None:
        while True:
            message = await self._connection.receive()
            if message.header.message_type is not MessageType.method_call:
                continue
            if self._settings is None:
                await self._connection.send(new_error(message, "org.freedesktop.DBus.Error.Failed"))
            else:
                assert message.header.fields[HeaderFields.member] == "ReadAll"
                await self._connection.send(new_method_return(message, "a{sa{sv}}", (self._settings,)))

    async def change(self, name: str, key: str, value: tuple[str, Any]) -> None:
        emitter = DBusAddress(PATH, interface=SETTINGS)
        await self._connection.send(new_signal(emitter, "SettingChanged", "ssv", (name, key, value)))


@pytest.fixture
async def portal(bus: str, request: pytest.FixtureRequest) -> AsyncIterator[Portal]:
    async with await open_dbus_connection(bus) as connection:
        await connection.send(message_bus.RequestName(PORTAL))
        made = Portal(connection, getattr(request, "param", {APPEARANCE: {"contrast": ("u", 1)}}))
        running = asyncio.create_task(made.run())
        yield made
        running.cancel()
        await asyncio.wait([running])


async def test_the_portal_tells_now_and_after_each_change(portal: Portal) -> None:
    told: asyncio.Queue[SystemLook] = asyncio.Queue()
    following = asyncio.create_task(follow(told.put_nowait))
    async with asyncio.timeout(10):
        assert await told.get() == SystemLook(high_contrast=True)
        await portal.change(GNOME, "enable-animations", ("b", False))
        assert await told.get() == SystemLook(high_contrast=True, reduced_motion=True)
        await portal.change(APPEARANCE, "contrast", ("u", 0))
        assert await told.get() == SystemLook(reduced_motion=True)
    following.cancel()
    await asyncio.wait([following])


@pytest.mark.parametrize("portal", [None], indirect=True)
async def test_a_portal_that_refuses_may_still_tell_of_changes(portal: Portal) -> None:
    told: asyncio.Queue[SystemLook] = asyncio.Queue()
    following = asyncio.create_task(follow(told.put_nowait))
    async with asyncio.timeout(10):
        while told.empty():  # the first may come before it is listened for
            await portal.change(APPEARANCE, "contrast", ("u", 1))
            await asyncio.sleep(0.02)
        assert await told.get() == SystemLook(high_contrast=True)
    following.cancel()
    await asyncio.wait([following])


@pytest.mark.usefixtures("portal")
async def test_it_can_be_ended_at_any_moment() -> None:
    for step in range(60):
        following = asyncio.create_task(follow(lambda _: None))
        await asyncio.sleep(step * 0.0001)
        following.cancel()
        done, _ = await asyncio.wait([following], timeout=10)
        assert done, f"goes on though it was cancelled after {step * 0.1:.1f} ms"
    await asyncio.sleep(0.2)  # what was being opened is closed


async def test_a_bus_that_is_let_go_of_at_once_sees_us_go(bus: str) -> None:
    ours = await SessionBus.open()
    name = ours.name
    await ours.aclose()
    async with asyncio.timeout(10), await open_dbus_connection(bus) as connection:
        while (await _ask(connection, message_bus.NameHasOwner(name))) == (1,):
            await asyncio.sleep(0.02)


async def _ask(connection: DBusConnection, question: Message) -> tuple[Any, ...]:
    await connection.send(question)
    while (reply := await connection.receive()).header.message_type is not MessageType.method_return:
        pass
    return tuple(reply.body)


async def test_without_a_bus_nothing_is_told_and_nothing_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")
    told: list[SystemLook] = []
    async with asyncio.timeout(10):
        await follow(told.append)
    assert told == []


def test_linux_is_not_asked_in_the_windows_way() -> None:
    assert desktop_look.read_now() == SystemLook()
