"""Write the alerts of one camera to the outbox, with their snapshots and, later, their clips."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from edge.errors import OutboxFullError
from edge.evidence.alert_evidence import (
    AlertEvidence,
    AlertView,
    DetectAll,
    EarlierFrames,
    LazySnapshot,
)
from edge.evidence.clip_recorder import ClipRecorder
from edge.evidence.evidence_writer import EvidenceWriter, StoredEvidence
from edge.evidence.snapshot_description import SnapshotDescriber
from edge.health.counters import Counters
from edge.outbox.follow_up_revisions import closing_revision, evidence_revision
from edge.outbox.outbox import Outbox, PendingUpload
from pipeline.alert import Alert, Change, CloseReason
from pipeline.alerting.episode import SnapshotCandidate
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.ports import ModelId
from pipeline.wire import AlertMessage, Clock, Location, Node
from pipeline.wire.alert import make_alert_message

log = structlog.get_logger()

RETRY_INTERVAL_S = 1.0
"""Time between two attempts to write to a full disk."""
MAX_PENDING_SNAPSHOTS = 8
"""Snapshots of one camera that may wait in memory for the next revision of their alert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageContext:
    """What every message of a camera says besides its alert.

    Args:
        clock: Returns the current estimate of how far the times of the frames may be off.
        describer: Says what the snapshots of the camera show.
    """

    node: Node
    camera: str
    model: ModelId
    location: Location | None
    clock: Callable[[], Clock]
    describer: SnapshotDescriber = field(default_factory=SnapshotDescriber)


