"""A real n8n with a Node.js of its own, from the npm registry into one folder; nothing else is touched.

    python -m tests.rig.n8n_install

It takes six to ten minutes and 2.4 GB the first time, and nothing once that version is there. The folder is
``RIG_N8N_DIR``, or ``rig-n8n`` in the user's cache folder. Its layout::

    node/        Node.js; node-home holds the path of the folder with its bin/
    app/         n8n
    seed/        the user folder of an n8n whose database is ready, copied for each run
    installed    which versions they are
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.rig.background import RigError

N8N_VERSION: Final = "2.41.1"
"""Pinned: not every release can be installed from the registry alone."""
NODE_VERSION: Final = "24.21.0"
ENCRYPTION_KEY: Final = "rig-test-key-not-a-secret-000000"
"""Of the throw-away databases; the one in seed/ is made with it."""

_ARCHITECTURES: Final = {"x86_64": "x64", "aarch64": "arm64"}
# --ignore-scripts: n8n brings native modules (Kafka's and others) whose install scripts fetch files from outside the
# registry or do not compile. Only sqlite3 is needed.
_NPM: Final = ("npm", "--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts")
# A quarter of the size, and nothing that runs.
_NOT_NEEDED: Final = (".map", ".d.ts", ".d.mts", ".d.cts")


@dataclass(frozen=True, slots=True)
class N8nFolder:
    """One installation."""

    path: Path

    @classmethod
    def of_user(cls) -> N8nFolder:
        """The one that the environment names, or that of the user's cache."""
        cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return cls(Path(os.environ.get("RIG_N8N_DIR") or Path(cache) / "rig-n8n"))

    @property
    def program(self) -> Path:
        """The script that Node.js is to run."""
        return self.path / "app" / "node_modules" / "n8n" / "bin" / "n8n"

    @property
    def seed(self) -> Path:
        """A user folder to copy."""
        return self.path / "seed"

    @property
    def node_home(self) -> Path:
        """The folder of Node.js."""
        return self.path / "node" / "node_modules" / f"node-linux-{_architecture()}"

    @property
    def is_ready(self) -> bool:
        """Whether the wanted versions are installed."""
        stamp = self.path / "installed"
        return stamp.is_file() and stamp.read_text(encoding="utf-8").strip() == _WANTED

    def env(self, user_folder: Path) -> dict[str, str]:
        """The environment of an n8n on this computer alone: nothing is asked for or told outside."""
        return {
            **os.environ,
            "PATH": f"{self.node_home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
            "N8N_USER_FOLDER": str(user_folder),
            "N8N_ENCRYPTION_KEY": ENCRYPTION_KEY,
            **_ALONE,
        }


_WANTED: Final = f"n8n {N8N_VERSION} node {NODE_VERSION}"
_ALONE: Final[Mapping[str, str]] = {
    "N8N_DIAGNOSTICS_ENABLED": "false",
    "N8N_DIAGNOSTICS_CONFIG_FRONTEND": "",
    "N8N_DIAGNOSTICS_CONFIG_BACKEND": "",
    "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
    "N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED": "false",
    "N8N_DYNAMIC_BANNERS_ENABLED": "false",
    "N8N_TEMPLATES_ENABLED": "false",
    "N8N_PERSONALIZATION_ENABLED": "false",
    "N8N_HIRING_BANNER_ENABLED": "false",
    "N8N_COMMUNITY_PACKAGES_ENABLED": "false",
    "EXTERNAL_FRONTEND_HOOKS_URLS": "",
    "NO_COLOR": "1",
}


def install(folder: N8nFolder) -> None:
    """Install what is wanted into *folder*, in place of other versions; nothing if it is there.

    Raises:
        RigError: A step failed; its output stands above.
    """
    if folder.is_ready:
        return
    print(f"Installing n8n {N8N_VERSION} into {folder.path}: six to ten minutes, 2.4 GB.", flush=True)
    shutil.rmtree(folder.path, ignore_errors=True)
    for part in ("node", "app"):
        (folder.path / part).mkdir(parents=True)
    # The Node.js program with its headers; the package called "node" fetches it in an install script.
    node = f"node-linux-{_architecture()}@{NODE_VERSION}"
    _run([*_NPM, "install", "--prefix", str(folder.path / "node"), node], os.environ, folder.path)
    _install_app(folder)
    (folder.path / "node-home").write_text(f"{folder.node_home}\n", encoding="utf-8")
    _make_seed(folder)
    (folder.path / "installed").write_text(f"{_WANTED}\n", encoding="utf-8")


def _install_app(folder: N8nFolder) -> None:
    app = folder.path / "app"
    env = {**folder.env(folder.path / "none"), "npm_config_nodedir": str(folder.node_home)}
    _run([*_NPM, "install", "--omit=dev", "--prefix", str(app), f"n8n@{N8N_VERSION}"], env, app)
    rebuild = ["npm", "rebuild", "--loglevel=error", "--ignore-scripts=false", "sqlite3"]
    _run(rebuild, {**env, "JOBS": str(os.cpu_count() or 1)}, app)
    _run(["node", "-e", 'require("sqlite3"); require("isolated-vm")'], env, app)
    for path in (app / "node_modules").rglob("*"):
        if path.name.endswith(_NOT_NEEDED) and path.is_file():
            path.unlink()
    shutil.rmtree(app / "node_modules" / "sqlite3" / "build" / "Release" / "obj.target", ignore_errors=True)


def _make_seed(folder: N8nFolder) -> None:
    """A database with all its migrations done; any command of n8n makes it."""
    folder.seed.mkdir()
    # It names each of its hundreds of migrations, twice.
    _run(["node", str(folder.program), "list:workflow"], folder.env(folder.seed), folder.path, is_quiet=True)


def _architecture() -> str:
    machine = platform.machine()
    if platform.system() != "Linux" or machine not in _ARCHITECTURES:
        raise RigError(f"no Node.js in the npm registry for {platform.system()} on {machine}")
    return _ARCHITECTURES[machine]


def _run(command: list[str], env: Mapping[str, str], cwd: Path, *, is_quiet: bool = False) -> None:
    """Run a step; the output of a quiet one is shown when it fails."""
    output = subprocess.PIPE if is_quiet else None
    done = subprocess.run(command, env=env, cwd=cwd, check=False, stdout=output, stderr=output, text=True)
    if done.returncode != 0:
        said = "\n".join(f"{done.stdout or ''}{done.stderr or ''}".splitlines()[-20:])
        raise RigError(f"{' '.join(command[:3])} … failed with status {done.returncode}\n{said}".rstrip())


def main() -> int:
    """Install it; the exit status."""
    try:
        install(N8nFolder.of_user())
    except (RigError, OSError) as error:
        sys.stderr.write(f"tests.rig.n8n_install: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
