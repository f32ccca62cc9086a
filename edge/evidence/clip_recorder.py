"""Clips of one camera: what is kept for them, when they are cut, what came of it."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from edge.evidence.evidence_writer import EvidenceFolder, Kept
from edge.evidence.head_mask import Look, Veil
from edge.evidence.packet_ring import Ring
from edge.evidence.redaction import heads
from edge.evidence.stream_match import covers, same_view
from edge.health.counters import Counters
from edge.sources.packets import Encoded
from pipeline.detection import Detections

log = structlog.get_logger()

MOST_WAITING = 8
"""Clips of one camera that may wait to be made; a further alert goes without."""
SLACK = timedelta(milliseconds=200)
"""How far the times of a camera's two streams may lie apart: twice what ``Anchor`` lets pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """What a clip shows.

    Args:
        pre: How much of the time before the opening.
        post: How much after it.
        hold: How long a look at the camera is vouched for; see ``Veil``.
    """

    pre: timedelta
    post: timedelta
    hold: timedelta


@dataclass(slots=True)
class _Order:
    """A clip on its way; ``work`` once it is being made."""

    alert: UUID
    since: datetime
    until: datetime
    work: "Future[Kept | None] | None" = None


class Clips:
    """Keeps the last seconds, and has clips cut out of them.

    An alert never waits: its clip is ordered when it opens, made after the post-roll, and told of
    by whoever asks ``done``. Equal pictures give equal clips.

    Args:
        main: What is kept of the camera's main stream, if it has one that is called.
        crew: Makes them; one that works at once makes a replay tell of them at equal moments.
    """

    def __init__(
        self,
        camera: str,
        roll: Roll,
        *,
        ring: Ring,
        folder: EvidenceFolder,
        crew: Executor,
        counters: Counters,
        main: Ring | None = None,
    ) -> None:
        self._camera, self._roll, self._ring, self._main = camera, roll, ring, main
        self._folder, self._crew, self._counters = folder, crew, counters
        self._looks: deque[Look] = deque()
        self._orders: list[_Order] = []

    def heard(self, packet: Encoded) -> None:
        """Take a packet of the camera, from whichever thread reads it."""
        self._ring.push(packet)

    def heard_main(self, packet: Encoded) -> None:
        """Take a packet of the main stream, if that is kept."""
        if self._main is not None:
            self._main.push(packet)

    def saw(self, at: datetime, found: Detections) -> None:
        """Take note of all that was found in the camera's picture of ``at``."""
        self._looks.append(Look(at, heads(found)))
        wanted = min((order.since for order in self._orders), default=at - self._roll.pre)
        self._ring.trim(wanted)
        if self._main is not None:
            self._main.trim(wanted)
        oldest = min(self._ring.begins or at, wanted) - 2 * self._roll.hold
        while self._looks[0].at < oldest:
            self._looks.popleft()

    def order(self, alert: UUID, opened_at: datetime) -> bool:
        """Have a clip made of an alert that has just opened; ``False`` if it will have none."""
        if len(self._orders) >= MOST_WAITING:
            self._counters.add("clips_shed", camera=self._camera)
            return False
        since, until = opened_at - self._roll.pre, opened_at + self._roll.post
        self._orders.append(_Order(alert, since, until))
        return True

    def done(self, at: datetime) -> Iterator[tuple[UUID, Kept | None]]:
        """Begin what is due by ``at``, and give what is made; ``None`` for what cannot be."""
        for order in self._orders:
            if order.work is None and at >= order.until:
                order.work = self._begin(order)
        made = [order for order in self._orders if order.work and order.work.done()]
        self._orders = [order for order in self._orders if order not in made]
        return self._given(made)

    def rest(self) -> Iterator[tuple[UUID, Kept | None]]:
        """Make all that is ordered of what there is: no packet will follow."""
        orders, self._orders = self._orders, []
        for order in orders:
            order.work = order.work or self._begin(order)
        return self._given(orders)

    def drop(self) -> list[UUID]:
        """Make nothing more; gives the alerts that go without.

        What is being made is left to its thread, and to the next run's tidying.
        """
        orders, self._orders = self._orders, []
        for order in orders:
            if order.work is not None:
                order.work.cancel()
        self._counters.add("clips_shed", len(orders), camera=self._camera)
        return [order.alert for order in orders]

    def _begin(self, order: _Order) -> "Future[Kept | None]":
        packets = self._ring.cut(order.since, order.until)
        looks = list(self._looks)
        veil = Veil(looks, hold=self._roll.hold)
        if self._main is None:
            return self._crew.submit(self._folder.clip, packets, veil, since=order.since)
        main = self._main.cut(order.since, order.until)
        loose = Veil(looks, hold=self._roll.hold, slack=SLACK)
        return self._crew.submit(self._of_main, main, loose, packets, veil, order.since)

    def _of_main(  # noqa: PLR0917  # handed to the crew as it is
        self,
        main: list[Encoded],
        loose: Veil,
        packets: list[Encoded],
        veil: Veil,
        since: datetime,
    ) -> Kept | None:
        """Make a clip of the main stream, or of the other where that does not show the same."""
        lost = not covers(main, packets, since=since)
        if not lost and same_view(main, packets):
            return self._folder.clip(main, loose, since=since)
        why = "main_incomplete" if lost else "main_other_view"
        self._counters.add(f"clips_of_sub_stream_{why}", camera=self._camera)
        log.warning("clip_of_sub_stream", camera=self._camera, reason=why)
        return self._folder.clip(packets, veil, since=since)

    def _given(self, orders: list[_Order]) -> Iterator[tuple[UUID, Kept | None]]:
        for order in orders:
            kept = order.work.result() if order.work else None
            self._counters.add("clips" if kept else "clips_shed", camera=self._camera)
            yield order.alert, kept
