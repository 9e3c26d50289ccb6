"""A FLAC file that is being written: decodable at any moment, up to its last block of 24 or 72 ms.

The encoder hands each block to the system as soon as it is full, so a killed program loses no more; `sync` brings it
to the disk itself. What is missing until `close` is the length in the head, which `repair` sets after a crash.
"""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from connector_gui.core.errors import StorageFullError, StoreError
from connector_gui.core.sentence import sentence
from connector_gui.voice.recording.repair import repair
from connector_gui.voice.recording.space import free_bytes

log = logging.getLogger(__name__)

Stereo: TypeAlias = NDArray[np.int16]
"""Frames of both channels, shape ``(frames, 2)``: the operator left, the agent right."""

CHANNELS: Final = 2
COMPRESSION: Final = 0.25
"""Blocks of 1,152 frames. The next level makes files 5 % smaller and blocks of 4,096: a crash would cost 256 ms."""
FULL_BYTES: Final = 1_000_000
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REFUSED: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


class FlacFile:
    """Belongs to one thread, which it blocks as long as the disk takes.

    Attributes:
        frames: Written so far.
    """

    def __init__(self, path: Path, rate_hz: int) -> None:
        """Create the file, readable by this user alone.

        Raises:
            StorageFullError: There is no space for it.
            StoreError: It exists already, or cannot be created; the text says why.
        """
        self.path = path
        self.rate_hz = rate_hz
        self.frames = 0
        # Taking it as a name lets the encoder open it by itself: a descriptor cannot be shared on every system.
        # Ours stays open: it syncs, and knows whether the file is still there.
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        except OSError as error:
            raise _explained(error) from error
        try:
            self._encoder = _open_encoder(path, rate_hz)
            self._sync_folder()
        except StoreError:
            os.close(self._descriptor)
            path.unlink(missing_ok=True)
            raise

    @property
    def duration_s(self) -> float:
        """Length of what was written."""
        return self.frames / self.rate_hz

    def write(self, block: Stereo) -> None:
        """Append *block*.

        Raises:
            StorageFullError: The disk is full.
            StoreError: It cannot be written.
        """
        try:
            self._encoder.write(block)
        except RuntimeError as error:  # what the library's own errors are; it does not keep the system's number
            raise self._encoder_failed() from error
        self.frames += len(block)

    def sync(self) -> None:
        """Bring what was written to the disk, and see whether it is still where it belongs.

        Raises:
            StorageFullError: The disk is full.
            StoreError: It cannot be written, or the file or its folder is gone.
        """
        try:
            os.fsync(self._descriptor)
            is_there = os.path.samestat(self.path.stat(), os.fstat(self._descriptor))
        except OSError as error:
            raise _explained(error) from error
        if not is_there:
            raise StoreError(sentence("The file of the recording has been taken away."))

    def close(self) -> float:
        """Finish the file, whatever has happened to it; how long it is in seconds. Raises nothing."""
        try:
            self._encoder.close()
        except RuntimeError as error:
            log.info("recording.close_failed", extra={"reason": str(error)})
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            log.info("recording.sync_failed", extra={"reason": str(error)})
        os.close(self._descriptor)
        try:
            return repair(self.path)  # changes nothing at a file that was closed as it should be
        except StoreError as error:
            log.warning("recording.not_finished", extra={"reason": str(error)})
            return 0.0

    def _encoder_failed(self) -> StoreError:
        try:
            is_full = free_bytes(self.path.parent) < FULL_BYTES
        except StoreError as error:
            return error
        return _full() if is_full else StoreError(sentence("The recording cannot be written: the disk refuses it."))

    def _sync_folder(self) -> None:
        """Let the file's name survive a power cut too, where folders can be synced."""
        if os.name == "nt":
            return
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        except OSError as error:
            log.debug("recording.folder_not_synced", extra={"reason": str(error)})
        finally:
            os.close(folder)


def _open_encoder(path: Path, rate_hz: int) -> Any:
    # Here, in the recording's own thread: the import takes a tenth of a second, and most calls need none of it.
    import soundfile

    try:
        return soundfile.SoundFile(path, "w", rate_hz, CHANNELS, "PCM_16", format="FLAC", compression_level=COMPRESSION)
    except RuntimeError as error:
        raise StoreError(sentence("The recording cannot be written: the disk refuses it.")) from error


def _explained(error: OSError) -> StoreError:
    """*error* in words for the operator."""
    if error.errno in _FULL:
        return _full()
    if error.errno in _REFUSED:
        return StoreError(sentence("The folder for recordings cannot be written to: the system does not allow it."))
    if isinstance(error, FileNotFoundError):
        return StoreError(sentence("The folder for recordings is gone."))
    return StoreError(sentence("The recording cannot be written: {reason}.", reason=error.strerror or error))


def _full() -> StorageFullError:
    return StorageFullError(sentence("The disk is full."))
