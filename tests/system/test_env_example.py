"""`.env.example` says what the schema says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connector_gui.core.settings import Settings
from connector_gui.system.env_example import GROUPS, env_example
from connector_gui.system.settings_sources import Origin, load

FILE = Path(__file__).parents[2] / ".env.example"


def assignments(text: str) -> dict[str, str]:
    return dict(re.findall(r"^# ([A-Z_]+)=(.*)$", text, re.MULTILINE))


def test_the_file_is_what_the_schema_makes() -> None:
    remake = "python -m connector_gui.system.env_example > .env.example"
    assert FILE.read_text(encoding="utf-8") == env_example(), f"make it anew: {remake}"


def test_every_setting_is_in_it_once() -> None:
    names = [name for group in GROUPS.values() for name in group]
    assert sorted(names) == sorted(Settings.model_fields)
    assert sorted(assignments(env_example())) == sorted(name.upper() for name in Settings.model_fields)


def test_every_setting_has_its_sentence_above_it() -> None:
    text = " ".join(line.removeprefix("# ") for line in env_example().splitlines())
    for field in Settings.model_fields.values():
        assert field.description
        assert field.description in text


def test_nothing_is_set_by_a_plain_copy() -> None:
    assert all(line.startswith("#") or not line for line in env_example().splitlines())


def test_all_values_uncommented_are_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    dotenv = tmp_path / ".env"
    dotenv.write_text("\n".join(f"{name}={value}" for name, value in assignments(env_example()).items()), "utf-8")
    loaded = load(dotenv=dotenv)
    assert loaded.settings.changed(data_dir=None) == Settings()
    assert loaded.origins["port"] is Origin.DOTENV


@pytest.mark.parametrize("name", ["ELEVENLABS_API_KEY", "API_KEYS"])
def test_secrets_point_to_the_keyring(name: str) -> None:
    entry = next(part for part in env_example().split("\n\n") if f"# {name}=" in part)
    assert "keyring" in entry
    assert entry.endswith(f"# {name}=")
