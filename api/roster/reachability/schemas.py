"""Reachability in HTTP answers."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.accounts.store import Role
from api.notify.model import ChannelKind, RobotKind
from api.roster.reachability.model import ReachReason
from api.web.schemas import Payload
from pipeline.signal import Level


class ReachChannel(Payload):
    """A channel of a person beside the app."""

    kind: ChannelKind
    enabled: bool
    tested_at: Annotated[datetime | None, Field(description="When a receipt last came back")]
    failed_at: Annotated[datetime | None, Field(description="When a message was given up")]
    devices: Annotated[int, Field(description="For push: how many browsers are registered")]


class Reach(Payload):
    """Whether a person can be reached now."""

    account: str
    role: Role
    duty: Annotated[list[str], Field(description="Codes of areas; empty for the desk")]
    places: Annotated[list[str], Field(description="Names of these areas, or of the desk's area")]
    reachable: bool
    reason: ReachReason
    online_since: Annotated[datetime | None, Field(description="Null: no page is open")]
    last_online_at: Annotated[datetime | None, Field(description="When the last page was closed")]
    quiet: Annotated[
        bool, Field(description="Quiet hours run: only what is critical arrives at once")
    ]
    channels: list[ReachChannel]


class ReachRobot(Payload):
    """A robot that posts to the group of an area; it makes nobody reachable."""

    name: str
    kind: RobotKind
    area: str
    area_path: list[str]
    min_level: Level
    enabled: bool
    failed_at: Annotated[datetime | None, Field(description="When a message was given up")]


class AreaReach(Payload):
    """An area with people on duty."""

    area: str
    area_path: list[str]
    on_duty: int
    reachable: int


class Reachability(Payload):
    """Who can be reached now in an area, and where nobody can."""

    area: str
    at: datetime
    people: Annotated[
        list[Reach],
        Field(description="On duty or at the desk; unreachable first; at most 300"),
    ]
    total: int
    reachable: int
    areas: Annotated[
        list[AreaReach],
        Field(
            description="Areas with people on duty; those with nobody reachable first; at most 200"
        ),
    ]
    robots: list[ReachRobot]
    unreachable_areas: Annotated[
        int, Field(description="Areas in which somebody is on duty and nobody can be reached")
    ]
