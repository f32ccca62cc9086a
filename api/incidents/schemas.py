"""HTTP requests and responses of incidents."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from api.accuracy.score import Decision
from api.accuracy.store import VerdictStage, VerdictValue
from api.accuracy.verdicts.model import VerdictSource
from api.areas.schemas import Area
from api.incidents.actions.options import ActionWarning, AddresseeKind
from api.incidents.clocks import NextStep, ResponsibleKind
from api.incidents.lifecycle import Action, IncidentState, OrderState
from api.incidents.model import DeadlineKind, IncidentClass
from api.incidents.workflow_progress import StepStatus, WorkflowStep
from api.notify.model import NotificationState
from api.web.schemas import DisplayNames, Fraction, Location, Payload, Sha256, Text
from pipeline.signal import Level

Boxes = list[tuple[float, float, float, float]]


class Picture(Payload):
    """The snapshot of an incident's lead alert."""

    sha256: Sha256
    available: Annotated[bool, Field(description="Whether it has arrived and can be fetched")]


class HoldRequirement(Payload):
    """How long a signal had to last before the alert was opened."""

    duration_s: Annotated[float, Field(description="Length of the time window")]
    min_share: Annotated[Fraction, Field(description="Required share of frames with a signal")]


class Step(Payload):
    """One step of the calculation that led to an alert."""

    step: str
    taken: Annotated[float, Field(description="Value before the step")]
    given: Annotated[float, Field(description="Value after this step")]
    reason: str
    labels: Annotated[
        list[str], Field(description="detect: labels that the model was asked to detect")
    ]
    measures: Annotated[
        dict[str, float], Field(description="rule: measures, the unit is in the name")
    ]
    hold: Annotated[HoldRequirement | None, Field(description="hold: what was required")]


class PictureZone(Payload):
    """A zone of the scenario."""

    name: str
    title: Annotated[str, Field(description="Display name; the key if there is none")]
    points: Annotated[
        list[tuple[float, float]], Field(description="Corners; a line has two. Fractions")
    ]


class PictureObject(Payload):
    """An object in the picture."""

    box: Annotated[tuple[float, float, float, float], Field(description="x, y, w, h as fractions")]
    role: Annotated[
        Literal["counted", "other"],
        Field(description="counted by the rule, or another one that the scenario watches for"),
    ]
    label: Annotated[str, Field(description="Code; empty for what no model detects")]
    visible: Annotated[
        bool, Field(description="false: not detected in this frame; where it was expected")
    ]


class PictureContent(Payload):
    """What the picture shows, all of one frame."""

    taken_at: datetime
    because: Annotated[Text, Field(description="The reason at that moment")]
    measures: Annotated[dict[str, float], Field(description="At that moment")]
    explain: Annotated[list[Step], Field(description="The steps that led to it")]
    zones: Annotated[list[PictureZone], Field(description="Empty if it is the whole frame")]
    objects: list[PictureObject]


class DetailedPicture(Picture):
    """The snapshot of an incident's lead alert, and what it shows."""

    content: Annotated[
        PictureContent | None, Field(description="null: the node does not say what it shows")
    ]


class OrderBrief(Payload):
    """The newest work order of an incident, in brief."""

    id: UUID
    state: OrderState
    step: int
    assignee: str | None
    due_at: datetime | None
    overdue: bool


class Responsible(Payload):
    """Who has to act on an open incident."""

    kind: ResponsibleKind
    account: Annotated[str | None, Field(description="The person; null for a post or a desk")]
    area_code: Annotated[str | None, Field(description="Null is the whole city")]


class ActionOption(Payload):
    """An action that you may take now, and what it needs."""

    action: Action
    needs_reason: Annotated[bool, Field(description="A code of `reasons`, or free text")]
    reasons: Annotated[list[str], Field(description="Codes, in the order to show")]
    needs_photo: Annotated[bool, Field(description="At least one, taken for this order")]
    max_days: Annotated[int | None, Field(description="How far its end may lie ahead")]
    suppress_for_s: Annotated[
        list[int], Field(description="How long this camera and scenario may call nobody")
    ]
    addressees: Annotated[list[AddresseeKind], Field(description="Whom to choose from")]
    levels: list[Level]
    verdicts: Annotated[list[VerdictValue], Field(description="May be sent with it")]
    warnings: Annotated[
        list[ActionWarning], Field(description="409 with this code until it is accepted")
    ]
    within_s: Annotated[
        float | None, Field(description="How much longer it may be taken; null without a limit")
    ]


class CancelProposal(Payload):
    """Somebody proposes to cancel the incident; another person may agree."""

    account: str
    reason: str
    at: datetime
    expires_at: datetime


class IncidentRow(Payload):
    """An incident as a row of a list."""

    id: UUID
    state: IncidentState
    incident_class: Annotated[
        IncidentClass, Field(description="equipment: about a node, a camera or the roster")
    ]
    scenario: Annotated[str, Field(description="Of an equipment incident: what is wrong")]
    title: Text
    level: Level
    probability: Annotated[Fraction, Field(description="That the incident is true")]
    decision: Decision
    late: bool
    exercise: bool
    node: str
    camera: str
    zone: str
    names: DisplayNames
    area: Area | None
    because: Annotated[Text, Field(description="The reason, at the moment of the picture")]
    n_alerts: int
    first_at: datetime
    last_at: datetime
    created_at: datetime
    happening_over: bool
    responsible: Responsible | None
    next_step: Annotated[
        NextStep | None, Field(description="What the responsible party has to do by `due_at`")
    ]
    due_at: Annotated[datetime | None, Field(description="The current deadline")]
    due_kind: Annotated[DeadlineKind | None, Field(description="What is due at `due_at`")]
    overdue: Annotated[bool, Field(description="The current deadline has passed")]
    nobody_on_duty: Annotated[
        bool, Field(description="It waits for somebody on duty; none was found so far")
    ]
    root: Annotated[UUID | None, Field(description="The incident that it was merged into")]
    snapshot: Picture | None
    boxes: Annotated[Boxes, Field(description="x, y, w, h as fractions of the frame")]
    actions: Annotated[list[Action], Field(description="What you may do with it now")]
    version: int
    order: OrderBrief | None


