"""Not to be disturbed outlives the program; a file that says nothing sane does not keep calls away."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector_gui.core.presence import KeptPresence, Wish
from connector_gui.system.presence_file import FILE_NAME, PresenceFile

UNTIL = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize("kept", [KeptPresence(Wish.TOMORROW, UNTIL), KeptPresence(Wish.UNTIL_BACK)])
def test_what_is_written_is_read_again(tmp_path: Path, kept: KeptPresence) -> None:
    PresenceFile(tmp_path).write(kept)
    assert PresenceFile(tmp_path).read() == kept


def test_who_takes_calls_leaves_no_file(tmp_path: Path) -> None:
    file = PresenceFile(tmp_path)
    assert file.read() is None
    file.write(None)
    file.write(KeptPresence(Wish.UNTIL_BACK))
    file.write(None)
    assert not list(tmp_path.glob("*presence*"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"wish": "more_time", "until": null}',
        '{"wish": "hour", "until": "soon"}',
        '{"wish": "hour", "until": 5}',
        '{"wish": "hour", "until": "2026-11-23T07:00:00"}',
        '{"wish": [], "until": null}',
    ],
)
def test_nonsense_does_not_keep_calls_away(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    assert PresenceFile(tmp_path).read() is None


def test_a_disk_that_does_not_take_it_is_no_reason_to_stop(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        PresenceFile(tmp_path / "gone").write(KeptPresence(Wish.HOUR, UNTIL))
    assert [record.getMessage() for record in caplog.records] == ["presence.not_kept"]
