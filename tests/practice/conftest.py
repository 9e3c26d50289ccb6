"""A practice server with its evidence, for the tests that talk to one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from connector_gui.practice.server import PracticeServer


@pytest.fixture
def server() -> PracticeServer:
    """The server; it listens once `base_url` is asked for."""
    return PracticeServer(with_evidence=True)


@pytest.fixture
async def base_url(server: PracticeServer) -> AsyncIterator[str]:
    """Where the server listens."""
    yield await server.start()
    await server.stop()
