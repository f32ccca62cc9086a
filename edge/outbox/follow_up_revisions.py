"""Build revisions from the last message of an alert; close the alerts an earlier run left open."""

from datetime import datetime

import structlog
from msgspec.structs import replace

from edge.errors import OutboxFullError
from edge.outbox.outbox import Outbox
from pipeline.alert import Change, CloseReason
from pipeline.wire import AlertMessage

log = structlog.get_logger()


def closing_revision(last: AlertMessage, reason: CloseReason) -> AlertMessage:
    """Build the revision that closes an alert.

    ``closed_at`` is the time of the last observation; what happened later is unknown.
    """
    data = replace(
        last.data,
        rev=last.data.rev + 1,
        closed_at=last.data.observed_at,
        close_reason=reason,
    )
    return replace(last, id=f"{data.alert_id}:{data.rev}", type="gridwatch.alert.closed", data=data)


def evidence_revision(last: AlertMessage) -> AlertMessage:
    """Build a revision that changes nothing, to add evidence.

    A closed alert stays closed, at the same time.
    """
    data = replace(last.data, rev=last.data.rev + 1)
    change = Change.CLOSED if last.change is Change.CLOSED else Change.UPDATED
    message_type = f"gridwatch.alert.{change}"
    return replace(last, id=f"{data.alert_id}:{data.rev}", type=message_type, data=data)


def close_open_alerts(outbox: Outbox, now: datetime) -> None:
    """Close every alert that an earlier run left open.

    If the disk is full they stay open until the next start: a full disk must not keep the node
    from watching.
    """
    messages = [
        closing_revision(message, CloseReason.NODE_RESTART) for message in outbox.open_alerts()
    ]
    if not messages:
        return
    try:
        outbox.put(messages, decided_at=now)
    except OutboxFullError as error:
        reason = str(error)
        log.error("open_alerts_not_closed", alerts=len(messages), reason=reason)  # noqa: TRY400  # expected
