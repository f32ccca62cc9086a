"""Requests and answers about legal holds and erasure requests."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from api.web.schemas import NO_NUL, Payload

Words = Annotated[str, Field(min_length=1, max_length=500, pattern=NO_NUL)]
AreaCode = Annotated[
    str, Field(pattern=r"^([0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}|[0-9]{15}|[0-9]{18})$")
]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]


class HoldTarget(Payload):
    """One incident, or the incidents of an area or a camera that were opened in a time."""

    incident: UUID | None = None
    area_code: AreaCode | None = None
    node: Name | None = None
    camera: Name | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        is_group = self.area_code is not None or self.camera is not None
        if (self.incident is not None) == is_group:
            raise ValueError("name an incident, or an area or a camera")
        if (self.node is None) != (self.camera is None):
            raise ValueError("name a camera with its node")
        if is_group and (self.since is None or self.until is None or self.since >= self.until):
            raise ValueError("name the time: since, and a later until")
        return self


class HoldRequest(Payload):
    """A new hold."""

    target: HoldTarget
    reason: Words
    authority: Annotated[Words, Field(description="Who demands it, with the number of the file")]
    review_at: Annotated[
        AwareDatetime, Field(description="When it is decided whether it is still needed")
    ]


class LegalHold(Payload):
    """A hold."""

    id: UUID
    target: HoldTarget
    reason: str
    authority: str
    placed_by: str
    placed_at: datetime
    review_at: datetime
    released_by: str | None
    released_at: datetime | None
    release_reason: str


class Release(Payload):
    """Why a hold ends."""

    reason: Words


class Extension(Payload):
    """When a hold is reviewed next."""

    review_at: AwareDatetime


class NewErasureRequest(Payload):
    """A person asks that the pictures of incidents be erased."""

    reference: Annotated[Words, Field(description="Number of the letter; no name of a person")]
    reason: Words
    incidents: Annotated[list[UUID], Field(min_length=1, max_length=100)]


class ErasureDecision(Payload):
    """Grant a request, which deletes the pictures for good, or refuse it."""

    decision: Literal["granted", "refused"]
    reason: Words


class ErasureRequest(Payload):
    """An erasure request."""

    id: UUID
    reference: str
    reason: str
    incidents: list[UUID]
    recorded_by: str
    recorded_at: datetime
    due_at: datetime
    decision: Literal["granted", "refused"] | None
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str
    n_erased: Annotated[int, Field(description="Pictures and clips that were erased")]
