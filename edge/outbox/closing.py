"""Messages made from the last one of an alert, without its pipeline; pure."""

from msgspec.structs import replace

from pipeline.alert import Change, CloseReason
from pipeline.geometry.shapes import Box
from pipeline.wire import AlertMessage, Evidence


def closed(last: AlertMessage, reason: CloseReason) -> AlertMessage:
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


def with_evidence(
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
