"""A call by keys alone: pressed by real hands while another program has the keyboard."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from jeepney import DBusAddress, MatchRule, MessageType, Properties, message_bus, new_method_call
from jeepney.io.blocking import open_dbus_connection

from connector_gui.practice.server import PracticeServer
from connector_gui.practice.thread import PracticeThread
from connector_gui.system import media_keys
from tests.e2e.agent import Agent
from tests.e2e.program import Program, running
from tests.e2e.test_ring import somebody_types, typed
from tests.rig import press_keys

pytestmark = [pytest.mark.desktop, pytest.mark.sound]
Env = Mapping[str, str]
KEYS = {
    "HOT_KEY_ACCEPT": "Ctrl+Alt+A",
    "HOT_KEY_END": "Ctrl+Alt+E",
    "HOT_KEY_MUTE": "Ctrl+Alt+M",
    "HOT_KEY_TALK": "F9",
}


@pytest.fixture(scope="module")
def answering() -> Iterator[dict[str, str]]:
    """What a program needs in its environment to reach an agent."""
    server = PracticeServer()
    thread = PracticeThread(server)
    try:
        yield Agent(thread.start(), server.control).settings
    finally:
        thread.stop()


@pytest.fixture
def program(desk: Env, answering: dict[str, str], tmp_path: Path) -> Iterator[Program]:
    with running(desk, tmp_path / "data", **answering, **KEYS) as program:
        until_bound(program)
        yield program


def until_bound(program: Program) -> None:
    program.until(lambda: "hot_keys.bound" in program.output.read_text(), "the keys bound")


def hold(env: Env, key: str, is_down: bool) -> None:
    subprocess.run(["xdotool", "keydown" if is_down else "keyup", key], env=env, check=True)


def is_muted(program: Program, session_id: str) -> bool:
    return bool(program.session(session_id)["muted"])


def ring(program: Program, session_id: str) -> None:
    assert program.place(session_id).status == 202


def test_a_call_is_accepted_muted_and_ended_by_keys_while_somebody_types_elsewhere(desk: Env, program: Program) -> None:
    with somebody_types(desk) as typist:
        press_keys("a", env=desk)
        typed(typist, "a")
        press_keys("ctrl+alt+a", env=desk)
        assert program.request("GET", "/sessions").body["sessions"] == [], "accept has placed a call"
        ring(program, "by-keys")
        press_keys("ctrl+alt+a", "ctrl+alt+e", env=desk)
        program.until_status("by-keys", "active")
        press_keys("ctrl+alt+m", env=desk)
        program.until(lambda: is_muted(program, "by-keys"), "muted")
        press_keys("ctrl+alt+m", env=desk)
        program.until(lambda: not is_muted(program, "by-keys"), "unmuted")
        time.sleep(1)  # the guard of a double press has to be over
        press_keys("ctrl+alt+e", env=desk)
        ended = program.until_status("by-keys", "ended")
        assert (ended["outcome"], ended["ended_by"]) == ("completed", "operator")
        press_keys("b", env=desk)
        typed(typist, "ab")


def test_push_to_talk_is_open_while_it_is_held_through_all_its_repeats(
    desk: Env, answering: dict[str, str], tmp_path: Path
) -> None:
    with running(desk, tmp_path / "data", **answering, **KEYS, PUSH_TO_TALK="true") as program:
        until_bound(program)
        with somebody_types(desk) as typist:
            press_keys("a", env=desk)
            typed(typist, "a")
            ring(program, "held")
            press_keys("ctrl+alt+a", env=desk)
            program.until_status("held", "active")
            assert is_muted(program, "held"), "the call did not begin muted"
            hold(desk, "F9", True)
            program.until(lambda: not is_muted(program, "held"), "the microphone open")
            until_s = time.monotonic() + 1.0  # the keyboard repeats after 0.5 s
            while time.monotonic() < until_s:
                assert not is_muted(program, "held"), "a repeat was taken for a release"
            hold(desk, "F9", False)
            program.until(lambda: is_muted(program, "held"), "the microphone shut")
        wishes = [line for line in program.output.read_text().splitlines() if "hands_free.wish" in line]
        assert len(wishes) == 3, wishes  # accept, unmute, mute
        assert program.request("POST", "/sessions/held/end").status == 200
        program.until_status("held", "ended")


@contextmanager
def somebody_has(env: Env, keys: str) -> Iterator[None]:
    """Another program has grabbed *keys*."""
    root = Path(__file__).parents[2]
    code = (
        "import asyncio, sys\n"
        "from connector_gui.core.hands_free import HotKey\n"
        "from connector_gui.core.shortcut import Shortcut\n"
        "from connector_gui.system.x_hot_keys import XHotKeys\n"
        "async def main():\n"
        "    keys = XHotKeys()\n"
        "    print(await keys.bind({HotKey.END: Shortcut.parse(sys.argv[1])}), flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", code, keys]
    with subprocess.Popen(command, env=env, cwd=root, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            assert "problems={}" in other.stdout.readline()
            yield
        finally:
            other.kill()


def test_a_combination_of_another_program_is_reported_and_the_others_work(
    desk: Env, answering: dict[str, str], tmp_path: Path
) -> None:
    with somebody_has(desk, "Ctrl+Alt+E"), running(desk, tmp_path / "data", **answering, **KEYS) as program:
        until_bound(program)
        (line,) = [line for line in program.output.read_text().splitlines() if "hot_keys.bound" in line]
        assert "taken" in line
        ring(program, "others")
        press_keys("ctrl+alt+a", env=desk)
        program.until_status("others", "active")


# --- the headset's play button ------------------------------------------------------------------------


def media_key(env: Env, member: str) -> bool:
    """Call *member* of our player, as a desktop does for a media key; whether there was one."""
    player = DBusAddress(media_keys.PATH, bus_name=media_keys.NAME, interface=media_keys.PLAYER)
    with open_dbus_connection(env["DBUS_SESSION_BUS_ADDRESS"]) as bus:
        reply = bus.send_and_get_reply(new_method_call(player, member), timeout=5)
    return bool(reply.header.message_type is MessageType.method_return)


def playback(env: Env) -> str:
    player = DBusAddress(media_keys.PATH, bus_name=media_keys.NAME, interface=media_keys.PLAYER)
    with open_dbus_connection(env["DBUS_SESSION_BUS_ADDRESS"]) as bus:
        reply = bus.send_and_get_reply(Properties(player).get("PlaybackStatus"), timeout=5)
    return str(reply.body[0][1]) if reply.header.message_type is MessageType.method_return else ""


def test_the_play_button_of_a_headset_accepts_and_ends(desk: Env, program: Program) -> None:
    assert not media_key(desk, "PlayPause"), "without a call the button is the music's"
    ring(program, "by-headset")
    program.until(lambda: playback(desk) == "Paused", "a player that waits")
    assert media_key(desk, "PlayPause")
    program.until_status("by-headset", "active")
    program.until(lambda: playback(desk) == "Playing", "a player that plays")
    time.sleep(1)  # the guard of a double press has to be over
    assert media_key(desk, "PlayPause")
    assert program.until_status("by-headset", "ended")["ended_by"] == "operator"
    program.until(lambda: playback(desk) == "", "no player any more")


def test_a_player_tells_nothing_of_the_call_and_listens_to_no_other_wish(desk: Env, program: Program) -> None:
    assert program.place("private", metadata={"customer_name": "Mara"}).status == 202
    program.until(lambda: playback(desk) == "Paused", "a player that waits")
    player = DBusAddress(media_keys.PATH, bus_name=media_keys.NAME, interface=media_keys.PLAYER)
    with open_dbus_connection(env_bus := desk["DBUS_SESSION_BUS_ADDRESS"]) as bus:
        assert env_bus
        everything = bus.send_and_get_reply(Properties(player).get_all(), timeout=5).body
        bus.send_and_get_reply(message_bus.AddMatch(MatchRule(type="signal")), timeout=5)
        assert bus.send_and_get_reply(new_method_call(player, "Next"), timeout=5).body == ()
        rude = bus.send_and_get_reply(new_method_call(player, "PlayPause", "as", (["x"] * 1000,)), timeout=5)
    assert "Mara" not in repr(everything)
    assert rude.header.message_type in {MessageType.method_return, MessageType.error}
    assert program.request("GET", "/health", key=None).status == 200
