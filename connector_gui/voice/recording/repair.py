"""Finishes a recording that was cut off: its length is set, and a torn end is taken away.

A FLAC file is a head, then frames that each carry their number, their length and checksums:

    fLaC │ STREAMINFO (rate, block size, total frames) │ … │ frame 0 │ frame 1 │ … │ frame n │ (torn)

The number of the last whole frame tells how long the sound is. So nothing is decoded or copied: a recording of hours
is finished in milliseconds, also on a full disk. The two changes, a shorter file and one number in the head, are
harmless by themselves and can be made again at any time.
Source: RFC 9639, sections 8.2 and 9.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from connector_gui.core.errors import StoreError
from connector_gui.core.sentence import sentence

log = logging.getLogger(__name__)

MARK: Final = b"fLaC"
SYNC: Final = b"\xff\xf8"
"""Begins every frame of a stream whose blocks have one length; ours have, but for the last."""
STREAMINFO_AT: Final = 8
STREAMINFO_BYTES: Final = 34
TOTAL_BITS: Final = 36
MD5_AT: Final = 18
WINDOW_BYTES: Final = 256 * 1024
"""How much of the end is looked at in one piece."""
OVERLAP_BYTES: Final = 64 * 1024
"""More than the longest frame."""


@dataclass(frozen=True, slots=True)
class _Head:
    """What STREAMINFO says."""

    block_frames: int
    rate_hz: int
    total_frames: int
    frames_at: int


@dataclass(frozen=True, slots=True)
class _End:
    """Where the last whole frame ends, in bytes of the file and in frames of the sound."""

    offset: int
    total_frames: int


def repair(path: Path) -> float:
    """Finish the recording at *path*, and give its length in seconds.

    0 if nothing can be heard: there is no file, nothing in it, or it is no recording; it is left as it is then.
    Nothing is changed at a file that is whole.

    Raises:
        StoreError: The file is there, and cannot be read or written.
    """
    try:
        with path.open("r+b") as file:
            return _repair(file, path.name)
    except FileNotFoundError:
        return 0.0
    except OSError as error:
        raise StoreError(
            sentence(
                "The recording {name} cannot be finished: {reason}.", name=path.name, reason=error.strerror or error
            )
        ) from error


def _repair(file: BinaryIO, name: str) -> float:
    size = os.fstat(file.fileno()).st_size
    head = _read_head(file)
    if head is None:
        return 0.0
    end = _find_end(file, head, size)
    if end.offset < size:
        log.info("recording.torn_end_cut", extra={"file": name, "bytes": size - end.offset})
        file.truncate(end.offset)
    if end.total_frames != head.total_frames:
        _write_total(file, end.total_frames)
        log.info("recording.finished", extra={"file": name, "duration_s": end.total_frames / head.rate_hz})
    if (end.offset, end.total_frames) != (size, head.total_frames):
        file.flush()
        os.fsync(file.fileno())
    return end.total_frames / head.rate_hz


def _read_head(file: BinaryIO) -> _Head | None:
    """What the file says of itself; None if it is no such file."""
    file.seek(0)
    start = file.read(STREAMINFO_AT + STREAMINFO_BYTES)
    if len(start) < STREAMINFO_AT + STREAMINFO_BYTES or start[:4] != MARK or start[4] & 0x7F:
        return None
    info = start[STREAMINFO_AT:]
    packed = int.from_bytes(info[10:18], "big")
    block_frames, rate_hz = int.from_bytes(info[2:4], "big"), packed >> 44
    frames_at = _skip_metadata(file)
    if not block_frames or not rate_hz or frames_at is None:
        return None
    return _Head(block_frames, rate_hz, packed & ((1 << TOTAL_BITS) - 1), frames_at)


def _skip_metadata(file: BinaryIO) -> int | None:
    """Where the frames begin; None if the file ends before."""
    offset = len(MARK)
    while True:
        file.seek(offset)
        header = file.read(4)
        if len(header) < 4:
            return None
        offset += 4 + int.from_bytes(header[1:], "big")
        if header[0] & 0x80:
            return offset


def _find_end(file: BinaryIO, head: _Head, size: int) -> _End:
    """Look for the last whole frame, from the end on."""
    stop = size
    while stop > head.frames_at:
        start = max(head.frames_at, stop - WINDOW_BYTES)
        file.seek(start)
        window = file.read(min(size, stop + OVERLAP_BYTES) - start)
        end = _last_frame(window, start, head)
        if end is not None:
            return end
        stop = start
    return _End(min(size, head.frames_at), 0)


def _last_frame(window: bytes, offset: int, head: _Head) -> _End | None:
    """The end of the last frame in *window* whose checksum is right, and that begins with a right header."""
    ends = [len(window)]
    at = window.rfind(SYNC)
    while at >= 0:
        header = _read_header(window[at : at + 16], head)
        if header is not None:
            for end in ends:
                if end - at <= OVERLAP_BYTES and _crc16(window[at:end]) == 0:
                    return _End(offset + end, header)
            ends = [at, *ends[:2]]
        at = window.rfind(SYNC, 0, at + 1)
    return None


def _read_header(header: bytes, head: _Head) -> int | None:
    """How many frames of sound there are up to the end of the block that begins so; None if none does."""
    number_bytes = _utf8_length(header[4]) if len(header) > 4 else 0
    if not number_bytes or len(header) < 4 + number_bytes:
        return None
    number = header[4] if number_bytes == 1 else header[4] & (0x7F >> number_bytes)
    for byte in header[5 : 4 + number_bytes]:
        number = number << 6 | byte & 0x3F
    at = 4 + number_bytes
    size_code, rate_code = header[2] >> 4, header[2] & 0x0F
    extra = {6: 1, 7: 2}.get(size_code, 0)
    frames = int.from_bytes(header[at : at + extra], "big") + 1 if extra else _block_frames(size_code)
    at += extra + {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if len(header) <= at or _crc8(header[:at]) != header[at] or not 0 < frames <= head.block_frames:
        return None
    return number * head.block_frames + frames


def _utf8_length(first: int) -> int:
    """How many bytes a number has whose first is *first*; 0 if none begins so."""
    if first < 0x80:
        return 1
    leading = 8 - (~first & 0xFF).bit_length()
    return leading if 2 <= leading <= 7 else 0


def _block_frames(code: int) -> int:
    if code == 1:
        return 192
    if 2 <= code <= 5:
        return 576 << (code - 2)
    return 256 << (code - 8) if code >= 8 else 0


def _write_total(file: BinaryIO, total_frames: int) -> None:
    """Set the length, and take away the checksum of a whole that is not there."""
    file.seek(STREAMINFO_AT)
    info = bytearray(file.read(STREAMINFO_BYTES))
    packed = int.from_bytes(info[10:18], "big") >> TOTAL_BITS << TOTAL_BITS | total_frames
    info[10:18] = packed.to_bytes(8, "big")
    info[MD5_AT:] = bytes(STREAMINFO_BYTES - MD5_AT)
    file.seek(STREAMINFO_AT)
    file.write(info)


def _crc_table(polynomial: int, bits: int) -> list[int]:
    table = []
    for byte in range(256):
        value = byte << (bits - 8)
        for _ in range(8):
            value = value << 1 ^ (polynomial if value >> (bits - 1) & 1 else 0)
            value &= (1 << bits) - 1
        table.append(value)
    return table


_CRC8: Final = _crc_table(0x07, 8)
_CRC16: Final = _crc_table(0x8005, 16)


def _crc8(data: bytes) -> int:
    value = 0
    for byte in data:
        value = _CRC8[value ^ byte]
    return value


def _crc16(data: bytes) -> int:
    """0 for a whole frame, its checksum included."""
    value = 0
    for byte in data:
        value = (value << 8 & 0xFFFF) ^ _CRC16[value >> 8 ^ byte]
    return value
