"""Gives what the program starts (a browser, a file manager) the library path that the user had.

PyInstaller's bootloader puts the program's own folder there. The libraries of this process are found without it from
here on: the loader has read it already.
"""

import os

_ORIGINAL = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
if _ORIGINAL is None:
    os.environ.pop("LD_LIBRARY_PATH", None)
else:
    os.environ["LD_LIBRARY_PATH"] = _ORIGINAL
