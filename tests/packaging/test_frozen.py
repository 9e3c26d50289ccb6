"""The frozen program on a desk of its own: it starts without any Python, takes a call, and ends without a trace."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from devtools import contents, distributions, package
from devtools.layout import Layout
from tests.e2e.program import Program
from tests.packaging.frozen import running_frozen, without_python
from tests.rig import RECORDING_RATE_HZ, Samples, SpeakerRecording, tray_click

# The first test of a changed tree waits for the build.
pytestmark = [pytest.mark.desktop, pytest.mark.sound, pytest.mark.timeout(1500)]

LOUD = 400
"""An amplitude that speech at the rig's level exceeds and silence does not."""


def loud_ms(samples: Samples) -> float:
    """How long something is heard, in windows of 20 ms."""
    window = RECORDING_RATE_HZ // 50
    whole = samples[: samples.size // window * window].reshape(-1, window)
    return float((np.abs(whole).max(axis=1) > LOUD).sum() * 20)


def key_in_keyring(env: dict[str, str]) -> str:
    """The key for dialers, as the program has put it into the operator's keyring."""
    code = "import keyring; print(keyring.get_password('agent-connector', 'webhook-api-key') or '')"
    return subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_a_practice_call_from_the_ring_to_the_last_click(frozen: Layout, desk: dict[str, str], tmp_path: Path) -> None:
    assert shutil.which("python3", path=without_python(desk, tmp_path)["PATH"]) is None
    settings = {"API_KEYS": "", "RECORD_CALLS": "true"}
    with running_frozen(frozen.frozen_program, desk, tmp_path / "data", **settings) as program:
        program.until(lambda: key_in_keyring(desk) != "", "a key in the keyring")
        key = key_in_keyring(desk)
        with SpeakerRecording(env=desk) as speaker:
            body = {"agent_id": "agent_1", "session_id": "first", "metadata": {"customer_name": "Mara"}}
            placed = program.request("POST", "/webhook/initiate-call", body, key=key)
            assert (placed.status, placed.body["practice"]) == (202, True), placed.body
            before = speaker.samples().size
            tray_click(env=desk)
            program.until(lambda: status(program, key) == "active", "the call", 30)
            program.until(lambda: loud_ms(speaker.samples()[before:]) > 1500, "the greeting at the speaker", 30)
        assert_nothing_of_python_is_loaded_from_elsewhere(program.mapped_files(), frozen.frozen)
        time.sleep(0.6)  # a click within a second of accepting is a double click; this one is not
        tray_click(env=desk)
        program.until(lambda: status(program, key) == "ended", "the end")
        session = program.request("GET", "/sessions/first", key=key).body
        assert (session["outcome"], session["ended_by"]) == ("completed", "operator")
        assert session["transcript"][0]["role"] == "agent"
        until_recorded(program, key)
        assert program.request("GET", "/openapi.json", key=None).status == 200
    assert "Traceback" not in program.output.read_text()
    assert (tmp_path / "data" / "connector.db").exists()


def status(program: Program, key: str) -> str:
    return str(program.request("GET", "/sessions/first", key=key).body["status"])


def until_recorded(program: Program, key: str) -> None:
    def state() -> str:
        recording = program.request("GET", "/sessions/first", key=key).body["recording"]
        return str(recording and recording["state"])

    program.until(lambda: state() == "done", "the recording")


def assert_nothing_of_python_is_loaded_from_elsewhere(loaded: set[Path], folder: Path) -> None:
    """All that the program has loaded is its own or of the system's libraries, which know of no Python."""
    foreign = {path for path in loaded if not path.is_relative_to(folder) and path.suffix != ".db"}
    assert not [path for path in foreign if "python" in str(path).lower() or "site-packages" in path.parts]
    assert [path for path in loaded if path.name.startswith("libpython")]


def test_a_later_start_hands_over_what_it_is_told_and_ends(
    frozen: Layout, desk: dict[str, str], tmp_path: Path
) -> None:
    def told(*words: str) -> tuple[int, str]:
        command = [str(frozen.frozen_program), "--data-dir", str(tmp_path / "data"), *words]
        done = subprocess.run(command, env=without_python(desk, tmp_path), capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    assert told("--json", "status")[0] == 3, "nothing runs"
    with running_frozen(frozen.frozen_program, desk, tmp_path / "data", "--practice") as program:
        assert told() == (0, "")
        program.until(lambda: "instance.activated" in program.output.read_text(), "coming to the front")
        status, words = told("--json", "call", "agent_1", "--metadata", "customer_name=Mara", "--session-id", "told")
        assert (status, json.loads(words)["data"]["status"]) == (0, "ringing")
        assert told("end", "--session-id", "nobody")[0] == 1
        assert told("call")[0] == 2
        assert told("quit")[0] == 0
        assert program.process.wait(5) == 0


def test_the_version_is_that_of_the_build(frozen: Layout, tmp_path: Path) -> None:
    env = without_python({}, tmp_path)
    told = subprocess.run([frozen.frozen_program, "--version"], env=env, capture_output=True, text=True, check=True)
    assert told.stdout == f"agent-connector {package.read_stamp(frozen)['version']}\n"


def test_it_is_as_small_as_promised(frozen: Layout) -> None:
    # With room for what packages grow by: whoever updates one need not make space first.
    assert package.size_of(frozen.frozen) <= contents.MAX_BYTES - 8_000_000 == 172_000_000


def test_what_was_made_beside_it_never_got_in(frozen: Layout) -> None:
    names = [path.relative_to(frozen.frozen).as_posix().lower() for path in frozen.frozen.rglob("*")]
    for stranger in ("/tests/", "pyinstaller", "pip/", "qtquick", "qtqml", "qt6quick", "qt6qml", "gtk", "elevenlabs-"):
        inside = [name for name in names if stranger in name and not name.startswith("licences/")]
        assert not inside, inside
    program = frozen.frozen_program.read_bytes()
    assert b"connector_gui.elevenlabs.link" in program  # the table of its modules can be read
    assert b"elevenlabs.client" not in program
    assert b"connector_gui.tests" not in program


def test_everything_inside_comes_with_its_terms(frozen: Layout) -> None:
    folder = frozen.frozen / "licences"
    for name in ("README.txt", "LGPL-3.0.txt", "GPL-3.0.txt", "PYTHON.txt", "AGENT-CONNECTOR.txt"):
        assert (folder / name).stat().st_size > 500, name
    listed = (folder / "BILL.txt").read_text(encoding="utf-8")
    assert "PySide6_Essentials" in listed or "pyside6" in listed.lower()
    (bill,) = frozen.dist.glob(f"*-{package.read_stamp(frozen)['version']}-{sys.platform}.cdx.json")
    parts = json.loads(bill.read_text(encoding="utf-8"))["components"]
    assert {"Python", "numpy", "livekit", "Qt", "OpenBLAS"} <= {part["name"] for part in parts}
    assert not {"pytest", "pip", "hatchling", "elevenlabs"} & {part["name"] for part in parts}
    terms = [one["expression"] for part in parts for one in part.get("licenses", []) if "expression" in one]
    assert not [term for term in terms if not distributions.is_allowed(term)]
