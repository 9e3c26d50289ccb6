"""The whole program with a keyring that is locked, then unlocked; and with one that does not answer."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.agent import Agent
from tests.e2e.keyring_lock import lock, unlock
from tests.e2e.program import Program, running
from tests.rig import desktop, sound_server

pytestmark = [pytest.mark.desktop, pytest.mark.sound]

PROJECT = Path(__file__).parents[2]
STORED = {"elevenlabs-api-key": "sk_test_0123456789", "webhook-api-key": "key-of-the-dialer"}


@pytest.fixture(scope="module")
def desk() -> Iterator[dict[str, str]]:
    """A desk whose keyring these tests may lock."""
    with sound_server() as sound, desktop(base=sound) as env:
        yield env


def store_keys(env: dict[str, str]) -> None:
    code = "".join(f"keyring.set_password('agent-connector', {name!r}, {key!r});" for name, key in STORED.items())
    subprocess.run([sys.executable, "-c", f"import keyring; {code}"], env=env, check=True)


def place(program: Program, session_id: str) -> tuple[int, str | None]:
    """Status and code of a call placed with the key that is in the keyring."""
    body = {"agent_id": "agent_1", "session_id": session_id}
    answer = program.request("POST", "/webhook/initiate-call", body, key=STORED["webhook-api-key"])
    return answer.status, answer.body.get("code")


def test_calls_work_again_once_the_keyring_is_unlocked(desk: dict[str, str], agent: Agent, tmp_path: Path) -> None:
    store_keys(desk)
    lock(desk)
    # Both keys are in the keyring, so the environment has none.
    settings = {"ELEVENLABS_BASE_URL": agent.base_url, "API_KEYS": ""}
    with running(desk, tmp_path / "data", **settings) as program:
        # Nobody can be told from a stranger now, so nobody is called one.
        assert place(program, "early") == (503, "keyring_locked")
        health = program.request("GET", "/health", key=None)
        assert (health.status, health.body["reasons"]) == (503, ["keyring_locked"])
        unlock(desk)
        program.until(lambda: program.request("GET", "/health", key=None).status == 200, "reading the keys", 20)
        assert place(program, "late") == (202, None)
        session = program.request("GET", "/sessions/late", key=STORED["webhook-api-key"]).body
        assert (session["status"], session["practice"]) == ("ringing", False)


def test_a_keyring_that_does_not_answer_holds_nothing_up(desk: dict[str, str], tmp_path: Path) -> None:
    env = {**desk, "PYTHONPATH": str(PROJECT), "PYTHON_KEYRING_BACKEND": "tests.fakes.odd_keyring.SlowKeyring"}
    started_s = time.monotonic()
    with running(env, tmp_path / "data") as program:
        assert time.monotonic() - started_s < 40
        for number in range(10):
            asked_s = time.monotonic()
            refused = program.place(f"call-{number}")
            assert (refused.status, refused.body["code"]) == (503, "keyring_locked")
            assert time.monotonic() - asked_s < 5
        stopped_s = time.monotonic()
    assert time.monotonic() - stopped_s < 5
