from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pydantic
import pytest

from connector_gui.core.errors import ConfigError
from connector_gui.system import settings_file
from connector_gui.system.settings_sources import LoadedSettings, Origin, load

CANARY = "sk_canary_7f3a9b"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder, named by the environment."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("DATA_DIR", str(folder))
    return folder


def write_settings(folder: Path, text: str) -> Path:
    path = folder / "settings.json"
    path.write_text(text, encoding="utf-8")
    return path


def aside_of(folder: Path) -> list[Path]:
    return sorted(folder.glob("settings.json.broken-*"))


def test_everything_is_a_default_at_first() -> None:
    loaded = load()
    assert loaded.settings.port == 8000
    assert set(loaded.origins.values()) == {Origin.DEFAULT}
    assert loaded.origins.keys() == type(loaded.settings).model_fields.keys()
    assert loaded.problems == ()
    assert loaded.data_dir.path == Path.home() / ".local/share/agent-connector"


def test_each_source_overrules_the_next(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_settings(folder, '{"practice": "never", "port": 1, "ring_timeout_s": 1, "retention_days": 1}')
    Path(".env").write_text("PRACTICE=never\nPORT=2\nRING_TIMEOUT_S=2\n")
    monkeypatch.setenv("PRACTICE", "never")
    monkeypatch.setenv("PORT", "3")

    loaded = load({"practice": "always"})

    found = {
        name: (getattr(loaded.settings, name), loaded.origins[name])
        for name in ("practice", "port", "ring_timeout_s", "retention_days", "ring_queue_size")
    }
    assert found == {
        "practice": ("always", Origin.COMMAND_LINE),
        "port": (3, Origin.ENVIRONMENT),
        "ring_timeout_s": (2.0, Origin.DOTENV),
        "retention_days": (1, Origin.FILE),
        "ring_queue_size": (20, Origin.DEFAULT),
    }
    assert loaded.fixed.keys() == {"practice", "port", "ring_timeout_s", "data_dir"}
    assert loaded.fixed["port"] == "Set by PORT in the environment"


def test_lists_are_comma_separated_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "desk.lan, crm.example:8443 ,")
    assert load().settings.allowed_hosts == ("desk.lan", "crm.example:8443")


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    Path(".env").write_text("ELEVENLABS_API_KEY=\nRETENTION_DAYS=\n")
    loaded = load()
    assert set(loaded.origins.values()) == {Origin.DEFAULT}


def test_names_of_other_programs_in_dotenv_are_left_alone() -> None:
    Path(".env").write_text("POSTGRES_PASSWORD=x\nPORT=9000\n")
    assert load().settings.port == 9000


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "eight", "must be a whole number"),
        ("PORT", "65536", "must be at most 65535"),
        ("AUDIO_CHUNK_MS", "10", "must be at least 20"),
        ("RING_TIMEOUT_S", "nan", "must be"),
        ("RECORD_CALLS", "perhaps", "must be true or false"),
        ("PRACTICE", "sometimes", "must be auto, always or never"),
        ("RATE_LIMIT", "many", "must be a number per second, minute or hour, e.g. 60/minute"),
        ("ELEVENLABS_BASE_URL", "http://evil.example", "must be an https:// address"),
        ("INPUT_DEVICE", "x" * 1_101, "must have at most 1100 characters"),
    ],
)
def test_a_wrong_variable_is_named_with_its_problem(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=f"^{name} in the environment {words}"):
        load()


def test_all_wrong_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "x")
    Path(".env").write_text("RETENTION_DAYS=-1\n")
    with pytest.raises(ConfigError) as caught:
        load({"practice": "perhaps"})
    text = str(caught.value)
    assert "PORT in the environment must be" in text
    assert "RETENTION_DAYS in .env must be at least 0" in text
    assert "--practice on the command line must be" in text


def test_a_value_is_never_repeated_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "ELEVENLABS_BASE_URL", "PRACTICE", "RATE_LIMIT", "LOG_LEVEL", "TLS_KEY_FILE", "HOST"):
        monkeypatch.setenv(name, CANARY)
        with pytest.raises(ConfigError) as caught:
            load()
        if name != "HOST":  # a host has to be named to be understood
            assert CANARY not in str(caught.value)
        monkeypatch.delenv(name)


