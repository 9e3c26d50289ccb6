"""Installing system packages on Debian and its relatives."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

from devtools import needs
from devtools.layout import SetupError
from devtools.needs import Need
from devtools.processes import call, check, say


def provide(wanted: Sequence[Need]) -> None:
    """Install what is missing of *wanted*; does and costs nothing when all is there.

    Raises:
        SetupError: It cannot be installed from here; the message names what is missing.
    """
    missing = needs.unmet(wanted)
    if not missing:
        return
    # Debian keeps programs that apt calls in sbin, which su and some containers leave out.
    environment = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin{os.pathsep}/sbin"}
    prefix = root_prefix(missing, is_root=os.geteuid() == 0, can_ask=sys.stdin is not None and sys.stdin.isatty())
    packages = sorted({need.package for need in missing})
    say(f"Installing {len(packages)} system packages with apt: {' '.join(packages)}")
    # A source that cannot be reached need not be the one that has the packages.
    if call([*prefix, *apt_get("update")], env=environment) != 0:
        say("apt-get update failed; trying with the package lists that are there.")
    check([*prefix, *apt_get("install", *packages)], failure="apt could not install them", env=environment)
    if still := needs.unmet(missing):
        raise SetupError(f"Still missing after the installation: {listed(still)}.")


def root_prefix(missing: Sequence[Need], *, is_root: bool, can_ask: bool) -> list[str]:
    """What to put before an apt command to run it as root; *can_ask*: someone can type a password.

    Raises:
        SetupError: There is no apt here, or no way to become root.
    """
    if shutil.which("apt-get") is None:
        raise SetupError(
            f"Missing on this machine: {listed(missing)}. Install them with this system's package manager, "
            "then run the same command again."
        )
    if is_root:
        return []
    if shutil.which("sudo") is None:
        names = " ".join(sorted({need.package for need in missing}))
        raise SetupError(f"Missing on this machine, to be installed by root: apt-get install {names}")
    return ["sudo"] if can_ask else ["sudo", "-n"]


def apt_get(action: str, *packages: str) -> list[str]:
    """One apt-get command that asks nothing, waits for another apt, and never removes a package.

    Without the latter, the test sound server would take the place of a desktop's own.
    """
    options = ["-q", "-o", "DPkg::Lock::Timeout=600", "-o", "Acquire::Retries=3"]
    if action == "install":
        options += ["-y", "--no-install-recommends", "--no-remove"]
    # sudo drops the environment, hence env.
    return ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *options, action, *packages]


def listed(missing: Sequence[Need]) -> str:
    return ", ".join(f"{need.name} (Debian package {need.package})" for need in missing)
