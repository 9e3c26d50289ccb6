"""The command line: ``agent-connector``, also ``python -m connector_gui``.

What the program that runs can do is handed to it before anything heavy is loaded: see `app.client`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from connector_gui.app.client import hand_over
from connector_gui.app.command_line import REMOVE, Invocation, parse
from connector_gui.core.desk_command import Exit
from connector_gui.core.errors import ConfigError


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit status (`core.desk_command.Exit`)."""
    wanted = parse(argv)
    try:
        if wanted.word == REMOVE:
            return _remove(wanted)
        status = hand_over(wanted)
        return _start(wanted) if status is None else status
    except ConfigError as error:
        print(f"agent-connector: {error}", file=sys.stderr)  # noqa: T201 - there is no log yet
        return Exit.USAGE


def _start(wanted: Invocation) -> int:
    # Imported here so that commands, --version and --help answer at once: Qt and pydantic take half a second.
    from connector_gui.system import garbage
    from connector_gui.system.qt_import import load_qt

    garbage.hold_off()
    load_qt()
    from connector_gui.app.start import start

    return start(
        data_dir=wanted.data_dir,
        practice=wanted.practice,
        at_login=wanted.at_login,
        wish=wanted.command,
        does_wish=wanted.opens,
    )


def _remove(wanted: Invocation) -> int:
    from connector_gui.app.removal import remove

    return remove(wanted.data_dir, wanted.options, as_json=wanted.as_json)


if __name__ == "__main__":
    sys.exit(main())
