"""Clips of one camera: what is kept for them, when they are cut, what came of it."""

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
"""Clips of one camera that may wait to be made; a further alert goes without."""
STREAM_TIME_TOLERANCE = timedelta(milliseconds=200)
"""How far the times of a camera's two streams may lie apart: twice what ``PtsClock`` lets pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipTiming:
    """What a clip shows.

    Args:
        pre_roll: How much of the time before the opening.
        post_roll: How much after it.
        head_hold: How long a look at the camera is vouched for; see ``HeadMask``.
    """

    pre_roll: timedelta
    post_roll: timedelta
    head_hold: timedelta


@dataclass(slots=True)
class _Order:
    """A clip on its way; ``work`` once it is being made."""

    alert: UUID
    since: datetime
    until: datetime
    work: "Future[StoredEvidence | None] | None" = None


class ClipRecorder:
    """Keeps the last seconds, and has clips cut out of them.

    An alert never waits: its clip is ordered when it opens, made after the post-roll, and told of
    by whoever asks ``take_finished``. Equal pictures give equal clips.

    Args:
        main_ring: What is kept of the camera's main stream, if it has one that is called.
        executor: Makes them; one that works at once makes a replay tell of them at equal moments.
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
        self._camera, self._roll, self._ring, self._main = camera, timing, ring, main_ring
        self._folder, self._crew, self._counters = writer, executor, counters
        self._looks: deque[HeadObservation] = deque()
        self._orders: list[_Order] = []

    def push_packet(self, packet: EncodedPacket) -> None:
        """Take a packet of the camera, from whichever thread reads it."""
        self._ring.push(packet)

    def push_main_packet(self, packet: EncodedPacket) -> None:
        """Take a packet of the main stream, if that is kept."""
        if self._main is not None:
            self._main.push(packet)

    def push_detections(self, at: datetime, detections: Detections) -> None:
        """Take note of all that was found in the camera's picture of ``at``."""
        self._looks.append(HeadObservation(at, head_regions(detections)))
        wanted = min((order.since for order in self._orders), default=at - self._roll.pre_roll)
        self._ring.trim(wanted)
        if self._main is not None:
            self._main.trim(wanted)
        oldest = min(self._ring.begins_at or at, wanted) - 2 * self._roll.head_hold
        while self._looks[0].at < oldest:
            self._looks.popleft()

    def request(self, alert: UUID, opened_at: datetime) -> bool:
        """Have a clip made of an alert that has just opened; ``False`` if it will have none."""
        if len(self._orders) >= MAX_PENDING_CLIPS:
            self._counters.add("clips_shed", camera=self._camera)
            return False
        since, until = opened_at - self._roll.pre_roll, opened_at + self._roll.post_roll
        self._orders.append(_Order(alert, since, until))
        return True

    def take_finished(self, at: datetime) -> Iterator[tuple[UUID, StoredEvidence | None]]:
        """Begin what is due by ``at``, and give what is made; ``None`` for what cannot be."""
        for order in self._orders:
            if order.work is None and at >= order.until:
                order.work = self._begin(order)
        made = [order for order in self._orders if order.work and order.work.done()]
        self._orders = [order for order in self._orders if order not in made]
        return self._given(made)

    def finish_all(self) -> Iterator[tuple[UUID, StoredEvidence | None]]:
        """Make all that is ordered of what there is: no packet will follow."""
        orders, self._orders = self._orders, []
        for order in orders:
            order.work = order.work or self._begin(order)
        return self._given(orders)

    def cancel_all(self) -> list[UUID]:
        """Make nothing more; gives the alerts that go without.

        What is being made is left to its thread, and to the next run's tidying.
        """
        orders, self._orders = self._orders, []
        for order in orders:
            if order.work is not None:
                order.work.cancel()
        self._counters.add("clips_shed", len(orders), camera=self._camera)
        return [order.alert for order in orders]

    def _begin(self, order: _Order) -> "Future[StoredEvidence | None]":
        packets = self._ring.cut(order.since, order.until)
        looks = list(self._looks)
        veil = HeadMask(looks, hold=self._roll.head_hold)
        if self._main is None:
            return self._crew.submit(self._folder.write_clip, packets, veil, since=order.since)
        main = self._main.cut(order.since, order.until)
        loose = HeadMask(looks, hold=self._roll.head_hold, tolerance=STREAM_TIME_TOLERANCE)
        return self._crew.submit(self._of_main, main, loose, packets, veil, order.since)

    def _of_main(  # noqa: PLR0917  # handed to the crew as it is
        self,
        main: list[EncodedPacket],
        loose: HeadMask,
        packets: list[EncodedPacket],
        veil: HeadMask,
        since: datetime,
    ) -> StoredEvidence | None:
        """Make a clip of the main stream, or of the other where that does not show the same."""
        lost = not is_complete(main, packets, since=since)
        if not lost and have_same_view(main, packets):
            return self._folder.write_clip(main, loose, since=since)
        why = "main_incomplete" if lost else "main_other_view"
        self._counters.add(f"clips_of_sub_stream_{why}", camera=self._camera)
        log.warning("clip_of_sub_stream", camera=self._camera, reason=why)
        return self._folder.write_clip(packets, veil, since=since)

    def _given(self, orders: list[_Order]) -> Iterator[tuple[UUID, StoredEvidence | None]]:
        for order in orders:
            kept = order.work.result() if order.work else None
            self._counters.add("clips" if kept else "clips_shed", camera=self._camera)
            yield order.alert, kept
