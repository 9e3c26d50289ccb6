"""`dev.py audit`: known faults of what is locked, the terms of what is handed out, the bill of materials."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from devtools import distributions
from devtools.layout import Layout
from devtools.processes import say

# What of the environment for builds is not handed out: makes the program, or was there before.
_TOOLS: Final = frozenset({"altgraph", "pip", "setuptools", "macholib", "pefile"})

_NO_ANSWER: Final = (
    "ConnectionError", "ConnectTimeout", "ReadTimeout", "NameResolutionError", "Max retries exceeded",
    "Temporary failure in name resolution", "ServiceError", "HTTPError", "ConnectionRefusedError", "ProxyError",
    "VulnServiceException", "Failed to establish a new connection", "Could not connect",
)  # fmt: skip
"""What pip-audit says when it got no answer; any other failure is one."""

_UNANSWERED: Final = (
    "skipped: the database of known faults does not answer from here; run python3 packaging/dev.py audit where it does"
)

_NO_TOOLS: Final = "skipped: its tools could not be installed from here"

_VALIDATE: Final = """
import sys
from pathlib import Path
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(Path(sys.argv[1]).read_text(encoding="utf-8"))
sys.exit(f"{sys.argv[1]}: {problem}" if problem else 0)
"""


def audit(tools: Layout | None, build: Layout) -> int:
    """Run all checks; return 0 if none failed, else 1.

    Args:
        tools: The layout of the environment with the auditors; without it what needs them is skipped.
        build: That of the environment that builds are made in.
    """
    found = {
        "licences": licences(next(build.venv.glob("[Ll]ib*/**/site-packages"))),
        "known faults": known_faults(tools) if tools else _NO_TOOLS,
        "bill of materials": bills(tools) if tools else _NO_TOOLS,
    }
    for name, problem in found.items():
        say(f"=== {name}: {problem or 'passed'}")
    return 1 if any(problem and not problem.startswith("skipped: ") for problem in found.values()) else 0


def licences(site_packages: Path) -> str:
    """What is wrong with the terms of the packages that go into a build; empty when nothing is."""
    wrong = [
        f"{one.name} {one.version}: {one.licence or 'unknown'}"
        for one in distributions.installed(site_packages)
        if one.name.lower() not in _TOOLS and not distributions.is_allowed(one.licence)
    ]
    return f"not to be handed out: {'; '.join(wrong)}" if wrong else ""


def known_faults(tools: Layout) -> str:
    """What pip-audit knows of the locked packages; empty when there is nothing, ``skipped …`` without a network."""
    command = [
        tools.tool("pip-audit"), "--requirement", tools.lock("run"), "--no-deps", "--disable-pip",
        "--progress-spinner", "off", "--timeout", "15", "--format", "json",
    ]  # fmt: skip
    return verdict(_run([str(part) for part in command]))


def verdict(done: subprocess.CompletedProcess[str]) -> str:
    """What a run of pip-audit means: its answer as JSON, or none, for which its status is that of a find."""
    try:
        answer = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        if any(word in done.stderr for word in _NO_ANSWER):
            return _UNANSWERED
        return f"pip-audit failed:\n{done.stderr.strip()}"
    looked_at = [one for one in answer if "vulns" in one]
    # A mirror that only hands out files knows no package: pip-audit leaves them all out, and calls that a success.
    if len(looked_at) < len(answer) / 2:
        return _UNANSWERED
    found = [
        f"{one['name']} {one['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'no version'}"
        for one in looked_at
        for fault in one["vulns"]
    ]
    return "\n".join(found)


def bills(tools: Layout) -> str:
    """What is wrong with the bills of materials in ``dist/``; empty when nothing is, ``skipped …`` without any."""
    made = sorted(tools.dist.glob("*.cdx.json"))
    if not made:
        return "skipped: nothing is built yet; python3 packaging/dev.py package"
    done = [_run([str(tools.python), "-c", _VALIDATE, str(bill)]) for bill in made]
    return "\n".join(one.stderr.strip() or "failed" for one in done if one.returncode != 0)


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)
