"""Falls and daily life of real people: rows of the UR Fall data through the posture estimator.

A row is one of 30 frames a second; ``hhmr`` is the height as a share of the standing height.
"""

import csv
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import pytest

from models.catalogue.search_paths import SearchPaths
from tests.pipeline.scene.test_posture import PersonOnCamera
from tests.requirements import require

FPS, SAMPLED = 30, 5
Rows = list[tuple[float, float]]
"""Seconds, share of the standing height."""


def read_clips(name: str) -> list[Rows]:
    file = next(SearchPaths.from_environment("labels").find(f"urfd/urfall-cam0-{name}.csv"), None)
    require(file is not None, f"the rows of {name} (labels/urfd)")
    assert file is not None
    return list(read_rows(file))


def read_rows(file: Path) -> Iterator[Rows]:
    with file.open() as lines:
        for _, rows in groupby(csv.DictReader(lines), lambda row: row["name"]):
            yield [(int(row["frame"]) / FPS, float(row["hhmr"])) for row in rows]


def sampled(rows: Rows) -> Iterable[tuple[float, float]]:
    """Yield the first row of each fifth of a second, as a node samples frames."""
    return [next(slot) for _, slot in groupby(rows, lambda row: int(row[0] * SAMPLED))]


def has_fall(rows: Rows) -> bool:
    person = PersonOnCamera()
    return any(person.stands(at, share).has_fallen for at, share in sampled(rows))


def is_low(rows: Rows, threshold: float) -> bool:
    return any(share < threshold for _, share in sampled(rows))


@pytest.mark.parametrize(("name", "clips", "falls"), [("falls", 30, 29), ("adls", 40, 0)])
def test_falls_are_separated_from_daily_life(name: str, clips: int, falls: int) -> None:
    found = [has_fall(rows) for rows in read_clips(name)]

    assert (sum(found), len(found)) == (falls, clips)


def test_no_single_threshold_on_the_height_separates_them() -> None:
    """The best of all thresholds, in steps of a hundredth, finds 30 falls and 8 others."""
    falls, daily = read_clips("falls"), read_clips("adls")
    scores = [
        (
            sum(is_low(rows, threshold) for rows in falls),
            sum(is_low(rows, threshold) for rows in daily),
        )
        for threshold in (n / 100 for n in range(15, 70))
    ]

    assert max(scores, key=lambda score: (score[0] - score[1], score[0])) == (30, 8)
