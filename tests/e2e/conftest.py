"""Surroundings for the whole program: a desktop and sound devices of its own, and an agent to talk to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connector_gui.practice.server import PracticeServer
from connector_gui.practice.thread import PracticeThread
from tests.e2e.agent import Agent
from tests.rig import desktop, sound_server


@pytest.fixture(scope="module")
def desk() -> Iterator[dict[str, str]]:
    """The environment of a desk: tray, unlocked keyring, microphone, speaker."""
    with sound_server() as sound, desktop(base=sound) as env:
        yield env


@pytest.fixture
def agent() -> Iterator[Agent]:
    """An agent whose behaviour the test scripts, in ElevenLabs' place."""
    server = PracticeServer(with_evidence=True)
    thread = PracticeThread(server)
    base_url = thread.start()
    try:
        yield Agent(base_url, server.control)
    finally:
        thread.stop()
