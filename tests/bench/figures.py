"""A figure: what was measured, several times, and what it should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

_HEADER: Final = ("figure", "median", "p95", "max", "n", "reach", "")


@dataclass(frozen=True, slots=True)
class Figure:
    """One quantity.

    Attributes:
        name: What was measured, from what to what.
        unit: Of the samples, and of what is to be reached.
        samples: One value a trial.
        reach: What the median is to be at most; None where nothing is asked.
        note: What one has to know to read it.
    """

    name: str
    unit: str
    samples: tuple[float, ...]
    reach: float | None = None
    note: str = ""

    @classmethod
    def of(
        cls, name: str, unit: str, samples: Sequence[float], *, reach: float | None = None, note: str = ""
    ) -> Figure:
        """A figure of any sequence of numbers.

        Raises:
            ValueError: There are none: nothing was measured.
        """
        if not len(samples):
            raise ValueError(f"no sample of “{name}”")
        return cls(name, unit, tuple(float(sample) for sample in samples), reach, note)

    @property
    def median(self) -> float:
        """The middle of the samples."""
        return float(np.median(self.samples))

    @property
    def p95(self) -> float:
        """What 95 % of the samples stay under."""
        return float(np.percentile(self.samples, 95))

    @property
    def maximum(self) -> float:
        """The worst sample."""
        return max(self.samples)

    @property
    def is_missed(self) -> bool:
        """It is not what it should be."""
        return self.reach is not None and self.median > self.reach

    def as_json(self) -> dict[str, Any]:
        """All of it, for machines."""
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "p95": self.p95,
            "max": self.maximum,
            "reach": self.reach,
            "note": self.note,
            "samples": list(self.samples),
        }

    def as_row(self) -> tuple[str, ...]:
        """The cells of its row, as `table` has them."""
        spread = (_short(self.p95), _short(self.maximum)) if len(self.samples) > 1 else ("", "")
        reach = "" if self.reach is None else f"≤ {self.reach:g}"
        verdict = "MISSED" if self.is_missed else self.note
        return (f"{self.name}, {self.unit}", _short(self.median), *spread, str(len(self.samples)), reach, verdict)


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table, aligned for a terminal."""
    rows = [_HEADER, *(figure.as_row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    lines = ["| " + " | ".join(_aligned(row, widths)) + " |" for row in rows]
    rule = "| " + " | ".join("-" * width for width in widths) + " |"
    return "\n".join([lines[0], rule, *lines[1:]])


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Words to the left, numbers to the right."""
    last = len(row) - 1
    return [
        cell.ljust(width) if column in (0, last) else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


def _short(value: float) -> str:
    """Three digits, or as many as stand before the point."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f}"
