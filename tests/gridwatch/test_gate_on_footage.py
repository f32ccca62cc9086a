"""On real footage the gate opens the alerts that a look at every sample opens."""

import tomllib
from pathlib import Path

import pytest

from gridwatch.benchmarks.edge.camera import Camera, Recorded, are_same, opened
from gridwatch.benchmarks.edge.scenario_bindings import VEHICLES
from gridwatch.demo.node import WATCHES
from models import detector
from models.catalogue import footage
from models.catalogue.store import Store
from models.detector import ModelDetector
from models.errors import ModelError
from models.export.graph_fusion import folded
from pipeline.geometry.shapes import Point, make_zone_or_line
from pipeline.motion.inference_result import Coverage
from pipeline.rules.scenario import Scenario
from scenarios import catalogue
from tests.parts import need

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model() -> ModelDetector:
    try:
        return detector.load("deimv2-femto", pull=False)
    except ModelError:
        need(condition=False, what="deimv2-femto")
        raise


@pytest.fixture(scope="module")
def narrow(model: ModelDetector, tmp_path_factory: pytest.TempPathFactory) -> ModelDetector:
    """The same model, made to look at parts of a frame."""
    made = tmp_path_factory.mktemp("models") / "folded.onnx"
    store = Store()
    folded(store.find("deimv2-femto"), made, model.card)
    return ModelDetector("folded", made, model.card, store.catalogue.labels_of("deimv2-femto"))


@pytest.fixture(scope="module")
def square(model: ModelDetector) -> tuple[Path, Recorded]:
    """The square of the demonstration, and what is to be seen there."""
    return the("vtest.avi"), Recorded(model)


def the(clip: str) -> Path:
    try:
        return footage.find(clip)
    except ModelError:
        need(condition=False, what=clip)
        raise


def of_the_demo(camera: str) -> list[Scenario]:
    """What the demonstration binds to a camera."""
    told = tomllib.loads("[[camera]]\n" + WATCHES[camera])["camera"][0]
    zones = {
        z["name"]: make_zone_or_line(z["name"], [Point(*p) for p in z["points"]])
        for z in told["zone"]
    }
    library = catalogue.load()
    return [
        library[each.pop("key")].bind([zones[name] for name in each.pop("zones")], each)
        for each in told["scenario"]
    ]


@pytest.mark.parametrize("camera", sorted(WATCHES))
def test_the_demonstration_gives_the_same_alerts(
    square: tuple[Path, Recorded], model: ModelDetector, camera: str
) -> None:
    clip, recorded = square
    played = Camera(clip, model, model, scenarios=of_the_demo(camera))
    without, behind = played.alerts(recorded), played.alerts(played.gated(recorded))

    assert opened(without)
    assert are_same(without, behind)
    assert (
        sum(n for reason, n in played.reasons.items() if reason.runs_inference)
        < 0.85 * played.samples
    )


@pytest.mark.parametrize(
    ("clip", "watches"), [("vtest.avi", frozenset({"person"})), ("traffic.mp4", VEHICLES)]
)
def test_crowds_and_intruders_of_busy_clips_are_the_same(
    square: tuple[Path, Recorded],
    narrow: ModelDetector,
    clip: str,
    watches: frozenset[str],
) -> None:
    recorded = square[1] if clip == square[0].name else Recorded(narrow)
    played = Camera(the(clip), narrow, narrow, watches)
    without, behind = played.alerts(recorded), played.alerts(played.gated(recorded))
    in_parts = played.alerts(played.gated(narrow))

    assert len(opened(without)) >= 4
    assert are_same(without, behind)
    assert are_same(without, in_parts)
    assert played.breadths[Coverage.REGIONS] > 20
