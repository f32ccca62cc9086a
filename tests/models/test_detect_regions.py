"""Inference on regions of a frame gives the detections of the full frame."""

from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from models.catalogue import footage
from models.catalogue.store import ModelStore
from models.detector import ModelDetector
from models.errors import NotFetchedError
from models.export.graph_fusion import fold_model
from models.inference.pictures import ArrayPicture, read_frames
from models.inference.preprocess import plan_views, trim_padding
from models.inference.runtimes.onnx import OnnxRuntime
from pipeline.detection import Detections
from pipeline.frame import Frame, Size
from pipeline.geometry.boxes import Float32Array, intersects_any, iou_matrix, xywh_to_xyxy
from pipeline.ports import Coverage
from tests.models.tiny_networks import CARD, write_network
from tests.requirements import require

pytestmark = pytest.mark.slow

NOBODY = np.zeros((0, 4), np.float32)


def a_detector(name: str, folder: Path) -> ModelDetector:
    """Fold a model, which lets it take parts."""
    store = ModelStore()
    try:
        source = store.find(name)
    except NotFetchedError as error:
        require(False, str(error))
        raise
    card = store.catalogue.card(name)
    fold_model(source, folder / f"{name}.onnx", card)
    return ModelDetector(name, folder / f"{name}.onnx", card, store.catalogue.labels_of(name))


@pytest.fixture(scope="module", params=["deimv2-femto", "deimv2-atto", "yolox-nano"])
def detector(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> object:
    return a_detector(request.param, tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def crossing() -> Frame:
    try:
        clip = footage.find_clip("vtest")
    except NotFetchedError as error:
        require(False, str(error))
        raise
    picture = next(islice(read_frames(clip), 200, None))
    return Frame(camera="c", at=datetime(2026, 1, 1, tzinfo=UTC), picture=picture)


def people(detections: Detections, confident: float) -> Float32Array:
    sure = detections.scores >= confident
    return xywh_to_xyxy(detections.select(sure & (np.array(detections.labels) == "person")).boxes)


def test_detections_in_a_region_equal_those_of_the_full_frame(
    detector: ModelDetector, crossing: Frame
) -> None:
    whole = people(detector.detect(crossing), detector.confidence_threshold)
    results = [detector.detect_regions(crossing, one[None], whole) for one in whole]
    detections = [xywh_to_xyxy(result.detections.boxes).astype(np.float64) for result in results]
    again = [
        iou_matrix(one[None].astype(np.float64), each).max(initial=0.0)
        for one, each in zip(whole, detections, strict=True)
    ]

    assert Coverage.REGIONS in {result.coverage for result in results}
    assert sum(shared > 0.75 for shared in again) >= len(whole) - 1
    for each, result in zip(detections, results, strict=True):
        assert intersects_any(each.astype(np.float32), result.regions).all()


def test_a_dynamic_network_gives_the_same_detections_on_the_full_frame(
    detector: ModelDetector, crossing: Frame
) -> None:
    if detector.card.input.fit != "stretch":
        pytest.skip(
            "a dynamic network gets less padding than a fixed one, so its detections differ"
        )
    store, name = ModelStore(), detector.model.name
    before = ModelDetector(name, store.find(name), detector.card, store.catalogue.labels_of(name))

    one, other = (people(each.detect(crossing), 0.2) for each in (before, detector))
    assert np.allclose(one, other, atol=1e-3)


def test_a_required_area_that_fills_the_frame_runs_the_full_frame(
    detector: ModelDetector, crossing: Frame
) -> None:
    result = detector.detect_regions(crossing, np.array([[0, 0, 1, 1]], np.float32), NOBODY)

    assert result.coverage is Coverage.FULL_FRAME
    assert np.array_equal(result.detections.boxes, detector.detect(crossing).boxes)


def test_an_object_cut_by_a_region_reruns_the_full_frame(
    detector: ModelDetector, crossing: Frame
) -> None:
    whole = people(detector.detect(crossing), detector.confidence_threshold)
    left, top, right, bottom = whole[np.argmax(whole[:, 3])]
    results = [
        detector.detect_regions(
            crossing, np.array([[x, top, x + 0.01, bottom]], np.float32), NOBODY
        )
        for x in np.linspace(left - 0.15, right + 0.15, 12, dtype=np.float32)
    ]

    for result in results:
        if result.coverage is Coverage.REGIONS:
            detections = people(result.detections, detector.confidence_threshold)
            [right_of_part] = result.regions[:, 2]
            assert not (np.abs(detections[:, 2] - right_of_part) < 1e-3).any()
    assert Coverage.REGIONS in {result.coverage for result in results}


def test_a_model_of_fixed_size_runs_the_full_frame(crossing: Frame) -> None:
    store = ModelStore()
    try:
        path = store.find("yolox-nano")
    except NotFetchedError as error:
        require(False, str(error))
        raise
    card, words = store.catalogue.card("yolox-nano"), store.catalogue.labels_of("yolox-nano")
    fixed = ModelDetector("yolox-nano", path, card, words)
    result = fixed.detect_regions(crossing, np.array([[0.4, 0.4, 0.5, 0.5]], np.float32), NOBODY)

    assert not fixed.runtime.supports_regions
    assert result.coverage is Coverage.FULL_FRAME


def test_a_head_that_cannot_be_dynamic_keeps_its_size(tmp_path: Path) -> None:
    source = write_network(tmp_path / "net.onnx", steps=[(1.0, 0.0)])
    for head, free in (("yolox", True), ("nanodet", True), ("ultralytics", False), ("deim", False)):
        card = CARD.model_copy(update={"head": head})
        fold_model(source, tmp_path / f"{head}.onnx", card)

        assert OnnxRuntime(tmp_path / f"{head}.onnx", CARD.input).supports_regions is free


def test_a_dynamic_network_runs_without_the_letterbox_padding() -> None:
    spec = CARD.input.model_copy(update={"width": 416, "height": 416, "fit": "letterbox-centred"})
    wide, narrow = Size(640, 360), Size(360, 640)

    assert (trim_padding(wide, spec).width, trim_padding(wide, spec).height) == (416, 256)
    assert (trim_padding(narrow, spec).width, trim_padding(narrow, spec).height) == (256, 416)
    (before,), (after,) = plan_views(wide, spec), plan_views(wide, trim_padding(wide, spec))
    assert before.scaled_size == after.scaled_size


def test_the_global_contexts_of_two_cameras_do_not_mix(
    detector: ModelDetector, crossing: Frame
) -> None:
    whole = people(detector.detect(crossing), detector.confidence_threshold)
    first = detector.detect_regions(crossing, whole[:1], whole)
    grey = ArrayPicture(np.full((576, 768, 3), 128, np.uint8))
    detector.detect(Frame(camera="other", at=crossing.at, picture=grey))
    second = detector.detect_regions(crossing, whole[:1], whole)

    assert np.array_equal(first.detections.boxes, second.detections.boxes)
