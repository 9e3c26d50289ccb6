"""The guided start in the real program: whom it is shown, how it is left, and all the way to a first call."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bench.echo import loudspeakers
from tests.e2e import typing_window
from tests.e2e.program import START_TIMEOUT_S, Program, free_port, running
from tests.rig import press_keys, tray_click

pytestmark = [pytest.mark.desktop, pytest.mark.sound]

TITLE = "Set up"
NOTHING = {"API_KEYS": "", "PORT": ""}
"""As somebody starts it who has never heard of settings; an empty variable is none."""
BEGUN = "[General]\nstep={step}\n"


def windows(env: Mapping[str, str], title: str = TITLE) -> list[str]:
    command = ["xdotool", "search", "--onlyvisible", "--name", f"^{title}"]
    return subprocess.run(command, env=dict(env), capture_output=True, text=True, check=False).stdout.split()


def active_window(env: Mapping[str, str]) -> str:
    command = ["xdotool", "getactivewindow", "getwindowname"]
    return subprocess.run(command, env=dict(env), capture_output=True, text=True, check=False).stdout.strip()


@contextmanager
def somebody_types(env: Mapping[str, str]) -> Iterator[None]:
    command = [sys.executable, "-m", typing_window.__name__]
    title = f"^{typing_window.TITLE}$"
    wait = ["xdotool", "search", "--sync", "--onlyvisible", "--name", title, "windowactivate", "--sync"]
    with subprocess.Popen(command, env=dict(env), cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL) as process:
        try:
            subprocess.run(wait, env=dict(env), check=True, capture_output=True)
            yield
        finally:
            process.terminate()


def to_the_front(env: Mapping[str, str]) -> None:
    subprocess.run(["xdotool", "windowactivate", "--sync", windows(env)[0]], env=dict(env), check=True)


def said(program: Program, event: str) -> bool:
    return event in program.output.read_text()


def kept(folder: Path) -> str:
    file = folder / "setup.ini"
    return file.read_text() if file.exists() else ""


@contextmanager
def newcomer(env: Mapping[str, str], folder: Path) -> Iterator[Program]:
    """A program without any setting, once it runs."""
    program = Program(env, folder, **NOTHING)
    try:
        program.until(lambda: said(program, "app.started"), "the start", START_TIMEOUT_S)
        program.until(lambda: said(program, "tray.host_"), "looking for a tray", START_TIMEOUT_S)
        yield program
    except BaseException:
        program.stop()
        raise
    assert program.stop() == 0, program.output.read_text()


def begun(folder: Path, step: str, **settings: object) -> int:
    """A data folder in which the guide was left at *step*; the port that the program will listen at."""
    folder.mkdir()
    port = free_port()
    (folder / "setup.ini").write_text(BEGUN.format(step=step))
    (folder / "settings.json").write_text(json.dumps({"port": port, **settings}))
    return port


@contextmanager
def going_on(env: Mapping[str, str], folder: Path, step: str, **settings: object) -> Iterator[Program]:
    """A program whose guide goes on at *step*; nothing is set from outside."""
    port = begun(folder, step, **settings)
    with newcomer(env, folder) as program:
        program.port = port
        program.until(lambda: windows(env), "the guide")
        yield program


def test_it_comes_up_once_without_the_focus_and_skipped_it_stays_away(desk: dict[str, str], tmp_path: Path) -> None:
    with somebody_types(desk), newcomer(desk, tmp_path / "data") as program:
        program.until(lambda: windows(desk), "the guide")
        time.sleep(0.5)  # in which a window manager would give it the focus
        assert active_window(desk) == typing_window.TITLE
        to_the_front(desk)
        press_keys("alt+k", env=desk)
        program.until(lambda: not windows(desk), "the guide gone")
        program.until(lambda: "over=yes" in kept(tmp_path / "data"), "remembering it")
    with newcomer(desk, tmp_path / "data"):
        assert not windows(desk)


def test_it_goes_on_where_it_was_left(desk: dict[str, str], tmp_path: Path) -> None:
    with newcomer(desk, tmp_path / "data") as program:
        program.until(lambda: windows(desk), "the guide")
        to_the_front(desk)
        press_keys("alt+n", "alt+n", env=desk)
        program.until(lambda: "step=webhook" in kept(tmp_path / "data"), "the third page")
        press_keys("Escape", env=desk)
        program.until(lambda: not windows(desk), "the guide gone")
    with newcomer(desk, tmp_path / "data") as program:
        program.until(lambda: windows(desk), "the guide again")
        assert "step=webhook" in kept(tmp_path / "data")


def test_who_has_set_it_up_by_the_environment_is_not_bothered(desk: dict[str, str], tmp_path: Path) -> None:
    with running(desk, tmp_path / "data"):
        assert not windows(desk)
    assert kept(tmp_path / "data") == ""


def test_who_has_used_it_before_is_not_bothered(desk: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "settings.json").write_text(json.dumps({"port": free_port()}))
    with newcomer(desk, folder):
        assert not windows(desk)


def test_a_call_rings_as_ever_while_it_is_open(desk: dict[str, str], tmp_path: Path) -> None:
    with going_on(desk, tmp_path / "data", "sound") as program:
        key = webhook_key(desk)
        body = {"agent_id": "agent_1", "session_id": "s"}
        program.until(lambda: said(program, "webhook."), "the webhook")
        placed = program.request("POST", "/webhook/initiate-call", body, key=key)
        assert placed.status == 202, placed.body
        program.until(lambda: windows(desk, "Incoming "), "the card")
        assert program.request("POST", "/sessions/s/accept", key=key).status == 200
        program.until(lambda: _status(program, "s", key) == "active", "the call")
        assert program.request("POST", "/sessions/s/end", key=key).status == 200


def test_from_empty_to_a_practice_call_with_a_sound_check(desk: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "data"
    autostart = Path(desk["XDG_CONFIG_HOME"]) / "autostart" / "agent-connector.desktop"
    with going_on(desk, folder, "key") as program, loudspeakers(desk):
        to_the_front(desk)
        press_keys("alt+w", env=desk)  # practise without a key
        program.until(lambda: "step=sound" in kept(folder), "the sound page")
        time.sleep(1)  # the devices are looked for first
        press_keys("alt+s", env=desk)
        program.until(lambda: said(program, "sound_check.done"), "the sound check", 60)
        figures = check_figures(program)
        # -67 and 48 where nothing runs dry; a busy machine makes the echo jump. Without a canceller: -20 and 0.
        assert figures["left_db"] < -28, figures
        assert figures["erle_db"] > 8, figures
        assert 40 < figures["delay_ms"] < 400, figures
        press_keys("alt+n", env=desk)
        program.until(lambda: "step=webhook" in kept(folder), "the webhook page")
        press_keys("alt+n", env=desk)
        program.until(lambda: "step=last" in kept(folder), "the last page")
        press_keys("alt+l", env=desk)
        program.until(autostart.exists, "starting at login")
        press_keys("alt+p", env=desk)
        program.until(lambda: said(program, "call.active"), "the practice call")
        program.until(lambda: not windows(desk), "the guide gone")
        program.until(lambda: windows(desk, "(In call|Connecting)"), "the panel with the call")
        key = webhook_key(desk)
        [call] = program.request("GET", "/sessions", key=key).body["sessions"]
        assert call["practice"] is True
        assert program.request("POST", f"/sessions/{call['session_id']}/end", key=key).status == 200
    assert "over=yes" in kept(folder)
    autostart.unlink()


def test_from_nothing_at_all_to_a_practice_call_and_its_end(desk: dict[str, str], tmp_path: Path) -> None:
    """Neither folder nor port are prepared, and nobody asks the webhook: it may have found its usual port taken."""
    folder = tmp_path / "data"
    with newcomer(desk, folder) as program:
        program.until(lambda: windows(desk), "the guide")
        to_the_front(desk)
        press_keys("alt+w", env=desk)  # practise without a key
        for step in ("sound", "webhook", "last"):
            program.until(lambda step=step: f"step={step}" in kept(folder), step)  # type: ignore[misc]
            press_keys("alt+p" if step == "last" else "alt+n", env=desk)
        program.until(lambda: said(program, "call.active"), "the practice call")
        program.until(lambda: active_window(desk).startswith("In call"), "the panel in front")
        tray_click("right", env=desk)
        time.sleep(1)  # the menu comes up, on a busy machine too; a key before that would go elsewhere
        press_keys("e", env=desk)
        program.until(lambda: "outcome=completed ended_by=operator" in program.output.read_text(), "the call's end")
    assert "over=yes" in kept(folder)


def check_figures(program: Program) -> dict[str, float]:
    line = next(line for line in program.output.read_text().splitlines() if "sound_check.done" in line)
    pairs = (word.split("=") for word in line.split() if "=" in word)
    return {name: float(value) for name, value in pairs if value[0] in "-0123456789"}


def webhook_key(env: Mapping[str, str]) -> str:
    code = "import keyring; print(keyring.get_password('agent-connector', 'webhook-api-key'))"
    python = [sys.executable, "-c", code]
    return subprocess.run(python, env=dict(env), capture_output=True, text=True, check=True).stdout.strip()


def _status(program: Program, session_id: str, key: str) -> str:
    return str(program.request("GET", f"/sessions/{session_id}", key=key).body.get("status"))
