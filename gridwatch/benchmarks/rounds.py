"""Interleaved rounds: what a busy machine does to one, it does to all."""

from collections.abc import Callable, Mapping
from statistics import median

import msgspec

Measure = Callable[[], float]


class Spread(msgspec.Struct, frozen=True):
    """One figure over all rounds."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        """Say the median, and between what it lies."""
        return f"{self.median:.2f} ({self.least:.2f} to {self.most:.2f})"


def interleaved(measures: Mapping[str, Measure], rounds: int) -> dict[str, Spread]:
    """Measure each once a round, in the order given."""
    taken: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            taken[name].append(measure())
    return {name: Spread(median(all_), min(all_), max(all_)) for name, all_ in taken.items()}
