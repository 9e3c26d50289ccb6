"""Notifications on a real desktop, by each way there is; and a daemon that is absent, slow, rude or mortal."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from jeepney import Message, new_method_return

from connector_gui.core.notice import CLICK, Notice
from connector_gui.system.freedesktop_notices import FreedesktopNotices
from connector_gui.system.library_notices import LibraryNotices
from connector_gui.system.notifications import NoticeError, NoticeService
from tests.fakes.notices import rogue_daemon
from tests.rig import DesktopOptions, desktop

pytestmark = pytest.mark.desktop

RING = Notice("ring:1", "Incoming call: Billing", "Mara", (("accept", "Accept"), ("decline", "Decline")), stays=True)
BOTH = pytest.mark.parametrize("make", [FreedesktopNotices, LibraryNotices])
Env = dict[str, str]


@pytest.fixture(scope="module")
def dunst() -> Iterator[Env]:
    """A desktop with a notification daemon."""
    with desktop(DesktopOptions(tray="none", keyring="none")) as env:
        yield env


@pytest.fixture(scope="module")
def bare() -> Iterator[Env]:
    """A desktop without one."""
    with desktop(DesktopOptions(tray="none", keyring="none", notifications=False)) as env:
        yield env


def on(env: Env, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY"):
        monkeypatch.setenv(name, env[name])


def displayed(env: Env) -> int:
    """How many notifications are on the screen."""
    said = subprocess.run(["dunstctl", "count", "displayed"], env=env, capture_output=True, text=True, check=True)
    return int(said.stdout)


async def close(service: NoticeService) -> None:
    await service.aclose()
    if isinstance(service, LibraryNotices):
        # The library has no way to let go of the bus, which only Linux has.
        bus = getattr(service._notifier._backend, "bus", None)
        if bus is not None:
            bus.disconnect()
            await bus.wait_for_disconnect()


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(5):
        while not await asyncio.to_thread(holds):
            await asyncio.sleep(0.01)


def heard(service: NoticeService) -> list[tuple[str, ...]]:
    """Everything that *service* tells from now on."""
    events: list[tuple[str, ...]] = []
    service.on_pressed = lambda key, button: events.append(("pressed", key, button))
    service.on_gone = lambda key: events.append(("gone", key))
    service.on_lost = lambda: events.append(("lost",))
    return events


@BOTH
async def test_a_notice_comes_is_replaced_and_goes(
    make: Callable[[], NoticeService], dunst: Env, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(dunst, monkeypatch)
    service = make()
    for text in ("Mara", "Mara\n2 more waiting"):
        await service.send(replace(RING, text=text))
        await until(lambda: displayed(dunst) == 1)
    await service.withdraw(RING.key)
    await until(lambda: displayed(dunst) == 0)
    await service.withdraw(RING.key)
    await close(service)


@BOTH
@pytest.mark.parametrize(("hand", "button"), [("action", CLICK), ("context", "accept")])
async def test_a_click_and_a_button_are_told(
    make: Callable[[], NoticeService], hand: str, button: str, dunst: Env, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(dunst, monkeypatch)
    service = make()
    events = heard(service)
    await service.send(RING)
    await until(lambda: displayed(dunst) == 1)
    await asyncio.to_thread(subprocess.run, ["dunstctl", hand], env=dunst, check=True)
    await until(lambda: events)
    assert events[0] == ("pressed", "ring:1", button)
    await service.withdraw(RING.key)
    if isinstance(service, LibraryNotices):
        # On Linux, and only there, the library forgets a notification that was pressed before it can be withdrawn.
        await asyncio.to_thread(subprocess.run, ["dunstctl", "close-all"], env=dunst, check=True)
    await until(lambda: displayed(dunst) == 0)
    await close(service)


@BOTH
async def test_one_that_the_operator_puts_away_is_told(
    make: Callable[[], NoticeService], dunst: Env, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(dunst, monkeypatch)
    service = make()
    events = heard(service)
    await service.send(RING)
    await until(lambda: displayed(dunst) == 1)
    await asyncio.to_thread(subprocess.run, ["dunstctl", "close"], env=dunst, check=True)
    await until(lambda: events == [("gone", "ring:1")])
    await service.withdraw(RING.key)
    await close(service)


@BOTH
async def test_without_a_daemon_sending_fails_at_once(
    make: Callable[[], NoticeService],
    bare: Env,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    on(bare, monkeypatch)
    service = make()
    with pytest.raises(NoticeError):
        await service.send(RING)
    await service.withdraw(RING.key)
    await close(service)


@pytest.mark.parametrize("address", ["unix:path=/nowhere/bus", "nonsense", "tcp:host=127.0.0.1,port=1", ""])
async def test_without_a_session_bus_sending_fails(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    service = FreedesktopNotices()
    with pytest.raises(NoticeError):
        await service.send(RING)
    await service.aclose()


async def test_a_bus_that_ends_is_told_and_found_again(dunst: Env, monkeypatch: pytest.MonkeyPatch) -> None:
    service = FreedesktopNotices()
    events = heard(service)
    with desktop(DesktopOptions(tray="none", keyring="none")) as short_lived:
        on(short_lived, monkeypatch)
        await service.send(RING)
    await until(lambda: ("lost",) in events)
    with pytest.raises(NoticeError):
        await service.send(RING)
    on(dunst, monkeypatch)
    await service.send(RING)
    await until(lambda: displayed(dunst) == 1)
    await service.withdraw(RING.key)
    await until(lambda: displayed(dunst) == 0)
    await service.aclose()


@pytest.mark.parametrize(
    "reply",
    [
        lambda call: new_method_return(call),
        lambda call: new_method_return(call, "s", ("seven",)),
        lambda call: new_method_return(call, "u", (0,)),
        lambda call: new_method_return(call, "as", (["x"] * 5_000,)),
    ],
)
async def test_an_answer_that_makes_no_sense_is_a_refusal(
    reply: Callable[[Message], Message], bare: Env, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(bare, monkeypatch)
    service = FreedesktopNotices()
    async with rogue_daemon() as daemon:
        daemon.reply = reply
        with pytest.raises(NoticeError):
            await service.send(RING)
        daemon.refuse()
        with pytest.raises(NoticeError, match="Full"):
            await service.send(RING)
        await service.aclose()


async def test_a_number_that_comes_too_late_takes_the_notice_away(bare: Env, monkeypatch: pytest.MonkeyPatch) -> None:
    on(bare, monkeypatch)
    service = FreedesktopNotices()
    async with rogue_daemon() as daemon:
        calls: list[Message] = []

        def keep(call: Message) -> None:
            calls.append(call)

        daemon.reply = keep
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await service.send(RING)
        await until(lambda: calls)
        await daemon._connection.send(new_method_return(calls[0], "u", (41,)))
        await until(lambda: ("CloseNotification", (41,)) in daemon.asked)
        await service.aclose()


async def test_only_the_daemon_that_shows_a_notice_can_answer_it(bare: Env, monkeypatch: pytest.MonkeyPatch) -> None:
    on(bare, monkeypatch)
    service = FreedesktopNotices()
    events = heard(service)
    async with rogue_daemon() as daemon, rogue_daemon(owns_name=False) as stranger:
        await service.send(RING)
        for speaker in (stranger, daemon):
            # Of the wrong number, of wrong kinds, of no meaning; and far too many.
            for _ in range(200):
                await speaker.say("ActionInvoked", "us", 8, "accept")
            await speaker.say("ActionInvoked", "su", "7", 7)
            await speaker.say("ActionInvoked", "")
            await speaker.say("NotificationClosed", "s", "7")
            await speaker.say("Surprise", "u", 7)
        await stranger.say("ActionInvoked", "us", 7, "accept")
        await stranger.say("NotificationClosed", "uu", 7, 2)
        await daemon.say("ActionInvoked", "us", 7, "decline")
        await until(lambda: events)
        assert events == [("pressed", "ring:1", "decline")]
        await service.aclose()


async def test_a_daemon_that_dies_takes_its_notices_with_it(bare: Env, monkeypatch: pytest.MonkeyPatch) -> None:
    on(bare, monkeypatch)
    service = FreedesktopNotices()
    events = heard(service)
    async with rogue_daemon():
        await service.send(RING)
    await until(lambda: events == [("lost",)])
    with pytest.raises(NoticeError):
        await service.send(RING)
    async with rogue_daemon() as daemon:
        await service.send(RING)
        # Of the new daemon's numbers none is known: nothing is replaced.
        assert daemon.asked[0][1][1] == 0
    await service.aclose()


async def test_words_of_callers_stay_words(bare: Env, monkeypatch: pytest.MonkeyPatch) -> None:
    on(bare, monkeypatch)
    service = FreedesktopNotices()
    async with rogue_daemon() as daemon:
        await service.send(replace(RING, title="Ünï\u2068x\u2069 💬", text="a" * 2_000))
        (member, body), *_ = daemon.asked
        assert (member, body[3], body[4]) == ("Notify", "Ünï\u2068x\u2069 💬", "a" * 2_000)
        assert body[5] == [CLICK, "", "accept", "Accept", "decline", "Decline"]
        assert (body[6]["urgency"], body[6]["suppress-sound"]) == (("y", 2), ("b", True))
        await service.aclose()
