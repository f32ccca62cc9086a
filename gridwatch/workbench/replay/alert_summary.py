"""Summarise the alerts of a replay: one row for each, from opening to close."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from pipeline.alert import Alert, Change, CloseReason
from pipeline.geometry.shapes import Box
from pipeline.signal import Level
from pipeline.text import Text
from scenarios.testing.stage import START


class AlertSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One alert with all its revisions; times are seconds of the recording.

    Args:
        updated_s: When an update was published.
        level: The highest level that it reached.
        score: The highest score of its revisions, 0 to 1: the centre calibrates that one.
        because: Its last message.
        boxes: Its boxes when it was opened.
    """

    id: UUID
    scenario: str
    zone: str
    subject: int | None
    opened_s: float
    updated_s: tuple[float, ...]
    closed_s: float
    close_reason: CloseReason | None
    level: Level
    score: float
    because: Text
    measures: dict[str, float]
    boxes: tuple[Box, ...]


def summarise_alerts(alerts: Iterable[Alert]) -> list[AlertSummary]:
    """Group the revisions of each alert; return the alerts in order of opening."""
    revisions: dict[UUID, list[Alert]] = {}
    for alert in alerts:
        revisions.setdefault(alert.id, []).append(alert)
    summaries = map(_summarise, revisions.values())
    return sorted(summaries, key=lambda summary: (summary.opened_s, summary.zone))


def seconds_since_start(at: datetime) -> float:
    """Return the seconds since the start of the recording, to the millisecond."""
    return round((at - START).total_seconds(), 3)


def _summarise(revisions: list[Alert]) -> AlertSummary:
    first, last = revisions[0], revisions[-1]
    return AlertSummary(
        id=first.id,
        scenario=first.scenario,
        zone=first.zone,
        subject=first.subject,
        opened_s=seconds_since_start(first.opened_at),
        updated_s=tuple(
            seconds_since_start(revision.observed_at)
            for revision in revisions
            if revision.change is Change.UPDATED
        ),
        closed_s=seconds_since_start(last.closed_at or last.observed_at),
        close_reason=last.close_reason,
        level=last.level,
        score=round(max(revision.score for revision in revisions), 4),
        because=last.message,
        measures={name: round(value, 4) for name, value in last.measures.items()},
        boxes=tuple(box.rounded() for box in first.boxes),
    )
