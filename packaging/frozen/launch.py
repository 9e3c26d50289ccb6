"""What the frozen program runs first."""

import sys

from connector_gui.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
