"""Alerts of one camera to messages in the outbox, each opening with its picture."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from edge.closing import closed
from edge.errors import OutboxFullError
from edge.evidence import EvidenceFolder
from edge.health import Counters
from edge.outbox import Outbox, Upload
from pipeline.alert import Alert, Change, CloseReason
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.geometry import Box
from pipeline.ports import ModelId
from pipeline.signal import Level
from pipeline.wire import AlertMessage, Clock, Evidence, Location, Node
from pipeline.wire.alert import message_of

log = structlog.get_logger()

AGAIN_AFTER = 1.0
"""Seconds between two tries to write on a full disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewpoint:
    """Who looks, from where, with which weights, by which clock."""

    node: Node
    camera: str
    model: ModelId
    location: Location | None
    clock: Clock


class Reporter:
    """Writes down what a camera's pipeline says.

    Args:
        now: The box's clock, for when an alert was decided.
    """

    def __init__(
        self,
        viewpoint: Viewpoint,
        *,
        outbox: Outbox,
        evidence: EvidenceFolder,
        counters: Counters,
        now: Callable[[], datetime],
    ) -> None:
        self._viewpoint, self._camera = viewpoint, viewpoint.camera
        self._outbox, self._evidence, self._counters = outbox, evidence, counters
        self._now = now
        self._shown: dict[UUID, _Shown] = {}

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
        pictures = _Picture(self._evidence, frame, found)
        messages = [self._message(alert, pictures) for alert in alerts]
        self._write(messages, decided_at, pictures.uploads, stop)
        self._counters.add("messages", len(messages), camera=self._camera)
        opened = sum(alert.change is Change.OPENED for alert in alerts)
        self._counters.add("alerts", opened, camera=self._camera)
        for alert in alerts:
            log.info(f"alert_{alert.change}", camera=self._camera, **_summary(alert))

    def close_all(self, reason: CloseReason, stop: threading.Event) -> None:
        """Close what this camera has open, from the outbox: its pipeline is gone."""
        mine = [m for m in self._outbox.open_alerts() if m.data.camera == self._camera]
        self._shown.clear()
        if mine:
            self._write([closed(m, reason) for m in mine], self._now(), (), stop)

    def _message(self, alert: Alert, pictures: "_Picture") -> AlertMessage:
        """Make the message; its boxes fit the picture it shows, which may be an earlier one."""
        shown = self._shown.get(alert.id, _Shown())
        worse = shown.level is None or alert.level > shown.level
        if alert.change is not Change.CLOSED and worse:
            evidence = shown.evidence + pictures.taken()
            shown = _Shown(level=alert.level, evidence=evidence, boxes=alert.boxes)
        self._shown[alert.id] = shown
        if alert.change is Change.CLOSED:
            del self._shown[alert.id]
        return message_of(
            replace(alert, boxes=shown.boxes),
            node=self._viewpoint.node,
            boot_id=self._outbox.boot_id,
            seq=1,  # the outbox numbers it
            clock=self._viewpoint.clock,
            location=self._viewpoint.location,
            model=self._viewpoint.model,
            evidence=shown.evidence,
        )

    def _write(
        self,
        messages: Sequence[AlertMessage],
        decided_at: datetime,
        uploads: Sequence[Upload],
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What of an alert is shown: its picture when it opened or last got worse."""

    level: Level | None = None
    evidence: tuple[Evidence, ...] = ()
    boxes: tuple[Box, ...] = ()


class _Picture:
    """The snapshot of one frame, made once, and only if somebody wants it."""

    def __init__(
        self, folder: EvidenceFolder, frame: Frame | None, found: Detections | None
    ) -> None:
        self._folder, self._frame = folder, frame
        self._found = found if found is not None else Detections.none()
        self._evidence: tuple[Evidence, ...] | None = None
        self.uploads: list[Upload] = []

    def taken(self) -> tuple[Evidence, ...]:
        if self._evidence is None and self._frame is not None:
            evidence, upload = self._folder.snapshot(self._frame, self._found)
            self._evidence = (evidence,)
            self.uploads += [upload] if upload else []
        return self._evidence or ()


def _summary(alert: Alert) -> dict[str, object]:
    return {
        "alert": str(alert.id),
        "rev": alert.rev,
        "scenario": alert.scenario,
        "zone": alert.zone,
        "severity": str(alert.level),
        "score": round(alert.score, 2),
        "because": alert.because.en,
    }
