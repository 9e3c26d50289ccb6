"""An agent to talk to, for the tests in which a real link is part of the call."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connector_gui.practice.server import PracticeServer
from connector_gui.practice.thread import PracticeThread
from tests.fakes.practice import Practice


@pytest.fixture(scope="module")
def running_practice() -> Iterator[Practice]:
    server = PracticeServer(with_evidence=True)
    thread = PracticeThread(server)
    base_url = thread.start()
    try:
        yield Practice(base_url, server.control)
    finally:
        thread.stop()


@pytest.fixture
def practice(running_practice: Practice) -> Practice:
    """The practice agent on a thread of its own, as its everyday self."""
    running_practice.control.reset()
    return running_practice