class Incident(IncidentRow):
    """An incident."""

    snapshot: DetailedPicture | None
    lead_alert: Annotated[
        UUID | None, Field(description="The alert that stands for it: its words, its picture")
    ]
    latest: Annotated[Text, Field(description="The reason as last reported")]
    location: Location | None
    measures: Annotated[dict[str, float], Field(description="As last reported")]
    review_due_at: datetime | None
    merge_reason: Annotated[
        dict[str, object], Field(description="Why, as the code `reason` with its parameters")
    ]
    recurrence_of: Annotated[
        UUID | None, Field(description="The incident after which it happened again")
    ]
    suppression: Annotated[UUID | None, Field(description="What withholds its call")]
    action_options: Annotated[list[ActionOption], Field(description="What each of them needs")]
    cancel_proposal: CancelProposal | None


class WorkflowItem(Payload):
    """One of the six workflow steps of an incident."""

    step: WorkflowStep
    status: Annotated[
        StepStatus, Field(description="ended: the incident left the workflow in this step")
    ]
    completed_at: datetime | None
    completed_by: Annotated[str | None, Field(description="An account, or `system`")]


class EvidenceItem(Payload):
    """A picture or clip, and whether it is stored."""

    sha256: Sha256
    kind: Literal["snapshot", "clip"]
    media_type: str
    bytes: int
    redacted: bool
    status: Literal["pending", "uploaded", "shed"]
    available: bool


class AlertItem(Payload):
    """An alert of an incident, in its newest revision."""

    alert_id: UUID
    rev: int
    how: Annotated[str, Field(description="How it came to the incident")]
    why: str
    level: Level
    score: Fraction
    opened_at: datetime
    observed_at: datetime
    closed_at: datetime | None
    because: Text
    explain: list[Step]
    boxes: Boxes
    evidence: list[EvidenceItem]
    late: bool


class HistoryItem(Payload):
    """An entry of the audit log."""

    at: datetime
    actor: str
    action: str
    from_state: str | None
    to_state: str | None
    reason: str
    detail: dict[str, object]


class NotificationItem(Payload):
    """A notification to one person, or to the group of a chat robot."""

    account: Annotated[str, Field(description="Name of the account or of the robot")]
    channel: str
    state: NotificationState
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    acknowledged_at: Annotated[
        datetime | None, Field(description="When the person acted on the incident")
    ]
    error: str


class VerdictItem(Payload):
    """A verdict on the incident."""

    value: VerdictValue
    stage: VerdictStage
    source: Annotated[VerdictSource, Field(description="The strongest one that is sure decides")]
    is_blind: Annotated[bool, Field(description="Given without sight of score and verdicts")]
    reason: str
    actor: str
    at: datetime


class OrderItem(Payload):
    """A work order of an incident, without the incident."""

    id: UUID
    state: OrderState
    step: int
    assignee: str | None
    area: Area | None
    dispatched_at: datetime
    accepted_at: datetime | None
    handled_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    overdue: bool
    actions: list[Action]
    action_options: list[ActionOption]
    rework_reason: Annotated[str, Field(description="Why the work was not accepted, or empty")]
    version: int
    note: Annotated[str, Field(description="From the field report")]
    photos: list[Sha256]
    found: bool | None


class FieldRecordItem(Payload):
    """What a worker recorded without a network, and the centre has refused since."""

    id: UUID
    order: UUID
    account: str
    action: Annotated[Action, Field(description="What the worker wanted to do with the order")]
    refused_as: Annotated[str, Field(description="Code of the refusal")]
    note: str
    found: bool | None
    photos: list[Sha256]
    recorded_at: Annotated[datetime, Field(description="By the clock of the phone")]
    at: datetime


class Related(Payload):
    """Another incident that is, or may be, the same matter."""

    incident: UUID
    reason: Annotated[
        dict[str, object], Field(description="Why, as the code `reason` with its parameters")
    ]


class IncidentDetail(Incident):
    """An incident with everything known of it; its alerts include those of its children."""

    alerts: list[AlertItem]
    history: list[HistoryItem]
    orders: list[OrderItem]
    notifications: list[NotificationItem]
    verdicts: list[VerdictItem]
    field_records: list[FieldRecordItem]
    reasons: Annotated[list[Text], Field(description="Where the probability comes from")]
    workflow: Annotated[list[WorkflowItem], Field(description="The six steps, in order")]
    children: Annotated[list[Related], Field(description="Merged into it; each can be split off")]
    suggestions: Annotated[list[Related], Field(description="Perhaps the same matter: merge?")]
    evidence_deleted_at: Annotated[
        datetime | None,
        Field(description="When pictures were deleted: their term was over, or a person asked"),
    ] = None
