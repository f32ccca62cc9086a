"""The queries of a rule."""

import math
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pipeline.geometry.shapes import Box, Line, Point, Zone
from pipeline.ground.height_calibration import HeightCalibratedGround
from pipeline.scenario_spec import Per
from pipeline.scene.frame_context import ZoneContext
from pipeline.scene.line_crossing import Direction
from pipeline.scene.scene import Scene
from pipeline.scene.zone_dwell import ZoneDwell
from pipeline.signal import Level
from pipeline.track import Track
from tests.pipeline.builders import a_spec, a_track, a_track_set, after

LEFT = Zone("left", (Point(0, 0), Point(0.5, 0), Point(0.5, 1), Point(0, 1)))


def a_scene(*tracks: Track, per: Per = Per.ZONE, level: Level = Level.MAJOR) -> Scene:
    ground = HeightCalibratedGround()
    ground.push(tracks)
    return Scene(
        spec=a_spec(per=per),
        level=level,
        context=ZoneContext(
            at=after(10),
            zone=LEFT,
            tracks=a_track_set(*tracks, ground=ground),
            entered_at=ZoneDwell(LEFT).push(after(10), a_track_set(*tracks)),
        ),
    )


def test_a_track_is_in_the_zone_if_its_feet_are() -> None:
    scene = a_scene(a_track(subject=1, x=0.2), a_track(subject=2, x=0.8))

    assert [track.subject for track in scene.in_zone()] == [1]
    assert (scene.count("person"), scene.count("dog")) == (1, 0)


def test_clusters_are_chains_of_neighbours_largest_first() -> None:
    # A person is 0.2 high: a metre is 0.2 / 1.7 / (16 / 9) = 0.066 of the width.
    chain = [a_track(subject=n, x=0.05 + 0.1 * n) for n in (1, 2, 3)]
    scene = a_scene(a_track(subject=9, x=0.05, y=0.9), *chain)

    groups = [[track.subject for track in group] for group in scene.clusters(radius_m=2)]

    assert groups == [[1, 2, 3], [9]]


def test_no_tracks_give_no_cluster() -> None:
    assert a_scene().clusters(radius_m=2) == []


@given(
    st.lists(st.tuples(st.floats(0.05, 0.95), st.floats(0.3, 1.0)), max_size=9), st.integers(1, 5)
)
def test_only_clusters_of_the_minimum_size_are_returned(
    feet: list[tuple[float, float]], least: int
) -> None:
    scene = a_scene(*(a_track(subject=n, x=x, y=y) for n, (x, y) in enumerate(feet, 1)))

    large = [group for group in scene.clusters(radius_m=2) if len(group) >= least]

    assert scene.clusters(radius_m=2, min_size=least) == large


def test_distances_are_measured_by_the_height_of_people() -> None:
    one, other = a_track(subject=1, x=0.1), a_track(subject=2, x=0.1 + 0.2 / 1.7 / (16 / 9))

    assert a_scene(one, other).distance_m(one, other) == pytest.approx(1, rel=0.01)


def test_speed_is_in_metres_a_second() -> None:
    step = 0.2 / 1.7 / (16 / 9)
    track = Track(
        subject=1,
        label="person",
        box=a_track().box,
        score=0.9,
        first_seen_at=after(0),
        stationary_since=after(0),
        velocity=Point(1.4 * step, 0.0),
    )

    assert a_scene(track).speed_mps(track) == pytest.approx(1.4, rel=0.01)


def test_dwell_starts_at_entry_and_restarts_after_leaving() -> None:
    presence, inside, outside = ZoneDwell(LEFT), a_track(x=0.2), a_track(x=0.8)

    assert presence.push(after(0), a_track_set(inside)) == {1: after(0)}
    assert presence.push(after(5), a_track_set(inside)) == {1: after(0)}
    assert presence.push(after(6), a_track_set(outside)) == {}
    assert presence.push(after(7), a_track_set(inside)) == {1: after(7)}


def test_a_subject_hidden_for_a_moment_has_stayed() -> None:
    presence, inside = ZoneDwell(LEFT), a_track(x=0.2)
    presence.push(after(0), a_track_set(inside))

    assert presence.push(after(1), a_track_set()) == {}
    assert presence.push(after(3), a_track_set(inside)) == {1: after(0)}
    assert presence.push(after(9), a_track_set(inside)) == {1: after(9)}


def test_a_track_outside_has_no_dwell_time() -> None:
    outside = a_track(x=0.8)

    assert a_scene(outside).dwell(outside) == timedelta()
    assert a_scene(outside).stationary_for(outside) == timedelta(seconds=10)


def test_a_signal_of_the_zone_names_no_subject() -> None:
    track = a_track(subject=7, x=0.2)

    assert a_scene(track).signal(track, people=1).subject is None
    assert a_scene(track, per=Per.SUBJECT).signal(track, people=1).subject == 7