def test_keys_do_not_show_in_the_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ELEVENLABS_API_KEY", "API_KEYS", "DATABASE_URL"):
        monkeypatch.setenv(name, CANARY)
    loaded = load()
    assert loaded.settings.elevenlabs_api_key is not None
    assert loaded.settings.elevenlabs_api_key.get_secret_value() == CANARY
    assert CANARY not in repr(loaded)
    assert CANARY not in str(loaded.fixed)


def test_a_dotenv_that_is_no_text_is_a_sentence() -> None:
    Path(".env").write_bytes(b"\xff\xfe\x00PORT")
    with pytest.raises(ConfigError, match=r"\.env cannot be read"):
        load()


def test_the_command_line_names_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    write_settings(tmp_path / "there", '{"port": 8123}')
    loaded = load({"data_dir": str(tmp_path / "there")})
    assert loaded.settings.port == 8123
    assert loaded.data_dir.settings_file == tmp_path / "there" / "settings.json"


def test_a_tilde_means_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", "~/desk")
    assert load().data_dir.path == Path.home() / "desk"


BROKEN_FILES: dict[str, bytes] = {
    "empty": b"",
    "half written": b'{"port": 81',
    "binary": bytes(range(256)),
    "no object": b"[1, 2]",
    "nested for ever": b"[" * 200_000,
    "a number of a million digits": b'{"port": ' + b"1" * 900_000 + b"}",
    "huge": b" " * (settings_file.MAX_FILE_BYTES + 1),
}


@pytest.mark.parametrize("raw", BROKEN_FILES.values(), ids=BROKEN_FILES.keys())
def test_a_broken_file_is_kept_aside_and_defaults_are_used(folder: Path, raw: bytes) -> None:
    (folder / "settings.json").write_bytes(raw)
    loaded = load()
    assert loaded.settings.port == 8000
    assert len(loaded.problems) == 1
    (aside,) = aside_of(folder)
    assert aside.read_bytes() == raw
    assert aside.name in loaded.problems[0]
    assert not (folder / "settings.json").exists()
    assert load().problems == ()


def test_good_values_of_a_file_with_wrong_ones_stay_in_use(folder: Path) -> None:
    write_settings(folder, '{"port": "x", "ring_timeout_s": 45, "colour": 1, "auto_answer": [], "audio_chunk_ms": 5}')
    loaded = load()
    assert loaded.settings.ring_timeout_s == 45
    assert (loaded.settings.port, loaded.settings.audio_chunk_ms) == (8000, 100)
    assert loaded.origins["port"] is Origin.DEFAULT
    (problem,) = loaded.problems
    for words in ("port must be a whole number", "colour is not known", "auto_answer must be true or false"):
        assert words in problem
    assert len(aside_of(folder)) == 1
    assert json.loads((folder / "settings.json").read_text()) == {"ring_timeout_s": 45}
    assert load().problems == ()


def test_keys_in_the_file_are_not_used(folder: Path) -> None:
    write_settings(folder, json.dumps({"elevenlabs_api_key": CANARY, "api_keys": CANARY, "port": 8001}))
    loaded = load()
    assert loaded.settings.elevenlabs_api_key is None
    assert loaded.settings.port == 8001
    assert "elevenlabs_api_key does not belong there" in loaded.problems[0]
    assert CANARY not in loaded.problems[0]


def test_an_open_address_without_tls_in_the_file_falls_back_to_loopback(folder: Path) -> None:
    write_settings(folder, '{"host": "0.0.0.0", "port": 8002}')
    loaded = load()
    assert (loaded.settings.host, loaded.settings.port) == ("127.0.0.1", 8002)
    assert "HOST=0.0.0.0 can be reached from other computers" in loaded.problems[0]


def test_an_open_address_in_the_environment_stops_the_start(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "0.0.0.0")
    with pytest.raises(ConfigError, match="ALLOW_INSECURE_LAN=true"):
        load()
    write_settings(folder, '{"allow_insecure_lan": true}')
    assert load().settings.host == "0.0.0.0"


def test_a_named_pipe_in_place_of_the_file_does_not_hang(folder: Path) -> None:
    os.mkfifo(folder / "settings.json")
    assert "is not a file" in load().problems[0]


