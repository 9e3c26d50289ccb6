"""How the program starts, and what it says when something it needs is missing."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from connector_gui import __version__
from tests.e2e.agent import Agent
from tests.e2e.program import START_TIMEOUT_S, Program, free_port, running
from tests.rig import DesktopOptions, desktop, sound_server


def run(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "connector_gui", *arguments], capture_output=True, text=True, timeout=90, env=env
    )


def test_the_version_is_told() -> None:
    ended = run("--version")
    assert (ended.returncode, ended.stdout) == (0, f"agent-connector {__version__}\n")


def test_an_unknown_argument_is_refused() -> None:
    assert run("--frobnicate").returncode == 2


def test_without_a_display_there_is_one_line_and_status_2(tmp_path: Path) -> None:
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    env = {name: value for name, value in os.environ.items() if name not in hidden}
    ended = run("--data-dir", str(tmp_path), env=env)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "display" in ended.stderr


def test_a_wrong_setting_is_named_in_one_line_and_status_2(tmp_path: Path) -> None:
    ended = run("--data-dir", str(tmp_path), env={**os.environ, "PORT": "eighty"})
    assert ended.returncode == 2
    assert "PORT" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.desktop
@pytest.mark.sound
class TestOnADesk:
    def test_a_second_start_brings_the_first_to_the_front(self, desk: dict[str, str], tmp_path: Path) -> None:
        with running(desk, tmp_path / "data") as program:
            assert not _has_window(desk)
            second = run("--data-dir", str(program.data_dir), env=desk)
            assert second.returncode == 0, second.stderr
            program.until(lambda: _has_window(desk), "the panel in front")

    def test_a_taken_port_is_named_and_tried_again(self, desk: dict[str, str], tmp_path: Path) -> None:
        port = free_port()
        with socket.socket() as other:
            other.bind(("127.0.0.1", port))
            other.listen()
            program = Program(desk, tmp_path / "data", PORT=str(port))
            program.until(lambda: f"{port}" in program.output.read_text(), "naming the port", START_TIMEOUT_S)
            assert program.process.poll() is None
        try:
            program.until_listening()
        finally:
            assert program.stop() == 0

    def test_a_broken_settings_file_is_kept_aside(self, desk: dict[str, str], tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "settings.json").write_text('{"port": ')
        with running(desk, tmp_path / "data") as program:
            assert program.request("GET", "/health", key=None).status == 200
        assert [path.read_text() for path in (tmp_path / "data").glob("settings.json.broken*")] == ['{"port": ']

    def test_without_a_key_the_practice_agent_answers(self, desk: dict[str, str], tmp_path: Path) -> None:
        with running(desk, tmp_path / "data") as program:
            placed = program.place("p")
            assert placed.status == 202
            assert placed.body["practice"] is True

    def test_without_a_key_and_practice_never_there_is_a_way_out(self, desk: dict[str, str], tmp_path: Path) -> None:
        with running(desk, tmp_path / "data", PRACTICE="never") as program:
            refused = program.place("p")
            assert (refused.status, refused.body["code"]) == (503, "no_api_key")
            assert "Settings" in refused.body["error"]
            assert refused.headers["Retry-After"]

    def test_an_unknown_agent_is_told_before_anything_rings(
        self, desk: dict[str, str], agent: Agent, tmp_path: Path
    ) -> None:
        agent.control.set_agents()
        with running(desk, tmp_path / "data", **agent.settings) as program:
            refused = program.place("p")
            assert (refused.status, refused.body["code"]) == (404, "agent_not_found")
            assert program.request("GET", "/sessions").body["sessions"] == []

    def test_an_elevenlabs_that_cannot_be_reached_is_named(self, desk: dict[str, str], tmp_path: Path) -> None:
        settings = {"ELEVENLABS_BASE_URL": f"http://127.0.0.1:{free_port()}", "ELEVENLABS_API_KEY": "sk_test"}
        with running(desk, tmp_path / "data", **settings) as program:
            refused = program.place("p")
            assert (refused.status, refused.body["code"]) == (502, "elevenlabs_error")

    def test_a_killed_program_leaves_no_ghost_call(self, desk: dict[str, str], tmp_path: Path) -> None:
        with running(desk, tmp_path / "data") as program:
            program.place("rings")
            program.place("talks")
            program.request("POST", "/sessions/talks/accept")
            program.until_status("talks", "active")
            program.process.kill()
            program.process.wait()
            again = Program(desk, tmp_path / "data", PORT=str(program.port))
            again.until_listening()
            outcomes = {name: again.session(name)["outcome"] for name in ("rings", "talks")}
            assert again.stop() == 0
            program.process = again.process
        assert outcomes == {"rings": "missed", "talks": "interrupted"}


@pytest.mark.desktop
@pytest.mark.sound
class TestWhenSomethingIsMissing:
    def test_no_microphone_refuses_the_call_with_the_cure(self, tmp_path: Path) -> None:
        bare = sound_server(plugged_in=False)
        with bare as sound, desktop(base=sound) as env, running(env, tmp_path / "data") as program:
            refused = program.place("p")
            assert (refused.status, refused.body["code"]) == (503, "no_audio_device")
            assert "microphone" in refused.body["error"].lower()
            assert program.request("GET", "/health", key=None).body["reasons"] == ["no_audio_device"]

    def test_a_locked_keyring_answers_503_and_the_program_lives(self, tmp_path: Path) -> None:
        options = DesktopOptions(keyring="locked")
        with sound_server() as sound, desktop(options, sound) as env, running(env, tmp_path / "data") as program:
            refused = program.place("p")
            assert (refused.status, refused.body["code"]) == (503, "keyring_locked")
            assert refused.headers["Retry-After"]

    def test_without_a_keyring_the_desk_still_practises(self, tmp_path: Path) -> None:
        options = DesktopOptions(keyring="none")
        with sound_server() as sound, desktop(options, sound) as env, running(env, tmp_path / "data") as program:
            assert program.place("p").status == 202

    def test_without_a_tray_the_panel_is_a_window(self, tmp_path: Path) -> None:
        options = DesktopOptions(tray="none")
        with sound_server() as sound, desktop(options, sound) as env, running(env, tmp_path / "data") as program:
            program.until(lambda: _has_window(env), "the panel")


def _has_window(env: dict[str, str]) -> bool:
    command = ["xdotool", "search", "--onlyvisible", "--name", "Agent Connector"]
    return subprocess.run(command, env=env, capture_output=True, check=False).returncode == 0
