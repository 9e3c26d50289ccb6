"""The one mode that is asked for."""

from __future__ import annotations


class CBC:
    """Each block is mixed with the one before it, the first with 16 bytes. Raises: ValueError: They are not 16."""

    def __init__(self, initialization_vector: bytes) -> None:
        if len(initialization_vector) != 16:
            raise ValueError(f"invalid IV size ({len(initialization_vector)}) for CBC")
        self.initialization_vector = initialization_vector
