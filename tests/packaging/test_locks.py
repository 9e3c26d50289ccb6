"""The lock files: complete, exact, with hashes, and the same wherever they are installed from."""

from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from devtools.layout import APART, LOCK_NAMES, Layout
from devtools.locks import GROUPS, GROUPS_APART, uv_command, without_places

LAYOUT: Final = Layout(Path(__file__).parents[2])
PROJECT: Final = tomllib.loads(LAYOUT.project_file.read_text(encoding="utf-8"))

PIN_LINE: Final = re.compile(r"[a-z0-9-]+==[A-Za-z0-9.+!-]+( ; [^/\\@]+)? \\")
HASH_LINE: Final = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
COMMENT: Final = "# Written by `python3 packaging/dev.py lock`."

# What a marker can see of the machines that the program is meant for.
PLATFORMS: Final = (
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix", "platform_machine": "arm64"},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
)
MACHINES: Final = [
    {
        **platform,
        "python_version": python,
        "python_full_version": f"{python}.2",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
    }
    for platform, python in itertools.product(PLATFORMS, ("3.11", "3.12", "3.13", "3.14"))
]


def lines(name: str) -> list[str]:
    return LAYOUT.lock(name).read_text(encoding="utf-8").splitlines()


def pins(name: str, machine: dict[str, str]) -> dict[str, str]:
    """Package and version for each line of a lock that holds on *machine*."""
    found: dict[str, str] = {}
    for line in lines(name):
        if "==" in line and "--hash" not in line:
            requirement = Requirement(line.removesuffix(" \\"))
            if requirement.marker is None or requirement.marker.evaluate(machine):
                assert requirement.name not in found, f"{requirement.name} is pinned twice"
                found[canonicalize_name(requirement.name)] = str(requirement.specifier).removeprefix("==")
    return found


def asked_for(name: str) -> list[Requirement]:
    groups = PROJECT["dependency-groups"]
    own = [] if name == "audit" else PROJECT["project"]["dependencies"]
    texts = [*own, *(text for group in (GROUPS | GROUPS_APART)[name] for text in groups[group])]
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize("name", [*LOCK_NAMES, *APART])
def test_every_dependency_is_pinned_on_every_machine(name: str) -> None:
    for machine in MACHINES:
        pinned = pins(name, machine)
        for wanted in asked_for(name):
            if wanted.marker is None or wanted.marker.evaluate(machine):
                version = pinned.get(canonicalize_name(wanted.name))
                assert version is not None, f"{wanted.name} is not in {name}.txt"
                assert wanted.specifier.contains(version, prereleases=True), f"{wanted}: {version}"


@pytest.mark.parametrize("name", [*LOCK_NAMES, *APART])
def test_there_is_nothing_but_exact_versions_and_their_hashes(name: str) -> None:
    first, *rest = lines(name)
    assert first == COMMENT
    for line, following in itertools.pairwise([*rest, ""]):
        if PIN_LINE.fullmatch(line):
            assert HASH_LINE.fullmatch(following), f"no hash for {line}"
        else:
            # Neither a registry's host nor a folder fits in here.
            assert HASH_LINE.fullmatch(line), f"not expected: {line}"


@pytest.mark.parametrize(("smaller", "larger"), list(itertools.pairwise(LOCK_NAMES)))
def test_a_larger_lock_holds_all_of_the_smaller_one(smaller: str, larger: str) -> None:
    for machine in MACHINES:
        assert pins(smaller, machine).items() <= pins(larger, machine).items()


def test_a_build_holds_the_versions_that_were_tested() -> None:
    for machine in MACHINES:
        built, run = pins("package", machine), pins("run", machine)
        assert {name: version for name, version in built.items() if name in run and run[name] != version} == {}
        assert "elevenlabs" not in built


def test_the_build_backend_is_locked_so_that_installing_the_project_needs_no_network() -> None:
    assert set(PROJECT["build-system"]["requires"]) <= set(PROJECT["dependency-groups"]["build"])
    assert all("build" in groups for groups in GROUPS.values())


def test_hosts_and_folders_of_a_resolution_are_left_out() -> None:
    resolved = [
        "# uv pip compile /somewhere/pyproject.toml",
        "--index-url https://mirror.example/simple",
        "--find-links /somewhere",
        "small==1.0 \\",
        "    --hash=sha256:00 \\",
        "    --hash=sha256:11",
        "    # via project (/somewhere/pyproject.toml)",
    ]
    assert without_places(resolved) == "small==1.0 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n"


def test_a_smaller_lock_is_held_to_the_versions_of_the_larger_one() -> None:
    command = uv_command(LAYOUT, "run", "test", ["--upgrade"])
    assert list(command)[-3:] == ["--upgrade", "--constraint", str(LAYOUT.lock("test"))]
    assert "--universal" in command
    assert "--constraint" not in uv_command(LAYOUT, "bench", None, [])
