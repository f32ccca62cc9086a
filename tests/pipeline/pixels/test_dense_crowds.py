"""People who hide each other are counted by faint boxes that move; shelves are not."""

from collections.abc import Sequence

import numpy as np
import pytest

from pipeline.detection import Detections
from pipeline.geometry.frame_geometry import WIDESCREEN
from pipeline.pixels.dense_crowds import DenseCrowdDetector, find_crowds
from pipeline.pixels.masks import Plane
from pipeline.pixels.pixel_events import DenseCrowd
from tests.pipeline.builders import after

WIDTH = 0.04  # of a person in the frame: 0.5 m
VISIBLE = 0.05  # height of what the person in front leaves to be seen


def crowd_of(
    columns: int, rows: int, *, spacing_m: float, score: float = 0.2, x: float = 0.3
) -> Detections:
    """Return people in a square grid on the ground, seen at 30 degrees from above."""
    step = spacing_m * WIDTH / 0.5
    boxes = [
        (x + step * i, 0.2 + step * WIDESCREEN.aspect * 0.5 * j, WIDTH, VISIBLE)
        for i in range(columns)
        for j in range(rows)
    ]
    n = len(boxes)
    return Detections(np.array(boxes, np.float32), np.full(n, score, np.float32), ("person",) * n)


def play(
    detections: Detections, *, moves: bool, seconds: Sequence[float] = (0, 0.5, 1)
) -> tuple[DenseCrowd, ...]:
    detector = DenseCrowdDetector()
    crowds: tuple[DenseCrowd, ...] = ()
    noise = np.random.default_rng(1)
    still = noise.integers(60, 200, (180, 320)).astype(np.uint8)
    for at in seconds:
        grey: Plane = noise.integers(60, 200, (180, 320)).astype(np.uint8) if moves else still
        crowds = detector.push(after(at), grey, detections, WIDESCREEN)
    return crowds


@pytest.mark.parametrize("spacing_m", [0.5, 0.6, 0.7])
def test_a_moving_dense_crowd_is_counted_and_its_density_estimated(spacing_m: float) -> None:
    [crowd] = play(crowd_of(5, 5, spacing_m=spacing_m), moves=True)

    assert crowd.people == 25
    assert crowd.per_m2 == pytest.approx(1 / spacing_m**2, rel=0.35)


def test_what_does_not_move_is_no_crowd() -> None:
    assert not play(crowd_of(5, 5, spacing_m=0.5), moves=False)


def test_a_gap_in_the_stream_is_no_motion() -> None:
    assert not play(crowd_of(5, 5, spacing_m=0.5), moves=True, seconds=(0, 30))


@pytest.mark.parametrize(
    ("case", "people"),
    [
        ("a loose crowd", crowd_of(5, 5, spacing_m=1.1)),
        ("a group of four", crowd_of(2, 2, spacing_m=0.5)),
        ("boxes that are hardly people", crowd_of(5, 5, spacing_m=0.5, score=0.12)),
    ],
)
def test_others_are_left_to_the_tracks(case: str, people: Detections) -> None:
    assert not play(people, moves=True), case


def test_several_boxes_around_one_person_are_one_person() -> None:
    crowd = crowd_of(5, 5, spacing_m=0.6)
    double = Detections(crowd.boxes + np.float32(0.004), crowd.scores, crowd.labels)

    [once], [twice] = play(crowd, moves=True), play(crowd.merge(double), moves=True)

    assert twice.people == once.people


def test_two_crowds_apart_are_two_the_larger_first() -> None:
    small, large = crowd_of(4, 4, spacing_m=0.5, x=0.05), crowd_of(5, 5, spacing_m=0.5, x=0.6)

    assert [crowd.people for crowd in play(small.merge(large), moves=True)] == [25, 16]


def test_the_edge_of_the_frame_does_not_thin_a_crowd_out() -> None:
    middle = find_crowds(crowd_of(4, 4, spacing_m=0.5, x=0.4), WIDESCREEN.aspect)
    edge = find_crowds(crowd_of(4, 4, spacing_m=0.5, x=0.0), WIDESCREEN.aspect)

    assert edge[0].people == middle[0].people
    assert edge[0].per_m2 >= middle[0].per_m2


def test_the_order_of_the_boxes_is_of_no_matter() -> None:
    people = crowd_of(5, 5, spacing_m=0.6).merge(crowd_of(2, 3, spacing_m=0.55, score=0.3))
    shuffled = people.select(np.random.default_rng(2).permutation(len(people)))

    first, second = play(people, moves=True), play(shuffled, moves=True)

    assert [crowd.people for crowd in first] == [crowd.people for crowd in second]
