"""What an audit says: faults and wrong terms by name, and that it could not ask, in words, where it could not."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from devtools import audit, distributions
from devtools.layout import Layout

FAULT = {"id": "GHSA-0000", "fix_versions": ["2.0"], "aliases": [], "description": "…"}


def answered(status: int, dependencies: list[dict[str, Any]]) -> subprocess.CompletedProcess[str]:
    return subprocess.CompletedProcess([], status, json.dumps({"dependencies": dependencies}), "No known …")


def package(name: str, licence: str, site_packages: Path) -> None:
    folder = site_packages / f"{name}-1.0.dist-info"
    (folder / "licenses").mkdir(parents=True)
    (folder / "licenses" / "LICENSE").write_text("terms")
    (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{licence}\n\nA text.\n")
    (folder / "RECORD").write_text(f'{name}/__init__.py,,\n{folder.name}/licenses/LICENSE,,\n"{name}/odd, name.py",,\n')
    (site_packages / name).mkdir()
    (site_packages / name / "__init__.py").touch()


def test_packages_without_a_fault_pass() -> None:
    assert audit.verdict(answered(0, [{"name": "a", "version": "1.0", "vulns": []}])) == ""


def test_a_fault_is_named_with_what_mends_it() -> None:
    told = audit.verdict(answered(1, [{"name": "a", "version": "1.0", "vulns": [FAULT]}]))
    assert told == "a 1.0: GHSA-0000, mended in 2.0"


def test_a_mirror_that_knows_nothing_of_faults_is_no_pass() -> None:
    unknown = [{"name": "a", "skip_reason": "not found"}, {"name": "b", "skip_reason": "not found"}]
    assert audit.verdict(answered(0, unknown)).startswith("skipped: ")


def test_without_a_network_it_is_skipped_and_says_so() -> None:
    offline = subprocess.CompletedProcess([], 1, "", "requests.exceptions.ConnectionError: Max retries exceeded")
    assert audit.verdict(offline).startswith("skipped: ")


def test_any_other_failure_is_one() -> None:
    broken = subprocess.CompletedProcess([], 1, "", "invalid requirements input: run.txt")
    assert "invalid requirements input" in audit.verdict(broken)
    assert not audit.verdict(broken).startswith("skipped")


def test_terms_that_a_build_cannot_be_handed_out_on_are_named(tmp_path: Path) -> None:
    package("good", "License-Expression: MIT", tmp_path)
    package("choice", "License: LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only", tmp_path)
    package("worded", "Classifier: License :: OSI Approved :: MIT License", tmp_path)
    assert audit.licences(tmp_path) == ""
    package("strict", "License-Expression: MIT AND AGPL-3.0-only", tmp_path)
    package("silent", "Summary: says nothing", tmp_path)
    assert audit.licences(tmp_path) == ("not to be handed out: silent 1.0: unknown; strict 1.0: MIT AND AGPL-3.0-only")


def test_a_build_contains_the_packages_whose_files_it_was_made_from(tmp_path: Path) -> None:
    package("inside", "License-Expression: MIT", tmp_path)
    package("outside", "License-Expression: MIT", tmp_path)
    (found,) = distributions.contained(tmp_path, [tmp_path / "inside" / "__init__.py", tmp_path / "elsewhere.py"])
    assert (found.name, found.version, found.licence) == ("inside", "1.0", "MIT")
    assert [file.name for file in found.licence_files] == ["LICENSE"]


def test_without_a_build_there_is_no_bill_to_look_at(tmp_path: Path) -> None:
    assert audit.bills(Layout(tmp_path)).startswith("skipped: ")


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 AND MIT", True),
        ("Apache-2.0 OR AGPL-3.0-only", True),
        ("(MIT AND AGPL-3.0-only) OR BSD-3-Clause", True),
        ("AGPL-3.0-only", False),
        ("MIT AND AGPL-3.0-only", False),
        ("", False),
    ],
)
def test_of_an_and_all_have_to_be_allowed_of_an_or_any(licence: str, allowed: bool) -> None:
    assert distributions.is_allowed(licence) is allowed


def test_without_its_tools_the_terms_are_looked_at_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build = Layout(tmp_path).apart("package")
    site_packages = build.venv / "lib" / "python3.11" / "site-packages"
    package("good", "License-Expression: MIT", site_packages)
    assert audit.audit(None, build) == 0
    assert "known faults: skipped: " in capsys.readouterr().out
    package("strict", "License-Expression: AGPL-3.0-only", site_packages)
    assert audit.audit(None, build) == 1
