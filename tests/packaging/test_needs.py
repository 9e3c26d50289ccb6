"""What the operating system has to bring, and how it is looked for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from devtools import needs


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_only_linux_has_needs(platform: str) -> None:
    for command in ("run", "test", "bench"):
        assert needs.needs_for(command, platform) == ()
        assert needs.needs_for(command, "linux") != ()
    assert needs.n8n_needs(platform) == ()
    assert needs.n8n_needs("linux") != ()


def test_a_larger_command_needs_all_that_a_smaller_one_does() -> None:
    run, test, bench = (needs.needs_for(command, "linux") for command in ("run", "test", "bench"))
    assert set(run) < set(test) <= set(bench)


def test_only_the_systems_own_python_has_its_library_in_a_package_apart() -> None:
    (need,) = needs.library_of_python("/usr")
    assert need.package == f"libpython3.{sys.version_info.minor}"
    assert needs.library_of_python("/opt/python3.11") == ()


def test_a_program_is_looked_for_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    need = needs.program("frobnicate", "frob-tools")
    assert not need.is_met()
    program = tmp_path / "frobnicate"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert need.is_met()


def test_a_file_is_found_by_any_of_its_patterns(tmp_path: Path) -> None:
    below_root = str(tmp_path).lstrip("/")
    need = needs.files("some-font", f"{below_root}/*/none.ttf", f"{below_root}/**/Some*.ttf")
    assert not need.is_met()
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "SomeFont.ttf").touch()
    assert need.is_met()


@pytest.mark.skipif(sys.platform != "linux", reason="names of Linux libraries")
def test_a_library_is_there_when_it_loads() -> None:
    assert needs.library("libc.so.6", "libc6").is_met()
    assert not needs.library("libnothing-at-all.so.9", "libnothing9").is_met()


def test_a_module_is_there_when_it_can_be_imported() -> None:
    assert needs.module("json", "python3").is_met()
    assert not needs.module("no_such_module", "python3-none").is_met()


def test_tests_need_the_other_database_and_the_program_does_not() -> None:
    run, test = (needs.needs_for(command, "linux") for command in ("run", "test"))
    assert "postgresql" not in {need.package for need in run}
    assert "postgresql" in {need.package for need in test}


def test_only_what_is_missing_is_named() -> None:
    here, gone = needs.module("json", "python3"), needs.module("no_such_module", "python3-none")
    assert needs.unmet([here, gone]) == [gone]
