"""The command line: ``agent-connector``, also ``python -m connector_gui``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from connector_gui import __version__

EXIT_USAGE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; its exit status: 0, or 2 when it cannot start (one line on standard error says why)."""
    arguments = _parser().parse_args(argv)
    # Imported here so that --version and --help answer at once: Qt and pydantic take half a second.
    from connector_gui.app.start import start
    from connector_gui.core.errors import ConfigError

    try:
        return start(data_dir=arguments.data_dir, practice=arguments.practice)
    except ConfigError as error:
        print(f"agent-connector: {error}", file=sys.stderr)  # noqa: T201 - there is no log yet
        return EXIT_USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="agent-connector",
        description="A desk for AI voice calls: a webhook rings, you accept, an ElevenLabs agent speaks.",
    )
    parser.add_argument("--version", action="version", version=f"agent-connector {__version__}")
    parser.add_argument("--practice", action="store_true", help="let the built-in practice agent answer every call")
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="folder for records, recordings and logs")
    return parser


if __name__ == "__main__":
    sys.exit(main())
