"""A call that cannot be missed: the card, the notification, with all that may be missing, by real hands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from PySide6.QtGui import QImage

from connector_gui.practice.server import PracticeServer
from connector_gui.practice.thread import PracticeThread
from tests.e2e import typing_window
from tests.e2e.agent import Agent
from tests.e2e.program import Program, running
from tests.rig import DesktopOptions, click, desktop, press_keys, screenshot, sound_server

pytestmark = [pytest.mark.desktop, pytest.mark.sound]

CARD = "Incoming call"
Env = Mapping[str, str]


@pytest.fixture(scope="module")
def answering() -> Iterator[dict[str, str]]:
    """What a program needs in its environment to reach an agent."""
    server = PracticeServer()
    thread = PracticeThread(server)
    try:
        yield Agent(thread.start(), server.control).settings
    finally:
        thread.stop()


@pytest.fixture(scope="module")
def program(
    desk: dict[str, str], answering: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    with running(desk, tmp_path_factory.mktemp("ring") / "data", **answering) as program:
        yield program
    assert displayed(desk) == 0, "a notification outlived the program"


def output_of(env: Env, *command: str) -> str:
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False).stdout


def windows(env: Env, title: str) -> list[str]:
    """The windows on screen whose title begins with *title*, by their X numbers."""
    return output_of(env, "xdotool", "search", "--onlyvisible", "--name", f"^{title}").split()


def the_card(program: Program, env: Env) -> str:
    program.until(lambda: windows(env, CARD), "the card")
    return windows(env, CARD)[0]


def active_window(env: Env) -> str:
    return output_of(env, "xdotool", "getactivewindow", "getwindowname").strip()


def click_in(env: Env, window: str, from_left: float, from_bottom_px: int) -> None:
    """Click into *window*: a share of its width from the left, so many pixels from its bottom."""
    lines = output_of(env, "xdotool", "getwindowgeometry", "--shell", window).splitlines()
    place = {name: int(value) for name, _, value in (line.partition("=") for line in lines) if value.isdigit()}
    click(place["X"] + round(from_left * place["WIDTH"]), place["Y"] + place["HEIGHT"] - from_bottom_px, env=env)


def close_windows(env: Env, title: str) -> None:
    for window in windows(env, title):
        subprocess.run(["xdotool", "windowactivate", "--sync", window], env=env, check=True)
        press_keys("alt+F4", env=env)


def displayed(env: Env) -> int:
    """How many notifications are on the screen."""
    return int(output_of(env, "dunstctl", "count", "displayed") or 0)


def press_notification(env: Env, hand: str) -> None:
    """Click the notification (``action``), or its button Accept (``context``)."""
    subprocess.run(["dunstctl", hand], env=env, check=True)


def ring(program: Program, session_id: str, **members: object) -> None:
    """Place a call, and wait until a click on its card is not taken for one meant for something else."""
    assert program.place(session_id, metadata={"customer_name": "Mara"}, **members).status == 202
    time.sleep(0.6)


def end(program: Program, session_id: str) -> None:
    program.until_status(session_id, "active")
    assert program.request("POST", f"/sessions/{session_id}/end").status == 200
    program.until_status(session_id, "ended")


@contextmanager
def somebody_types(env: Env, *options: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", typing_window.__name__, *options]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, env=env, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        try:
            subprocess.run(
                [
                    "xdotool",
                    "search",
                    "--sync",
                    "--onlyvisible",
                    "--name",
                    f"^{typing_window.TITLE}$",
                    "windowactivate",
                ],
                env=env,
                check=True,
                capture_output=True,
            )
            yield process
        finally:
            process.terminate()


def typed(process: subprocess.Popen[str], line: str) -> None:
    """Wait until *line* was typed; the lines before it are its beginnings."""
    assert process.stdout is not None
    while (said := process.stdout.readline().rstrip("\n")) != line:
        assert said, "the window is gone"
        assert line.startswith(said)


def test_the_card_stands_above_what_is_typed_into_and_takes_no_key(desk: dict[str, str], program: Program) -> None:
    with somebody_types(desk) as typist:
        press_keys("a", env=desk)
        typed(typist, "a")
        ring(program, "typed")
        card = the_card(program, desk)
        stacking = output_of(desk, "xprop", "-root", "_NET_CLIENT_LIST_STACKING").rsplit(",", 1)[-1]
        assert int(stacking.strip(), 16) == int(card), "something stands above the card"
        press_keys("b", "Escape", "c", env=desk)
        typed(typist, "abc")
        press_keys("Return", env=desk)
        typed(typist, "return")
        assert program.session("typed")["status"] == "ringing"
        click_in(desk, card, 0.75, 38)
        program.until_status("typed", "active")
        program.until(lambda: not windows(desk, CARD) and displayed(desk) == 0, "card and notification gone")
    end(program, "typed")


def test_above_a_full_screen_window_the_notification_is_seen(
    desk: dict[str, str], program: Program, tmp_path: Path
) -> None:
    """X11 window managers let nothing that they manage stand above it; notifications they do not manage."""
    with somebody_types(desk, "--full-screen") as typist:
        press_keys("a", env=desk)
        typed(typist, "a")
        ring(program, "full-screen")
        program.until(lambda: displayed(desk) == 1, "the notification")
        program.until(lambda: is_dunst(desk, tmp_path / "corner.png"), "the notification above all")
        press_keys("b", env=desk)
        typed(typist, "ab")
        press_notification(desk, "context")
        end(program, "full-screen")


def is_dunst(env: Env, picture: Path) -> bool:
    """Whether the top right corner of the screen has the red of dunst's urgent notifications."""
    screenshot(picture, "100x60+1150+20", env=env)
    image = QImage(str(picture))
    return any(image.pixelColor(x, 30).red() > 3 * max(1, image.pixelColor(x, 30).green()) for x in range(100))