class AlertReporter:
    """Turn the alerts of a camera into messages and write them to the outbox.

    Numbers the revisions of each alert: those of the pipeline, and those that add evidence.

    Args:
        now: The node's clock, for the time at which an alert was decided.
        clips: Makes clips; ``None`` if alerts have no clips.
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
        self._context, self._camera = context, context.camera
        self._outbox, self._writer, self._counters = outbox, evidence, counters
        self._now = now
        self._open: dict[UUID, AlertEvidence] = {}
        self._earlier = EarlierFrames()

    def report(
        self,
        alerts: Sequence[Alert],
        stop: threading.Event,
        *,
        frame: Frame | None = None,
        detections: Detections | None = None,
        candidates: Sequence[SnapshotCandidate] = (),
        detect_all: DetectAll | None = None,
        latency: timedelta = timedelta(0),
    ) -> None:
        """Write ``alerts`` to the outbox; those that open or rise take a snapshot of ``frame``.

        Blocks until they are on disk, even if the disk is full.

        Args:
            frame: The frame that the alerts come from.
            detections: All detections of ``frame``.
            candidates: What ``frame`` shows of open alerts.
            detect_all: Detects everything in an earlier frame.
            latency: Time since the frame came in; the recorded decision time is earlier by this.

        Raises:
            OutboxFullError: ``stop`` was set while the disk was full; the alerts are lost.
        """
        if not alerts:
            return
        decided_at = self._now() - latency
        known = detections if detections is not None else Detections.empty()
        snapshot = self._snapshot(frame, lambda _: known) if frame else None
        shown = {candidate.alert_id: candidate for candidate in candidates}
        uploads: list[PendingUpload] = []
        messages = []
        for alert in alerts:
            view = self._choose_view(snapshot, shown.get(alert.id), detect_all or (lambda _: known))
            messages.append(self._message(alert, view, uploads))
        self._write(messages, decided_at, uploads, stop)
        self._counters.add("messages", len(messages), camera=self._camera)
        opened = sum(alert.change is Change.OPENED for alert in alerts)
        self._counters.add("alerts", opened, camera=self._camera)
        for alert, message in zip(alerts, messages, strict=True):
            log.info(f"alert_{alert.change}", camera=self._camera, **_summary(alert, message))

    def consider_snapshot(
        self, candidates: Sequence[SnapshotCandidate], frame: Frame, detect_all: DetectAll
    ) -> None:
        """Keep ``frame`` for each open alert that it shows clearly better than its snapshot.

        The next revision of the alert names it. Only frames that are kept are rendered, at most
        ``MAX_PENDING_SNAPSHOTS`` at a time. For alerts that may soon open, the frame itself is
        kept.
        """
        snapshot = self._snapshot(frame, detect_all)
        self._earlier.push(frame, candidates)
        for candidate in candidates:
            evidence = self._open.get(candidate.alert_id) if candidate.alert_id else None
            if evidence is None or candidate.alert_id is None:
                continue
            if evidence.pending or self._pending_count < MAX_PENDING_SNAPSHOTS:
                self._open[candidate.alert_id] = evidence.with_candidate(candidate, snapshot)

    def close_open_alerts(self, reason: CloseReason, stop: threading.Event) -> None:
        """Close the camera's open alerts as the outbox knows them, after its pipeline failed."""
        last_messages = [m for m in self._outbox.open_alerts() if m.data.camera == self._camera]
        self._open.clear()
        if self._clips is not None:
            self._clips.cancel_all()
        if last_messages:
            messages = [closing_revision(last, reason) for last in last_messages]
            self._write(messages, self._now(), (), stop)

    def record_detections(self, at: datetime, detections: Detections) -> None:
        """Record all detections of a frame, so that clips can pixelate heads."""
        if self._clips is not None:
            self._clips.push_detections(at, detections)

    def report_finished_clips(self, at: datetime, stop: threading.Event) -> None:
        """Report the clips that are finished at ``at``, each in a revision of its alert."""
        if self._clips is not None:
            self._report_clips(self._clips.take_finished(at), stop)

    def report_all_clips(self, stop: threading.Event) -> None:
        """Finish all clips with the packets at hand and report them: no packet will follow."""
        if self._clips is not None:
            self._report_clips(self._clips.finish_all(), stop)

    def _report_clips(
        self, clips: Iterable[tuple[UUID, StoredEvidence | None]], stop: threading.Event
    ) -> None:
        for alert_id, clip in clips:
            evidence = self._open.get(alert_id)
            if evidence is None or evidence.last is None:
                continue
            last, evidence = evidence.last, replace(evidence, awaits_clip=False)
            if clip is not None:
                evidence = self._report_clip(evidence, last, clip, stop=stop)
            self._remember(alert_id, evidence)

    def _report_clip(
        self,
        evidence: AlertEvidence,
        last: AlertMessage,
        clip: StoredEvidence,
        *,
        stop: threading.Event,
    ) -> AlertEvidence:
        uploads = [clip.upload]
        evidence = replace(evidence, clip=clip.evidence).with_pending_stored(self._writer, uploads)
        message = evidence.name_in(evidence_revision(last))
        self._write([message], self._now(), uploads, stop)
        self._counters.add("messages", camera=self._camera)
        log.info("alert_clip", camera=self._camera, alert=message.id, bytes=clip.evidence.bytes)
        return replace(evidence, last=message)

    @property
    def _pending_count(self) -> int:
        return sum(evidence.pending is not None for evidence in self._open.values())

    def _snapshot(self, frame: Frame, detect_all: DetectAll) -> LazySnapshot:
        return LazySnapshot(self._writer, self._context.describer, frame, detect_all)

    def _choose_view(
        self,
        snapshot: LazySnapshot | None,
        candidate: SnapshotCandidate | None,
        detect_all: DetectAll,
    ) -> AlertView:
        """Return the current frame, or an earlier one if that shows more of what was counted."""
        view = AlertView(snapshot, candidate)
        earlier = self._earlier.take(candidate) if candidate else None
        if snapshot is None or candidate is None or earlier is None:
            return view
        n_visible = snapshot.count_visible(candidate)
        if len(earlier.candidate.visible_boxes) <= n_visible:
            return view
        before = self._snapshot(earlier.frame, detect_all)
        shows_more = before.count_visible(earlier.candidate) > n_visible
        return AlertView(before, earlier.candidate) if shows_more else view

    def _message(self, alert: Alert, view: AlertView, uploads: list[PendingUpload]) -> AlertMessage:
        evidence = self._open.get(alert.id, AlertEvidence())
        evidence = evidence.with_alert(alert, view.snapshot, view.candidate)
        evidence = evidence.with_pending_stored(self._writer, uploads)
        if view.snapshot is not None:
            uploads += [each for each in view.snapshot.uploads if each not in uploads]
        if alert.change is Change.OPENED and self._clips is not None:
            is_accepted = self._clips.request(alert.id, alert.opened_at)
            evidence = replace(evidence, awaits_clip=is_accepted)
        message = make_alert_message(
            replace(alert, rev=evidence.next_rev),
            node=self._context.node,
            boot_id=self._outbox.boot_id,
            seq=1,  # the outbox replaces it
            clock=self._context.clock(),
            location=self._context.location,
            model=self._context.model,
        )
        message = evidence.name_in(message)
        self._remember(alert.id, replace(evidence, last=message))
        return message

    def _remember(self, alert_id: UUID, evidence: AlertEvidence) -> None:
        self._open[alert_id] = evidence
        if evidence.is_complete:
            del self._open[alert_id]

    def _write(
        self,
        messages: Sequence[AlertMessage],
        decided_at: datetime,
        uploads: Sequence[PendingUpload],
        stop: threading.Event,
    ) -> None:
        """Retry while the disk is full: the camera drops frames meanwhile, never alerts."""
        while True:
            try:
                self._outbox.put(messages, decided_at=decided_at, uploads=uploads)
            except OutboxFullError as error:
                self._counters.add("disk_full_retries", camera=self._camera)
                log.error("outbox_full", camera=self._camera, reason=str(error))  # noqa: TRY400  # a traceback adds nothing
                if stop.wait(RETRY_INTERVAL_S):
                    self._counters.add("alerts_lost", len(messages), camera=self._camera)
                    raise
            else:
                return


def _summary(alert: Alert, message: AlertMessage) -> dict[str, object]:
    return {
        "alert": str(alert.id),
        "rev": message.data.rev,
        "scenario": alert.scenario,
        "zone": alert.zone,
        "severity": str(alert.level),
        "score": round(alert.score, 2),
        "text": alert.message.en,
    }
