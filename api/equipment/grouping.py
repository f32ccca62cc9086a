"""Join faults that are one matter: the cameras of a node, a power cut in an area. Pure.

Faults of one kind that begin shortly after each other are a burst. A burst in one node becomes one
condition of the node; a burst in one street, district or city becomes one condition of the area,
one level higher. A condition that an incident is open for takes in further faults until the last
one has ended.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from api.areas.hierarchy import codes_above
from api.equipment.calls import EQUIPMENT_CALLS, EquipmentCall
from api.fleet.health_rules import AlarmKind
from api.incidents.system_incidents.model import SystemIncident, equipment_key
from pipeline.signal import Level

BURST_GAP = timedelta(minutes=5)
"""A fault that begins later after the one before it is another matter."""
MIN_OF_NODE = 3
MIN_OF_AREA = {9: 3, 6: 6, 4: 12}
"""How many conditions make one of a street, a district or the city, by digits of the area code."""
LEVELS = tuple(Level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An open fleet alarm with its place.

    Args:
        camera: Empty if it is about the node.
        area_code: Of the camera; of a node, where most of its cameras stand.
    """

    kind: AlarmKind
    node: str
    camera: str = ""
    since: datetime
    area_code: str | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What is wrong with a camera, a node or an area.

    Args:
        place: Of its key: node and camera, node, or area.
        n: How many cameras or nodes it is about.
        covered: Keys of the conditions that it stands for.
    """

    call: EquipmentCall
    level: Level
    place: tuple[str, ...]
    since: datetime
    node: str = ""
    camera: str = ""
    area_code: str | None = None
    lon: float | None = None
    lat: float | None = None
    n: int = 1
    covered: frozenset[str] = field(default_factory=frozenset)

    @property
    def key(self) -> str:
        """The key of its incident."""
        return equipment_key(self.call.code, *self.place)


class Grouped(NamedTuple):
    """What people are to be called for.

    Args:
        incidents: By key.
        covered: Keys that others stand for, or whose node is unreachable.
    """

    incidents: dict[str, SystemIncident]
    covered: frozenset[str]


def group_faults(
    faults: Iterable[Fault], *, open_since: Mapping[str, datetime], now: datetime
) -> Grouped:
    """Return the incidents that should be open.

    Args:
        open_since: Since when the condition of each open incident holds, by key.
    """
    known = [fault for fault in faults if fault.kind in EQUIPMENT_CALLS]
    unreachable = _unreachable_nodes(known, now)
    singles = [_condition(fault) for fault in known if not _is_hidden(fault, unreachable)]
    hidden = {_condition(fault).key for fault in known if _is_hidden(fault, unreachable)}
    conditions = _fold(singles, _NodeStep(), open_since)
    for n_digits, minimum in MIN_OF_AREA.items():
        conditions = _fold(conditions, _AreaStep(n_digits, minimum), open_since)
    covered = hidden.union(*(condition.covered for condition in conditions))
    due = [condition for condition in conditions if now - condition.since >= condition.call.after]
    return Grouped({item.key: _incident(item) for item in due}, frozenset(covered))


def common_area(areas: Sequence[str]) -> str | None:
    """Return the smallest area that contains all of these; ``None`` if there is none."""
    shared = [set(codes_above(code)) for code in areas]
    return max(set.intersection(*shared), key=len, default=None) if shared else None


def _unreachable_nodes(faults: Iterable[Fault], now: datetime) -> set[str]:
    """Return the nodes that people are called for because they do not answer."""
    after = EQUIPMENT_CALLS[AlarmKind.UNREACHABLE].after
    return {
        fault.node
        for fault in faults
        if fault.kind is AlarmKind.UNREACHABLE and now - fault.since >= after
    }


def _is_hidden(fault: Fault, unreachable: set[str]) -> bool:
    """Nothing else is known of a node that does not answer."""
    return fault.node in unreachable and fault.kind is not AlarmKind.UNREACHABLE


def _condition(fault: Fault) -> Condition:
    call = EQUIPMENT_CALLS[fault.kind]
    return Condition(
        call=call,
        level=call.level,
        place=(fault.node, fault.camera) if fault.camera else (fault.node,),
        since=fault.since,
        node=fault.node,
        camera=fault.camera,
        area_code=fault.area_code,
        lon=fault.lon,
        lat=fault.lat,
    )


class _NodeStep:
    """Join the cameras of a node."""

    minimum = MIN_OF_NODE

    def group_of(self, condition: Condition) -> str | None:
        return condition.node if condition.camera else None

    def join(self, group: str, members: Sequence[Condition]) -> Condition:
        first = members[0]
        return Condition(
            call=first.call,
            level=first.level,
            place=(group,),
            since=min(member.since for member in members),
            node=group,
            area_code=_most_frequent_area(members),
            lon=first.lon,
            lat=first.lat,
            n=len(members),
            covered=_covered_by(members),
        )


@dataclass(frozen=True, slots=True)
class _AreaStep:
    """Join what is in one area; without an area, what is on one site."""

    n_digits: int
    minimum: int

    def group_of(self, condition: Condition) -> str | None:
        code = condition.area_code
        if code is not None:
            return code[: self.n_digits] if len(code) >= self.n_digits else None
        is_first = self.n_digits == max(MIN_OF_AREA)
        return condition.node.rpartition("/")[0] or None if is_first else None

    def join(self, group: str, members: Sequence[Condition]) -> Condition:
        call = members[0].call
        return Condition(
            call=call,
            level=next_level(call.level),
            place=("area", group),
            since=min(member.since for member in members),
            area_code=common_area([member.area_code or "" for member in members]),
            n=sum(member.n for member in members),
            covered=_covered_by(members),
        )


def _fold(
    conditions: Iterable[Condition],
    step: _NodeStep | _AreaStep,
    open_since: Mapping[str, datetime],
) -> list[Condition]:
    """Replace each burst of conditions in one group by one condition."""
    folded: list[Condition] = []
    groups: dict[tuple[str, str], list[Condition]] = defaultdict(list)
    for condition in conditions:
        group = step.group_of(condition)
        if group is None:
            folded.append(condition)
        else:
            groups[condition.call.code, group].append(condition)
    for (_, group), members in groups.items():
        burst = _burst(members, open_since.get(step.join(group, members).key), step.minimum)
        joined = {member.key for member in burst}
        folded += [member for member in members if member.key not in joined]
        if burst:
            folded.append(step.join(group, burst))
    return folded


def _burst(
    members: Sequence[Condition], open_since: datetime | None, minimum: int
) -> list[Condition]:
    """Return the members that are one matter; none if they are too few.

    Args:
        open_since: Of the open incident of the group, which takes in all later members.
    """
    ordered = sorted(members, key=lambda member: member.since)
    if open_since is not None:
        return [member for member in ordered if member.since >= open_since - BURST_GAP]
    bursts: list[list[Condition]] = []
    for member in ordered:
        if bursts and member.since - bursts[-1][-1].since <= BURST_GAP:
            bursts[-1].append(member)
        else:
            bursts.append([member])
    return next((burst for burst in reversed(bursts) if len(burst) >= minimum), [])


def _most_frequent_area(members: Sequence[Condition]) -> str | None:
    areas = Counter(member.area_code for member in members if member.area_code is not None)
    return max(sorted(areas), key=lambda area: areas[area], default=None)


def _covered_by(members: Sequence[Condition]) -> frozenset[str]:
    return frozenset().union(*(member.covered | {member.key} for member in members))


def next_level(level: Level) -> Level:
    """Return the level above one; critical is the highest."""
    return LEVELS[min(level.rank + 1, len(LEVELS) - 1)]


def _incident(condition: Condition) -> SystemIncident:
    call = condition.call
    message = call.single if condition.n == 1 else call.several.format(n=condition.n)
    return SystemIncident(
        key=condition.key,
        code=call.code,
        level=condition.level,
        message=message,
        since=condition.since,
        node=condition.node,
        camera=condition.camera,
        area_code=condition.area_code,
        lon=condition.lon,
        lat=condition.lat,
    )