def test_the_card_is_answered_by_keys_once_it_has_the_focus(desk: dict[str, str], program: Program) -> None:
    for key, status in (("Return", "active"), ("Escape", "ended")):
        ring(program, key)
        subprocess.run(["xdotool", "windowactivate", "--sync", the_card(program, desk)], env=desk, check=True)
        press_keys(key, env=desk)
        program.until_status(key, status)
        program.until(lambda: not windows(desk, CARD), "the card gone")
        if status == "active":
            end(program, key)
    assert program.session("Escape")["outcome"] == "declined"


def test_the_notification_is_answered_and_leads_to_the_panel(desk: dict[str, str], program: Program) -> None:
    ring(program, "by-notification")
    program.until(lambda: displayed(desk) == 1, "the notification")
    press_notification(desk, "action")
    program.until(lambda: windows(desk, "Ringing"), "the panel")
    close_windows(desk, "Ringing")
    assert program.session("by-notification")["status"] == "ringing"
    end_ringing(program, "by-notification", desk)
    ring(program, "accepted")
    program.until(lambda: displayed(desk) == 1, "the notification")
    press_notification(desk, "context")
    program.until_status("accepted", "active")
    program.until(lambda: not windows(desk, CARD) and displayed(desk) == 0, "card and notification gone")
    end(program, "accepted")


def end_ringing(program: Program, session_id: str, env: Env) -> None:
    assert program.request("POST", f"/sessions/{session_id}/decline").status == 200
    program.until_status(session_id, "ended")
    program.until(lambda: not windows(env, CARD) and displayed(env) == 0, "card and notification gone")


def test_answered_elsewhere_it_goes_from_the_screen(desk: dict[str, str], program: Program) -> None:
    for action in ("accept", "decline", "end"):
        ring(program, action)
        the_card(program, desk)
        program.until(lambda: displayed(desk) == 1, "the notification")
        assert program.request("POST", f"/sessions/{action}/{action}").status == 200
        program.until(lambda: not windows(desk, CARD) and displayed(desk) == 0, "card and notification gone")
        if action == "accept":
            end(program, action)


