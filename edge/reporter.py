"""Alerts of one camera to messages in the outbox, with their pictures, and clips once made."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from edge.errors import OutboxFullError
from edge.evidence.alert_evidence import Look, Picture, Shown
from edge.evidence.clip_recorder import Clips
from edge.evidence.evidence_writer import EvidenceFolder, Kept
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
class Viewpoint:
    """Who looks, from where, with which weights; ``clock`` says how far times can be trusted."""

    node: Node
    camera: str
    model: ModelId
    location: Location | None
    clock: Callable[[], Clock]


class Reporter:
    """Writes down what a camera's pipeline says.

    Args:
        now: The box's clock, for when an alert was decided.
        clips: Makes clips; without it alerts have none.
    """

    def __init__(
        self,
        viewpoint: Viewpoint,
        *,
        outbox: Outbox,
        evidence: EvidenceFolder,
        counters: Counters,
        now: Callable[[], datetime],
        clips: Clips | None = None,
    ) -> None:
        self._clips = clips
        self._viewpoint, self._camera = viewpoint, viewpoint.camera
        self._outbox, self._evidence, self._counters = outbox, evidence, counters
        self._now = now
        self._shown: dict[UUID, Shown] = {}

    def report(
        self,
        alerts: Sequence[Alert],
        stop: threading.Event,
        *,
        frame: Frame | None = None,
        found: Detections | None = None,
        took: timedelta = timedelta(0),
    ) -> None:
        """Write ``alerts``; an alert that opens or gets worse takes the frame along.

        Returns only once they are on the disk: until then the camera waits.

        Args:
            frame: What decided them, and ``found`` what was detected in it.
            took: How long ago the frame came in: latencies count from there.
        """
        if not alerts:
            return
        decided_at = self._now() - took
        all_ = found if found is not None else Detections.empty()
        picture = Picture(self._evidence, frame, lambda _: all_) if frame else None
        uploads: list[PendingUpload] = []
        messages = [self._message(alert, picture, uploads) for alert in alerts]
        self._write(messages, decided_at, [*uploads, *(picture.uploads if picture else ())], stop)
        self._counters.add("messages", len(messages), camera=self._camera)
        opened = sum(alert.change is Change.OPENED for alert in alerts)
        self._counters.add("alerts", opened, camera=self._camera)
        for alert in alerts:
            log.info(f"alert_{alert.change}", camera=self._camera, **_summary(alert))

    def weigh(self, glimpses: Sequence[SnapshotCandidate], frame: Frame, look: Look) -> None:
        """Remember ``frame`` where it shows more of an open alert than the picture it has.

        It is told of in the alert's next revision. Costs next to nothing but for a frame that
        is clearly better, which is drawn: no more than eight of a camera are in memory.
        """
        picture = Picture(self._evidence, frame, look)
        for glimpse in glimpses:
            shown = self._shown.get(glimpse.alert_id)
            if shown is not None and (shown.better or self._better < MOST_BETTER):
                self._shown[glimpse.alert_id] = shown.weighed(glimpse, picture)

    def close_all(self, reason: CloseReason, stop: threading.Event) -> None:
        """Close what this camera has open, from the outbox: its pipeline is gone."""
        mine = [m for m in self._outbox.open_alerts() if m.data.camera == self._camera]
        self._shown.clear()
        if self._clips is not None:
            self._clips.drop()
        if mine:
            self._write([closing_revision(m, reason) for m in mine], self._now(), (), stop)

    def saw(self, at: datetime, found: Detections) -> None:
        """Take note of all that is in a picture, for clips that show it."""
        if self._clips is not None:
            self._clips.saw(at, found)

    def tell_clips(self, at: datetime, stop: threading.Event) -> None:
        """Tell of the clips that are made by ``at``, each in a revision of its alert."""
        if self._clips is not None:
            self._tell(self._clips.done(at), stop)

    def finish_clips(self, stop: threading.Event) -> None:
        """Have all clips made of what there is, and tell of them: nothing more comes in."""
        if self._clips is not None:
            self._tell(self._clips.rest(), stop)

    def _tell(self, made: Iterable[tuple[UUID, Kept | None]], stop: threading.Event) -> None:
        for alert, kept in made:
            shown = self._shown.get(alert)
            if shown is None or shown.last is None:
                continue
            last, shown = shown.last, replace(shown, awaits_clip=False)
            if kept is not None:
                shown = self._with_clip(shown, last, kept, stop=stop)
            self._remember(alert, shown)

    def _with_clip(
        self, shown: Shown, last: AlertMessage, kept: Kept, *, stop: threading.Event
    ) -> Shown:
        uploads = [kept.upload]
        shown = replace(shown, clip=kept.evidence).bettered(self._evidence, uploads)
        boxes = tuple(box.rounded() for box in shown.boxes)
        message = evidence_revision(last, shown.evidence, boxes)
        self._write([message], self._now(), uploads, stop)
        self._counters.add("messages", camera=self._camera)
        log.info("alert_clip", camera=self._camera, alert=message.id, bytes=kept.evidence.bytes)
        return replace(shown, last=message, more=shown.more + 1)

    @property
    def _better(self) -> int:
        return sum(shown.better is not None for shown in self._shown.values())

    def _message(
        self, alert: Alert, picture: Picture | None, uploads: list[PendingUpload]
    ) -> AlertMessage:
        shown = self._shown.get(alert.id, Shown()).seen(alert, picture)
        shown = shown.bettered(self._evidence, uploads)
        if alert.change is Change.OPENED and self._clips is not None:
            ordered = self._clips.order(alert.id, alert.opened_at)
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

    def _remember(self, alert: UUID, shown: Shown) -> None:
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
