"""Figures that are counted all day and asked for now and then: plain numbers, exposed only when somebody asks.

prometheus-client takes a fifth of a second to load and most desks are never scraped. So it is not needed to count,
only to write: `family` gives what its registry collects. Everything belongs to the main loop.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from prometheus_client.core import Metric

LABEL_SETS: Final = 200
"""Sets of labels per figure; what comes after them is counted as `OTHER`."""
OTHER: Final = "other"


class Figure(Protocol):
    """Something that is exposed."""

    name: str

    def family(self) -> Metric:
        """What it stands at now, for the library's registry."""
        ...


class Tally:
    """Counts; *name* without ``_total``, which is added."""

    def __init__(
        self, name: str, help_text: str, labels: Sequence[str] = (), known: Sequence[Sequence[str]] = ()
    ) -> None:
        """*known*: sets of labels that are shown as 0 from the start, so that their first count is seen as a rise."""
        self.name = name
        self._help = help_text
        self._labels = tuple(labels)
        self._counts: dict[tuple[str, ...], int] = {tuple(each): 0 for each in known}
        if not labels:
            self._counts[()] = 0

    def add(self, *labels: str) -> None:
        """Count one more."""
        key = _bounded(labels, self._counts)
        self._counts[key] = self._counts.get(key, 0) + 1

    def family(self) -> Metric:
        """The counts."""
        from prometheus_client.core import CounterMetricFamily

        family = CounterMetricFamily(self.name, self._help, labels=self._labels)
        for labels, count in self._counts.items():
            family.add_metric(labels, count)
        return family


class Distribution:
    """How often a quantity was how large; *bounds* in its unit, rising."""

    def __init__(self, name: str, help_text: str, bounds: Sequence[float], labels: Sequence[str] = ()) -> None:
        self.name = name
        self._help = help_text
        self._bounds = tuple(bounds)
        self._labels = tuple(labels)
        self._counts: dict[tuple[str, ...], list[int]] = {}
        self._sums: dict[tuple[str, ...], float] = {}
        if not labels:
            self._begin(())

    def observe(self, value: float, *labels: str) -> None:
        """Take in one value; a clock that was set back makes it no less than 0."""
        key = _bounded(labels, self._counts)
        if key not in self._counts:
            self._begin(key)
        value = max(0.0, value)
        self._counts[key][bisect_left(self._bounds, value)] += 1
        self._sums[key] += value

    def family(self) -> Metric:
        """The counts by size."""
        from prometheus_client.core import HistogramMetricFamily

        family = HistogramMetricFamily(self.name, self._help, labels=self._labels)
        bounds = [*(str(float(bound)) for bound in self._bounds), "+Inf"]
        for labels, counts in self._counts.items():
            buckets = list(zip(bounds, (float(count) for count in accumulate(counts)), strict=True))
            family.add_metric(labels, buckets, self._sums[labels])
        return family

    def _begin(self, key: tuple[str, ...]) -> None:
        self._counts[key] = [0] * (len(self._bounds) + 1)
        self._sums[key] = 0.0


class Reading:
    """Something that is looked up when it is asked for."""

    def __init__(self, name: str, help_text: str, read: Callable[[], float]) -> None:
        self.name = name
        self._help = help_text
        self._read = read

    def family(self) -> Metric:
        """What it is now."""
        from prometheus_client.core import GaugeMetricFamily

        return GaugeMetricFamily(self.name, self._help, value=self._read())


class LabelledReading:
    """Several of a kind that are looked up when they are asked for, by the value of one label."""

    def __init__(self, name: str, help_text: str, label: str, read: Callable[[], Mapping[str, float]]) -> None:
        self.name = name
        self._help = help_text
        self._label = label
        self._read = read

    def family(self) -> Metric:
        """What they are now."""
        from prometheus_client.core import GaugeMetricFamily

        family = GaugeMetricFamily(self.name, self._help, labels=(self._label,))
        for value, count in self._read().items():
            family.add_metric((value,), count)
        return family


class Facts:
    """What does not change while the program runs; *name* without ``_info``, which is added."""

    def __init__(self, name: str, help_text: str, facts: Mapping[str, str]) -> None:
        self.name = name
        self._help = help_text
        self._facts = dict(facts)

    def family(self) -> Metric:
        """The facts, as labels."""
        from prometheus_client.core import InfoMetricFamily

        return InfoMetricFamily(self.name, self._help, value=self._facts)


def _bounded(labels: tuple[str, ...], seen: Mapping[tuple[str, ...], object]) -> tuple[str, ...]:
    return labels if labels in seen or len(seen) < LABEL_SETS else (OTHER,) * len(labels)
