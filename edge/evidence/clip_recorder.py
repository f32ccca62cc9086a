"""Keep the last seconds of a camera and make clips of its alerts in the background."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from edge.evidence.evidence_writer import EvidenceWriter, StoredEvidence
from edge.evidence.head_mask import HeadMask, HeadObservation
from edge.evidence.packet_ring import PacketRing
from edge.evidence.redaction import head_regions
from edge.evidence.stream_match import have_same_view, is_complete
from edge.health.counters import Counters
from edge.sources.packets import EncodedPacket
from pipeline.detection import Detections

log = structlog.get_logger()

MAX_PENDING_CLIPS = 8
"""Clips of one camera that may be pending; a further alert gets no clip."""
STREAM_TIME_TOLERANCE = timedelta(milliseconds=200)
"""How far the times of a camera's two streams may differ: twice the error of ``PtsClock``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipTiming:
    """The time that a clip covers.

    Args:
        pre_roll: Time before the alert opens.
        post_roll: Time after it opens.
        head_hold: How long head positions of one frame are valid; see ``HeadMask``.
    """

    pre_roll: timedelta
    post_roll: timedelta
    head_hold: timedelta


@dataclass(slots=True)
class _Request:
    """A requested clip.

    Args:
        future: Its result, once the clip is being made.
    """

    alert_id: UUID
    since: datetime
    until: datetime
    future: "Future[StoredEvidence | None] | None" = None


class ClipRecorder:
    """Record the last seconds of a camera and make clips of them.

    An alert never waits for its clip. The clip is requested when the alert opens, made after the
    post-roll, and returned by ``take_finished``. Equal packets give equal clips.

    Args:
        ring: Holds the packets of the stream that is analysed.
        main_ring: Holds the packets of the camera's main stream, if it has one.
        executor: Makes the clips; with ``InlineExecutor`` a replay returns them at equal times.
    """

    def __init__(
        self,
        camera: str,
        timing: ClipTiming,
        *,
        ring: PacketRing,
        writer: EvidenceWriter,
        executor: Executor,
        counters: Counters,
        main_ring: PacketRing | None = None,
    ) -> None:
        self._camera, self._timing = camera, timing
        self._ring, self._main_ring = ring, main_ring
        self._writer, self._executor, self._counters = writer, executor, counters
        self._observations: deque[HeadObservation] = deque()
        self._requests: list[_Request] = []

    def push_packet(self, packet: EncodedPacket) -> None:
        """Record a packet of the camera; thread-safe."""
        self._ring.push(packet)

    def push_main_packet(self, packet: EncodedPacket) -> None:
        """Record a packet of the main stream, if there is one; thread-safe."""
        if self._main_ring is not None:
            self._main_ring.push(packet)

    def push_detections(self, at: datetime, detections: Detections) -> None:
        """Record all detections of the frame of ``at``, and discard packets that no clip needs."""
        self._observations.append(HeadObservation(at, head_regions(detections)))
        needed_since = min(
            (request.since for request in self._requests), default=at - self._timing.pre_roll
        )
        self._ring.trim(needed_since)
        if self._main_ring is not None:
            self._main_ring.trim(needed_since)
        oldest = min(self._ring.begins_at or at, needed_since) - 2 * self._timing.head_hold
        while self._observations[0].at < oldest:
            self._observations.popleft()

    def request(self, alert_id: UUID, opened_at: datetime) -> bool:
        """Request a clip of an alert that has just opened; return whether it will be made."""
        if len(self._requests) >= MAX_PENDING_CLIPS:
            self._counters.add("clips_shed", camera=self._camera)
            return False
        since, until = opened_at - self._timing.pre_roll, opened_at + self._timing.post_roll
        self._requests.append(_Request(alert_id, since, until))
        return True

    def take_finished(self, at: datetime) -> Iterator[tuple[UUID, StoredEvidence | None]]:
        """Start the clips that are due at ``at`` and yield those that are finished.

        Yields:
            The alert and its clip; ``None`` if the clip could not be made.
        """
        for request in self._requests:
            if request.future is None and at >= request.until:
                request.future = self._start(request)
        finished = [
            request for request in self._requests if request.future and request.future.done()
        ]
        self._requests = [request for request in self._requests if request not in finished]
        return self._results(finished)

    def finish_all(self) -> Iterator[tuple[UUID, StoredEvidence | None]]:
        """Make all requested clips of the packets at hand; yields what ``take_finished`` does."""
        requests, self._requests = self._requests, []
        for request in requests:
            request.future = request.future or self._start(request)
        return self._results(requests)

    def cancel_all(self) -> list[UUID]:
        """Cancel all requested clips and return their alerts.

        A clip that is being made runs on; the next start deletes its file.
        """
        requests, self._requests = self._requests, []
        for request in requests:
            if request.future is not None:
                request.future.cancel()
        self._counters.add("clips_shed", len(requests), camera=self._camera)
        return [request.alert_id for request in requests]

    def _start(self, request: _Request) -> "Future[StoredEvidence | None]":
        packets = self._ring.cut(request.since, request.until)
        observations = list(self._observations)
        head_mask = HeadMask(observations, hold=self._timing.head_hold)
        if self._main_ring is None:
            return self._executor.submit(
                self._writer.write_clip, packets, head_mask, since=request.since
            )
        main_packets = self._main_ring.cut(request.since, request.until)
        main_head_mask = HeadMask(
            observations, hold=self._timing.head_hold, tolerance=STREAM_TIME_TOLERANCE
        )
        return self._executor.submit(
            self._write_main_clip, main_packets, main_head_mask, packets, head_mask, request.since
        )

    def _write_main_clip(  # noqa: PLR0917  # called by the executor
        self,
        main_packets: list[EncodedPacket],
        main_head_mask: HeadMask,
        packets: list[EncodedPacket],
        head_mask: HeadMask,
        since: datetime,
    ) -> StoredEvidence | None:
        """Write a clip of the main stream, or of the analysed stream if their views differ."""
        is_usable = is_complete(main_packets, packets, since=since)
        if is_usable and have_same_view(main_packets, packets):
            return self._writer.write_clip(main_packets, main_head_mask, since=since)
        reason = "main_other_view" if is_usable else "main_incomplete"
        self._counters.add(f"clips_of_sub_stream_{reason}", camera=self._camera)
        log.warning("clip_of_sub_stream", camera=self._camera, reason=reason)
        return self._writer.write_clip(packets, head_mask, since=since)

    def _results(self, requests: list[_Request]) -> Iterator[tuple[UUID, StoredEvidence | None]]:
        for request in requests:
            clip = request.future.result() if request.future else None
            self._counters.add("clips" if clip else "clips_shed", camera=self._camera)
            yield request.alert_id, clip
