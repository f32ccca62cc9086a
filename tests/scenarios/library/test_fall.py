"""Falls and daily life of real people: the rows of UR Fall, through the posture of the core.

A row is a frame of 30 a second; ``hhmr`` is a person's height as a share of his standing height.
"""

import csv
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import pytest

from models.catalogue.search_paths import SearchPaths
from tests.parts import need
from tests.pipeline.test_posture import Somebody

FPS, SAMPLED = 30, 5
Rows = list[tuple[float, float]]
"""Seconds, share of the standing height."""


def clips(name: str) -> list[Rows]:
    file = next(SearchPaths.from_environment("labels").find(f"urfd/urfall-cam0-{name}.csv"), None)
    need(file is not None, f"the rows of {name} (labels/urfd)")
    assert file is not None
    return list(read(file))


def read(file: Path) -> Iterator[Rows]:
    with file.open() as lines:
        for _, rows in groupby(csv.DictReader(lines), lambda row: row["name"]):
            yield [(int(row["frame"]) / FPS, float(row["hhmr"])) for row in rows]


def sampled(rows: Rows) -> Iterable[tuple[float, float]]:
    """The first row of each fifth of a second, as a box looks at pictures."""
    return [next(slot) for _, slot in groupby(rows, lambda row: int(row[0] * SAMPLED))]


def falls(rows: Rows) -> bool:
    somebody = Somebody()
    return any(somebody.stands(at, share).has_fallen for at, share in sampled(rows))


def is_low(rows: Rows, bound: float) -> bool:
    return any(share < bound for _, share in sampled(rows))


@pytest.mark.parametrize(("name", "of", "found"), [("falls", 30, 29), ("adls", 40, 0)])
def test_falls_are_told_from_daily_life(name: str, of: int, found: int) -> None:
    told = [falls(rows) for rows in clips(name)]

    assert (sum(told), len(told)) == (found, of)


def test_the_best_bound_on_height_alone_cannot() -> None:
    """Best is most falls and fewest others, over all bounds in steps of a hundredth."""
    real, daily = clips("falls"), clips("adls")
    scores = [
        (sum(is_low(r, bound) for r in real), sum(is_low(r, bound) for r in daily))
        for bound in (n / 100 for n in range(15, 70))
    ]

    assert max(scores, key=lambda score: (score[0] - score[1], score[0])) == (30, 8)
