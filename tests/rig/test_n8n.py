"""What the rig makes of n8n's files and answers; n8n itself is run by tests/n8n."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.rig.n8n import unflattened
from tests.rig.n8n_install import N8N_VERSION, NODE_VERSION, N8nFolder


def test_an_execution_is_read_from_n8ns_notation() -> None:
    flat = [{"name": "1", "rows": "2", "count": 3, "none": None}, "7", ["1", "3", True], {"again": "0"}]
    read = unflattened(json.dumps(flat))
    assert (read["name"], read["count"], read["none"]) == ("7", 3, None)
    assert read["rows"][0] == "7"
    assert read["rows"][1]["again"] is read
    assert read["rows"][2] is True


def test_an_execution_that_has_not_been_kept_yet_is_nothing() -> None:
    assert unflattened("[]") is None


def test_only_the_wanted_versions_count_as_installed(tmp_path: Path) -> None:
    folder = N8nFolder(tmp_path)
    assert not folder.is_ready
    (tmp_path / "installed").write_text("n8n 1.0.0 node 20.0.0\n", encoding="utf-8")
    assert not folder.is_ready
    (tmp_path / "installed").write_text(f"n8n {N8N_VERSION} node {NODE_VERSION}\n", encoding="utf-8")
    assert folder.is_ready


def test_the_folder_that_the_environment_names_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("RIG_N8N_DIR", raising=False)
    assert N8nFolder.of_user().path == tmp_path / "cache" / "rig-n8n"
    monkeypatch.setenv("RIG_N8N_DIR", str(tmp_path / "mine"))
    assert N8nFolder.of_user().path == tmp_path / "mine"
