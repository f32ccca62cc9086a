"""Boxes, cameras, what is wanted and asked of them, as pages and programs see them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path
from pydantic import Field, JsonValue

from api.web.schemas import NO_NUL, Payload, Sha256

NodeId = Annotated[
    str,
    Path(
        pattern=r"^[a-z0-9-]{1,64}\.[a-z0-9-]{1,64}\.[a-z0-9-]{1,64}$",
        description="district.site.node: the box's name with dots",
        examples=["demo.market.box-1"],
    ),
]
CameraName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
DeedName = Literal["ping", "snapshot", "self_test", "restart_camera", "configure"]
ConfigStatusName = Literal["local", "pending", "applied", "partial", "refused", "unmanaged"]
AlarmKindName = Literal[
    "unreachable",
    "camera_offline",
    "seq_gap",
    "clock_skew",
    "drill_overdue",
    "backlog",
    "config_refused",
    "config_unanswered",
    "noisy",
]


class Alarm(Payload):
    """One thing that is amiss in the fleet."""

    kind: AlarmKindName
    node: str
    camera: Annotated[str, Field(description="Empty where it is about the box")]
    since: datetime
    detail: dict[str, JsonValue]


class CameraFigures(Payload):
    """How a camera does, over the time since the health before."""

    fps_in: float | None
    fps_inferred: float | None
    gate_ratio: Annotated[float | None, Field(description="Part that needed no model")]
    lag_s: float | None
    last_frame_age_s: float | None
    reconnects: int


class Camera(Payload):
    """One camera and how it fares."""

    node: str
    name: str
    lon: float | None
    lat: float | None
    area_code: str | None
    site_group: str | None
    state: str
    reason: str
    state_at: Annotated[datetime | None, Field(description="By its box's clock")]
    told_at: Annotated[datetime | None, Field(description="The same, by the centre's clock")]
    proven_at: Annotated[
        datetime | None, Field(description="When an exercise alert of it last came all the way")
    ]
    health: CameraFigures | None


class NodeHealth(Payload):
    """A box's latest word on itself."""

    told_at: Annotated[datetime, Field(description="By its own clock")]
    received_at: datetime
    outbox_rows: int
    outbox_oldest_s: float | None
    upload_files: int | None
    disk_free_mb: float | None
    temperature_c: float | None


class Refused(Payload):
    """A key of a configuration that a box did not obey, and the mend."""

    key: str
    reason: str


class ConfigState(Payload):
    """How the wanted configuration of a box stands."""

    standing: ConfigStatusName
    wanted_rev: int | None
    wanted_at: datetime | None
    rev: Annotated[int, Field(description="What it obeys; 0 for its own file")]
    seen_rev: int
    refused: list[Refused]


class Node(Payload):
    """One edge box, and what you may ask of it."""

    id: Annotated[str, Field(description="The name with dots, for addresses")]
    name: str
    state: str
    state_at: datetime | None
    boot_id: str | None
    software: str
    enrolled_at: datetime
    seen_at: datetime | None
    skew_s: Annotated[float | None, Field(description="How far its clock is ahead of the centre's")]
    health: NodeHealth | None
    config: ConfigState
    alarms: list[Alarm]
    actions: list[DeedName]


class Gap(Payload):
    """Alerts of one boot that never came, though later ones did."""

    boot_id: str
    missing: int
    since: datetime


class NodeDetail(Node):
    """One edge box with its gaps."""

    gaps: list[Gap]


class GiveUp(Payload):
    """Take what is missing for lost, and say why."""

    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=NO_NUL)]


class Config(Payload):
    """One revision of what is wanted of a box."""

    rev: int
    sha256: Sha256
    config: dict[str, JsonValue]
    author: str
    note: str
    at: datetime


class Reported(Payload):
    """What a box says it obeys; logins are left out by the box itself."""

    rev: int
    config: dict[str, JsonValue]
    received_at: datetime


class ConfigDetail(Payload):
    """What is wanted of a box, what it does, and what was wanted before."""

    state: ConfigState
    wanted: Config | None
    reported: Reported | None
    history: Annotated[list[Config], Field(description="The newest first, at most 50")]


class Want(Payload):
    """All that is wanted of a box: the tables of `edge.toml` that may be set from afar."""

    rev: Annotated[
        int, Field(ge=0, le=2**53 - 1, description="The revision you have read; 0 for none")
    ]
    config: dict[str, JsonValue]
    note: Annotated[str, Field(max_length=500, pattern=NO_NUL)] = ""


class AskBox(Payload):
    """Ask a box whether it is there."""

    kind: Literal["ping"]


class AskCamera(Payload):
    """Ask a box to do something now with one of its cameras."""

    kind: Literal["snapshot", "self_test", "restart_camera"]
    camera: CameraName


Ask = Annotated[AskBox | AskCamera, Field(discriminator="kind")]


class TestStep(Payload):
    """One step of a self-test."""

    name: str
    passed: bool
    took_ms: float | None
    reason: str


class Command(Payload):
    """A question to a box, and its answer once there is one."""

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
        Field(description="As the box says; waiting or unanswered while it says nothing"),
    ]
    reason: str
    results: dict[str, float]
    steps: list[TestStep]
    snapshot: Annotated[Sha256 | None, Field(description="Its name under /v1/evidence")]
    snapshot_available: bool
