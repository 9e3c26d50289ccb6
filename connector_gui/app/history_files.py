"""Calls of the record written into files: whole or not at all."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Final

from connector_gui.core.errors import ConnectorError
from connector_gui.core.export import calls_csv, session_json, transcript_srt, transcript_text
from connector_gui.core.history import HistoryFilter, HistoryIndex, HistoryPort
from connector_gui.core.record import CallRecord
from connector_gui.core.sentence import sentence
from connector_gui.ui.history.call_page import ExportKind
from connector_gui.ui.history.chosen import Chosen

BATCH: Final = 200
"""Calls read and written at a time."""


class ListChangedError(ConnectorError):
    """Calls were chosen from a list that is not the same any more."""


class ExportError(ConnectorError):
    """The file cannot be written."""


class HistoryFiles:
    """Finds the calls that are chosen, and writes them where the operator wants them."""

    def __init__(self, port: HistoryPort) -> None:
        self._port = port

    async def names(self, calls: Chosen, wanted: HistoryFilter, index: HistoryIndex) -> list[str]:
        """The session ids of *calls*, which were chosen from *index*, the answer to *wanted*.

        Raises:
            ListChangedError: The list has changed since: offsets may mean other calls.
            StoreError: The record cannot be read.
        """
        return [record.session_id async for record in self._in_gaps(calls, wanted, index)] + [*calls.session_ids]

    async def write(
        self,
        calls: Chosen,
        kind: ExportKind,
        path: Path,
        wanted: HistoryFilter,
        index: HistoryIndex,
        on_progress: Callable[[int], None],
    ) -> Path:
        """Write *calls* to *path*; return the file, which has the recording's suffix where *path* has another.

        Raises:
            ListChangedError, StoreError: As `names`.
            ExportError: The file cannot be written; nothing is left of it.
        """
        try:
            if kind is ExportKind.AUDIO:
                return await self._copy_audio(calls.session_ids[0], path)
            if kind in {ExportKind.TEXT, ExportKind.SUBTITLES}:
                await self._write_transcript(calls.session_ids[0], kind, path)
            elif kind is ExportKind.TABLE:
                await self._write_table(self._records(calls, wanted, index), path, on_progress)
            else:
                await self._write_json(self._whole(calls, wanted, index), path, on_progress)
        except OSError as error:
            raise ExportError(
                sentence("The file cannot be written: {reason}. Choose another place.", reason=error.strerror or error)
            ) from error
        return path

    # --- one call ----------------------------------------------------------------------------------

    async def _write_transcript(self, session_id: str, kind: ExportKind, path: Path) -> None:
        record = await self._port.call(session_id)
        if record is None:
            raise ListChangedError(sentence("This call is not in the record any more."))
        text = transcript_text(record) if kind is ExportKind.TEXT else transcript_srt(record)
        await asyncio.to_thread(_write_whole, path, text)

    async def _copy_audio(self, session_id: str, path: Path) -> Path:
        source = await self._port.recording_path(session_id)
        if source is None:
            raise ListChangedError(sentence("The recording of this call is not there any more."))
        # A time in the name (“16.41”) is no suffix, and no player opens what is called otherwise than it is.
        has_suffix = path.suffix.lower() == source.suffix.lower()
        target = path if has_suffix else path.with_name(path.name + source.suffix)
        await asyncio.to_thread(_copy_whole, source, target)
        return target

    # --- many calls --------------------------------------------------------------------------------

    async def _write_table(
        self, records: AsyncIterator[CallRecord], path: Path, on_progress: Callable[[int], None]
    ) -> None:
        rows: list[CallRecord] = []
        async for record in records:
            rows.append(record)
            if len(rows) % BATCH == 0:
                on_progress(len(rows))
        # All at once: the columns are known only when every call was looked at.
        await asyncio.to_thread(lambda: _write_whole(path, calls_csv(rows)))

    async def _write_json(
        self, records: AsyncIterator[CallRecord], path: Path, on_progress: Callable[[int], None]
    ) -> None:
        part, count, batch = _beside(path), 0, list[str]()
        try:
            await asyncio.to_thread(part.write_bytes, b"")
            async for record in records:
                batch.append(session_json(record))
                if len(batch) == BATCH:
                    await asyncio.to_thread(_append_json, part, batch, count)
                    count, batch = count + len(batch), []
                    on_progress(count)
            await asyncio.to_thread(_append_json, part, batch, count)
            await asyncio.to_thread(_append, part, "\n]\n" if count + len(batch) else "[]\n")
            await asyncio.to_thread(part.replace, path)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)

    async def _records(self, calls: Chosen, wanted: HistoryFilter, index: HistoryIndex) -> AsyncIterator[CallRecord]:
        """The calls, with or without transcripts."""
        async for record in self._in_gaps(calls, wanted, index):
            yield record
        async for record in self._by_name(calls.session_ids):
            yield record

    async def _whole(self, calls: Chosen, wanted: HistoryFilter, index: HistoryIndex) -> AsyncIterator[CallRecord]:
        """The calls with their transcripts."""
        async for record in self._in_gaps(calls, wanted, index):
            async for whole in self._by_name([record.session_id]):
                yield whole
        async for whole in self._by_name(calls.session_ids):
            yield whole

    async def _by_name(self, session_ids: Sequence[str]) -> AsyncIterator[CallRecord]:
        for session_id in session_ids:
            record = await self._port.call(session_id)
            if record is not None:
                yield record

    async def _in_gaps(self, calls: Chosen, wanted: HistoryFilter, index: HistoryIndex) -> AsyncIterator[CallRecord]:
        found: list[CallRecord] = []
        for offset, count in calls.gaps:
            for start in range(offset, offset + count, BATCH):
                found += await self._port.window(wanted, start, min(BATCH, offset + count - start))
        # Asked last: whatever came in until now has moved what the offsets meant.
        if calls.gaps and await self._port.index(wanted) != index:
            raise ListChangedError(sentence("Calls came in meanwhile. Look at the selection, then try again."))
        for record in found:
            yield record


def _beside(path: Path) -> Path:
    """Where *path* is written until it is whole."""
    return path.with_name(f".{path.name}.part")


def _write_whole(path: Path, text: str) -> None:
    part = _beside(path)
    try:
        # Lone surrogates cannot be encoded; nothing a person reads has them.
        part.write_bytes(text.encode("utf-8", "replace"))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _copy_whole(source: Path, target: Path) -> None:
    part = _beside(target)
    try:
        shutil.copyfile(source, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _append(path: Path, text: str) -> None:
    with path.open("ab") as file:
        file.write(text.encode("utf-8", "replace"))


def _append_json(path: Path, sessions: Sequence[str], before: int) -> None:
    if sessions:
        _append(path, (",\n" if before else "[\n") + ",\n".join(sessions))
