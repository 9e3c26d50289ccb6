"""Links lead nowhere any more once the program is removed; other programs' links stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector_gui.core.errors import ConfigError
from connector_gui.system.link_scheme import forget_links

CHOSEN = """[Default Applications]
text/html=firefox.desktop
x-scheme-handler/agent-connector=agent-connector.desktop
x-scheme-handler/mailto=thunderbird.desktop

[Added Associations]
x-scheme-handler/agent-connector=agent-connector.desktop;
"""


def environment(folder: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(folder / "config"), "XDG_DATA_HOME": str(folder / "data")}


def test_only_our_lines_go(tmp_path: Path) -> None:
    files = [tmp_path / "config" / "mimeapps.list", tmp_path / "data" / "applications" / "mimeapps.list"]
    for file in files:
        file.parent.mkdir(parents=True)
        file.write_text(CHOSEN)
    assert forget_links("linux", environment(tmp_path))
    for file in files:
        text = file.read_text()
        assert "agent-connector" not in text
        assert "text/html=firefox.desktop" in text
        assert "x-scheme-handler/mailto=thunderbird.desktop" in text
    assert not forget_links("linux", environment(tmp_path)), "nothing is left to take back"


def test_where_nothing_was_chosen_nothing_is_made(tmp_path: Path) -> None:
    assert not forget_links("linux", environment(tmp_path))
    assert not list(tmp_path.rglob("mimeapps.list"))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "config" / "mimeapps.list").mkdir(parents=True)
    with pytest.raises(ConfigError, match="could not be changed"):
        forget_links("linux", environment(tmp_path))
