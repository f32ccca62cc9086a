"""The picture of an alert: the frame that opened it at once, a better one in a later revision."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from edge.evidence.evidence_writer import encode_redacted
from edge.health.counters import Counters
from edge.outbox.outbox import Outbox
from edge.reporter import MAX_PENDING_SNAPSHOTS, AlertReporter, MessageContext
from pipeline.alert import Alert, Change
from pipeline.alerting.episode import SnapshotCandidate
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.geometry.shapes import Box
from pipeline.ports import ModelId
from pipeline.signal import Level
from pipeline.wire import AlertMessage, Clock, decode_alert
from tests.edge.evidence.test_evidence_writer import VGA, Noise, people
from tests.edge.evidence.test_snapshot_quality import Blurred
from tests.edge.nodes import NODE, open_evidence_writer
from tests.messages import NOON, make_alert

FAR, NEAR = Box(0.4, 0.3, 0.03, 0.1), Box(0.4, 0.3, 0.15, 0.5)
FOUND = people((0.5, 0.25, 0.1, 0.5))
FIRST = Frame(camera="north-gate", at=NOON, picture=Noise(VGA, seed=1))
SECOND = Frame(camera="north-gate", at=NOON, picture=Noise(VGA, seed=2))
BLURRED = Frame(camera="north-gate", at=NOON, picture=Blurred(VGA, seed=2))


class Camera:
    """A reporter that is told of alerts and frames by hand."""

    def __init__(self, folder: Path) -> None:
        self.outbox = Outbox(folder / "box", "boot-a")
        self.evidence = open_evidence_writer(folder / "evidence")
        self.looks = 0
        viewpoint = MessageContext(
            node=NODE,
            camera="north-gate",
            model=ModelId(name="scripted", sha256="ab" * 32),
            location=None,
            clock=lambda: Clock(offset_ms=0, uncertainty_ms=0, basis="footage"),
        )
        self._reporter = AlertReporter(
            viewpoint,
            outbox=self.outbox,
            evidence=self.evidence,
            counters=Counters(),
            now=lambda: NOON,
        )

    def tell(self, alert: Alert, frame: Frame | None = FIRST) -> AlertMessage:
        self._reporter.report([alert], threading.Event(), frame=frame, detections=FOUND)
        return decode_alert(self.outbox.next_rows(limit=1, newest=1)[0].payload)

    def show(self, *glimpses: SnapshotCandidate, frame: Frame = SECOND) -> None:
        self._reporter.consider_snapshot(glimpses, frame, self._look)

    def picture(self, told: AlertMessage) -> bytes | None:
        [evidence] = told.data.evidence
        return self.evidence.store.read(evidence.sha256)

    def _look(self, _: Frame) -> Detections:
        self.looks += 1
        return FOUND


@pytest.fixture
def camera(tmp_path: Path) -> Camera:
    return Camera(tmp_path)


def opened(number: int = 1) -> Alert:
    return replace(make_alert(number), boxes=(FAR,))


def later(change: Change, *, rev: int = 2, level: Level = Level.MAJOR) -> Alert:
    return replace(make_alert(change=change, rev=rev, level=level), boxes=(FAR, FAR))


def a_glimpse(box: Box = NEAR, *, number: int = 1, level: Level = Level.MAJOR) -> SnapshotCandidate:
    return SnapshotCandidate(alert_id=make_alert(number).id, level=level, score=0.8, boxes=(box,))


@pytest.mark.parametrize("change", [Change.UPDATED, Change.CLOSED])
def test_a_better_picture_is_told_of_in_the_next_revision(camera: Camera, change: Change) -> None:
    first = camera.tell(opened())
    camera.show(a_glimpse())
    second = camera.tell(later(change), None)

    assert camera.picture(first) == encode_redacted(FIRST, FOUND), "the alert did not wait for it"
    assert first.data.boxes == (FAR,)
    assert camera.picture(second) == encode_redacted(SECOND, FOUND)
    assert second.data.boxes == (NEAR,), "boxes belong to the picture shown"
    named = [e.sha256 for told in (first, second) for e in told.data.evidence]
    assert [upload.sha256 for upload in camera.outbox.pending_uploads(limit=9)] == named


@pytest.mark.parametrize(
    ("glimpse", "frame"),
    [
        (a_glimpse(FAR), SECOND),
        (a_glimpse(Box(0.4, 0.3, 0.033, 0.11)), SECOND),
        (a_glimpse(level=Level.MINOR), SECOND),
        (a_glimpse(), BLURRED),
        (a_glimpse(number=2), SECOND),
    ],
    ids=["no better", "hardly better", "when it was less bad", "blurred", "of another alert"],
)
def test_else_the_first_picture_stays(
    camera: Camera, glimpse: SnapshotCandidate, frame: Frame
) -> None:
    first = camera.tell(opened())
    camera.show(glimpse, frame=frame)
    second = camera.tell(later(Change.CLOSED), None)

    assert second.data.evidence == first.data.evidence
    assert second.data.boxes == first.data.boxes
    assert camera.looks == 0, "and nothing was drawn"


def test_an_alert_that_gets_worse_shows_the_frame_that_did_it(camera: Camera) -> None:
    camera.tell(opened())
    camera.show(a_glimpse())
    worse = camera.tell(later(Change.UPDATED, level=Level.CRITICAL), FIRST)
    camera.show(a_glimpse())
    closed = camera.tell(later(Change.CLOSED, rev=3, level=Level.CRITICAL), None)

    assert camera.picture(worse) == encode_redacted(FIRST, FOUND)
    assert closed.data.evidence == worse.data.evidence, "what was less bad shows less"


def test_only_clear_gains_are_drawn(camera: Camera) -> None:
    camera.tell(opened())
    for step in range(200):
        camera.show(a_glimpse(Box(0.3, 0.3, 0.03 + step / 1000, 0.1 + step / 500)))

    assert camera.looks <= 12


def test_few_pictures_wait_in_memory(camera: Camera) -> None:
    for number in range(1, 30):
        camera.tell(opened(number))
        camera.show(a_glimpse(number=number))

    assert camera.looks == MAX_PENDING_SNAPSHOTS
