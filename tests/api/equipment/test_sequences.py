"""Whatever alarms begin and end, and whatever people do: each that lasts calls, and all end.

The stored incidents are kept in memory here; the decisions are those of the product.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from api.equipment.calls import EQUIPMENT_CALLS
from api.equipment.decisions import (
    CALL_AGAIN_AFTER,
    DECLINED_FOR,
    GRACE,
    Decision,
    Outcome,
    decide,
)
from api.equipment.grouping import BURST_GAP, Fault, Grouped, group_faults
from api.fleet.health_rules import AlarmKind
from api.incidents.lifecycle import IncidentState
from api.incidents.system_incidents.model import (
    UNATTENDED_STATES,
    ClosingReason,
    StoredIncident,
    SystemIncident,
)
from tests.api.alerts import NOON

STEP = timedelta(minutes=1)
LATEST = CALL_AGAIN_AFTER + 2 * BURST_GAP + STEP
"""How much later than ``after`` an alarm may call, if its incident is reopened or grouped."""
PLACES = [
    (f"demo/site-{n}/box-1", camera, f"51010700{1 + n // 4}002003001")
    for n in range(6)
    for camera in ("", "gate", "yard", "hall")
]
KINDS = (AlarmKind.UNREACHABLE, AlarmKind.CAMERA_OFFLINE, AlarmKind.DRILL_OVERDUE)

toggles = st.tuples(st.just("toggle"), st.integers(0, len(PLACES) - 1), st.integers(0, 2))
waits = st.tuples(st.just("wait"), st.integers(1, 40), st.just(0))
actions = st.tuples(st.sampled_from(["accept", "verify", "reject"]), st.integers(0, 20), st.just(0))
sequences = st.lists(st.one_of(toggles, waits, actions), max_size=40)


@dataclass(slots=True)
class World:
    """Alarms that are on, the newest incident of each key, and when each incident called."""

    now: datetime = NOON
    faults: dict[tuple[AlarmKind, str, str], Fault] = field(default_factory=dict)
    stored: dict[str, StoredIncident] = field(default_factory=dict)
    called_at: dict[str, datetime] = field(default_factory=dict)
    grouped: Grouped = field(default_factory=lambda: Grouped({}, frozenset()))

    def act(self, action: str, number: int, kind: int) -> None:
        if action == "wait":
            for _ in range(number):
                self.now += STEP
                self.evaluate()
                self.check()
        elif action == "toggle":
            self._toggle(number, KINDS[kind])
        else:
            self._act_as_person(action, number)

    def _toggle(self, number: int, kind: AlarmKind) -> None:
        node, camera, area = PLACES[number]
        if (kind is AlarmKind.UNREACHABLE) is (camera != ""):
            return
        if self.faults.pop((kind, node, camera), None) is None:
            self.faults[kind, node, camera] = Fault(
                kind=kind, node=node, camera=camera, since=self.now, area_code=area
            )

    def _act_as_person(self, action: str, number: int) -> None:
        open_keys = [key for key, item in self.stored.items() if item.is_open]
        if not open_keys:
            return
        key = open_keys[number % len(open_keys)]
        item = self.stored[key]
        if action == "accept" and item.state is IncidentState.FILED:
            item = replace(item, state=IncidentState.HANDLING, assignee=1, was_accepted=True)
        elif action == "verify" and item.state is IncidentState.HANDLING:
            item = replace(item, state=IncidentState.CLOSED, is_open=False, assignee=None)
        elif action == "reject":
            item = replace(item, state=IncidentState.REJECTED, is_open=False, assignee=None)
        self.stored[key] = replace(item, state_since=self.now)

    def evaluate(self) -> None:
        open_since = {key: item.first_at for key, item in self.stored.items() if item.is_open}
        self.grouped = group_faults(self.faults.values(), open_since=open_since, now=self.now)
        for key in sorted({*self.grouped.incidents, *self.stored}):
            wanted = self.grouped.incidents.get(key)
            is_covered = key in self.grouped.covered
            stored = self.stored.get(key)
            decision = decide(wanted, stored, now=self.now, is_covered=is_covered)
            self._carry_out(key, decision, wanted)

    def _carry_out(self, key: str, decision: Decision, wanted: SystemIncident | None) -> None:
        match decision, wanted:
            case Decision(Outcome.OPEN), SystemIncident():
                current = self.stored.get(key)
                assert current is None or not current.is_open
                self.stored[key] = self._new(wanted)
                self.called_at[key] = self.now
            case Decision(Outcome.REOPEN, StoredIncident() as item, datetime() as call_at), _:
                assert not item.is_open
                filed = replace(item, state=IncidentState.FILED, is_open=True)
                self.stored[key] = replace(filed, state_since=self.now)
                self.called_at[key] = call_at
            case Decision(Outcome.RAISE | Outcome.UPDATE, StoredIncident() as item), _:
                self.stored[key] = item
            case Decision(Outcome.END, StoredIncident() as item), _:
                self.stored[key] = self._ended(item, decision.reason)

    def _new(self, wanted: SystemIncident) -> StoredIncident:
        return StoredIncident(
            id=UUID(int=0),
            key=wanted.key,
            state=IncidentState.FILED,
            is_open=True,
            level=wanted.level,
            message=wanted.message,
            area_code=wanted.area_code,
            clock=None,
            order=None,
            order_area=None,
            assignee=None,
            was_accepted=False,
            is_over=False,
            first_at=wanted.since,
            state_since=self.now,
            n_times=1,
        )

    def _ended(self, item: StoredIncident, reason: ClosingReason) -> StoredIncident:
        if item.state not in UNATTENDED_STATES:
            return replace(item, is_over=True)
        closed = replace(item, state=IncidentState.CLOSED, is_open=False)
        closed = replace(closed, is_over=reason is ClosingReason.RECOVERED)
        return replace(closed, state_since=self.now)

    def check(self) -> None:
        """Each alarm that lasts has called somebody, or a person has answered."""
        unreachable = {node for kind, node, _ in self.faults if kind is AlarmKind.UNREACHABLE}
        for fault in self.faults.values():
            if fault.node in unreachable and fault.kind is not AlarmKind.UNREACHABLE:
                continue
            if self.now - fault.since >= EQUIPMENT_CALLS[fault.kind].after + LATEST:
                assert any(map(self._is_answered, self._keys_of(fault))), fault

    def _keys_of(self, fault: Fault) -> Iterator[str]:
        code = EQUIPMENT_CALLS[fault.kind].code
        area = fault.area_code or ""
        for place in (
            f"{fault.node}|{fault.camera}" if fault.camera else fault.node,
            fault.node,
            *(f"area|{area[:digits]}" for digits in (9, 6, 4)),
        ):
            yield f"v1|equipment|{code}|{place}"

    def _is_answered(self, key: str) -> bool:
        item = self.stored.get(key)
        if item is None:
            return False
        if item.is_open:
            return item.assignee is not None or self.called_at[key] <= self.now
        age = self.now - item.state_since
        if item.state is IncidentState.REJECTED:
            return age <= DECLINED_FOR
        return item.was_accepted and age <= GRACE


@settings(max_examples=150, deadline=None)
@given(sequences)
def test_each_alarm_that_lasts_calls_and_no_incident_outlives_its_alarms(
    sequence: list[tuple[str, int, int]],
) -> None:
    world = World()
    for action, number, kind in sequence:
        world.act(action, number, kind)
    world.faults.clear()
    world.act("wait", 1, 0)

    assert [item for item in world.stored.values() if item.is_open and not item.is_over] == []
    left = [item.state for item in world.stored.values() if item.is_open]
    assert set(left) <= {IncidentState.HANDLING}
