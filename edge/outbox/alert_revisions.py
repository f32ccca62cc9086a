"""Revisions made from the last message of an alert; closing alerts that a crash left open."""

from datetime import datetime

import structlog
from msgspec.structs import replace

from edge.errors import OutboxFullError
from edge.outbox.outbox import Outbox
from pipeline.alert import Change, CloseReason
from pipeline.geometry.shapes import Box
from pipeline.wire import AlertMessage, Evidence

log = structlog.get_logger()


def closing_revision(last: AlertMessage, reason: CloseReason) -> AlertMessage:
    """Make the closing message of an alert from its last one.

    It ends when it was last seen: what came after, nobody knows.
    """
    data = replace(
        last.data,
        rev=last.data.rev + 1,
        closed_at=last.data.observed_at,
        close_reason=reason,
    )
    return replace(last, id=f"{data.alert_id}:{data.rev}", type="gridwatch.alert.closed", data=data)


def evidence_revision(
    last: AlertMessage, evidence: tuple[Evidence, ...], boxes: tuple[Box, ...]
) -> AlertMessage:
    """Make one more revision, which tells of new evidence and of nothing else.

    Args:
        boxes: Where to look in its snapshot.

    An alert that is closed stays so: it is closed once more, at the same time.
    """
    data = replace(last.data, rev=last.data.rev + 1, evidence=evidence, boxes=boxes)
    change = Change.CLOSED if last.change is Change.CLOSED else Change.UPDATED
    type_ = f"gridwatch.alert.{change}"
    return replace(last, id=f"{data.alert_id}:{data.rev}", type=type_, data=data)


def close_open_alerts(outbox: Outbox, now: datetime) -> None:
    """Close them; where the disk is full they stay open, for the start after this one.

    A box that can't say so still has to watch.
    """
    ends = [closing_revision(message, CloseReason.NODE_RESTART) for message in outbox.open_alerts()]
    if not ends:
        return
    try:
        outbox.put(ends, decided_at=now)
    except OutboxFullError as error:
        log.error("leftovers_stay_open", alerts=len(ends), reason=str(error))  # noqa: TRY400  # known, said
