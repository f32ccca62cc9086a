"""Snapshots show no faces and are equal bytes in every replay."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.evidence.evidence_writer import encode_redacted
from edge.evidence.redaction import head_regions, pixelate
from edge.health.counters import Counters
from pipeline.detection import Detections
from pipeline.frame import Frame, Size
from pipeline.geometry.shapes import FULL_FRAME, Box
from tests.edge.nodes import open_evidence_writer
from tests.messages import NOON

VGA = Size(640, 480)


class Noise:
    """An image in which every pixel differs from its neighbours."""

    def __init__(self, size: Size = VGA, seed: int = 1) -> None:
        self.size = size
        made = np.random.Generator(np.random.PCG64(seed))
        self._pixels = made.integers(0, 255, (size.height, size.width, 3)).astype(np.uint8)

    def rgb(self, size: Size | None = None, *, region: Box = FULL_FRAME) -> NDArray[np.uint8]:
        assert region == FULL_FRAME
        scaled = cv2.resize(self._pixels, size or self.size, interpolation=cv2.INTER_NEAREST)
        return np.asarray(scaled, np.uint8)

    def grey(self, size: Size) -> NDArray[np.uint8]:
        return np.asarray(cv2.cvtColor(self.rgb(size), cv2.COLOR_RGB2GRAY), np.uint8)


def people(*boxes: tuple[float, float, float, float], score: float = 0.9) -> Detections:
    scores = np.full(len(boxes), score, np.float32)
    return Detections(np.array(boxes, np.float32).reshape(-1, 4), scores, ("person",) * len(boxes))


def make_frame(size: Size = VGA) -> Frame:
    return Frame(camera="north-gate", at=NOON, picture=Noise(size))


def count_colours(pixels: NDArray[np.uint8]) -> int:
    """Return the number of different colours."""
    return len(np.unique(pixels.reshape(-1, 3), axis=0))


def test_a_head_becomes_a_few_uniform_blocks_and_the_rest_is_unchanged() -> None:
    pixels = Noise().rgb()

    hidden = pixelate(pixels, head_regions(people((0.5, 0.25, 0.1, 0.5))))

    head = hidden[120:187, 320:384]
    assert count_colours(head) <= 30
    assert np.array_equal(hidden[190:], pixels[190:]), "the body is unchanged"
    assert np.array_equal(hidden[:, :300], pixels[:, :300])
    assert np.array_equal(pixels, Noise().rgb()), "the input is not modified"


def test_uncertain_persons_are_pixelated_and_other_objects_are_not() -> None:
    cars = Detections(
        np.array([[0.1, 0.1, 0.2, 0.2]], np.float32), np.ones(1, np.float32), ("car",)
    )

    assert len(head_regions(people((0.5, 0.25, 0.1, 0.5), score=0.11))) == 1
    assert len(head_regions(cars)) == 0


@pytest.mark.parametrize(
    "box", [(0, 0, 1, 1), (0.999, 0.999, 0.001, 0.001), (0, 0, 0.001, 1), (0.9, 0, 0.1, 0.01)]
)
def test_any_box_can_be_pixelated(box: tuple[float, float, float, float]) -> None:
    pixelate(Noise().rgb(), head_regions(people(box)))


def test_a_snapshot_is_named_by_its_content_and_is_always_the_same(tmp_path: Path) -> None:
    folder = open_evidence_writer(tmp_path)
    detections = people((0.5, 0.25, 0.1, 0.5))

    evidence, upload = folder.store_snapshot(folder.render_snapshot(make_frame(), detections))

    content = folder.store.read(evidence.sha256)
    assert content is not None
    assert upload is not None
    assert hashlib.sha256(content).hexdigest() == evidence.sha256 == upload.sha256
    assert (evidence.bytes, evidence.redacted, evidence.status) == (len(content), True, "pending")
    assert encode_redacted(make_frame(), detections) == content
    assert [file.name for file in tmp_path.iterdir()] == [evidence.sha256]


def test_a_large_frame_is_scaled_down() -> None:
    jpeg = np.frombuffer(
        encode_redacted(make_frame(Size(2560, 1440)), Detections.empty()), np.uint8
    )

    decoded = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape == (720, 1280, 3)


def test_on_a_full_disk_snapshots_are_shed_and_counted(tmp_path: Path) -> None:
    counters = Counters()
    folder = open_evidence_writer(tmp_path, counters, min_free_bytes=1 << 60)

    evidence, upload = folder.store_snapshot(
        folder.render_snapshot(make_frame(), Detections.empty())
    )

    assert (evidence.status, upload) == ("shed", None)
    assert counters.total("snapshots_shed") == 1
    assert not list(tmp_path.iterdir())


def test_a_missing_file_reads_as_none(tmp_path: Path) -> None:
    assert open_evidence_writer(tmp_path).store.read("ab" * 32) is None


def test_two_cameras_may_store_the_same_snapshot_at_once(tmp_path: Path) -> None:
    files, name, content = open_evidence_writer(tmp_path).store, "ab" * 32, bytes(500_000)
    with ThreadPoolExecutor(8) as cameras:
        for done in [cameras.submit(files.put, name, content) for _ in range(80)]:
            done.result()

    assert files.read(name) == content
