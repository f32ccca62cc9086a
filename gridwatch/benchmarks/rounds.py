"""Interleaved rounds, so that the load of the machine meets all measurements."""

from collections.abc import Callable, Mapping
from statistics import median

import msgspec

Measure = Callable[[], float]


class Spread(msgspec.Struct, frozen=True):
    """Median and range of one figure over all rounds."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        """Return the median and the range."""
        return f"{self.median:.2f} ({self.least:.2f} to {self.most:.2f})"


def interleaved(measures: Mapping[str, Measure], rounds: int) -> dict[str, Spread]:
    """Take each measurement once a round, in order."""
    taken: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            taken[name].append(measure())
    return {
        name: Spread(median(values), min(values), max(values)) for name, values in taken.items()
    }
