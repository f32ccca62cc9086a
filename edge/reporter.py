"""Alerts of one camera to messages in the outbox, with their pictures, and clips once made."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from edge.errors import OutboxFullError
from edge.evidence.alert_evidence import AlertEvidence, DetectAll, LazySnapshot
from edge.evidence.clip_recorder import ClipRecorder
from edge.evidence.evidence_writer import EvidenceWriter, StoredEvidence
from edge.health.counters import Counters
from edge.outbox.alert_revisions import closing_revision, evidence_revision
from edge.outbox.outbox import Outbox, PendingUpload
from pipeline.alert import Alert, Change, CloseReason
from pipeline.alerting.standing import SnapshotCandidate
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.ports import ModelId
from pipeline.wire import AlertMessage, Clock, Location, Node
from pipeline.wire.alert import make_alert_message

log = structlog.get_logger()

AGAIN_AFTER = 1.0
"""Seconds between two tries to write on a full disk."""
MOST_BETTER = 8
"""Pictures of one camera that wait in memory for the next revision of their alert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageContext:
    """Who looks, from where, with which weights; ``clock`` says how far times can be trusted."""

    node: Node
    camera: str
    model: ModelId
    location: Location | None
    clock: Callable[[], Clock]


class AlertReporter:
    """Writes down what a camera's pipeline says.

    Args:
        now: The box's clock, for when an alert was decided.
        clips: Makes clips; without it alerts have none.
    """

    def __init__(
        self,
        context: MessageContext,
        *,
        outbox: Outbox,
        evidence: EvidenceWriter,
        counters: Counters,
        now: Callable[[], datetime],
        clips: ClipRecorder | None = None,
    ) -> None:
        self._clips = clips
        self._viewpoint, self._camera = context, context.camera
        self._outbox, self._evidence, self._counters = outbox, evidence, counters
        self._now = now
        self._shown: dict[UUID, AlertEvidence] = {}

    def report(
        self,
        alerts: Sequence[Alert],
        stop: threading.Event,
        *,
        frame: Frame | None = None,
        detections: Detections | None = None,
        latency: timedelta = timedelta(0),
    ) -> None:
        """Write ``alerts``; an alert that opens or gets worse takes the frame along.

        Returns only once they are on the disk: until then the camera waits.

        Args:
            frame: What decided them, and ``detections`` what was detected in it.
            latency: How long ago the frame came in: latencies count from there.
        """
        if not alerts:
            return
        decided_at = self._now() - latency
        all_ = detections if detections is not None else Detections.empty()
        picture = LazySnapshot(self._evidence, frame, lambda _: all_) if frame else None
        uploads: list[PendingUpload] = []
        messages = [self._message(alert, picture, uploads) for alert in alerts]
        self._write(messages, decided_at, [*uploads, *(picture.uploads if picture else ())], stop)
        self._counters.add("messages", len(messages), camera=self._camera)
        opened = sum(alert.change is Change.OPENED for alert in alerts)
        self._counters.add("alerts", opened, camera=self._camera)
        for alert in alerts:
            log.info(f"alert_{alert.change}", camera=self._camera, **_summary(alert))

    def consider_snapshot(
        self, candidates: Sequence[SnapshotCandidate], frame: Frame, detect_all: DetectAll
    ) -> None:
        """Remember ``frame`` where it shows more of an open alert than the picture it has.

        It is told of in the alert's next revision. Costs next to nothing but for a frame that
        is clearly better, which is drawn: no more than eight of a camera are in memory.
        """
        picture = LazySnapshot(self._evidence, frame, detect_all)
        for glimpse in candidates:
            shown = self._shown.get(glimpse.alert_id)
            if shown is not None and (shown.pending or self._better < MOST_BETTER):
                self._shown[glimpse.alert_id] = shown.with_candidate(glimpse, picture)

    def close_open_alerts(self, reason: CloseReason, stop: threading.Event) -> None:
        """Close what this camera has open, from the outbox: its pipeline is gone."""
        mine = [m for m in self._outbox.open_alerts() if m.data.camera == self._camera]
        self._shown.clear()
        if self._clips is not None:
            self._clips.cancel_all()
        if mine:
            self._write([closing_revision(m, reason) for m in mine], self._now(), (), stop)

    def record_detections(self, at: datetime, detections: Detections) -> None:
        """Take note of all that is in a picture, for clips that show it."""
        if self._clips is not None:
            self._clips.push_detections(at, detections)

    def report_finished_clips(self, at: datetime, stop: threading.Event) -> None:
        """Tell of the clips that are made by ``at``, each in a revision of its alert."""
        if self._clips is not None:
            self._tell(self._clips.take_finished(at), stop)

    def report_all_clips(self, stop: threading.Event) -> None:
        """Have all clips made of what there is, and tell of them: nothing more comes in."""
        if self._clips is not None:
            self._tell(self._clips.finish_all(), stop)

    def _tell(
        self, made: Iterable[tuple[UUID, StoredEvidence | None]], stop: threading.Event
    ) -> None:
        for alert, kept in made:
            shown = self._shown.get(alert)
            if shown is None or shown.last is None:
                continue
            last, shown = shown.last, replace(shown, awaits_clip=False)
            if kept is not None:
                shown = self._with_clip(shown, last, kept, stop=stop)
            self._remember(alert, shown)

    def _with_clip(
        self,
        shown: AlertEvidence,
        last: AlertMessage,
        kept: StoredEvidence,
        *,
        stop: threading.Event,
    ) -> AlertEvidence:
        uploads = [kept.upload]
        shown = replace(shown, clip=kept.evidence).with_pending_stored(self._evidence, uploads)
        boxes = tuple(box.rounded() for box in shown.boxes)
        message = evidence_revision(last, shown.evidence, boxes)
        self._write([message], self._now(), uploads, stop)
        self._counters.add("messages", camera=self._camera)
        log.info("alert_clip", camera=self._camera, alert=message.id, bytes=kept.evidence.bytes)
        return replace(shown, last=message, more=shown.more + 1)

    @property
    def _better(self) -> int:
        return sum(shown.pending is not None for shown in self._shown.values())

    def _message(
        self, alert: Alert, picture: LazySnapshot | None, uploads: list[PendingUpload]
    ) -> AlertMessage:
        shown = self._shown.get(alert.id, AlertEvidence()).with_alert(alert, picture)
        shown = shown.with_pending_stored(self._evidence, uploads)
        if alert.change is Change.OPENED and self._clips is not None:
            ordered = self._clips.request(alert.id, alert.opened_at)
            shown = replace(shown, awaits_clip=ordered)
        message = make_alert_message(
            replace(alert, boxes=shown.boxes, rev=alert.rev + shown.more),
            node=self._viewpoint.node,
            boot_id=self._outbox.boot_id,
            seq=1,  # the outbox numbers it
            clock=self._viewpoint.clock(),
            location=self._viewpoint.location,
            model=self._viewpoint.model,
            evidence=shown.evidence,
        )
        self._remember(alert.id, replace(shown, last=message))
        return message

    def _remember(self, alert: UUID, shown: AlertEvidence) -> None:
        self._shown[alert] = shown
        if shown.is_over:
            del self._shown[alert]

    def _write(
        self,
        messages: Sequence[AlertMessage],
        decided_at: datetime,
        uploads: Sequence[PendingUpload],
        stop: threading.Event,
    ) -> None:
        """Write, however long the disk is full: frames are dropped meanwhile, alerts never."""
        while True:
            try:
                self._outbox.put(messages, decided_at=decided_at, uploads=uploads)
            except OutboxFullError as error:
                self._counters.add("disk_full_retries", camera=self._camera)
                log.error("outbox_full", camera=self._camera, reason=str(error))  # noqa: TRY400  # no trace is of use
                if stop.wait(AGAIN_AFTER):
                    self._counters.add("alerts_lost", len(messages), camera=self._camera)
                    raise
            else:
                return


def _summary(alert: Alert) -> dict[str, object]:
    return {
        "alert": str(alert.id),
        "rev": alert.rev,
        "scenario": alert.scenario,
        "zone": alert.zone,
        "severity": str(alert.level),
        "score": round(alert.score, 2),
        "because": alert.message.en,
    }
