"""The operator's presence over restarts: read before calls can come, written beside the windows."""

from __future__ import annotations

import asyncio

from connector_gui.core.presence import KeptPresence
from connector_gui.switchboard import Switchboard
from connector_gui.system.presence_file import PresenceFile


class PresenceKeeper:
    """Keeps what the board says, the latest word alone."""

    def __init__(self, board: Switchboard, file: PresenceFile) -> None:
        self._board = board
        self._file = file
        self._words: asyncio.Queue[KeptPresence | None] = asyncio.Queue()
        board.on_presence.append(self._words.put_nowait)

    async def restore(self) -> None:
        """Go on as the last run left off."""
        kept = await asyncio.to_thread(self._file.read)
        if kept is not None:
            self._board.restore_presence(kept)

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            word = await self._words.get()
            while not self._words.empty():
                word = self._words.get_nowait()
            # To its end, even when the program is closed meanwhile: half a second later it is gone.
            await asyncio.shield(asyncio.to_thread(self._file.write, word))
