"""Homographies are recovered from points."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.geometry.homography import apply_homography, fit_homography
from tests.pipeline.synthetic_cameras import MARKED_AT, Camera

CAMERAS = st.builds(
    Camera,
    mast_m=st.floats(2.5, 15),
    tilt=st.floats(0.15, 0.8),
    turn=st.floats(-3.1, 3.1),
    roll=st.floats(-0.1, 0.1),
    focus=st.floats(0.7, 3),
    origin=st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
)


@given(camera=CAMERAS, n=st.integers(4, 8))
def test_a_camera_is_recovered_from_exact_points(camera: Camera, n: int) -> None:
    frame = MARKED_AT[:n]
    ground = camera.ground(frame)

    fitted = fit_homography(frame, ground)

    others = np.array([(0.3, 0.8), (0.6, 0.65), (0.5, 0.95)])
    size = np.ptp(ground, axis=0).max()
    assert apply_homography(fitted, others) / size == pytest.approx(
        camera.ground(others) / size, abs=1e-6
    )


def test_more_points_than_four_even_out_the_errors_of_each() -> None:
    chance, camera = np.random.default_rng(3), Camera()
    ground = camera.ground(MARKED_AT)
    middle = np.array([(0.5, 0.7)])

    def off(n: int) -> float:
        frame = MARKED_AT[:n] + chance.normal(0, 0.003, (n, 2))
        there = apply_homography(fit_homography(frame, ground[:n]), middle)
        return float(np.linalg.norm(there - camera.ground(middle)))

    assert np.median([off(8) for _ in range(200)]) < 0.8 * np.median([off(4) for _ in range(200)])
