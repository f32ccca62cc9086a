"""Request and response schemas that several features share."""

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")

NO_NUL = r"^[^\x00]*$"
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Version = Annotated[
    int, Field(ge=1, le=2**53 - 1, description="As read; refused with 409 if it has changed since")
]
Reason = Annotated[str, Field(max_length=500, pattern=NO_NUL)]
Fraction = Annotated[float, Field(ge=0, le=1)]
LevelName = Literal["info", "minor", "major", "critical"]
StateName = Literal[
    "new",
    "stored",
    "filed",
    "dispatched",
    "accepted",
    "handling",
    "feedback",
    "verifying",
    "closed",
    "archived",
    "evaluated",
    "rejected",
    "merged",
    "suspended",
    "cancelled",
]
OrderStateName = Literal[
    "dispatched",
    "accepted",
    "handling",
    "feedback",
    "verifying",
    "closed",
    "returned",
    "suspended",
    "cancelled",
]
ActionName = Literal["confirm", "reject", "accept", "start", "report", "return", "verify", "rework"]
AreaLevelName = Literal["city", "district", "street", "community", "grid", "micro_grid"]
RoleName = Literal["operator", "supervisor", "worker", "author", "auditor", "admin"]


class Payload(BaseModel):
    """Base class of all schemas; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Payload):
    """A text in Chinese and English."""

    zh: str
    en: str


class Location(Payload):
    """A location in WGS-84 degrees."""

    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]


class Area(Payload):
    """An area of the grid."""

    code: str
    name: str
    level: AreaLevelName
    path: Annotated[list[str], Field(description="Area names from the city down to this area")] = []


class Picture(Payload):
    """The snapshot of an incident's lead alert."""

    sha256: Sha256
    available: Annotated[bool, Field(description="Whether it has arrived and can be fetched")]


class OrderBrief(Payload):
    """The newest work order of an incident, in brief."""

    id: UUID
    state: OrderStateName
    step: int
    assignee: str | None
    due_at: datetime | None
    overdue: bool


class Page(Payload, Generic[Item]):
    """One page of a list; ``next`` is the cursor of the next page."""

    items: list[Item]
    next: str | None = None
