"""Judge the condition of a node: the worst of its parts, each problem with a code. Pure.

A fleet alarm is a condition that has lasted; a problem is also what is not right just now. So a
page never says that all is well above a camera that is not.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from api.fleet.camera_reason_codes import reason_codes
from api.fleet.health_rules import AlarmKind

FRESH_FOR = timedelta(seconds=90)
"""Health comes every 30 s: three reports are missing."""
MIN_DISK_FREE_MB = 1000.0
"""Evidence needs this; below ``keep_free_mb`` of the node, 200 by default, none is kept."""
FULL_DISK_MB = 200.0
MAX_CLOCK_OFFSET_S = 10.0
"""More than the transit of a message; from five minutes on it is a fleet alarm."""
MAX_WAITING_FILES = 50
"""More pictures and clips than a busy minute makes."""
MAX_LAG_S = 10.0
"""A camera whose frames are older when processed is behind, although none is dropped."""


class Condition(StrEnum):
    """How a node or a part of it is; from the best to the worst."""

    OK = "ok"
    UNKNOWN = "unknown"
    """Nothing recent is known of it."""
    WARNING = "warning"
    FAULT = "fault"
    """It does not do its work."""


class ProblemCode(StrEnum):
    """What is not right just now; beside these, the kind of an open alarm is a code."""

    NEVER_CONNECTED = "never_connected"
    NODE_OFFLINE = "node_offline"
    NODE_STOPPED = "node_stopped"
    HEALTH_STALE = "health_stale"
    CAMERA_OFFLINE = "camera_offline"
    CAMERA_DEGRADED = "camera_degraded"
    CAMERA_SLOW = "camera_slow"
    CAMERA_SILENT = "camera_silent"
    DISK_LOW = "disk_low"
    DISK_FULL = "disk_full"
    CLOCK_OFF = "clock_off"
    UPLOADS_WAITING = "uploads_waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is not right.

    Args:
        code: A ``ProblemCode`` or an ``AlarmKind``.
        camera: Empty if it is about the node.
        detail: Figures for the page; units are in the names.
        reasons: Codes of the reason that the node gives, a cause after its effect.
    """

    code: str
    condition: Condition
    camera: str = ""
    detail: dict[str, object] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPart:
    """What is known of a camera of the node."""

    name: str
    state: str
    reason: str
    lag_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAlarm:
    """An open alarm of the node or one of its cameras."""

    kind: str
    camera: str
    detail: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeParts:
    """What is known of a node; ``None`` where nothing is.

    Args:
        state: Last reported state.
        health_at: When its newest health report arrived.
        skew_s: How far its clock is ahead of ours.
    """

    state: str
    health_at: datetime | None
    skew_s: float | None = None
    disk_free_mb: float | None = None
    upload_files: int | None = None
    cameras: Sequence[CameraPart] = ()
    alarms: Sequence[OpenAlarm] = ()


FAULT_KINDS = frozenset({AlarmKind.UNREACHABLE, AlarmKind.CAMERA_OFFLINE})
"""Alarms of something that does not work at all."""
COVERED_BY: dict[str, AlarmKind] = {ProblemCode.CLOCK_OFF: AlarmKind.CLOCK_SKEW}
"""Problems that an open alarm already states."""
_RANKS = {condition: rank for rank, condition in enumerate(Condition)}
_SLOW = "overloaded"


def find_problems(node: NodeParts, *, now: datetime) -> list[Problem]:
    """Return everything that is not right, the worst first; empty if all is well.

    Of a node that cannot be reached only its alarms are returned: the rest is not known.
    """
    alarms = [_alarm_problem(alarm) for alarm in node.alarms]
    kinds = {alarm.code for alarm in alarms}
    if AlarmKind.UNREACHABLE in kinds:
        return _worst_first(alarms)
    parts = _part_problems(node) if node.state == "online" else ()
    found = [
        problem
        for problem in (*_connection_problems(node, now), *parts)
        if COVERED_BY.get(problem.code) not in kinds
    ]
    named = {(problem.code, problem.camera) for problem in found}
    lasting = [alarm for alarm in alarms if (alarm.code, alarm.camera) not in named]
    return _worst_first([*found, *lasting])


def worst_condition(problems: Iterable[Problem]) -> Condition:
    """Return the worst condition of the problems; ``OK`` without any."""
    conditions = (problem.condition for problem in problems)
    return max(conditions, key=_RANKS.__getitem__, default=Condition.OK)


def _worst_first(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda each: (-_RANKS[each.condition], each.camera, each.code))


def _alarm_problem(alarm: OpenAlarm) -> Problem:
    is_fault = alarm.kind in FAULT_KINDS
    condition = Condition.FAULT if is_fault else Condition.WARNING
    return Problem(code=alarm.kind, condition=condition, camera=alarm.camera, detail=alarm.detail)


def _connection_problems(node: NodeParts, now: datetime) -> Iterator[Problem]:
    if node.state == "unknown":
        yield Problem(code=ProblemCode.NEVER_CONNECTED, condition=Condition.UNKNOWN)
    elif node.state == "stopped":
        yield Problem(code=ProblemCode.NODE_STOPPED, condition=Condition.FAULT)
    elif node.state == "offline":
        yield Problem(code=ProblemCode.NODE_OFFLINE, condition=Condition.FAULT)
    elif node.health_at is None or now - node.health_at > FRESH_FOR:
        yield Problem(code=ProblemCode.HEALTH_STALE, condition=Condition.UNKNOWN)


def _part_problems(node: NodeParts) -> Iterator[Problem]:
    for camera in node.cameras:
        yield from _camera_problems(camera)
    free_mb = node.disk_free_mb
    if free_mb is not None and free_mb < MIN_DISK_FREE_MB:
        is_full = free_mb < FULL_DISK_MB
        yield Problem(
            code=ProblemCode.DISK_FULL if is_full else ProblemCode.DISK_LOW,
            condition=Condition.FAULT if is_full else Condition.WARNING,
            detail={"free_mb": round(free_mb)},
        )
    if node.skew_s is not None and abs(node.skew_s) > MAX_CLOCK_OFFSET_S:
        detail: dict[str, object] = {"skew_s": round(node.skew_s)}
        yield Problem(code=ProblemCode.CLOCK_OFF, condition=Condition.WARNING, detail=detail)
    if (node.upload_files or 0) > MAX_WAITING_FILES:
        detail = {"files": node.upload_files}
        yield Problem(code=ProblemCode.UPLOADS_WAITING, condition=Condition.WARNING, detail=detail)


def _camera_problems(camera: CameraPart) -> Iterator[Problem]:
    reasons = tuple(reason_codes(camera.reason))
    lag_s = camera.lag_s or 0.0
    if camera.state == "offline":
        yield Problem(
            code=ProblemCode.CAMERA_OFFLINE,
            condition=Condition.FAULT,
            camera=camera.name,
            reasons=reasons,
        )
    elif camera.state == "unknown":
        yield Problem(
            code=ProblemCode.CAMERA_SILENT, condition=Condition.UNKNOWN, camera=camera.name
        )
    elif _SLOW in reasons or (camera.state in {"online", "degraded"} and lag_s > MAX_LAG_S):
        yield Problem(code=ProblemCode.CAMERA_SLOW, condition=Condition.WARNING, camera=camera.name)
    elif camera.state == "degraded":
        yield Problem(
            code=ProblemCode.CAMERA_DEGRADED,
            condition=Condition.WARNING,
            camera=camera.name,
            reasons=reasons,
        )
