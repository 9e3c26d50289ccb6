"""The one cipher that is asked for."""

from __future__ import annotations


class AES:
    """AES with a *key* of 16, 24 or 32 bytes. Raises: ValueError: It has another length."""

    block_bytes = 16

    def __init__(self, key: bytes) -> None:
        if len(key) not in (16, 24, 32):
            raise ValueError(f"invalid key size ({len(key) * 8}) for AES")
        self.key = key
