"""Evaluate the fleet health rules: from known facts to alarms. Pure.

The most serious fault is an unreachable node, because nothing else reports it. An alarm opens when
its rule matches and ends by itself when the rule no longer matches.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from pipeline.wire.limits import MAX_DURATION_S

MAX_CLOCK_SKEW = timedelta(minutes=5)
"""A node whose clock is off by more is judged by the clock of the centre."""
UNREACHABLE_AFTER = {
    "online": timedelta(seconds=120),
    "offline": timedelta(seconds=60),
    "stopped": timedelta(minutes=10),
}
"""By last reported state. Online: health reports come every 30 s. Offline: the broker sent the last
will, which also happens when the broker restarts and the node is back at once. Stopped: a
technician is probably working on the node."""
CAMERA_OFFLINE_AFTER = timedelta(seconds=60)
SEQ_GAP_AFTER = timedelta(seconds=60)
"""A node resends alerts without a receipt after 5, 10 and 20 s, which should fill a gap by then."""
DRILL_OVERDUE_AFTER = timedelta(hours=25)
"""Drills are daily; one hour of tolerance."""
CONFIG_UNANSWERED_AFTER = timedelta(minutes=5)
BACKLOG_AFTER_S = 300.0
EVIDENCE_MISSING_AFTER = timedelta(minutes=30)
"""A clip ends minutes after its alert, and is uploaded after what is more urgent."""
MAX_INCIDENTS_PER_HOUR = 20
"""A camera that opens more incidents is noisy."""
MAX_REFUSED_PER_HOUR = 20
"""A node with more refused messages is broken, or somebody uses its key."""


class AlarmKind(StrEnum):
    """The health rules; the values appear in the database, metrics, logs and API."""

    UNREACHABLE = "unreachable"
    CAMERA_OFFLINE = "camera_offline"
    SEQ_GAP = "seq_gap"
    CLOCK_SKEW = "clock_skew"
    DRILL_OVERDUE = "drill_overdue"
    BACKLOG = "backlog"
    EVIDENCE_MISSING = "evidence_missing"
    CONFIG_REFUSED = "config_refused"
    CONFIG_UNANSWERED = "config_unanswered"
    NOISY = "noisy"
    INVALID_MESSAGES = "invalid_messages"
    CAMERA_BLIND = "camera_blind"
    SCORES_DRIFT = "scores_drift"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFacts:
    """What is known of one node; ``None`` where nothing is.

    Args:
        state: Last reported state, since ``state_at``.
        skew_s: How far its clock is ahead of ours.
        outbox_oldest_s: How long the oldest alert has waited in its outbox.
        desired_rev: Newest revision of its desired configuration, set at ``desired_at``.
        seen_rev: Newest revision it has evaluated, with this ``outcome``.
    """

    name: str
    state: str
    state_at: datetime | None = None
    health_at: datetime | None = None
    skew_s: float | None = None
    outbox_oldest_s: float | None = None
    desired_rev: int | None = None
    desired_at: datetime | None = None
    seen_rev: int | None = None
    outcome: str | None = None

    @property
    def last_heard_at(self) -> datetime | None:
        """When the node last sent a status or health report; ``None`` if it never did."""
        return max((at for at in (self.state_at, self.health_at) if at is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFacts:
    """What is known of one camera that its node has reported.

    Args:
        reported_at: When ``state`` was reported.
        first_at: When the camera was first reported.
        drill_passed_at: When a drill alert of it last arrived.
        blind_cause: Why its detector misses most moving objects; empty or ``None`` unless it does.
        unexplained_share: Share of the moving objects that it misses, of ``moving_objects``.
    """

    node: str
    name: str
    state: str
    reported_at: datetime
    first_at: datetime
    drill_passed_at: datetime | None = None
    blind_cause: str | None = None
    unexplained_share: float | None = None
    moving_objects: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceGap:
    """Alerts of one boot that have not arrived, although later ones have.

    Args:
        acked_seq: Every number up to this one has arrived.
        also: Later numbers that have arrived, ascending.
        since: Since when no missing alert has arrived.
    """

    node: str
    boot_id: str
    acked_seq: int
    also: tuple[int, ...]
    since: datetime

    @property
    def missing(self) -> int:
        """The number of missing alerts."""
        return max(self.also) - self.acked_seq - len(self.also)


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingEvidence:
    """Pictures and clips of a node that were announced and are overdue.

    Args:
        since: When the oldest of them was announced.
    """

    node: str
    files: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreDrift:
    """A camera whose scores are no longer what they were (``api/accuracy/fitting``).

    Args:
        scenarios: Whose scores have changed, by key.
        since: When the first of them was noticed.
    """

    node: str
    camera: str
    scenarios: tuple[str, ...]
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetFacts:
    """What is known of the fleet at one time.

    Args:
        incident_counts: Node, camera, and how many incidents it opened in the last hour.
        refused_counts: Node, how many of its messages were refused in the last hour, and how
            many of those are not kept in the quarantine.
    """

    nodes: tuple[NodeFacts, ...] = ()
    missing_evidence: tuple[MissingEvidence, ...] = ()
    cameras: tuple[CameraFacts, ...] = ()
    gaps: tuple[SequenceGap, ...] = ()
    incident_counts: tuple[tuple[str, str, int], ...] = ()
    refused_counts: tuple[tuple[str, int, int], ...] = ()
    drifts: tuple[ScoreDrift, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A health rule that matches a node or camera.

    Args:
        camera: Empty if the alarm is about the node.
        since: Since when the condition holds.
        detail: Figures for the page; units are in the names.
    """

    kind: AlarmKind
    node: str
    camera: str = ""
    since: datetime
    detail: dict[str, object] = field(default_factory=dict)


