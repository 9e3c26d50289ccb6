"""A real n8n, the real program on the virtual desktop, and the shipped workflows in between."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.e2e.program import KEY, Program, free_port, running
from tests.n8n.builder import Builder
from tests.rig import desktop, sound_server
from tests.rig.n8n import N8n, running_n8n
from tests.rig.n8n_install import N8nFolder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These tests are for `dev.py test --n8n`, which installs n8n and says where it is."""
    if "RIG_N8N_DIR" in os.environ:
        return
    reason = "needs a real n8n: python3 packaging/dev.py test --n8n"
    for item in items:
        if item.get_closest_marker("n8n") is not None:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def n8n() -> Iterator[N8n]:
    """An n8n that has the desk's key."""
    with running_n8n(N8nFolder.of_user(), free_port(), free_port()) as made:
        made.add_header_key("Agent Connector key", KEY)
        yield made


@pytest.fixture(scope="session")
def desk() -> Iterator[Mapping[str, str]]:
    """The environment of a desk: tray, unlocked keyring, microphone, speaker."""
    with sound_server() as sound, desktop(base=sound) as env:
        yield env


@pytest.fixture
def rate_limit() -> str:
    """How often calls may be placed."""
    return "1000/minute"


@pytest.fixture
def queue_size() -> int:
    """How many calls may ring."""
    return 100


@pytest.fixture
def program(desk: Mapping[str, str], tmp_path: Path, rate_limit: str, queue_size: int) -> Iterator[Program]:
    """The program, with the practice agent."""
    with running(desk, tmp_path / "data", RING_QUEUE_SIZE=str(queue_size), RATE_LIMIT=rate_limit) as made:
        yield made


@pytest.fixture
def builder(n8n: N8n, program: Program) -> Builder:
    """Somebody who builds workflows for *program*."""
    return Builder(n8n, program)
