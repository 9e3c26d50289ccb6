"""The thread that writes one recording; who gives it sound never waits for it.

voice loop                          this thread
put(block) ──→ queue ──→ encoder ──→ file, synced and watched once a second
(queue full: counted, and silence of that length is written once there is room)
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from connector_gui.core.call_reports import NoticeGiven, RecordingEnded, RecordingStarted
from connector_gui.core.errors import StoreError
from connector_gui.core.sentence import sentence
from connector_gui.voice.recording.flac_file import CHANNELS, FlacFile, Stereo
from connector_gui.voice.recording.reader import UnreadableError, blocks_of
from connector_gui.voice.recording.space import SpaceRules, check_space

log = logging.getLogger(__name__)

BACKLOG_S: Final = 20.0
"""Sound that waits for a slow disk; 1.3 MB at 16 kHz."""
SYNC_S: Final = 0.9
"""How often what was written is brought to the disk."""
_STEP_S: Final = 1.0
"""Silence of any length is written in pieces of this one."""

WriterReport = RecordingStarted | RecordingEnded | NoticeGiven


@dataclass(frozen=True, slots=True)
class _Silence:
    """Silence of any length; a gap where the queue was full and sound could not be put."""

    frames: int
    is_gap: bool


class _End:
    """Put last."""


class Writer:
    """Writes a file from its creation to its end, in a thread of its own.

    Args:
        path: The file to create.
        rate_hz: Of all that is put.
        at_frame: Where in the call it begins; silence stands before that, or what *continues* has.
        tell: Takes what there is to report; called in the writer's thread.
        rules: What must stay free on the disk.
        continues: Who wrote the file before this one in the same call. What is in that is taken over, so that a call
            has one recording however often it was switched off and on; the file is removed when this one is closed.
    """

    def __init__(
        self,
        path: Path,
        rate_hz: int,
        at_frame: int,
        tell: Callable[[WriterReport], None],
        *,
        rules: SpaceRules,
        continues: Writer | None = None,
        backlog_s: float = BACKLOG_S,
        open_file: Callable[[Path, int], FlacFile] = FlacFile,
    ) -> None:
        self._path = path
        self._rate_hz = rate_hz
        self._at_frame = at_frame
        self._continues = continues
        self._tell = tell
        self._rules = rules
        self._open_file = open_file
        self._limit_frames = round(backlog_s * rate_hz)
        self._queue: queue.SimpleQueue[Stereo | _Silence | _End] = queue.SimpleQueue()
        # Each counter has one side that writes it.
        self._put_frames = 0
        self._taken_frames = 0
        self._skipped_frames = 0
        self._is_over = False
        self._synced_s = 0.0
        self._thread = threading.Thread(target=self._run, name="recording", daemon=True)

    # --- any loop: nothing here waits -----------------------------------------------------------------

    def start(self) -> None:
        """Create the file, and write what is put."""
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """The file is closed: nothing more is written."""
        return self._is_over

    def put(self, block: Stereo) -> None:
        """Append *block*, which must not change afterwards."""
        if self._is_over:
            return
        if self._put_frames - self._taken_frames + len(block) > self._limit_frames:
            self._skipped_frames += len(block)
            return
        self._put_skipped()
        self._put_frames += len(block)
        self._queue.put(block)

    def put_silence(self, frames: int) -> None:
        """Append *frames* of silence, of any length."""
        self._put_skipped()
        self._queue.put(_Silence(frames, is_gap=False))

    def finish(self) -> None:
        """Write what is left, and close the file. Nothing may be put afterwards."""
        self._put_skipped()
        self._queue.put(_End())

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; false if it takes longer. Blocks."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def remove(self) -> None:
        """Take the file away: another one has all that is in it."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("recording.not_removed", extra={"file": self._path.name, "reason": str(error)})

    def _put_skipped(self) -> None:
        if self._skipped_frames:
            self._queue.put(_Silence(self._skipped_frames, is_gap=True))
            self._skipped_frames = 0

    # --- the thread -------------------------------------------------------------------------------------

    def _run(self) -> None:
        duration_s, problem = 0.0, None
        self._is_begun = False
        try:
            duration_s, problem = self._record()
        except StoreError as error:
            problem = str(error)
        except Exception:
            log.exception("recording.failed")
            problem = sentence("The recording stopped because of a fault in this program. The log has the details.")
        self._is_over = True
        if problem is not None:
            log.warning("recording.stopped", extra={"reason": problem})
            self._tell(
                NoticeGiven(
                    "recording_stopped",
                    sentence("{problem} The call is not recorded any more, and goes on.", problem=problem),
                )
            )
        log.info("recording.ended", extra={"file": self._path.name, "duration_s": duration_s})
        self._tell(RecordingEnded(duration_s, self._path.name if self._is_begun else None, problem))

    def _record(self) -> tuple[float, str | None]:
        """Write until the end, or until that is no longer possible: length in seconds, and what was in the way."""
        check_space(self._path.parent, self._rules.start_bytes)
        file = self._open_file(self._path, self._rate_hz)
        problem: str | None = None
        try:
            self._synced_s = time.monotonic()
            if self._continues is not None:
                self._take_over(file, self._continues)
            self._write_silence(file, self._at_frame - file.frames)
            self._is_begun = True
            self._tell(RecordingStarted(round(self._at_frame * 1000 / self._rate_hz), self._path.name))
            while self._write_next(file):
                pass
        except StoreError as error:
            problem = str(error)
        finally:
            duration_s = file.close()
        if not self._is_begun:
            self.remove()  # what it was to go on from is whole, and stays
            return 0.0, problem
        if self._continues is not None:
            self._continues.remove()
        return duration_s, problem

    def _write_next(self, file: FlacFile) -> bool:
        """Write what comes next, within a second; false at the end."""
        try:
            item = self._queue.get(timeout=SYNC_S)
        except queue.Empty:
            self._watch(file)
            return True
        if isinstance(item, _End):
            return False
        if isinstance(item, _Silence):
            self._write_silence(file, item.frames)
            if item.is_gap:
                self._tell_gap(item.frames)
        else:
            file.write(item)
            self._taken_frames += len(item)
        self._watch(file)
        return True

    def _take_over(self, file: FlacFile, other: Writer) -> None:
        """Begin with what *other* wrote, up to where this recording begins."""
        other._thread.join()
        try:
            for block in blocks_of(other._path):
                file.write(block[: max(0, self._at_frame - file.frames)])
                self._watch(file)
        except UnreadableError as error:
            log.warning("recording.not_taken_over", extra={"file": other._path.name, "reason": str(error)})

    def _write_silence(self, file: FlacFile, frames: int) -> None:
        step = round(self._rate_hz * _STEP_S)
        silence = np.zeros((max(0, min(step, frames)), CHANNELS), dtype=np.int16)
        for start in range(0, frames, step):
            file.write(silence[: frames - start])
            self._watch(file)

    def _watch(self, file: FlacFile) -> None:
        """Once a second: bring it to the disk, and see whether there is room for more."""
        if time.monotonic() - self._synced_s < SYNC_S:
            return
        file.sync()
        check_space(self._path.parent, self._rules.stop_bytes)
        self._synced_s = time.monotonic()

    def _tell_gap(self, frames: int) -> None:
        seconds = frames / self._rate_hz
        log.warning("recording.gap", extra={"file": self._path.name, "seconds": seconds})
        message = sentence(
            "The disk was too slow for the recording: {seconds} s of it are silent.", seconds=f"{seconds:.0f}"
        )
        self._tell(NoticeGiven("recording_gap", message))