def test_a_change_is_saved_and_found_again(folder: Path) -> None:
    changed = load().with_changes({"ring_timeout_s": 45.5, "allowed_hosts": "a, b", "input_device": "Müller"})
    assert changed.settings.ring_timeout_s == 45.5
    assert changed.origins["ring_timeout_s"] is Origin.FILE
    again = load()
    assert again.settings == changed.settings
    assert again.origins == changed.origins
    assert stat.S_IMODE((folder / "settings.json").stat().st_mode) == 0o600


def test_only_what_the_file_owns_is_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_settings(folder, '{"port": 8001}')
    monkeypatch.setenv("PORT", "8002")
    monkeypatch.setenv("ELEVENLABS_API_KEY", CANARY)
    load().with_changes({"ring_timeout_s": 12})
    # The file's own port is asleep while the environment has one, not lost.
    assert json.loads((folder / "settings.json").read_text()) == {"port": 8001, "ring_timeout_s": 12.0}


def test_a_choice_back_to_the_default_leaves_the_file(folder: Path) -> None:
    loaded = load().with_changes({"port": 8001, "log_level": "DEBUG"}).with_changes({"port": 8000})
    assert loaded.origins["port"] is Origin.DEFAULT
    assert json.loads((folder / "settings.json").read_text()) == {"log_level": "DEBUG"}


@pytest.mark.parametrize("name", ["port", "elevenlabs_api_key", "data_dir", "nonsense"])
def test_what_is_not_the_files_cannot_be_changed(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("PORT", "8002")
    with pytest.raises(ConfigError, match=name.upper()):
        load().with_changes({name: "1"})
    assert not (folder / "settings.json").exists()


def test_a_wrong_change_is_not_saved(folder: Path) -> None:
    with pytest.raises(pydantic.ValidationError):
        load().with_changes({"audio_chunk_ms": 5})
    assert not (folder / "settings.json").exists()


def test_a_save_that_fails_leaves_the_old_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load().with_changes({"port": 8001})
    before = (folder / "settings.json").read_bytes()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="No space left"):
        loaded.with_changes({"port": 8002})
    assert (folder / "settings.json").read_bytes() == before
    assert [path.name for path in folder.iterdir()] == ["settings.json"]


def test_changes_are_a_new_object(folder: Path) -> None:
    loaded: LoadedSettings = load()
    changes: dict[str, Any] = {"port": 8001}
    loaded.with_changes(changes)
    assert loaded.settings.port == 8000
    assert folder.exists()


LINES = '[{"name": "Softphone", "input_device": "Cable B", "output_device": "Cable A", "rules": [{"min_priority": 5}]}]'


def test_lines_come_from_the_environment_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINES", LINES)
    loaded = load()
    assert [line.name for line in loaded.settings.desk_rules.lines] == ["Softphone"]
    monkeypatch.setenv("LINES", LINES.replace("Cable A", ""))
    with pytest.raises(
        ConfigError, match="LINES in the environment is wrong in line “Softphone”: output_device must be"
    ):
        load()


def test_lines_are_saved_and_read_again_and_wrong_ones_are_put_aside(folder: Path) -> None:
    changed = load().with_changes({"lines": json.loads(LINES)})
    assert load().settings.lines == changed.settings.lines
    assert load().settings.lines[0].rules[0].min_priority == 5
    write_settings(folder, '{"lines": [{"name": "x"}], "port": 1}')
    loaded = load()
    assert (loaded.settings.lines, loaded.settings.port) == ((), 1)
    assert "lines is wrong in line “x”: input_device must be a text" in loaded.problems[0]


def test_a_line_with_the_desks_microphone_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINES", LINES)
    monkeypatch.setenv("INPUT_DEVICE", "cable b")
    settings = load().settings
    assert settings.desk_rules.lines == ()
    assert "“Softphone”" in (settings.lines_problem or "")


def test_lines_stand_in_a_dotenv_file_between_single_quotes() -> None:
    text = LINES.replace("Cable A", "Cable #2 “A”")
    Path(".env").write_text(f"LINES='{text}'\n", encoding="utf-8")
    assert load().settings.lines[0].devices.output_device == "Cable #2 “A”"
