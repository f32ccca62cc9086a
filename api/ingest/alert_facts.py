"""What of an alert decides about its incident. Pure."""

from datetime import datetime, timedelta
from uuid import UUID

from api.accuracy.score import Decision
from api.accuracy.verdicts.model import STORM_KEY
from api.incidents.correlation.decisions import JudgedAlert
from api.incidents.correlation.joining import (
    HELD,
    WAITING,
    ArrivingAlert,
    EarlierIncident,
    stays_with,
    window_of,
)
from api.incidents.model import Incident, KeySlot, StoredAlert
from api.ingest.root_finder import LocatedAlert
from api.suppressions.model import AlertFacts


def calls_worker(judged: JudgedAlert) -> bool:
    """Return whether an alert rings the phone of a worker by itself."""
    return judged.decision is Decision.PUSH and not judged.is_end


def may_open(
    located: LocatedAlert,
    stored: dict[UUID, StoredAlert],
    slot: KeySlot | None,
    incidents: dict[UUID, Incident],
    *,
    widest_skew: timedelta,
) -> bool:
    """Return whether an alert may open an incident, whatever else the batch contains.

    Args:
        slot: Where the alerts of its key go.
        widest_skew: How far the clocks of the nodes are off at most.
    """
    if slot is None:
        return True
    data, root = located.alert.message.data, incidents[slot.root]
    if root.key.startswith(STORM_KEY):
        return True
    alert = stored.get(data.alert_id)
    if alert is not None and alert.root == slot.root:
        return False
    is_near = data.observed_at + widest_skew - root.last_at <= window_of(root.family)
    return not is_near or root.state not in WAITING | HELD


def arriving_alert(judged: JudgedAlert, *, is_member: bool) -> ArrivingAlert:
    """Return what decides whether it joins the incident of its key."""
    return ArrivingAlert(
        family=judged.traits.family,
        level=judged.data.level,
        observed_at=judged.observed_at,
        decision=judged.decision,
        is_member=is_member,
        is_end=judged.is_end,
    )


def stays(stored: StoredAlert, arriving: ArrivingAlert) -> bool:
    """Return whether a revision stays with the incident of its alert, which holds no key."""
    earlier = EarlierIncident(state=stored.state, closed_at=stored.closed_at)
    return stays_with(earlier, arriving, stored.level)


def suppression_facts(located: LocatedAlert, *, observed_at: datetime) -> AlertFacts:
    """Return what decides whether a suppression covers it."""
    data = located.alert.message.data
    return AlertFacts(
        node=str(located.alert.node),
        camera=data.camera,
        zone=data.zone,
        scenario=data.scenario,
        area_code=located.area_code,
        level=data.level,
        life_and_limb=located.traits.life_and_limb,
        observed_at=observed_at,
        boxes=data.boxes,
    )
