"""What is to be done at the desk, one job after the other, in the order it came in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from connector_gui.core.errors import ConnectorError

log = logging.getLogger(__name__)

Job = Callable[[], Awaitable[object]]


class Jobs:
    """A queue of jobs, and those that wait for the world beside it.

    Args:
        on_refusal: Told in a sentence that something the operator asked for cannot be done.
    """

    def __init__(self, on_refusal: Callable[[str], None]) -> None:
        self._on_refusal = on_refusal
        self._inbox: asyncio.Queue[Job] = asyncio.Queue()
        self._tasks: asyncio.TaskGroup | None = None

    def put(self, job: Job) -> None:
        """Do *job* when those before it are done."""
        self._inbox.put_nowait(job)

    def spawn(self, job: Job, name: str) -> None:
        """Run something that waits for the world beside the queue, so that clicks do not wait for it."""
        if self._tasks is None:
            self.put(job)  # nobody works yet: it is not lost
        else:
            self._tasks.create_task(self._guard(job), name=name)

    async def run(self, *standing: Job) -> None:
        """Work until cancelled, and run what is *standing* beside it."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(self._work(), name="switchboard.work")
            for job in standing:
                tasks.create_task(self._guard(job), name="switchboard.standing")

    async def _work(self) -> None:
        while True:
            job = await self._inbox.get()
            await self._guard(job)

    async def _guard(self, job: Job) -> None:
        try:
            await job()
        except ConnectorError as error:
            log.info("switchboard.refused", extra={"reason": str(error)})
            self._on_refusal(str(error))
        except Exception:
            # The outermost frame of each job: one bad event must not stop the desk.
            log.exception("switchboard.failed")
