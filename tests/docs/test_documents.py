"""The documents and the program say the same: links lead somewhere, and nothing that can be pressed is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector_gui.app.command_line import parse
from connector_gui.core.desk_command import CALL_ACTIONS, WINDOWS, Exit
from connector_gui.ui.settings_pages.contents import SettingsPage, page_title
from connector_gui.ui.shortcuts import Key

ROOT = Path(__file__).parents[2]
DOCUMENTS = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))
OPERATOR = ROOT / "docs" / "operator.md"
COMMANDS = ROOT / "docs" / "command-line.md"

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_CODE = re.compile(r"```.*?```", re.DOTALL)


def anchors(document: Path) -> set[str]:
    """The places in *document* that links can lead to, as GitHub names them."""
    titles = _HEADING.findall(_CODE.sub("", document.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken_links(document: Path) -> Iterator[str]:
    for link in _LINK.findall(_CODE.sub("", document.read_text(encoding="utf-8"))):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_link_and_picture_is_there(document: Path) -> None:
    assert list(broken_links(document)) == []


def test_a_link_to_nowhere_is_found(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("# One\n[a](#one) [b](#two) [c](gone.md) [d](https://example.org)\n", encoding="utf-8")
    assert list(broken_links(document)) == ["#two", "gone.md"]


@pytest.mark.parametrize("key", Key, ids=lambda key: key.name)
def test_every_key_is_in_the_operators_table(key: Key) -> None:
    lines = OPERATOR.read_text(encoding="utf-8").splitlines()
    cells = [line.split(" | ")[1] for line in lines if line.count(" | ") >= 2]
    assert any(key.value[1] in cell.split(" … ") for cell in cells)


def test_every_page_of_the_settings_is_told_to_the_operator() -> None:
    text = OPERATOR.read_text(encoding="utf-8")
    assert [page for page in SettingsPage if f"| {page_title(page)} | " not in text] == []


@pytest.mark.parametrize("word", ["status", "call", *CALL_ACTIONS, "dnd", "open", "quit", "remove"])
def test_every_command_is_in_the_table(word: str) -> None:
    assert parse([word, "agent_1"] if word == "call" else [word]).word == word
    rows = [line for line in COMMANDS.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert any(re.search(rf"`{word}[ `]", row.partition(" | ")[0] + " ") for row in rows)


def test_every_exit_status_and_window_is_explained() -> None:
    text = COMMANDS.read_text(encoding="utf-8")
    assert [status for status in Exit if f"\n| {int(status)} | " not in text] == []
    windows = "\\|".join(WINDOWS)
    assert f"`open [{windows}]`" in text
