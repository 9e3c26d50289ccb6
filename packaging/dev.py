#!/usr/bin/env python3
"""Sets this source tree up on the machine at hand, then runs the program or its tests.

    python3 packaging/dev.py run [ARGUMENT...]     start the program with these arguments
    python3 packaging/dev.py test [ARGUMENT...]    run the checks and tests; arguments go to pytest
    python3 packaging/dev.py test --n8n [ARGUMENT...]
                                                   only the tests against a real n8n, installing that first
    python3 packaging/dev.py bench [ARGUMENT...]   measure; arguments go to tests.bench
    python3 packaging/dev.py translations          collect the windows' texts for translators, and pack them
    python3 packaging/dev.py package [--frozen-only] [--force]
                                                   make the frozen program and this system's installer in dist/
    python3 packaging/dev.py audit                 look for known faults and wrong terms in what is handed out
    python3 packaging/dev.py lock [ARGUMENT...]    write packaging/locks anew; arguments go to uv

Needs Python 3.11 or later and nothing else. What is missing is installed: Python packages into
`.venv`, as locked in packaging/locks; on Debian and Ubuntu also system packages, with apt.
"""

# An old Python has to get as far as the sentence in `complaint`: nothing here that 3.6 cannot read.
import sys

OLDEST_PYTHON = (3, 11)


def complaint(version: "tuple[int, ...]") -> str:
    """The sentence for a Python that is too old, or an empty one for any other."""
    if version >= OLDEST_PYTHON:
        return ""
    oldest, this = (".".join(map(str, numbers[:2])) for numbers in (OLDEST_PYTHON, version))
    return f"Agent Connector needs Python {oldest} or later; this one is {this}. Start dev.py with a newer python3.\n"


def main(arguments: "list[str]") -> int:
    """Carry out one command line; return the exit status."""
    too_old = complaint(tuple(sys.version_info[:3]))
    if too_old:
        sys.stderr.write(too_old)
        return 2
    # Only now: these modules are written for the Python that was just made sure of.
    from devtools import commands

    return commands.main(arguments, __doc__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
