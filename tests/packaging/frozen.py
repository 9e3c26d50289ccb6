"""An installed Agent Connector, as a test runs it: by its own file, where there is no Python."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.e2e.program import KEY, Program, free_port


class FrozenProgram(Program):
    """A running one. *program* is its file."""

    def __init__(self, program: Path, env: Mapping[str, str], data_dir: Path, *arguments: str, **settings: str) -> None:
        self.port = free_port()
        self.data_dir = data_dir
        self.output = data_dir.parent / f"{data_dir.name}.out"
        self._env = {"API_KEYS": KEY, **without_python(env, data_dir.parent), "PORT": str(self.port), **settings}
        self._arguments = [str(program), "--data-dir", str(data_dir), *arguments]
        self._file = self.output.open("w")
        self.process = subprocess.Popen(
            self._arguments, env=self._env, stdout=self._file, stderr=subprocess.STDOUT, cwd=data_dir.parent
        )

    def mapped_files(self) -> set[Path]:
        """Every file that it has loaded, those of its children too."""
        processes = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        return {Path(area.path) for process in processes for area in process.memory_maps() if "/" in area.path}


def without_python(env: Mapping[str, str], folder: Path) -> dict[str, str]:
    """*env* for somebody who has no Python: not on the path, nor anywhere else that one would be looked for."""
    empty = folder / "no-programs"
    empty.mkdir(exist_ok=True)
    foreign = ("PYTHON", "VIRTUAL_ENV", "PYENV", "LD_LIBRARY_PATH")
    kept = {name: value for name, value in env.items() if not name.startswith(foreign) or name == "PYTHONUNBUFFERED"}
    return {**kept, "PATH": str(empty)}


@contextmanager
def running_frozen(
    program: Path, env: Mapping[str, str], data_dir: Path, *arguments: str, **settings: str
) -> Iterator[FrozenProgram]:
    """One that listens; ended when the block is left, with status 0 and nothing left running."""
    frozen = FrozenProgram(program, env, data_dir, *arguments, **settings)
    try:
        frozen.until_listening()
        yield frozen
    except BaseException:
        frozen.stop()
        raise
    assert frozen.stop() == 0, frozen.output.read_text()
    assert running_programs(program) == []


def running_programs(program: Path) -> list[int]:
    """The process ids of all that run the file *program*."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.path.realpath(process.exe()) == os.path.realpath(program):
                found.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return found
