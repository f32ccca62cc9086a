"""What is amiss in the fleet, from what is known of it. Pure.

A silent box is the worst of faults, since nothing else would tell of it: every alarm begins
here, stays while its cause stays, and ends by itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

UNREACHABLE_AFTER = {
    "online": timedelta(seconds=120),
    "offline": timedelta(seconds=60),
    "stopped": timedelta(minutes=10),
}
"""By what a box said last: online, then not a word (health comes each 30 s); a last will (a broker
that restarts makes one, and the box is back at once); a goodbye (somebody works on it)."""
MAX_CLOCK_SKEW = timedelta(minutes=5)
"""The centre uses its own time for a node whose clock is off by more; the times that the node
gives are stored as they are."""
CAMERA_OFFLINE_AFTER = timedelta(seconds=60)
SEQ_GAP_AFTER = timedelta(seconds=60)
"""A box sends again what has no receipt after 5 s, then 10 and 20; by then it should be filled."""
DRILL_OVERDUE_AFTER = timedelta(hours=25)
"""The daily exercise, and an hour."""
CONFIG_UNANSWERED_AFTER = timedelta(minutes=5)
BACKLOG_AFTER_S = 300.0
MAX_INCIDENTS_PER_HOUR = 20
"""Incidents a camera may open in an hour before it is called sick."""


class AlarmKind(StrEnum):
    """What can be amiss; the name goes to metrics, logs and pages."""

    UNREACHABLE = "unreachable"
    CAMERA_OFFLINE = "camera_offline"
    SEQ_GAP = "seq_gap"
    CLOCK_SKEW = "clock_skew"
    DRILL_OVERDUE = "drill_overdue"
    BACKLOG = "backlog"
    CONFIG_REFUSED = "config_refused"
    CONFIG_UNANSWERED = "config_unanswered"
    NOISY = "noisy"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFacts:
    """What is known of one box; ``None`` where nothing is.

    Args:
        wanted_rev: Of the configuration that is wanted, since ``wanted_at``.
        seen_rev: The last one it has looked at, with this ``outcome``.
        oldest_s: How long its oldest alert has waited in its outbox.
    """

    name: str
    state: str
    state_at: datetime | None = None
    health_at: datetime | None = None
    skew_s: float | None = None
    oldest_s: float | None = None
    wanted_rev: int | None = None
    wanted_at: datetime | None = None
    seen_rev: int | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFacts:
    """What is known of one camera that its box has told of."""

    node: str
    name: str
    state: str
    told_at: datetime
    first_at: datetime
    proven_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceGap:
    """Rows of one boot that never came, though later ones did."""

    node: str
    boot_id: str
    acked_seq: int
    also: tuple[int, ...]
    since: datetime

    @property
    def missing(self) -> int:
        """How many rows it lacks."""
        return max(self.also) - self.acked_seq - len(self.also)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetFacts:
    """All that is known of the fleet at one time.

    Args:
        incident_counts: Node, camera, and how many incidents it opened within the last hour.
    """

    nodes: tuple[NodeFacts, ...] = ()
    cameras: tuple[CameraFacts, ...] = ()
    gaps: tuple[SequenceGap, ...] = ()
    incident_counts: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing that is amiss.

    Args:
        camera: Empty where it is about the box.
        detail: Figures for the page, the unit in the name.
    """

    kind: AlarmKind
    node: str
    camera: str = ""
    since: datetime
    detail: dict[str, object] = field(default_factory=dict)


def evaluate_health_rules(facts: FleetFacts, *, now: datetime) -> list[Alarm]:
    """Tell all that is amiss now; a camera of a silent box is not told of beside it."""
    found = [alarm for node in facts.nodes for alarm in _of_node(node, now)]
    silent = {alarm.node for alarm in found if alarm.kind is AlarmKind.UNREACHABLE}
    heard = [camera for camera in facts.cameras if camera.node not in silent]
    found += [alarm for camera in heard for alarm in _of_camera(camera, now)]
    found += _of_holes(facts.gaps, now)
    found += [
        Alarm(kind=AlarmKind.NOISY, node=node, camera=camera, since=now, detail={"incidents": n})
        for node, camera, n in facts.incident_counts
        if n > MAX_INCIDENTS_PER_HOUR
    ]
    return found


def last_heard_at(node: NodeFacts) -> datetime | None:
    """Tell when a box was last heard; ``None`` for one that never came."""
    return max((at for at in (node.state_at, node.health_at) if at is not None), default=None)


def _of_node(node: NodeFacts, now: datetime) -> Iterator[Alarm]:
    heard = last_heard_at(node)
    if heard is None:
        return
    patience = UNREACHABLE_AFTER.get(node.state)
    since = heard if node.state == "online" else node.state_at or heard
    if patience is not None and now - since > patience:
        yield Alarm(
            kind=AlarmKind.UNREACHABLE, node=node.name, since=since, detail={"state": node.state}
        )
    if node.skew_s is not None and abs(node.skew_s) > MAX_CLOCK_SKEW.total_seconds():
        detail: dict[str, object] = {"skew_s": round(node.skew_s)}
        yield Alarm(kind=AlarmKind.CLOCK_SKEW, node=node.name, since=now, detail=detail)
    if node.state == "online" and (node.oldest_s or 0) > BACKLOG_AFTER_S:
        since = (node.health_at or now) - timedelta(seconds=node.oldest_s or 0)
        yield Alarm(kind=AlarmKind.BACKLOG, node=node.name, since=since)
    yield from _of_config(node, now)


def _of_config(node: NodeFacts, now: datetime) -> Iterator[Alarm]:
    if node.wanted_rev is None or node.wanted_at is None:
        return
    detail: dict[str, object] = {"rev": node.wanted_rev}
    if (node.seen_rev or 0) < node.wanted_rev:
        if node.state == "online" and now - node.wanted_at > CONFIG_UNANSWERED_AFTER:
            yield Alarm(
                kind=AlarmKind.CONFIG_UNANSWERED,
                node=node.name,
                since=node.wanted_at,
                detail=detail,
            )
    elif node.outcome in {"partial", "failure"}:
        yield Alarm(
            kind=AlarmKind.CONFIG_REFUSED, node=node.name, since=node.wanted_at, detail=detail
        )


def _of_camera(camera: CameraFacts, now: datetime) -> Iterator[Alarm]:
    if camera.state == "offline" and now - camera.told_at > CAMERA_OFFLINE_AFTER:
        yield Alarm(
            kind=AlarmKind.CAMERA_OFFLINE,
            node=camera.node,
            camera=camera.name,
            since=camera.told_at,
        )
    proven_at = camera.proven_at or camera.first_at
    if camera.state in {"online", "degraded"} and now - proven_at > DRILL_OVERDUE_AFTER:
        yield Alarm(
            kind=AlarmKind.DRILL_OVERDUE, node=camera.node, camera=camera.name, since=proven_at
        )


def _of_holes(holes: Iterable[SequenceGap], now: datetime) -> list[Alarm]:
    """One alarm a box, over all its boots."""
    old = [hole for hole in holes if hole.also and now - hole.since > SEQ_GAP_AFTER]
    return [
        Alarm(
            kind=AlarmKind.SEQ_GAP,
            node=node,
            since=min(hole.since for hole in of_node),
            detail={"missing": sum(hole.missing for hole in of_node), "boots": len(of_node)},
        )
        for node in sorted({hole.node for hole in old})
        for of_node in [[hole for hole in old if hole.node == node]]
    ]
