"""As in the package, where there is one back end too."""

from __future__ import annotations


def default_backend() -> None:
    """Nothing: it is only ever handed on."""
