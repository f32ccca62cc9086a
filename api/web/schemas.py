"""What several routes answer with: words, places, pictures, pages."""

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")

NO_NUL = r"^[^\x00]*$"
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Version = Annotated[int, Field(ge=1, le=2**53 - 1, description="As read; a newer one is refused")]
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
    """What goes over the wire: no unknown fields in, none out."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Payload):
    """The same words in Chinese and in English."""

    zh: str
    en: str


class Location(Payload):
    """WGS-84 degrees."""

    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]


class Area(Payload):
    """A place of the grid."""

    code: str
    name: str
    level: AreaLevelName
    path: Annotated[list[str], Field(description="Names from the city down to this one")] = []


class Picture(Payload):
    """The snapshot that stands for an incident."""

    sha256: Sha256
    available: Annotated[bool, Field(description="Has arrived and can be fetched")]


class OrderBrief(Payload):
    """An incident's newest order in one line."""

    id: UUID
    state: OrderStateName
    step: int
    assignee: str | None
    due_at: datetime | None
    overdue: bool


class Page(Payload, Generic[Item]):
    """One page; ``next`` is the cursor of the following one."""

    items: list[Item]
    next: str | None = None
