"""The tracker on sequences of boxes, five frames a second."""

from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.detection import Detections
from pipeline.track import TrackedObject
from pipeline.tracking.tracker import Tracker
from tests.pipeline.builders import a_box, after, some_detections
from tests.pipeline.strategies import boxes

FRAMES = st.lists(st.lists(st.tuples(boxes(), st.floats(0, 1)), max_size=5), max_size=12)


def follow(
    frames: Iterable[Detections], tracker: Tracker | None = None
) -> list[tuple[TrackedObject, ...]]:
    tracker = tracker or Tracker()
    return [tuple(tracker.push(after(number / 5), frame)) for number, frame in enumerate(frames)]


def ids(told: Sequence[TrackedObject]) -> list[int]:
    return [sighting.id for sighting in told]


def walker(frames: int, *, begin: float = 0.1, step: float = 0.02) -> list[Detections]:
    return [some_detections(a_box(begin + step * number)) for number in range(frames)]


def test_a_track_is_confirmed_after_three_detections() -> None:
    told = follow(walker(4))

    assert [len(frame) for frame in told] == [0, 0, 1, 1]


def test_a_walking_person_keeps_the_id() -> None:
    told = follow(walker(30))

    assert {number for frame in told[2:] for number in ids(frame)} == {1}


def test_a_person_running_out_of_the_own_box_keeps_the_id() -> None:
    told = follow(walker(15, step=0.055))  # more than his own width, 0.05, a frame

    assert ids(told[-1]) == [1]


def test_a_person_running_from_the_first_frame_is_tracked() -> None:
    told = follow(walker(12, begin=0.05, step=0.078))  # his own width and a half, a frame

    assert [ids(frame) for frame in told[2:]] == [[1]] * 10


def test_a_runner_takes_no_other_id() -> None:
    film = [some_detections(a_box(0.05 + 0.078 * number), a_box(0.5)) for number in range(12)]
    told = follow(film)

    assert [ids(frame) for frame in told[2:]] == [[1, 2]] * 10
    assert all(abs(seen[1].box.foot.x - 0.5) < 0.001 for seen in told[2:])


def test_the_velocity_is_that_of_the_feet() -> None:
    *_, [last] = follow(walker(30))

    assert last.velocity == pytest.approx((0.1, 0.0), abs=0.005)


def test_a_missed_frame_is_bridged_by_the_prediction() -> None:
    film = walker(12)
    film[8] = Detections.empty()
    told = follow(film)

    assert ids(told[8]) == [1]
    assert told[8][0].box.foot.x == pytest.approx(0.1 + 0.02 * 8, abs=0.01)


def test_a_person_hidden_for_two_seconds_is_matched_again() -> None:
    film = walker(40, step=0.01)
    film[10:20] = [Detections.empty()] * 10
    told = follow(film)

    assert ids(told[18]) == []
    assert ids(told[-1]) == [1]


def test_a_long_absence_gives_a_new_id() -> None:
    film = walker(60, step=0.0)
    film[10:40] = [Detections.empty()] * 30

    assert ids(follow(film)[-1]) == [2]


def test_two_crossing_people_keep_their_ids() -> None:
    film = [
        some_detections(a_box(0.2 + 0.02 * number, 0.60), a_box(0.8 - 0.02 * number, 0.66))
        for number in range(30)
    ]
    told = follow(film)
    first, last = told[5], told[-1]

    assert [s.box.foot.x > 0.5 for s in first] == [not (s.box.foot.x > 0.5) for s in last]
    assert ids(first) == ids(last)


def test_a_low_score_starts_no_track() -> None:
    assert follow([some_detections(a_box(), scores=[0.3])] * 20)[-1] == ()


def test_a_low_score_keeps_a_track_alive() -> None:
    film = walker(5) + [some_detections(a_box(0.1 + 0.02 * n), scores=[0.3]) for n in range(5, 20)]

    assert ids(follow(film)[-1]) == [1]


def test_low_scores_alone_do_not_keep_a_track_for_ever() -> None:
    film = walker(5, step=0.0) + [some_detections(a_box(0.1), scores=[0.3])] * 40

    assert follow(film)[-1] == ()


def test_a_dog_does_not_become_a_person() -> None:
    film = [some_detections(a_box())] * 5 + [some_detections(a_box(), label="dog")] * 5
    labels = [{(s.id, s.label) for s in told} for told in follow(film)]

    assert (2, "dog") in labels[-1]
    assert (1, "dog") not in labels[-1]


def test_a_track_that_leaves_the_frame_ends_soon() -> None:
    told = follow([*walker(40, begin=0.1, step=0.0215), *[Detections.empty()] * 6])

    assert told[-1] == ()


@given(FRAMES)
def test_the_order_in_a_frame_is_irrelevant(frames: list[list[tuple[object, float]]]) -> None:
    def film(*, backwards: bool) -> list[Detections]:
        ordered = [frame[::-1] if backwards else frame for frame in frames]
        return [some_detections(*(b for b, _ in f), scores=[s for _, s in f]) for f in ordered]  # type: ignore[arg-type]

    assert follow(film(backwards=False)) == follow(film(backwards=True))


@given(FRAMES)
def test_every_tracked_box_is_inside_the_frame(
    frames: list[list[tuple[object, float]]],
) -> None:
    film = [some_detections(*(b for b, _ in f), scores=[s for _, s in f]) for f in frames]  # type: ignore[arg-type]

    for told in follow(film):
        assert ids(told) == sorted(set(ids(told)))
        assert all(sighting.box.w > 0 for sighting in told)


def test_a_box_without_area_is_ignored() -> None:
    flat = Detections(np.zeros((1, 4), np.float32), np.ones(1, np.float32), ("person",))

    assert follow([flat] * 5)[-1] == ()
