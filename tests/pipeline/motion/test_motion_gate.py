"""The motion gate on still, noisy, relit and moving images."""

from datetime import UTC, datetime, timedelta
from pickle import dumps, loads

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.frame import Pixels
from pipeline.geometry.boxes import merge_overlapping
from pipeline.motion.motion_gate import GATE_SIZE, MotionGate, MotionMask

START = datetime(2026, 11, 1, 8, tzinfo=UTC)
STEP = timedelta(milliseconds=200)


def street(seed: int) -> Pixels:
    """A still scene: blocks of grey, as walls and pavements are."""
    blocks = np.random.default_rng(seed).integers(40, 200, (9, 16))
    return np.kron(blocks, np.ones((10, 10))).astype(np.uint8)


def with_noise(picture: Pixels, noise: float, seed: int) -> Pixels:
    off = np.random.default_rng(seed).normal(0, noise, picture.shape)
    return np.clip(picture + off, 0, 255).astype(np.uint8)


def with_person(picture: Pixels, x: int, y: int, *, height: int = 8) -> Pixels:
    """Somebody in a light coat, at least 50 levels lighter than what is behind."""
    there = picture.copy()
    there[y : y + height, x : x + max(height // 3, 3)] = 250
    return there


def play(gate: MotionGate, pictures: list[Pixels], since: datetime = START) -> list[MotionMask]:
    return [gate.push(since + i * STEP, picture) for i, picture in enumerate(pictures)]


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), noise=st.floats(0, 6))
def test_noise_alone_is_no_motion(seed: int, noise: float) -> None:
    scene = street(seed)
    pictures = [with_noise(scene, noise, seed + i) for i in range(50)]

    assert not any(play(MotionGate(), pictures)[10:])


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    noise=st.floats(0, 3),
    y=st.integers(0, 75),
    speed=st.sampled_from([1, 2, 3]),
)
def test_a_walking_person_is_motion_in_every_frame(
    seed: int, noise: float, y: int, speed: int
) -> None:
    scene, gate = street(seed), MotionGate()
    calm = [with_noise(scene, noise, seed + i) for i in range(15)]
    play(gate, calm)
    walk = [
        with_noise(with_person(scene, 20 + i * speed, y), noise, seed + 50 + i) for i in range(30)
    ]
    moved = play(gate, walk, START + 15 * STEP)

    assert all(moved)
    assert all(
        any(left * GATE_SIZE.width <= 20 + i * speed + 3
            and right * GATE_SIZE.width >= 20 + i * speed
            for left, right in zip(m.boxes[:, 0], m.boxes[:, 0] + m.boxes[:, 2], strict=True))
        for i, m in enumerate(moved)
    )  # fmt: skip


@given(seed=st.integers(0, 1000), step=st.integers(-60, 60))
@settings(max_examples=10, deadline=None)
def test_uniform_change_of_light_is_no_motion(seed: int, step: int) -> None:
    scene = np.clip(street(seed), 70, 180)
    lit = (scene.astype(np.int64) + step).astype(np.uint8)
    moved = play(MotionGate(), [scene] * 15 + [lit] * 15)

    assert not any(moved)


def test_a_scene_change_is_motion_once() -> None:
    moved = play(MotionGate(), [street(1)] * 15 + [street(2)] * 30)

    assert moved[15]
    assert not any(moved[17:])


def test_a_person_standing_still_fades_and_is_motion_again_on_leaving() -> None:
    scene = street(3)
    stands = with_person(scene, 80, 40, height=14)
    moved = play(MotionGate(), [scene] * 15 + [stands] * 50 + [scene] * 5)

    assert moved[15]
    assert not any(moved[45:65])
    assert moved[65]


def test_a_cold_gate_settles_within_two_seconds() -> None:
    pictures = [with_noise(street(4), 4, i) for i in range(40)]
    moved = play(MotionGate(), pictures)

    assert moved[0].is_cold
    assert not any(moved[10:])


def test_a_long_gap_makes_the_gate_cold_again() -> None:
    gate = MotionGate()
    gate.push(START, street(5))

    assert gate.push(START + timedelta(minutes=1), street(6)).is_cold


@given(cut=st.integers(1, 29))
@settings(max_examples=6, deadline=None)
def test_a_pickled_gate_continues_unchanged(cut: int) -> None:
    scene = street(7)
    pictures = [with_noise(with_person(scene, 2 * i, 30), 2, i) for i in range(30)]
    straight = play(MotionGate(), pictures)
    gate = MotionGate()
    first = play(gate, pictures[:cut])
    then = play(loads(dumps(gate)), pictures[cut:], START + cut * STEP)  # noqa: S301 - our own

    assert [m.mask.tobytes() for m in first + then] == [m.mask.tobytes() for m in straight]


@given(
    st.lists(
        st.tuples(st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0.01, 0.3), st.floats(0.01, 0.3)),
        min_size=1,
        max_size=12,
    )
)
def test_merged_boxes_cover_all_and_do_not_overlap(rows: list[tuple[float, ...]]) -> None:
    given_boxes = np.array([(x, y, x + w, y + h) for x, y, w, h in rows], np.float32)
    boxes = merge_overlapping(given_boxes)

    for one in given_boxes:
        assert any((box[:2] <= one[:2]).all() and (box[2:] >= one[2:]).all() for box in boxes)
    for i, one in enumerate(boxes):
        for other in boxes[i + 1 :]:
            assert not ((one[:2] < other[2:]).all() and (other[:2] < one[2:]).all())


def test_too_many_regions_become_the_full_frame() -> None:
    mask = np.zeros((GATE_SIZE.height, GATE_SIZE.width), np.uint8)
    for i in range(70):
        mask[2 + 8 * (i // 10) : 5 + 8 * (i // 10), 4 + 14 * (i % 10) : 7 + 14 * (i % 10)] = 1

    assert MotionMask(mask, 0.1).boxes.tolist() == [[0, 0, 1, 1]]
