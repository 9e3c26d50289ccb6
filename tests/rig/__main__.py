"""Runs a command on a virtual desktop with virtual sound devices; returns its exit status.

    python -m tests.rig [OPTIONS] COMMAND [ARGUMENT...]

Start it in the project's folder. Exit status 125: the rig itself did not come up.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from types import FrameType

from tests.rig.background import RigError
from tests.rig.desktop import KEYRINGS, TRAYS, DesktopOptions, desktop
from tests.rig.sound_server import sound_server


def main(arguments: Sequence[str]) -> int:
    """Set up what *arguments* ask for, run their command, take all down again."""
    wanted = _parser().parse_args(arguments)
    env: Mapping[str, str] = os.environ
    try:
        with ExitStack() as rig:
            if not wanted.without_sound:
                env = rig.enter_context(sound_server(plugged_in=not wanted.unplugged, base=env))
            if not wanted.without_desktop:
                options = DesktopOptions(tray=wanted.tray, keyring=wanted.keyring)
                env = rig.enter_context(desktop(options, env))
            return _run([wanted.command, *wanted.arguments], env)
    except RigError as error:
        sys.stderr.write(f"tests.rig: {error}\n")
        return 125


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.rig", description="Run a command on the virtual desktop.")
    parser.add_argument("--tray", choices=TRAYS, default=os.environ.get("RIG_TRAY", "sni"))
    parser.add_argument("--keyring", choices=KEYRINGS, default=os.environ.get("RIG_KEYRING", "unlocked"))
    parser.add_argument("--without-desktop", action="store_true", help="leave display and session bus as they are")
    parser.add_argument("--without-sound", action="store_true", help="leave the sound server as it is")
    parser.add_argument("--unplugged", action="store_true", help="a sound server with no device")
    parser.add_argument("command")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    return parser


def _run(command: Sequence[str], env: Mapping[str, str]) -> int:
    """Run *command* to its end; 128 + N when signal N ended it, as a shell would say.

    It is in our process group, so Ctrl-C reaches it through the terminal; we wait for what it makes of it.
    Like the helpers it does not outlive us.
    """
    process: subprocess.Popen[bytes] | None = None

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if process is None:
            sys.exit(128 + number)
        process.send_signal(number)

    # First the handlers, then the command: it may be signalled through us as soon as it runs. They are
    # functions, not SIG_IGN, which the command and its children would inherit.
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", "--", *command], env=env)
    status = process.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
