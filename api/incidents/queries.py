"""Read incidents as one account may see them."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.accuracy.score import Decision
from api.areas.hierarchy import AreaRecord
from api.areas.store import to_area
from api.incidents.actions.facts import ActionFacts, actor_at
from api.incidents.actors import ActorContext
from api.incidents.clocks import NextStep, ResponsibleKind
from api.incidents.lifecycle import IncidentState, OrderState
from api.incidents.model import Deadline, DeadlineKind, IncidentClass
from pipeline.signal import Level
from pipeline.text import Text
from pipeline.wire import AlertData

STATES_WITHOUT_DEADLINE = frozenset(
    {OrderState.CLOSED, OrderState.RETURNED, OrderState.CANCELLED, OrderState.SUSPENDED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSummary:
    """The newest order of an incident.

    Args:
        handler: Id of the account of ``assignee``.
    """

    id: UUID
    state: OrderState
    step: int
    assignee: str | None
    handler: int | None
    area_code: str
    due_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether somebody has to act on it."""
        return self.state not in {OrderState.CLOSED, OrderState.RETURNED, OrderState.CANCELLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsibleParty:
    """Who has to act on an open incident.

    Args:
        account: Name of the person; ``None`` for a post or a desk.
        area_code: ``None`` is the whole city.
    """

    kind: ResponsibleKind
    account: str | None
    area_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRecord:
    """An incident with its lead alert.

    Args:
        incident_class: Of an incident about equipment there is no alert, as a rule.
        names: Display names of node, camera and zone, and the address.
        lead: The alert whose picture stands for the incident; ``None`` if no alert opened it.
        message: What happened, in the words of the lead alert, unless it has words of its own.
        root: The incident that it was merged into.
        merge_reason: Why, as a code with parameters.
        recurrence_of: The incident after which it happened again.
        suppression: What withholds its call.
        snapshot: SHA-256 of the picture.
        account: Id of the account that asks.
        actor: What that account is to this incident; ``actor_at`` also says what it may do now.
    """

    id: UUID
    state: IncidentState
    incident_class: IncidentClass
    scenario: str
    level: Level
    score: float
    probability: float
    decision: Decision
    exercise: bool
    node: str
    camera: str
    zone: str
    names: dict[str, str]
    area: AreaRecord | None
    lon: float | None
    lat: float | None
    n_alerts: int
    first_at: datetime
    last_at: datetime
    is_over: bool
    due_at: datetime | None
    next_step: NextStep | None
    clock_step: int
    responsible: ResponsibleParty | None
    created_at: datetime
    version: int
    lead: AlertData | None
    message: Text
    root: UUID | None
    merge_reason: dict[str, object]
    recurrence_of: UUID | None
    suppression: UUID | None
    snapshot: str | None
    snapshot_is_here: bool
    order: OrderSummary | None
    facts: ActionFacts
    account: int
    actor: ActorContext

    def actor_at(self, now: datetime) -> ActorContext:
        """Return what the account is to this incident now."""
        return actor_at(self.actor, self.facts, self.state, account=self.account, now=now)

    @property
    def deadline(self) -> Deadline | None:
        """The current deadline, of its review or of its open order; ``None`` if there is none."""
        if self.due_at is None or self.next_step in {None, NextStep.ARCHIVE, NextStep.RESUME}:
            return None
        is_review = self.next_step is NextStep.REVIEW
        kind = DeadlineKind.REVIEW if is_review else DeadlineKind.WORK_ORDER
        return Deadline(kind=kind, due_at=self.due_at)

    @property
    def has_nobody_on_duty(self) -> bool:
        """Whether it was to be dispatched, and there was nobody to dispatch it to."""
        return self.state is IncidentState.FILED and self.clock_step > 0

    def is_overdue(self, now: datetime) -> bool:
        """Return whether the current deadline has passed."""
        return self.deadline is not None and self.deadline.due_at < now


def is_overdue(order_state: OrderState, due_at: datetime | None, now: datetime) -> bool:
    """Return whether an order is past its deadline; a closed order never is."""
    return order_state not in STATES_WITHOUT_DEADLINE and due_at is not None and due_at < now


VISIBLE = """(
    (:is_desk AND ((:sees_unplaced AND i.area_code IS NULL)
                  OR (i.area_code >= :area AND i.area_code < :area || ':')))
    OR EXISTS (SELECT FROM notification n WHERE n.incident = i.id AND n.account = :account_id))"""
"""Condition on incident ``i``, with the parameters of ``visibility``: a desk sees the incidents
of its area, a worker those they were notified of."""

IS_ASKED = """EXISTS (
    SELECT FROM notification n WHERE n.incident = i.id AND n.account = :account_id
      AND n.kind IN ('escalation', 'nobody_on_duty'))"""
"""Whether the account was asked to help with incident ``i``, as nobody else has answered; it may
then decide like the desk, whatever its role and area."""
IS_HELPER = """EXISTS (SELECT FROM order_helper o
                WHERE o.work_order = w.id AND o.account = :account_id)"""
"""Condition on work order ``w``: the account was added to it."""
IS_REVIEWED = """coalesce((SELECT v.value <> 'withdrawn' FROM verdict v
                  WHERE v.incident = i.id AND v.stage = 'review'
                  ORDER BY v.at DESC, v.id DESC LIMIT 1), false)"""
"""Condition on incident ``i``: a desk has reviewed it, and has not taken that back."""

_SELECT = f"""
    SELECT i.*, l.data AS lead, s.sha256 AS snapshot,
        EXISTS (SELECT FROM evidence e WHERE e.sha256 = s.sha256) AS snapshot_is_here,
        r.name AS area_name, r.level AS area_level, area_path(i.area_code) AS area_path,
        display_names(i.node, i.camera, i.zone) AS names,
        w.id AS order_id, w.state AS order_state, w.step AS order_step,
        w.area_code AS order_area, w.due_at AS order_due_at, w.assignee,
        h.name AS assignee_name, p.name AS responsible_name, q.name AS cancel_proposer,
        EXISTS (SELECT FROM notification n
                WHERE n.work_order = w.id AND n.account = :account_id) AS is_addressed,
        {IS_HELPER} AS is_helper, {IS_REVIEWED} AS is_reviewed, {IS_ASKED} AS is_asked
    FROM incident i
    LEFT JOIN alert l ON l.alert_id = i.lead_alert
    LEFT JOIN area r ON r.code = i.area_code
    LEFT JOIN LATERAL (SELECT * FROM work_order o WHERE o.incident = i.id
                       ORDER BY o.is_open DESC, o.dispatched_at DESC, o.id DESC LIMIT 1) w ON true
    LEFT JOIN account h ON h.id = w.assignee
    LEFT JOIN account p ON p.id = i.responsible_account
    LEFT JOIN account q ON q.id = i.cancel_proposed_by
    LEFT JOIN LATERAL (SELECT e ->> 'sha256' AS sha256
                       FROM jsonb_array_elements(l.data -> 'evidence') e
                       WHERE e ->> 'kind' = 'snapshot' LIMIT 1) s ON true
"""
_BY_IDS = text(f"{_SELECT} WHERE i.id = ANY (CAST(:ids AS uuid[])) AND {VISIBLE}")


def visibility(account: Account) -> dict[str, object]:
    """Return the parameters of ``VISIBLE`` for an account."""
    return {
        "account_id": account.id,
        "area": account.area_code,
        "is_desk": account.reads_area,
        "sees_unplaced": account.sees_unplaced,
    }


async def get_incident(
    connection: AsyncConnection, incident: UUID, account: Account
) -> IncidentRecord | None:
    """Return an incident, or ``None`` if the account may not see it."""
    return (await get_incidents(connection, [incident], account)).get(incident)


async def get_incidents(
    connection: AsyncConnection, ids: list[UUID], account: Account
) -> dict[UUID, IncidentRecord]:
    """Return those of the incidents that the account may see, by id."""
    rows = await connection.execute(_BY_IDS, {"ids": ids, **visibility(account)})
    return {row["id"]: _record(row, account) for row in rows.mappings()}


_COPIED = frozenset(IncidentRecord.__slots__) - {
    "state",
    "incident_class",
    "level",
    "decision",
    "area",
    "lead",
    "message",
    "next_step",
    "responsible",
    "order",
    "facts",
    "account",
    "actor",
}
_FACTS = frozenset(ActionFacts.__slots__) - {"reviewed_from", "previous_state"}


def _message(row: RowMapping, lead: AlertData | None) -> Text:
    """Return the words of an incident, else those of its lead alert; one of them exists."""
    if lead is not None and row["message"] is None:
        return lead.message
    return msgspec.convert(row["message"], Text)


def _record(row: RowMapping, account: Account) -> IncidentRecord:
    lead = msgspec.convert(row["lead"], AlertData) if row["lead"] else None
    return IncidentRecord(
        **{name: row[name] for name in _COPIED},
        state=IncidentState(row["state"]),
        incident_class=IncidentClass(row["class"]),
        level=Level(row["level"]),
        decision=Decision(row["decision"]),
        area=to_area(row),
        lead=lead,
        message=_message(row, lead),
        next_step=NextStep(row["next_step"]) if row["next_step"] else None,
        responsible=_responsible(row),
        order=_order_summary(row),
        facts=_facts(row),
        account=account.id,
        actor=replace(
            to_actor(row, account, row["area_code"]), is_desk_matter=_is_desk_matter(row)
        ),
    )


def _is_desk_matter(row: RowMapping) -> bool:
    """An incident about equipment is filed at once, unless only the desk can settle it."""
    incident_class, decision = IncidentClass(row["class"]), Decision(row["decision"])
    return incident_class is IncidentClass.EQUIPMENT and decision is Decision.REVIEW


def to_actor(row: RowMapping, account: Account, area: str | None) -> ActorContext:
    """Return what an account is to an incident of an area, and to its newest order."""
    return ActorContext(
        is_desk=account.is_desk_of(area) or row["is_asked"],
        is_supervisor=account.is_supervisor_of(area),
        is_addressed=row["is_addressed"],
        is_handler=row["assignee"] == account.id,
        is_helper=row["is_helper"],
        is_reviewed=row["is_reviewed"],
    )


def _facts(row: RowMapping) -> ActionFacts:
    before, previous = row["reviewed_from"], row["previous_state"]
    return ActionFacts(
        **{name: row[name] for name in _FACTS},
        reviewed_from=IncidentState(before) if before else None,
        previous_state=IncidentState(previous) if previous else None,
    )


def _responsible(row: RowMapping) -> ResponsibleParty | None:
    if row["responsible_kind"] is None:
        return None
    return ResponsibleParty(
        kind=ResponsibleKind(row["responsible_kind"]),
        account=row["responsible_name"],
        area_code=row["responsible_area"],
    )


def _order_summary(row: RowMapping) -> OrderSummary | None:
    if row["order_id"] is None:
        return None
    return OrderSummary(
        id=row["order_id"],
        state=OrderState(row["order_state"]),
        step=row["order_step"],
        assignee=row["assignee_name"],
        handler=row["assignee"],
        area_code=row["order_area"],
        due_at=row["order_due_at"],
    )
