"""Real models on real footage."""

from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from models.catalogue import footage
from models.catalogue.search_paths import SearchPaths
from models.catalogue.store import ModelStore
from models.detector import ModelDetector, load_detector
from models.errors import ModelFileError, NotFetchedError
from models.evaluation import benchmark
from models.inference.pictures import ArrayPicture, read_frames
from models.inference.raw_detections import RawDetections
from pipeline.frame import Frame, Size
from pipeline.ports import Detector
from tests.requirements import require

FALLBACK = "nanodet-g"
NAMES = ("deimv2-femto", "yolox-nano", FALLBACK)
FIGURES = {"deimv2-femto": 0.88, "yolox-nano": 0.84, FALLBACK: 0.89}
"""Least F1 for persons on the labelled frames, at the card's own threshold."""


def loaded(name: str) -> ModelDetector:
    """Load a model; only the fallback can be had everywhere, the others may be absent."""
    try:
        return load_detector(name, allow_fetch=name == FALLBACK)
    except NotFetchedError as error:
        require(name != FALLBACK, str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="module", params=NAMES)
def detector(request: pytest.FixtureRequest) -> ModelDetector:
    return loaded(request.param)


@pytest.fixture(scope="module")
def clip() -> Path:
    try:
        return footage.find_clip("vtest")
    except NotFetchedError as error:
        require(False, str(error))
        raise


@pytest.fixture(scope="module")
def crossing(clip: Path) -> ArrayPicture:
    return next(islice(read_frames(clip), 200, None))


def test_the_people_at_the_crossing_are_detected(
    detector: ModelDetector, crossing: ArrayPicture
) -> None:
    port: Detector = detector
    found = port.detect(
        Frame(camera="north-gate", at=datetime(2026, 1, 1, tzinfo=UTC), picture=crossing)
    )

    sure = [
        word
        for word, score in zip(found.labels, found.scores, strict=True)
        if word == "person" and score >= port.confidence_threshold
    ]
    assert 5 <= len(sure) <= 9  # eight people are there, two of them far away
    assert set(found.labels) <= port.labels
    assert len(port.model.sha256) == 64


def test_equal_pictures_give_equal_detections(
    detector: ModelDetector, crossing: ArrayPicture
) -> None:
    one, other = detector.detect_picture(crossing), detector.detect_picture(crossing)

    np.testing.assert_array_equal(one.boxes, other.boxes)
    np.testing.assert_array_equal(one.scores, other.scores)


def test_a_grey_picture_has_no_confident_detections(detector: ModelDetector) -> None:
    grey = ArrayPicture(np.full((360, 640, 3), 128, np.uint8))

    assert not (detector.detect_picture(grey).scores >= detector.confidence_threshold).any()


def test_every_detected_box_lies_inside_the_frame(
    detector: ModelDetector, crossing: ArrayPicture
) -> None:
    boxes = detector.detect_picture(crossing).boxes

    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, :2] + boxes[:, 2:] <= 1 + 1e-6).all()
    assert (boxes[:, 2:] > 0).all()


def test_a_card_with_another_input_size_is_an_error() -> None:
    card = loaded("yolox-nano").card
    path = ModelStore().find("yolox-nano")
    spec = card.input.model_copy(update={"width": 320})

    with pytest.raises(ModelFileError, match=r"takes \[1, 3, 416, 416\], its card says"):
        ModelDetector("mine", path, card.model_copy(update={"input": spec}), ("person",))


def test_the_fallback_trims_its_padding_but_runs_on_full_frames() -> None:
    plain = loaded(FALLBACK)
    spec = plain.input_for(Size(640, 360))

    assert (spec.width, spec.height) == (416, 256)
    assert not plain.supports_regions
    assert ModelStore().catalogue.card(f"{FALLBACK}-folded").regions


def test_a_threshold_of_a_label_becomes_that_of_the_model() -> None:
    plain = loaded(FALLBACK)
    own = plain.card.confidents["person"]
    scores = np.array([0.0, own / 2, own, 1.0, own], np.float32)
    classes = np.array([0, 0, 0, 0, 1], np.intp)  # four persons, one bicycle
    raw = RawDetections(np.zeros((5, 4), np.float32), scores, classes)

    scaled = plain.scale_scores(raw)

    threshold = plain.confidence_threshold
    np.testing.assert_allclose(scaled[:4], [0, threshold / 2, threshold, 1], atol=1e-6)
    assert scaled[4] > own  # the threshold of bicycles is lower


@pytest.mark.slow
def test_person_f1_is_as_the_card_states(detector: ModelDetector, clip: Path) -> None:
    labels = next(
        SearchPaths.from_environment("labels").find("mot15/PETS09-S2L1_sparse_gt.txt"), None
    )
    if labels is None:
        pytest.skip("no labels for vtest.avi: they are evaluation data and nowhere to be pulled")

    measured = benchmark.measure_video_accuracy(detector, clip, labels)

    assert (measured.frames, measured.persons) == (24, 143)
    assert measured.confident.f1 >= FIGURES[detector.model.name]
