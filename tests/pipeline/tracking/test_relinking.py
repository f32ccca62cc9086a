"""Subjects that keep their number when the tracker gives a new id."""

import pytest
from msgspec.structs import replace

from pipeline.geometry.shapes import Box, Point
from pipeline.track import Track
from pipeline.tracking.relinking import TrackRelinker
from pipeline.tracking.tracker_output import TrackerOutput
from tests.pipeline.builders import a_track, after


@pytest.fixture
def relinker() -> TrackRelinker:
    return TrackRelinker()


def relink(relinker: TrackRelinker, seconds: float, *objects: Track) -> tuple[Track, ...]:
    """Return the tracks of a frame; the subjects of ``objects`` are the ids of the tracker."""
    tracks, _ = relinker.push(after(seconds), TrackerOutput.from_tracks(objects))
    return tracks


def test_a_new_id_near_a_lost_subject_continues_it(relinker: TrackRelinker) -> None:
    [lost] = relink(relinker, 0, a_track(subject=1, x=0.50))
    relink(relinker, 5)
    [again] = relink(relinker, 9, a_track(subject=8, x=0.51))

    assert (again.subject, again.stationary_since) == (lost.subject, after(0))


def test_a_new_id_far_away_is_a_new_subject(relinker: TrackRelinker) -> None:
    relink(relinker, 0, a_track(subject=1, x=0.2))
    [other] = relink(relinker, 1, a_track(subject=8, x=0.8))

    assert (other.subject, other.first_seen_at) == (2, after(1))


def test_a_new_id_of_another_label_is_a_new_subject(relinker: TrackRelinker) -> None:
    relink(relinker, 0, a_track(subject=1))
    [other] = relink(relinker, 1, a_track(subject=8, label="dog"))

    assert other.subject == 2


def test_a_present_subject_is_not_taken_over(relinker: TrackRelinker) -> None:
    relink(relinker, 0, a_track(subject=1, x=0.50))
    tracks = relink(relinker, 1, a_track(subject=1, x=0.50), a_track(subject=8, x=0.51))

    assert [track.subject for track in tracks] == [1, 2]


def test_the_nearest_of_two_is_continued(relinker: TrackRelinker) -> None:
    relink(relinker, 0, a_track(subject=1, x=0.50), a_track(subject=2, x=0.58))
    tracks = relink(relinker, 1, a_track(subject=8, x=0.57), a_track(subject=9, x=0.51))

    assert {track.subject: track.box.foot.x for track in tracks} == {1: 0.51, 2: 0.57}


def test_a_subject_lost_for_long_is_forgotten(relinker: TrackRelinker) -> None:
    relink(relinker, 0, a_track(subject=1))
    [other] = relink(relinker, 31, a_track(subject=8))

    assert other.subject == 2


def test_a_swaying_person_is_stationary(relinker: TrackRelinker) -> None:
    for second in range(10):
        [track] = relink(relinker, second, a_track(x=0.5 + 0.01 * (second % 2)))

    assert track.stationary_since == after(0)


def test_walking_on_restarts_the_stationary_time(relinker: TrackRelinker) -> None:
    for second in range(10):
        [track] = relink(relinker, second, a_track(x=0.3 if second < 6 else 0.6))

    assert (track.first_seen_at, track.stationary_since) == (after(0), after(6))


def test_two_id_switches_in_one_frame_are_both_undone(relinker: TrackRelinker) -> None:
    relink(relinker, 0, a_track(subject=1, x=0.2), a_track(subject=2, x=0.8))
    tracks = relink(relinker, 1, a_track(subject=3, x=0.8), a_track(subject=4, x=0.2))

    assert [(t.subject, t.box.foot) for t in tracks] == [
        (1, Point(pytest.approx(0.2), 0.6)),  # type: ignore[arg-type]
        (2, Point(pytest.approx(0.8), 0.6)),  # type: ignore[arg-type]
    ]


def test_a_person_who_turned_back_is_found_behind_the_prediction(relinker: TrackRelinker) -> None:
    relink(relinker, 0, a_track(subject=1, x=0.50))
    expected = replace(a_track(subject=1, x=0.55), is_coasting=True)
    [turned] = relink(relinker, 1, expected, a_track(subject=8, x=0.50))
    [later] = relink(relinker, 2, expected, a_track(subject=8, x=0.45))

    assert turned.subject == later.subject == 1
    assert later.box.foot.x == pytest.approx(0.45)


def test_a_person_who_walked_away_is_not_continued_much_later(relinker: TrackRelinker) -> None:
    walker = replace(a_track(subject=1, x=0.50), velocity=Point(0.08, 0.0))
    relink(relinker, 0, walker)
    [soon] = relink(relinker, 3, replace(walker, subject=2))
    [late] = relink(relinker, 9, replace(walker, subject=3))

    assert (soon.subject, late.subject) == (1, 2)


def test_the_arrays_are_in_the_order_of_the_tracks(relinker: TrackRelinker) -> None:
    relink(relinker, 0, a_track(subject=1, x=0.2), a_track(subject=2, x=0.8))
    objects = TrackerOutput.from_tracks([a_track(subject=3, x=0.8), a_track(subject=4, x=0.2)])
    tracks, output = relinker.push(after(1), objects)

    assert [Box(*sides) for sides in output.boxes.tolist()] == [track.box for track in tracks]
    assert output.ids.tolist() == [4, 3]
