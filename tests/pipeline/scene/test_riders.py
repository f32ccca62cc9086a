"""Riders and pedestrians."""

import pytest

from pipeline.geometry.shapes import Box
from pipeline.scene.riders import find_riders
from pipeline.track import Track
from tests.pipeline.builders import BEGIN, a_track_set


def a_track_of(label: str, box: Box) -> Track:
    subject = 2 if label == "person" else 1
    return Track(
        subject=subject,
        label=label,
        box=box,
        score=0.8,
        first_seen_at=BEGIN,
        stationary_since=BEGIN,
    )


BIKE = a_track_of("bicycle", Box(0.40, 0.50, 0.10, 0.12))
CAR = a_track_of("car", Box(0.40, 0.40, 0.20, 0.12))


@pytest.mark.parametrize(
    ("vehicle", "person", "rides"),
    [
        (BIKE, Box(0.43, 0.40, 0.04, 0.20), True),
        (BIKE, Box(0.60, 0.42, 0.04, 0.20), False),
        (CAR, Box(0.45, 0.42, 0.03, 0.05), True),
        (CAR, Box(0.45, 0.42, 0.05, 0.20), False),
        (CAR, Box(0.45, 0.30, 0.05, 0.12), False),
    ],
    ids=["cyclist", "beside the bicycle", "driver", "before the car", "behind the car"],
)
def test_riders_are_found(vehicle: Track, person: Box, rides: bool) -> None:
    rider = a_track_of("person", person)

    pair = a_track_set(vehicle, rider)

    assert (rider.subject in find_riders(pair.tracks, pair.boxes)) is rides