def evaluate_health_rules(facts: FleetFacts, *, now: datetime) -> list[Alarm]:
    """Return every alarm that should be open now.

    An unreachable node hides the alarms of its cameras, whose state is unknown.
    """
    alarms = [alarm for node in facts.nodes for alarm in _evaluate_node(node, now)]
    unreachable = {alarm.node for alarm in alarms if alarm.kind is AlarmKind.UNREACHABLE}
    for camera in facts.cameras:
        if camera.node not in unreachable:
            alarms += _evaluate_camera(camera, now)
    alarms += _evaluate_gaps(facts.gaps, now)
    alarms += [
        Alarm(
            kind=AlarmKind.EVIDENCE_MISSING,
            node=missing.node,
            since=missing.since,
            detail={"files": missing.files},
        )
        for missing in facts.missing_evidence
        if missing.node not in unreachable
    ]
    alarms += [
        Alarm(kind=AlarmKind.NOISY, node=node, camera=camera, since=now, detail={"incidents": n})
        for node, camera, n in facts.incident_counts
        if n > MAX_INCIDENTS_PER_HOUR
    ]
    alarms += [
        Alarm(
            kind=AlarmKind.INVALID_MESSAGES,
            node=node,
            since=now,
            detail={"refused": refused, "dropped": dropped},
        )
        for node, refused, dropped in facts.refused_counts
        if refused > MAX_REFUSED_PER_HOUR
    ]
    alarms += [
        Alarm(
            kind=AlarmKind.SCORES_DRIFT,
            node=drift.node,
            camera=drift.camera,
            since=drift.since,
            detail={"scenarios": list(drift.scenarios)},
        )
        for drift in facts.drifts
    ]
    return alarms


def _evaluate_node(node: NodeFacts, now: datetime) -> Iterator[Alarm]:
    last_heard_at = node.last_heard_at
    if last_heard_at is None:
        return
    is_online = node.state == "online"
    limit = UNREACHABLE_AFTER.get(node.state)
    since = last_heard_at if is_online else node.state_at or last_heard_at
    detail: dict[str, object] = {"state": node.state}
    if limit is not None and now - since > limit:
        yield Alarm(kind=AlarmKind.UNREACHABLE, node=node.name, since=since, detail=detail)
    if node.skew_s is not None and abs(node.skew_s) > MAX_CLOCK_SKEW.total_seconds():
        detail = {"skew_s": round(node.skew_s)}
        yield Alarm(kind=AlarmKind.CLOCK_SKEW, node=node.name, since=now, detail=detail)
    waiting_s = node.outbox_oldest_s or 0
    if is_online and waiting_s > BACKLOG_AFTER_S:
        since = (node.health_at or now) - timedelta(seconds=min(waiting_s, MAX_DURATION_S))
        yield Alarm(kind=AlarmKind.BACKLOG, node=node.name, since=since)
    yield from _evaluate_config(node, now)


def _evaluate_config(node: NodeFacts, now: datetime) -> Iterator[Alarm]:
    if node.desired_rev is None or node.desired_at is None:
        return
    kind = None
    if (node.seen_rev or 0) < node.desired_rev:
        if node.state == "online" and now - node.desired_at > CONFIG_UNANSWERED_AFTER:
            kind = AlarmKind.CONFIG_UNANSWERED
    elif node.outcome in {"partial", "failure"}:
        kind = AlarmKind.CONFIG_REFUSED
    if kind is not None:
        detail: dict[str, object] = {"rev": node.desired_rev}
        yield Alarm(kind=kind, node=node.name, since=node.desired_at, detail=detail)


def _evaluate_camera(camera: CameraFacts, now: datetime) -> Iterator[Alarm]:
    if camera.state == "offline" and now - camera.reported_at > CAMERA_OFFLINE_AFTER:
        yield Alarm(
            kind=AlarmKind.CAMERA_OFFLINE,
            node=camera.node,
            camera=camera.name,
            since=camera.reported_at,
        )
    since = camera.drill_passed_at or camera.first_at
    if camera.state in {"online", "degraded"} and now - since > DRILL_OVERDUE_AFTER:
        yield Alarm(kind=AlarmKind.DRILL_OVERDUE, node=camera.node, camera=camera.name, since=since)
    if camera.blind_cause and camera.state in {"online", "degraded"}:
        detail: dict[str, object] = {
            "cause": camera.blind_cause,
            "share": camera.unexplained_share,
            "objects": camera.moving_objects,
        }
        kind = AlarmKind.CAMERA_BLIND
        yield Alarm(kind=kind, node=camera.node, camera=camera.name, since=now, detail=detail)


def _evaluate_gaps(gaps: Iterable[SequenceGap], now: datetime) -> list[Alarm]:
    """Return one alarm per node, over all its boots."""
    by_node: dict[str, list[SequenceGap]] = {}
    for gap in gaps:
        if gap.also and now - gap.since > SEQ_GAP_AFTER:
            by_node.setdefault(gap.node, []).append(gap)
    return [
        Alarm(
            kind=AlarmKind.SEQ_GAP,
            node=node,
            since=min(gap.since for gap in of_node),
            detail={"missing": sum(gap.missing for gap in of_node), "boots": len(of_node)},
        )
        for node, of_node in sorted(by_node.items())
    ]
