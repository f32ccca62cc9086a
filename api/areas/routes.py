"""Places, who is on duty there, and what could not be read."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, Field

from api.accounts.dependencies import Context, DeskContext
from api.errors import NotFoundError
from api.incidents import presenters
from api.ingest import quarantine as kept
from api.roster import on_duty as duty
from api.roster import store as places
from api.web import pagination
from api.web.problems import problem_responses
from api.web.schemas import Area, Page, Payload

router = APIRouter(prefix="/v1", tags=["places"])


class OnDuty(Payload):
    """Somebody who works at that time."""

    account: str
    area: str
    source: Annotated[str, Field(description="rule, override, swap or callup")]
    during: tuple[datetime, datetime]
    step: Annotated[int, Field(description="Step of the escalation that calls them first")]


class Duty(Payload):
    """Who is called for a place, step by step."""

    areas: Annotated[list[Area], Field(description="From the micro-grid up to the city")]
    on_duty: list[OnDuty]
    empty_steps: Annotated[list[int], Field(description="Steps at which nobody is on duty")]


class Point(BaseModel):
    """A place and a time."""

    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    at: Annotated[AwareDatetime | None, Field(description="Now, when left out")] = None


class Quarantined(Payload):
    """One message that could not be taken in."""

    id: UUID
    received_at: datetime
    topic: str
    bytes: int
    reason: str
    times: int


@router.get("/duty", responses=problem_responses(401, 403, 404, 422))
async def read_duty(visit: DeskContext, point: Annotated[Point, Query()]) -> Duty:
    """Tell who is on duty at a point."""
    code = await places.find_area_at(visit.connection, point.lon, point.lat)
    if code is None or not visit.account.covers(code):
        raise NotFoundError("no_such_area", "no area of yours holds this point")
    found = await duty.find_escalation_levels(visit.connection, code, point.at or visit.now)
    areas = [Area.model_validate({**asdict(ring.area), "path": []}) for ring in found]
    called: dict[int, OnDuty] = {}
    for ring in found:
        for shift in ring.on_duty:
            told = OnDuty(
                account=shift.name,
                area=shift.area_code,
                source=shift.source,
                during=(shift.starts_at, shift.ends_at),
                step=ring.step,
            )
            called.setdefault(shift.account, told)
    empty = [ring.step for ring in found if not ring.on_duty]
    return Duty(areas=areas, on_duty=list(called.values()), empty_steps=empty)


@router.get("/areas/{code}", responses=problem_responses(401, 404, 422))
async def read_area(visit: Context, code: Annotated[str, Path(pattern=r"^[0-9]{4,18}$")]) -> Area:
    """Tell an area with the names above it."""
    found = presenters.present_area(await places.get_area(visit.connection, code))
    if found is None or not visit.account.covers(code):
        raise NotFoundError("no_such_area")
    return found


@router.get("/quarantine", responses=problem_responses(401, 403, 422))
async def list_quarantine(
    visit: DeskContext, cursor: pagination.Cursor = None, limit: pagination.Limit = 50
) -> Page[Quarantined]:
    """List the messages that could not be taken in, the newest first."""
    before = pagination.decode_cursor(cursor)
    found = await kept.list_quarantine(visit.connection, before=before, limit=limit)
    following = pagination.next_cursor([(one.received_at, one.id) for one in found], limit)
    return Page(items=[Quarantined.model_validate(asdict(one)) for one in found], next=following)
