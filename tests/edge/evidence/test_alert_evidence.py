"""The snapshot of an alert: the frame that opened it, or a better one in a later revision."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.alert_reporter import MAX_PENDING_SNAPSHOTS, AlertReporter, MessageContext
from edge.evidence.evidence_writer import encode_redacted
from edge.evidence.snapshot_description import SnapshotDescriber
from edge.health.counters import Counters
from edge.outbox.outbox import Outbox
from pipeline.alert import Alert, Change
from pipeline.alerting.episode import SnapshotCandidate
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.geometry.shapes import Box
from pipeline.ports import ModelId
from pipeline.signal import CountedObject, Level
from pipeline.text import Text
from pipeline.wire import AlertMessage, Clock, SnapshotContent, decode_alert
from tests.edge.evidence.test_evidence_writer import VGA, Noise, people
from tests.edge.evidence.test_snapshot_description import CROWD
from tests.edge.evidence.test_snapshot_quality import Blurred
from tests.edge.nodes import NODE, open_evidence_writer
from tests.messages import NOON, make_alert

FAR, NEAR = Box(0.4, 0.3, 0.03, 0.1), Box(0.4, 0.3, 0.15, 0.5)
DETECTIONS = people((0.5, 0.25, 0.1, 0.5))
FIRST = Frame(camera="north-gate", at=NOON, picture=Noise(VGA, seed=1))
SECOND = Frame(camera="north-gate", at=NOON, picture=Noise(VGA, seed=2))
BLURRED = Frame(camera="north-gate", at=NOON, picture=Blurred(VGA, seed=2))


class Camera:
    """A reporter to which tests pass alerts and frames."""

    def __init__(self, folder: Path) -> None:
        self.outbox = Outbox(folder / "box", "boot-a")
        self.evidence = open_evidence_writer(folder / "evidence")
        self.inference_count = 0
        context = MessageContext(
            node=NODE,
            camera="north-gate",
            model=ModelId(name="scripted", sha256="ab" * 32),
            location=None,
            clock=lambda: Clock(offset_ms=0, uncertainty_ms=0, basis="footage"),
            describer=SnapshotDescriber(scenarios=[CROWD]),
        )
        self._reporter = AlertReporter(
            context,
            outbox=self.outbox,
            evidence=self.evidence,
            counters=Counters(),
            now=lambda: NOON,
        )

    def report(
        self, alert: Alert, frame: Frame | None = FIRST, *candidates: SnapshotCandidate
    ) -> AlertMessage:
        self._reporter.report(
            [alert],
            threading.Event(),
            frame=frame,
            detections=DETECTIONS,
            candidates=candidates,
        )
        return decode_alert(self.outbox.next_rows(limit=1, newest=1)[0].payload)

    def consider(self, *candidates: SnapshotCandidate, frame: Frame = SECOND) -> None:
        self._reporter.consider_snapshot(candidates, frame, self._detect)

    def snapshot_bytes(self, message: AlertMessage) -> bytes | None:
        [evidence] = message.data.evidence
        return self.evidence.store.read(evidence.sha256)

    def _detect(self, _: Frame) -> Detections:
        self.inference_count += 1
        return DETECTIONS


@pytest.fixture
def camera(tmp_path: Path) -> Camera:
    return Camera(tmp_path)


def opened(number: int = 1) -> Alert:
    return replace(make_alert(number), boxes=(FAR,))


def revised(change: Change, *, rev: int = 2, level: Level = Level.MAJOR) -> Alert:
    return replace(make_alert(change=change, rev=rev, level=level), boxes=(FAR, FAR))


def make_candidate(
    box: Box = NEAR, *, number: int = 1, level: Level = Level.MAJOR
) -> SnapshotCandidate:
    return SnapshotCandidate(
        alert_id=make_alert(number).id,
        scenario="crowd_gathering",
        zone="steps",
        subject=None,
        level=level,
        score=0.8,
        objects=(CountedObject(box=box),),
        measures={"people": 1},
        message=Text(zh="1 人", en="1 person"),
    )


@pytest.mark.parametrize("change", [Change.UPDATED, Change.CLOSED])
def test_a_better_snapshot_is_named_in_the_next_revision(camera: Camera, change: Change) -> None:
    first = camera.report(opened())
    camera.consider(make_candidate())
    second = camera.report(revised(change), None)

    assert camera.snapshot_bytes(first) == encode_redacted(FIRST, DETECTIONS), (
        "the alert does not wait for a better one"
    )
    assert first.data.boxes == (FAR,)
    assert camera.snapshot_bytes(second) == encode_redacted(SECOND, DETECTIONS)
    assert second.data.boxes == (NEAR,), "the boxes belong to the snapshot"
    named = [e.sha256 for message in (first, second) for e in message.data.evidence]
    assert [upload.sha256 for upload in camera.outbox.pending_uploads(limit=9)] == named


@pytest.mark.parametrize(
    ("candidate", "frame"),
    [
        (make_candidate(FAR), SECOND),
        (make_candidate(Box(0.4, 0.3, 0.033, 0.11)), SECOND),
        (make_candidate(level=Level.MINOR), SECOND),
        (make_candidate(), BLURRED),
        (make_candidate(number=2), SECOND),
    ],
    ids=["not better", "hardly better", "at a lower level", "blurred", "of another alert"],
)
def test_otherwise_the_first_snapshot_stays(
    camera: Camera, candidate: SnapshotCandidate, frame: Frame
) -> None:
    first = camera.report(opened())
    camera.consider(candidate, frame=frame)
    second = camera.report(revised(Change.CLOSED), None)

    assert second.data.evidence == first.data.evidence
    assert second.data.boxes == first.data.boxes
    assert camera.inference_count == 0, "nothing is rendered"


def test_each_revision_says_what_its_snapshot_shows(camera: Camera) -> None:
    first = camera.report(opened(), FIRST, make_candidate(FAR))
    later = replace(SECOND, at=NOON + timedelta(seconds=3))
    camera.consider(make_candidate(), frame=later)
    closed = camera.report(revised(Change.CLOSED), None)

    contents = [message.data.snapshot for message in (first, closed)]
    assert all(isinstance(content, SnapshotContent) for content in contents)
    shown = [(content.taken_at, content.counted_boxes) for content in contents if content]
    assert shown == [(NOON, (FAR,)), (later.at, (NEAR,))]


def test_a_snapshot_in_which_nobody_counted_is_visible_does_not_replace_another(
    camera: Camera,
) -> None:
    first = camera.report(opened(), FIRST, make_candidate(FAR))
    hidden = CountedObject(box=NEAR, label="person", is_visible=False)
    camera.consider(replace(make_candidate(), objects=(hidden,)))
    elsewhere = CountedObject(box=NEAR, label="dog")
    camera.consider(replace(make_candidate(), objects=(elsewhere,)))
    closed = camera.report(revised(Change.CLOSED), None)

    assert closed.data.evidence == first.data.evidence
    assert closed.data.snapshot == first.data.snapshot


def test_an_alert_that_opens_in_a_frame_without_the_person_shows_an_earlier_one(
    camera: Camera,
) -> None:
    person = CountedObject(box=Box(0.5, 0.25, 0.1, 0.5), label="person")
    before = replace(make_candidate(), objects=(person,), subject=7)
    camera.consider(replace(before, alert_id=None), frame=SECOND)
    hidden = CountedObject(box=FAR, label="person", is_visible=False)
    later = replace(FIRST, at=NOON + timedelta(seconds=1))
    message = camera.report(opened(), later, replace(before, objects=(hidden,)))

    assert camera.snapshot_bytes(message) == encode_redacted(SECOND, DETECTIONS)
    assert isinstance(message.data.snapshot, SnapshotContent)
    assert message.data.snapshot.taken_at == SECOND.at
    assert [each.is_visible for each in message.data.snapshot.objects] == [True]
    assert [u.sha256 for u in camera.outbox.pending_uploads(limit=9)] == [
        evidence.sha256 for evidence in message.data.evidence
    ]


@pytest.mark.parametrize("age_s", [4, 60])
def test_a_frame_from_long_before_does_not_stand_for_an_alert(camera: Camera, age_s: int) -> None:
    person = CountedObject(box=Box(0.5, 0.25, 0.1, 0.5), label="person")
    camera.consider(replace(make_candidate(), objects=(person,), alert_id=None), frame=SECOND)
    gone = CountedObject(box=FAR, label="person", is_visible=False)
    hidden = replace(make_candidate(), objects=(gone,))
    later = replace(FIRST, at=NOON + timedelta(seconds=age_s))
    camera.consider(replace(hidden, alert_id=None), frame=later)
    message = camera.report(opened(), later, hidden)

    assert camera.snapshot_bytes(message) == encode_redacted(FIRST, DETECTIONS)


def test_an_alert_whose_level_rises_shows_the_frame_of_that_moment(camera: Camera) -> None:
    camera.report(opened())
    camera.consider(make_candidate())
    worse = camera.report(revised(Change.UPDATED, level=Level.CRITICAL), FIRST)
    camera.consider(make_candidate())
    closed = camera.report(revised(Change.CLOSED, rev=3, level=Level.CRITICAL), None)

    assert camera.snapshot_bytes(worse) == encode_redacted(FIRST, DETECTIONS)
    assert closed.data.evidence == worse.data.evidence, (
        "a frame of a lower level does not replace it"
    )


def test_only_clearly_better_snapshots_are_rendered(camera: Camera) -> None:
    camera.report(opened())
    for step in range(200):
        camera.consider(make_candidate(Box(0.3, 0.3, 0.03 + step / 1000, 0.1 + step / 500)))

    assert camera.inference_count <= 12


def test_few_snapshots_wait_in_memory(camera: Camera) -> None:
    for number in range(1, 30):
        camera.report(opened(number))
        camera.consider(make_candidate(number=number))

    assert camera.inference_count == MAX_PENDING_SNAPSHOTS
