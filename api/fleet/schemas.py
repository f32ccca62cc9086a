"""Request and response schemas of nodes, cameras, configurations and commands."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path
from pydantic import Field, JsonValue, computed_field

from api.fleet.health_rules import AlarmKind
from api.fleet.node_condition import Condition, ProblemCode
from api.web.schemas import NO_NUL, DisplayNames, Payload, Sha256

NodeId = Annotated[
    str,
    Path(
        pattern=r"^[a-z0-9-]{1,64}\.[a-z0-9-]{1,64}\.[a-z0-9-]{1,64}$",
        description="Name of the node with dots: district.site.node",
        examples=["demo.market.box-1"],
    ),
]
DEPRECATED: dict[str, JsonValue] = {"deprecated": True}
"""Marks a former name in the schema; it is sent beside the new one for one version."""

CameraName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
ActionName = Literal["ping", "snapshot", "self_test", "restart_camera", "configure"]
ConfigStatusName = Literal["local", "pending", "applied", "partial", "refused", "unmanaged"]


class Alarm(Payload):
    """An open fleet alarm."""

    kind: AlarmKind
    node: str
    camera: Annotated[str, Field(description="Empty if the alarm is about the node")]
    names: DisplayNames
    since: datetime
    detail: dict[str, JsonValue]


class CameraStats(Payload):
    """Statistics of a camera since the previous health report."""

    fps_in: float | None
    fps_inferred: float | None
    gate_ratio: Annotated[
        float | None, Field(description="Share of frames that needed no inference, 0 to 1")
    ]
    lag_s: float | None
    last_frame_age_s: float | None
    reconnects: int
    moving_objects: Annotated[int, Field(description="Objects that moved within the last hour")]
    unexplained_share: Annotated[
        float | None, Field(description="Share of them that the detector did not see, 0 to 1")
    ]
    blind_cause: Annotated[
        str, Field(description="Why it misses most of them, as a code; empty unless it does")
    ]
    unexplained_by_hour: Annotated[
        dict[str, float], Field(description="The share for each hour of the day in UTC, 00 to 23")
    ]
    learning_zones: Annotated[
        dict[str, float],
        Field(description="Zones that are not known yet, with the share known, 0 to 1"),
    ]


class Camera(Payload):
    """A camera, its state and statistics."""

    node: str
    name: str
    title: Annotated[str, Field(description="Display name; the key if there is none")]
    address: Annotated[str, Field(description="Where it is; empty if nobody has said")]
    lon: float | None
    lat: float | None
    area_code: str | None
    site_group: str | None
    state: str
    reason: str
    reason_codes: Annotated[
        list[str], Field(description="The reason as codes, a cause after its effect, if known")
    ]
    state_at: Annotated[
        datetime | None, Field(description="When the state changed, by the node's clock")
    ]
    reported_at: Annotated[
        datetime | None, Field(description="When it was reported, by the centre's clock")
    ]
    drill_passed_at: Annotated[
        datetime | None, Field(description="When a drill alert of it last arrived")
    ]
    health: CameraStats | None

    @computed_field(description="Former name of reported_at", json_schema_extra=DEPRECATED)
    def told_at(self) -> datetime | None:
        """Return ``reported_at``."""
        return self.reported_at

    @computed_field(description="Former name of drill_passed_at", json_schema_extra=DEPRECATED)
    def proven_at(self) -> datetime | None:
        """Return ``drill_passed_at``."""
        return self.drill_passed_at


class NodeHealth(Payload):
    """The newest health report of a node."""

    measured_at: Annotated[datetime, Field(description="By the node's clock")]
    received_at: datetime
    outbox_rows: int
    outbox_oldest_s: float | None
    upload_files: int | None
    disk_free_mb: float | None
    temperature_c: float | None

    @computed_field(description="Former name of measured_at", json_schema_extra=DEPRECATED)
    def told_at(self) -> datetime:
        """Return ``measured_at``."""
        return self.measured_at


class Reason(Payload):
    """Why a node refused or failed something: for logs as text, for pages as code."""

    reason: str
    reason_code: Annotated[
        str | None, Field(description="Code of the reason; null from a node of an older version")
    ]
    reason_params: Annotated[dict[str, str], Field(description="Parameters of the code")]


class RefusedKey(Reason):
    """A key of a configuration that a node refused, and why."""

    key: str


class ConfigState(Payload):
    """How far a node has applied its desired configuration."""

    status: ConfigStatusName
    desired_rev: int | None
    desired_at: datetime | None
    rev: Annotated[int, Field(description="The revision it runs; 0 for its local file")]
    seen_rev: int
    refused: list[RefusedKey]

    @computed_field(description="Former name of status", json_schema_extra=DEPRECATED)
    def standing(self) -> ConfigStatusName:
        """Return ``status``."""
        return self.status

    @computed_field(description="Former name of desired_rev", json_schema_extra=DEPRECATED)
    def wanted_rev(self) -> int | None:
        """Return ``desired_rev``."""
        return self.desired_rev

    @computed_field(description="Former name of desired_at", json_schema_extra=DEPRECATED)
    def wanted_at(self) -> datetime | None:
        """Return ``desired_at``."""
        return self.desired_at


class NodeProblem(Payload):
    """Something that is not right just now."""

    code: Annotated[
        ProblemCode | AlarmKind,
        Field(description="The code of an open alarm is its kind"),
    ]
    condition: Condition
    camera: Annotated[str, Field(description="Empty if it is about the node")]
    camera_title: Annotated[str, Field(description="Display name of the camera")]
    detail: Annotated[dict[str, JsonValue], Field(description="Figures; units are in the names")]
    reasons: Annotated[
        list[str], Field(description="The reason as codes, a cause after its effect, if known")
    ]


class Node(Payload):
    """A node, and the actions you may take on it."""

    id: Annotated[str, Field(description="The name with dots, for paths")]
    name: str
    title: Annotated[str, Field(description="Display name; the key if there is none")]
    address: Annotated[str, Field(description="Where it is; empty if nobody has said")]
    state: str
    state_at: datetime | None
    boot_id: str | None
    software: str
    enrolled_at: datetime
    seen_at: datetime | None
    condition: Annotated[Condition, Field(description="The worst of its parts")]
    problems: Annotated[list[NodeProblem], Field(description="The worst first; empty: all is well")]
    skew_s: Annotated[float | None, Field(description="How far its clock is ahead of the centre's")]
    health: NodeHealth | None
    config: ConfigState
    alarms: list[Alarm]
    actions: list[ActionName]


class Gap(Payload):
    """Alerts of one boot that have not arrived, although later ones have."""

    boot_id: str
    missing: int
    since: datetime


class NodeDetail(Node):
    """A node with its sequence gaps."""

    gaps: list[Gap]


class GapLossReport(Payload):
    """Why the missing alerts are marked as lost."""

    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=NO_NUL)]


class Config(Payload):
    """One revision of the desired configuration of a node."""

    rev: int
    sha256: Sha256
    config: dict[str, JsonValue]
    author: str
    note: str
    at: datetime


class Reported(Payload):
    """The configuration that a node runs; the node leaves out camera logins."""

    rev: int
    config: dict[str, JsonValue]
    received_at: datetime


class ConfigDetail(Payload):
    """The desired and the reported configuration of a node, and earlier revisions."""

    state: ConfigState
    desired: Config | None
    reported: Reported | None
    history: Annotated[list[Config], Field(description="Newest first, at most 50")]

    @computed_field(description="Former name of desired", json_schema_extra=DEPRECATED)
    def wanted(self) -> Config | None:
        """Return ``desired``."""
        return self.desired


class ConfigUpdate(Payload):
    """A complete configuration: the tables of `edge.toml` that may be set remotely."""

    rev: Annotated[
        int, Field(ge=0, le=2**53 - 1, description="The revision that was read; 0 for none")
    ]
    config: dict[str, JsonValue]
    note: Annotated[str, Field(max_length=500, pattern=NO_NUL)] = ""


class NodeCommandRequest(Payload):
    """A command to a node."""

    kind: Literal["ping"]


class CameraCommandRequest(Payload):
    """A command that applies to one camera of a node."""

    kind: Literal["snapshot", "self_test", "restart_camera"]
    camera: CameraName


CommandRequest = Annotated[NodeCommandRequest | CameraCommandRequest, Field(discriminator="kind")]


class SelfTestStep(Reason):
    """One step of a self-test."""

    name: str
    passed: bool
    took_ms: float | None


class Command(Reason):
    """A command to a node, and its reply once there is one."""

    id: UUID
    node: str
    kind: str
    camera: str | None
    author: str
    at: datetime
    expires_at: datetime
    sent_at: datetime | None
    replied_at: datetime | None
    state: Annotated[
        Literal["waiting", "done", "failed", "refused", "expired", "unanswered"],
        Field(description="From the reply; waiting or unanswered without one"),
    ]
    results: dict[str, float]
    steps: list[SelfTestStep]
    snapshot: Annotated[Sha256 | None, Field(description="Its name under /v1/evidence")]
    snapshot_available: bool
