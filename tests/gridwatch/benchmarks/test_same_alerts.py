"""On real footage, the motion gate opens the same alerts as inference on every frame."""

import tomllib
from pathlib import Path

import pytest

from gridwatch.benchmarks.edge.measured_camera import (
    CachingDetector,
    MeasuredCamera,
    are_same_alerts,
    opening_times,
)
from gridwatch.benchmarks.edge.scenario_bindings import VEHICLES
from gridwatch.demo.node_config import SCENARIOS_TOML
from models import detector
from models.catalogue import footage
from models.catalogue.store import ModelStore
from models.detector import ModelDetector
from models.errors import ModelError
from models.export.graph_fusion import fold_model
from pipeline.camera import GateConfig
from pipeline.geometry.shapes import Point, make_zone_or_line
from pipeline.ports import Coverage
from pipeline.rules.scenario import Scenario
from scenarios import catalogue
from tests.requirements import require

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model() -> ModelDetector:
    try:
        return detector.load_detector("deimv2-femto", allow_fetch=False)
    except ModelError:
        require(condition=False, what="deimv2-femto")
        raise


@pytest.fixture(scope="module")
def narrow(model: ModelDetector, tmp_path_factory: pytest.TempPathFactory) -> ModelDetector:
    """The same model, made to look at parts of a frame."""
    made = tmp_path_factory.mktemp("models") / "folded.onnx"
    store = ModelStore()
    fold_model(store.find("deimv2-femto"), made, model.card)
    return ModelDetector("folded", made, model.card, store.catalogue.labels_of("deimv2-femto"))


@pytest.fixture(scope="module")
def square(model: ModelDetector) -> tuple[Path, CachingDetector]:
    """The square of the demonstration, and what is to be seen there."""
    return the("vtest.avi"), CachingDetector(model)


def the(clip: str) -> Path:
    try:
        return footage.find_clip(clip)
    except ModelError:
        require(condition=False, what=clip)
        raise


def of_the_demo(camera: str) -> list[Scenario]:
    """What the demonstration binds to a camera."""
    camera_table = tomllib.loads("[[camera]]\n" + SCENARIOS_TOML[camera])["camera"][0]
    zones = {
        z["name"]: make_zone_or_line(z["name"], [Point(*p) for p in z["points"]])
        for z in camera_table["zone"]
    }
    library = catalogue.load()
    return [
        library[scenario_table.pop("key")].bind(
            [zones[name] for name in scenario_table.pop("zones")], scenario_table
        )
        for scenario_table in camera_table["scenario"]
    ]


@pytest.mark.parametrize("camera", sorted(SCENARIOS_TOML))
def test_the_gate_does_not_change_the_alerts_of_the_demo(
    square: tuple[Path, CachingDetector], model: ModelDetector, camera: str
) -> None:
    clip, recorded = square
    played = MeasuredCamera(clip, model, model, scenarios=of_the_demo(camera))
    without, behind = played.alerts(recorded), played.alerts(recorded, gate=GateConfig())

    assert opening_times(without)
    assert are_same_alerts(without, behind)
    assert (
        sum(n for reason, n in played.reasons.items() if reason.runs_inference)
        < 0.85 * played.samples
    )


@pytest.mark.parametrize(
    ("clip", "watches"), [("vtest.avi", frozenset({"person"})), ("traffic.mp4", VEHICLES)]
)
def test_the_gate_does_not_change_the_alerts_of_busy_clips(
    square: tuple[Path, CachingDetector],
    narrow: ModelDetector,
    clip: str,
    watches: frozenset[str],
) -> None:
    recorded = square[1] if clip == square[0].name else CachingDetector(narrow)
    played = MeasuredCamera(the(clip), narrow, narrow, watches)
    without, behind = played.alerts(recorded), played.alerts(recorded, gate=GateConfig())
    in_parts = played.alerts(narrow, gate=GateConfig())

    assert len(opening_times(without)) >= 4
    assert are_same_alerts(without, behind)
    assert are_same_alerts(without, in_parts)
    assert played.coverages[Coverage.REGIONS] > 20
