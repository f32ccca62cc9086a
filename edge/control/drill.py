"""Raise a daily drill for each camera, to test the path from the camera to the centre."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import structlog

from edge.config.camera_binding import BoundCamera
from edge.errors import OutboxFullError
from edge.health.counters import Counters
from edge.outbox.follow_up_revisions import closing_revision
from edge.outbox.outbox import Outbox
from edge.outbox.schema import DRILL_CONFIRMED
from pipeline.alert import Alert, Change, CloseReason, make_alert_id
from pipeline.signal import Level
from pipeline.text import Text
from pipeline.wire import AlertMessage, Clock, Location, Node
from pipeline.wire.alert import make_alert_message

log = structlog.get_logger()

DRILL_ZONE = "exercise"
"""A separate zone keeps a drill out of real incidents."""
DRILL_REASON = Text(
    zh="演练：检验从摄像机到指挥中心的链路",
    en="Drill: test of the path from the camera to the centre",
)
LAST_DRILL_DAY, FIRST_DRILL_AT = "exercised.", "first_exercised."
"""Prefixes of notes in the outbox, followed by the camera's name."""
OVERDUE_AFTER = timedelta(hours=25)
MAX_DAYS_AHEAD = timedelta(days=1)
"""A noted day further in the future was noted while the clock was wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillSchedule:
    """Time of the daily drills.

    Args:
        at: Time of day; ``None`` spreads the cameras over the day by a hash of their names.
    """

    at: time | None
    timezone: ZoneInfo

    def day_due(self, camera: str, now: datetime) -> date:
        """Return the latest day whose drill time has passed."""
        today = now.astimezone(self.timezone).date()
        return today if self._due_at(camera, today) <= now else today - timedelta(days=1)

    def _due_at(self, camera: str, day: date) -> datetime:
        """Return the drill time of a day; the first of two if clocks are set back."""
        at = self.at or _spread_time(camera)
        return datetime.combine(day, at, self.timezone).astimezone(UTC)


def _spread_time(camera: str) -> time:
    minute = int.from_bytes(sha256(camera.encode()).digest()[:4]) % (24 * 60)
    return time(minute // 60, minute % 60)


def is_due(day: date, last_day: date | None) -> bool:
    """Return whether the drill of ``day`` is still to be raised."""
    return last_day is None or day > last_day or last_day - day > MAX_DAYS_AHEAD


def drill_messages(
    camera: BoundCamera, occasion: str, *, node: Node, at: datetime, clock: Clock
) -> tuple[AlertMessage, AlertMessage]:
    """Build the two messages of a drill: opened and closed at once, of the first scenario.

    The score is 0, so that the centre stores the alert and notifies nobody.

    Args:
        occasion: Makes the alert id unique, such as a day or the id of a command.
    """
    scenario, location = camera.scenarios[0], camera.settings.location
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
        seq=1,  # replaced by the outbox
        clock=clock,
        location=Location(lon=location.lon, lat=location.lat) if location else None,
    )
    return opened, closing_revision(opened, CloseReason.CLEARED)


class DrillRunner:
    """Raises one drill per camera and day, however often the node restarts.

    The day is noted in the transaction that writes the alert.

    Args:
        cameras: Returns the cameras that need drills.
        now: Time of the centre, as well as it is known.
        make: Builds the messages of a drill, given the camera and an occasion.
        interval_s: How often to check what is due.
    """

    def __init__(
        self,
        schedule: DrillSchedule,
        *,
        outbox: Outbox,
        counters: Counters,
        cameras: Callable[[], Iterable[BoundCamera]],
        now: Callable[[], datetime],
        make: Callable[[BoundCamera, str], tuple[AlertMessage, ...]],
        interval_s: float = 15.0,
    ) -> None:
        self._schedule, self._outbox, self._counters = schedule, outbox, counters
        self._cameras, self._now, self._make = cameras, now, make
        self._interval_s = interval_s
        self._reported: set[str] = set()

    def run(self, stop: threading.Event) -> None:
        """Raise drills when they are due, until ``stop`` is set."""
        while not stop.is_set():
            self.run_due(self._now())
            stop.wait(self._interval_s)

    def run_due(self, now: datetime) -> None:
        """Raise the drills that are due at ``now``; log the cameras whose drill is overdue."""
        notes = self._outbox.notes()
        for camera in self._cameras():
            day = self._schedule.day_due(camera.name, now)
            if is_due(day, _date(notes.get(LAST_DRILL_DAY + camera.name))):
                self._write(camera, day, notes, now=now)
            self._report_overdue(camera.name, notes, now)

    def _write(
        self, camera: BoundCamera, day: date, notes: Mapping[str, str], *, now: datetime
    ) -> None:
        updated = {
            LAST_DRILL_DAY + camera.name: day.isoformat(),
            FIRST_DRILL_AT + camera.name: notes.get(FIRST_DRILL_AT + camera.name, now.isoformat()),
        }
        try:
            self._outbox.put(self._make(camera, f"{day}"), decided_at=now, notes=updated)
        except OutboxFullError as error:  # tried again at the next check
            log.warning("drill_postponed", camera=camera.name, reason=str(error))
            return
        self._counters.add("drills", camera=camera.name)
        log.info("drill_raised", camera=camera.name, day=f"{day}")

    def _report_overdue(self, name: str, notes: Mapping[str, str], now: datetime) -> None:
        """Log an overdue camera once, until it is confirmed again."""
        status = DrillStatus.of(name, notes)
        if not status.is_overdue(now):
            self._reported.discard(name)
        elif name not in self._reported:
            self._reported.add(name)
            log.error("drill_overdue", camera=name, confirmed_at=f"{status.confirmed_at}")


@dataclass(frozen=True, slots=True)
class DrillStatus:
    """When the centre last confirmed a drill of a camera, and when the first one was raised."""

    confirmed_at: datetime | None
    first_at: datetime | None

    @classmethod
    def of(cls, camera: str, notes: Mapping[str, str]) -> "DrillStatus":
        """Read the status from the notes of the outbox."""
        return cls(
            _datetime(notes.get(DRILL_CONFIRMED + camera)),
            _datetime(notes.get(FIRST_DRILL_AT + camera)),
        )

    def is_overdue(self, now: datetime) -> bool:
        """Return whether the last confirmation, or else the first drill, is too long ago."""
        since = self.confirmed_at or self.first_at
        return since is not None and now - since > OVERDUE_AFTER


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _datetime(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
