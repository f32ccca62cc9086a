"""On real footage, a fast model is used where it finds what the model finds, and only there."""

from collections import Counter
from itertools import islice

import pytest

from gridwatch.benchmarks.edge.measured_camera import FPS, MeasuredCamera
from gridwatch.benchmarks.edge.scenario_bindings import VEHICLES
from models import detector
from models.catalogue import footage
from models.errors import ModelError
from pipeline.camera import GateConfig
from pipeline.ports import Coverage
from tests.requirements import require

pytestmark = pytest.mark.slow

SECONDS = 18


@pytest.mark.parametrize(
    ("clip", "watches", "is_used"),
    [("vtest.avi", frozenset({"person"}), True), ("traffic.mp4", VEHICLES, False)],
)
def test_yolox_nano_is_used_for_people_on_a_square_and_not_for_cars_from_above(
    clip: str, watches: frozenset[str], *, is_used: bool
) -> None:
    try:
        main = detector.load_detector("deimv2-femto", allow_fetch=False)
        fast = detector.load_detector("yolox-nano", allow_fetch=False, is_fast_model=True)
        camera = MeasuredCamera(footage.find_clip(clip), main, main, watches=watches)
    except ModelError as error:
        require(condition=False, what=str(error))
        raise
    pipeline = camera.pipeline(main, gate=GateConfig(fast_detector=fast))
    covered: Counter[Coverage | None] = Counter()
    for frame in islice(camera.frames(), SECONDS * FPS):
        pipeline.push(frame)
        covered[pipeline.coverage] += 1

    assert (covered[Coverage.FAST_MODEL] > 0) is is_used
    assert covered[Coverage.FULL_FRAME] >= SECONDS / 2, "the model has its turn every two seconds"