def test_of_several_calls_the_next_is_shown_and_then_the_one_behind(desk: dict[str, str], program: Program) -> None:
    for name in ("first", "second", "third"):
        assert program.place(name, metadata={"customer_name": name}).status == 202
    time.sleep(0.6)
    for name in ("first", "second", "third"):
        assert displayed(desk) == 1
        click_in(desk, the_card(program, desk), 0.25, 38)
        assert program.until_status(name, "ended")["outcome"] == "declined"
        time.sleep(0.6)
    program.until(lambda: not windows(desk, CARD) and displayed(desk) == 0, "card and notification gone")


def test_a_missed_call_leaves_a_notification_that_opens_the_history(desk: dict[str, str], program: Program) -> None:
    ring(program, "missed", ring_timeout_s=1)
    program.until_status("missed", "ended")
    program.until(lambda: not windows(desk, CARD), "the card gone")
    program.until(lambda: displayed(desk) == 1, "the notification of a missed call")
    press_notification(desk, "action")
    program.until(lambda: windows(desk, "History"), "the history")
    program.until(lambda: displayed(desk) == 0, "the notification gone")
    close_windows(desk, "History")


def test_the_notification_alone_or_the_panel_on_request(
    desk: dict[str, str], answering: dict[str, str], tmp_path: Path
) -> None:
    for surface, seen in (("notification", (0, 1, 0)), ("panel", (0, 0, 1))):
        with running(desk, tmp_path / surface, **answering, RING_SURFACE=surface) as program:
            ring(program, surface)
            until_seen(program, desk, seen)
            end_ringing(program, surface, desk)


def until_seen(program: Program, env: Env, seen: tuple[int, int, int]) -> None:
    """Wait until so many cards, notifications and panels show a ring, and no others."""
    program.until(
        lambda: (len(windows(env, CARD)), displayed(env), len(windows(env, "Ringing"))) == seen, "nothing but it"
    )


def test_without_tray_and_notifications_the_card_is_there(answering: dict[str, str], tmp_path: Path) -> None:
    options = DesktopOptions(tray="none", notifications=False)
    with (
        sound_server() as sound,
        desktop(options, sound) as env,
        running(env, tmp_path / "data", **answering) as program,
    ):
        with somebody_types(env):
            ring(program, "bare")
            click_in(env, the_card(program, env), 0.75, 38)
            end(program, "bare")
        # Now the panel, the program's only face, has the focus: the call rings where the operator is.
        program.until(lambda: active_window(env).endswith("Agent Connector"), "the panel in front")
        ring(program, "in-the-panel")
        assert not windows(env, CARD)
        press_keys("Return", env=env)
        end(program, "in-the-panel")


def test_a_notification_daemon_that_dies_while_it_rings_breaks_nothing(
    answering: dict[str, str], tmp_path: Path
) -> None:
    with sound_server() as sound, desktop(base=sound) as env, running(env, tmp_path / "data", **answering) as desk:
        ring(desk, "orphan")
        desk.until(lambda: displayed(env) == 1, "the notification")
        (daemon,) = [
            process
            for process in psutil.Process().children(recursive=True)
            if process.name() == "dunst" and process.environ().get("DISPLAY") == env["DISPLAY"]
        ]
        os.kill(daemon.pid, signal.SIGKILL)
        click_in(env, the_card(desk, env), 0.75, 38)
        end(desk, "orphan")
        ring(desk, "without")
        click_in(env, the_card(desk, env), 0.25, 38)
        assert desk.until_status("without", "ended")["outcome"] == "declined"
        again = ["dunst", "-conf", str(Path(__file__).parents[1] / "rig" / "dunstrc")]
        with subprocess.Popen(again, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as dunst:
            try:
                desk.until(lambda: output_of(env, "dunstctl", "count", "displayed"), "the daemon's return")
                ring(desk, "back")
                desk.until(lambda: displayed(env) == 1, "the notification")
                press_notification(env, "context")
                end(desk, "back")
            finally:
                dunst.terminate()