def test_a_signal_explains_its_steps() -> None:
    inside, outside = a_track(subject=1, x=0.2), a_track(subject=2, x=0.8)
    signal = a_scene(inside, outside).signal(inside, people=1)

    assert [(s.name, s.value_in, s.value_out) for s in signal.explanation] == [
        ("zone", 2, 1),
        ("rule", 1, 1),
    ]
    assert signal.measures == {"people": 1.0}


@pytest.mark.parametrize(
    ("asked", "site", "comes"),
    [
        (None, Level.MAJOR, Level.MAJOR),
        (Level.MAJOR, Level.MINOR, Level.MINOR),
        (Level.MAJOR, Level.CRITICAL, Level.CRITICAL),
        (Level.CRITICAL, Level.MINOR, Level.CRITICAL),
        (Level.INFO, Level.CRITICAL, Level.CRITICAL),
    ],
)
def test_the_level_of_the_site_replaces_that_of_the_spec(
    asked: Level | None, site: Level, comes: Level
) -> None:
    track = a_track(x=0.2)

    assert a_scene(track, level=site).signal(track, level=asked).level is comes


def moving(*, subject: int, x: float, motion: Point, label: str = "person") -> Track:
    return replace(a_track(subject=subject, x=x), velocity=motion, label=label)


METRE = 0.2 / 1.7 / (16 / 9)
"""Of the width, for people who are 0.2 high."""


def test_speed_of_objects_is_measured_by_their_own_size() -> None:
    # A car that looks 0.2 high is 1.5 m high: 0.1 of the width is 1.33 m.
    car = moving(subject=1, x=0.2, motion=Point(0.1, 0), label="car")

    assert a_scene(car).speed_mps(car) == pytest.approx(0.1 * 16 / 9 * 1.5 / 0.2)


def test_neighbours_have_the_label_inside_the_zone_or_not() -> None:
    dog = a_track(subject=1, x=0.48, label="dog")
    owner, stranger = a_track(subject=2, x=0.48 + METRE), a_track(subject=3, x=0.48 + 4 * METRE)
    scene = a_scene(dog, owner, stranger)

    assert scene.neighbours(dog, "person", 2) == [owner]
    assert scene.neighbours(dog, "dog", 20) == []


def test_people_running_from_the_centre_disperse_in_all_directions() -> None:
    runners = [
        moving(subject=n, x=0.2 + side * 0.1, motion=Point(side * 3 * METRE, 0))
        for n, side in ((1, -1), (2, 1))
    ]
    scene = a_scene(*runners)

    assert scene.dispersing(2.0) == runners
    assert scene.dispersing(4.0) == []
    assert scene.heading_dispersion(runners) == pytest.approx(1, abs=1e-6)


def test_density_is_measured_around_the_track_with_most_neighbours() -> None:
    chain = [a_track(subject=n, x=0.2 + METRE * n / 2) for n in range(3)]
    group, per_m2 = a_scene(*chain, a_track(subject=9, y=0.95, x=0.2)).densest_group(1.1)

    assert list(group) == chain
    assert per_m2 == pytest.approx(2 / (math.pi * 1.1**2))


def seeing(scene: Scene, **other: Any) -> Scene:  # noqa: ANN401  # fields of the outlook
    return replace(scene, context=replace(scene.context, **other))


def test_crossed_tracks_are_filtered_by_direction() -> None:
    scene = seeing(
        a_scene(a_track(subject=1), a_track(subject=2)), directions={2: Direction.OUTWARD}
    )

    assert [track.subject for track in scene.crossed()] == [2]
    assert scene.crossed(Direction.INWARD) == []


def test_a_signal_can_refer_to_the_zone() -> None:
    assert seeing(a_scene(), zone=LEFT).zone_target().box == Box(0, 0, 0.5, 1)
    flat = Line("door", Point(0.25, 1.0), Point(0.75, 1.0))
    assert seeing(a_scene(), zone=flat).zone_target().box == Box(0.25, 0.999, 0.5, 0.001)


def test_what_never_left_its_first_place_has_not_moved() -> None:
    stone = a_track(subject=1, x=0.2)
    walker = replace(stone, subject=2, stationary_since=after(3))

    assert not a_scene(stone).has_moved(stone)
    assert a_scene(walker).has_moved(walker)


def test_one_object_with_two_labels_is_a_duplicate() -> None:
    bike = a_track(subject=1, x=0.2, label="motorcycle")
    car = a_track(subject=2, x=0.205, label="car")
    scene = a_scene(bike, car)

    assert scene.is_duplicate(bike, {"car"})
    assert not scene.is_duplicate(bike, {"truck"})
    assert not scene.is_duplicate(car, {"car"})


def test_a_person_too_tall_for_the_place_is_above_the_ground() -> None:
    people = [a_track(subject=n, x=0.1 * n) for n in range(1, 5)]
    climber = a_track(subject=9, h=0.25)
    scene = a_scene(*people, climber)

    assert scene.height_above_ground(people[0]) == pytest.approx(0, abs=0.05)
    assert scene.height_above_ground(climber) == pytest.approx(
        scene.context.tracks.ground.camera_height_m / 5, abs=0.05
    )
