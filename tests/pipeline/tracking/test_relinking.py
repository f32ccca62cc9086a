"""Subjects that keep their number when the tracker gives a new id."""

import pytest
from msgspec.structs import replace

from pipeline.geometry.shapes import Point
from pipeline.track import TrackedObject
from pipeline.tracking.relinking import TrackRelinker
from pipeline.tracking.tracker_output import TrackerOutput
from tests.pipeline.builders import a_tracked_object, after


@pytest.fixture
def subjects() -> TrackRelinker:
    return TrackRelinker()


def seen(*sightings: TrackedObject) -> TrackerOutput:
    return TrackerOutput.of(sightings)


def test_a_new_id_near_a_lost_subject_continues_it(subjects: TrackRelinker) -> None:
    [lost] = subjects.push(after(0), seen(a_tracked_object(number=1, x=0.50)))
    subjects.push(after(5), seen())
    [found] = subjects.push(after(9), seen(a_tracked_object(number=8, x=0.51)))

    assert (found.subject, found.stationary_since) == (lost.subject, after(0))


def test_a_new_id_far_away_is_a_new_subject(subjects: TrackRelinker) -> None:
    subjects.push(after(0), seen(a_tracked_object(number=1, x=0.2)))
    [other] = subjects.push(after(1), seen(a_tracked_object(number=8, x=0.8)))

    assert (other.subject, other.first_seen_at) == (2, after(1))


def test_a_new_id_of_another_label_is_a_new_subject(subjects: TrackRelinker) -> None:
    subjects.push(after(0), seen(a_tracked_object(number=1)))
    [other] = subjects.push(after(1), seen(a_tracked_object(number=8, label="dog")))

    assert other.subject == 2


def test_a_present_subject_is_not_taken_over(subjects: TrackRelinker) -> None:
    subjects.push(after(0), seen(a_tracked_object(number=1, x=0.50)))
    tracks = subjects.push(
        after(1), seen(a_tracked_object(number=1, x=0.50), a_tracked_object(number=8, x=0.51))
    )

    assert [track.subject for track in tracks] == [1, 2]


def test_the_nearest_of_two_is_continued(subjects: TrackRelinker) -> None:
    subjects.push(
        after(0), seen(a_tracked_object(number=1, x=0.50), a_tracked_object(number=2, x=0.58))
    )
    tracks = subjects.push(
        after(1), seen(a_tracked_object(number=8, x=0.57), a_tracked_object(number=9, x=0.51))
    )

    assert {track.subject: track.box.foot.x for track in tracks} == {1: 0.51, 2: 0.57}


def test_a_subject_lost_for_long_is_forgotten(subjects: TrackRelinker) -> None:
    subjects.push(after(0), seen(a_tracked_object(number=1)))
    [other] = subjects.push(after(31), seen(a_tracked_object(number=8)))

    assert other.subject == 2


def test_a_swaying_person_is_stationary(subjects: TrackRelinker) -> None:
    for second in range(10):
        [track] = subjects.push(after(second), seen(a_tracked_object(x=0.5 + 0.01 * (second % 2))))

    assert track.stationary_since == after(0)


def test_walking_on_restarts_the_stationary_time(subjects: TrackRelinker) -> None:
    for second in range(10):
        [track] = subjects.push(after(second), seen(a_tracked_object(x=0.3 if second < 6 else 0.6)))

    assert (track.first_seen_at, track.stationary_since) == (after(0), after(6))


def test_two_id_switches_in_one_frame_are_both_undone(subjects: TrackRelinker) -> None:
    subjects.push(
        after(0), seen(a_tracked_object(number=1, x=0.2), a_tracked_object(number=2, x=0.8))
    )
    tracks = subjects.push(
        after(1), seen(a_tracked_object(number=3, x=0.8), a_tracked_object(number=4, x=0.2))
    )

    assert [(t.subject, t.box.foot) for t in tracks] == [
        (1, Point(pytest.approx(0.2), 0.6)),  # type: ignore[arg-type]
        (2, Point(pytest.approx(0.8), 0.6)),  # type: ignore[arg-type]
    ]


def test_a_person_who_turned_back_is_found_behind_the_prediction(subjects: TrackRelinker) -> None:
    subjects.push(after(0), seen(a_tracked_object(number=1, x=0.50)))
    expected = replace(a_tracked_object(number=1, x=0.55), is_coasting=True)
    [turned] = subjects.push(after(1), seen(expected, a_tracked_object(number=8, x=0.50)))
    [later] = subjects.push(after(2), seen(expected, a_tracked_object(number=8, x=0.45)))

    assert turned.subject == later.subject == 1
    assert later.box.foot.x == pytest.approx(0.45)


def test_a_person_who_walked_away_is_not_continued_much_later(subjects: TrackRelinker) -> None:
    walker = replace(a_tracked_object(number=1, x=0.50), velocity=Point(0.08, 0.0))
    subjects.push(after(0), seen(walker))
    [soon] = subjects.push(after(3), seen(replace(walker, id=2)))
    [late] = subjects.push(after(9), seen(replace(walker, id=3)))

    assert (soon.subject, late.subject) == (1, 2)
