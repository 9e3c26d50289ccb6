"""To whom the guided start comes by itself, and what a sound check plays."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector_gui.app.setup_desk import autostart_of, is_wanted, speech
from connector_gui.system.autostart import XdgAutostart
from connector_gui.system.paths import data_dir
from connector_gui.system.settings_sources import LoadedSettings, load
from connector_gui.system.setup_progress import SetupProgress


@pytest.fixture(autouse=True)
def _without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "API_KEYS", "ELEVENLABS_API_KEY", "DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


def loaded(folder: Path, **command_line: object) -> LoadedSettings:
    made = load({"data_dir": folder, **command_line}, dotenv=folder / ".env")
    made.data_dir.prepare()
    return made


def wants(folder: Path, **command_line: object) -> bool:
    return is_wanted(loaded(folder, **command_line), SetupProgress(folder))


def test_a_new_folder_wants_it_until_it_is_over(tmp_path: Path) -> None:
    assert wants(tmp_path)
    (tmp_path / "connector.db").touch()
    (tmp_path / "settings.json").write_text("{}")
    assert wants(tmp_path), "begun, and left"
    SetupProgress(tmp_path).finish()
    assert not wants(tmp_path)


@pytest.mark.parametrize("name", ["connector.db", "settings.json", "settings.json.broken-20260101-000000"])
def test_a_folder_in_use_does_not(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}")
    assert not wants(tmp_path)


def test_settings_from_outside_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8123")
    assert not wants(tmp_path)
    monkeypatch.delenv("PORT")
    (tmp_path / ".env").write_text("RING_VOLUME=40\n")
    assert not wants(tmp_path)


def test_the_command_line_and_the_folder_say_nothing_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert wants(tmp_path, practice="always")


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
def test_the_agent_speaks_long_enough_for_a_canceller_to_learn(rate_hz: int) -> None:
    said = speech(rate_hz)
    assert said.dtype.name == "int16"
    assert 6 < said.size / rate_hz < 9


@pytest.mark.skipif("sys.platform != 'linux'")
def test_another_data_folder_is_named_at_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for folder, is_named in ((data_dir(), False), (data_dir(tmp_path / "data"), True)):
        entry = autostart_of(folder)
        assert isinstance(entry, XdgAutostart)
        entry.switch(is_on=True)
        assert ("--data-dir" in entry.file.read_text()) is is_named
