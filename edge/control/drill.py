"""A daily exercise alert for each camera, which proves the way to the centre from end to end."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import structlog

from edge.config.binding import BoundCamera
from edge.errors import OutboxFullError
from edge.health.counters import Counters
from edge.outbox.alert_revisions import closing_revision
from edge.outbox.outbox import Outbox
from edge.outbox.schema import DRILL_CONFIRMED
from pipeline.alert import Alert, Change, CloseReason, make_alert_id
from pipeline.signal import Level
from pipeline.text import Text
from pipeline.wire import AlertMessage, Clock, Location, Node
from pipeline.wire.alert import make_alert_message

log = structlog.get_logger()

DRILL_ZONE = "exercise"
"""Its own zone, so that it joins no real incident."""
DRILL_REASON = Text(
    zh="演练：检验从摄像机到指挥中心的链路",
    en="Exercise: a check of the way from the camera to the centre",
)
LAST_DRILL_DAY, FIRST_DRILL_AT = "exercised.", "first_exercised."
"""Notes of these names and a camera's: the last day, and the time of the first one."""
OVERDUE_AFTER = timedelta(hours=25)
MAX_DAYS_AHEAD = timedelta(days=1)
"""How far ahead a remembered day may lie; further, the clock was wrong when it was noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillSchedule:
    """When cameras are exercised.

    Args:
        at: The time of day; ``None`` spreads cameras over the day by their names.
        zone: Whose days they are.
    """

    at: time | None
    zone: ZoneInfo

    def day_due(self, camera: str, now: datetime) -> date:
        """Give the latest day whose exercise time has come."""
        today = now.astimezone(self.zone).date()
        return today if self._due_at(camera, today) <= now else today - timedelta(days=1)

    def _due_at(self, camera: str, day: date) -> datetime:
        """Say when; a time that the clocks skip, or have twice, is the first that it can be."""
        at = self.at or _spread_time(camera)
        return datetime.combine(day, at, self.zone).astimezone(UTC)


def _spread_time(camera: str) -> time:
    minute = int.from_bytes(sha256(camera.encode()).digest()[:4]) % (24 * 60)
    return time(minute // 60, minute % 60)


def is_due(day: date, last: date | None) -> bool:
    """Say whether ``day`` is still to be exercised: days only go on, but for a wild clock."""
    return last is None or day > last or last - day > MAX_DAYS_AHEAD


def is_overdue(now: datetime, *, confirmed_at: datetime | None, first_at: datetime | None) -> bool:
    """Say whether a camera has gone too long without a proof, or since its first exercise."""
    known = confirmed_at or first_at
    return known is not None and now - known > OVERDUE_AFTER


def drill_messages(
    camera: BoundCamera, occasion: str, *, node: Node, at: datetime, clock: Clock
) -> tuple[AlertMessage, AlertMessage]:
    """Make an exercise alert, opened and closed at once, of the camera's first scenario.

    Its score is 0, so that it is stored and nobody is called.
    """
    scenario, where = camera.scenarios[0], camera.settings.location
    alert = Alert(
        id=make_alert_id(f"{node}|{camera.name}|{DRILL_ZONE}|{occasion}", at),
        rev=1,
        change=Change.OPENED,
        scenario=scenario.spec.key,
        scenario_rev=scenario.spec.revision,
        camera=camera.name,
        zone=DRILL_ZONE,
        subject=None,
        level=Level.INFO,
        score=0.0,
        opened_at=at,
        observed_at=at,
        message=DRILL_REASON,
        drill=True,
    )
    opened = make_alert_message(
        alert,
        node=node,
        boot_id="unnumbered",
        seq=1,  # the outbox numbers it
        clock=clock,
        location=Location(lon=where.lon, lat=where.lat) if where else None,
    )
    return opened, closing_revision(opened, CloseReason.CLEARED)


class DrillRunner:
    """Exercises each camera once a day, however often the box is restarted.

    The day is noted in the transaction that writes the alert.

    Args:
        cameras: Those to exercise now.
        now: The centre's time, as well as is known.
        make: Makes the messages of a camera, for a happening of this name.
    """

    def __init__(
        self,
        timetable: DrillSchedule,
        *,
        outbox: Outbox,
        counters: Counters,
        cameras: Callable[[], Iterable[BoundCamera]],
        now: Callable[[], datetime],
        make: Callable[[BoundCamera, str], tuple[AlertMessage, ...]],
        every: float = 15.0,
    ) -> None:
        self._timetable, self._outbox, self._counters = timetable, outbox, counters
        self._cameras, self._now, self._make, self._every = cameras, now, make, every
        self._reported: set[str] = set()

    def run(self, stop: threading.Event) -> None:
        """Exercise what is due, until ``stop``."""
        while not stop.is_set():
            self.run_due(self._now())
            stop.wait(self._every)

    def run_due(self, now: datetime) -> None:
        """Exercise what is due at ``now``, and complain of what is unproven."""
        notes = self._outbox.notes()
        for camera in self._cameras():
            day = self._timetable.day_due(camera.name, now)
            if is_due(day, _date(notes.get(LAST_DRILL_DAY + camera.name))):
                self._write(camera, day, notes, now=now)
            self._report_overdue(camera.name, notes, now)

    def _write(
        self, camera: BoundCamera, day: date, notes: Mapping[str, str], *, now: datetime
    ) -> None:
        first = notes.get(FIRST_DRILL_AT + camera.name, now.isoformat())
        told = {LAST_DRILL_DAY + camera.name: day.isoformat(), FIRST_DRILL_AT + camera.name: first}
        try:
            self._outbox.put(self._make(camera, f"{day}"), decided_at=now, notes=told)
        except OutboxFullError as error:  # again at the next turn
            log.warning("exercise_waits", camera=camera.name, reason=str(error))
            return
        self._counters.add("exercises", camera=camera.name)
        log.info("exercised", camera=camera.name, day=f"{day}")

    def _report_overdue(self, name: str, notes: Mapping[str, str], now: datetime) -> None:
        """Say it once, when it begins."""
        proof = DrillStatus.of(name, notes)
        if not proof.is_overdue(now):
            self._reported.discard(name)
        elif name not in self._reported:
            self._reported.add(name)
            log.error("way_unproven", camera=name, proven_at=f"{proof.confirmed_at}")


@dataclass(frozen=True, slots=True)
class DrillStatus:
    """When a camera was last proven, and first exercised."""

    confirmed_at: datetime | None
    first_at: datetime | None

    @classmethod
    def of(cls, camera: str, notes: Mapping[str, str]) -> "DrillStatus":
        """Read it from the outbox's notes."""
        return cls(
            _datetime(notes.get(DRILL_CONFIRMED + camera)),
            _datetime(notes.get(FIRST_DRILL_AT + camera)),
        )

    def is_overdue(self, now: datetime) -> bool:
        """Say whether the way is to be taken for broken."""
        return is_overdue(now, confirmed_at=self.confirmed_at, first_at=self.first_at)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _datetime(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
