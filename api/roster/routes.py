"""Show who is on duty at a point."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from api.accounts.dependencies import DeskContext
from api.areas import store as areas_store
from api.areas.schemas import Area
from api.errors import NotFoundError
from api.roster.on_duty import EscalationLevel, find_escalation_levels
from api.web.problems import problem_responses
from api.web.schemas import Payload

router = APIRouter(prefix="/v1", tags=["places"])


class OnDuty(Payload):
    """A worker who is on duty at that time."""

    account: str
    area: str
    source: Annotated[str, Field(description="rule, override, swap or callup")]
    during: tuple[datetime, datetime]
    step: Annotated[int, Field(description="Escalation level that notifies them first")]


class Duty(Payload):
    """Who is notified for a place, level by level."""

    areas: Annotated[list[Area], Field(description="From the micro-grid up to the city")]
    on_duty: list[OnDuty]
    empty_steps: Annotated[list[int], Field(description="Levels at which nobody is on duty")]


class Point(BaseModel):
    """A place and a time."""

    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    at: Annotated[AwareDatetime | None, Field(description="Default: now")] = None


@router.get("/duty", responses=problem_responses(401, 403, 404, 422))
async def read_duty(visit: DeskContext, point: Annotated[Point, Query()]) -> Duty:
    """Return who is on duty at a point, by escalation level."""
    code = await areas_store.find_area_at(visit.connection, point.lon, point.lat)
    if code is None or not visit.account.covers(code):
        raise NotFoundError("no_such_area", "no area of your account contains this point")
    levels = await find_escalation_levels(visit.connection, code, point.at or visit.now)
    return Duty(
        areas=[Area.model_validate({**asdict(level.area), "path": []}) for level in levels],
        on_duty=_first_levels(levels),
        empty_steps=[level.number for level in levels if not level.on_duty],
    )


def _first_levels(levels: list[EscalationLevel]) -> list[OnDuty]:
    """List each account once, at the first level that notifies it."""
    by_account: dict[int, OnDuty] = {}
    for level in levels:
        for shift in level.on_duty:
            on_duty = OnDuty(
                account=shift.name,
                area=shift.area_code,
                source=shift.source,
                during=(shift.starts_at, shift.ends_at),
                step=level.number,
            )
            by_account.setdefault(shift.account, on_duty)
    return list(by_account.values())
