"""Show who is on duty at a point or in an area, and where nobody is."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import AwareDatetime, BaseModel, Field

from api.accounts.dependencies import DeskContext, RequestContext
from api.areas import store as areas_store
from api.areas.schemas import Area
from api.errors import NotFoundError
from api.roster import presenters
from api.roster.coverage import GapKind
from api.roster.coverage_search import FoundGaps, find_coverage_gaps
from api.roster.on_duty import find_escalation_levels
from api.roster.reachability.unreachable import UnreachableAreas
from api.roster.schemas import Coverage, Duty
from api.roster.shifts.decisions import listed_period
from api.web.problems import problem_responses

router = APIRouter(prefix="/v1", tags=["places"])

MAX_GAPS = 200
MAX_HOURS = 24 * 7


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
    return await _duty(visit, code, point.at)


@router.get("/areas/{code}/duty", responses=problem_responses(401, 403, 404, 422))
async def read_duty_of_area(
    visit: DeskContext,
    code: Annotated[str, Path(pattern=r"^[0-9]{4,18}$")],
    at: Annotated[AwareDatetime | None, Query(description="Default: now")] = None,
) -> Duty:
    """Return who is on duty in an area, such as that of an incident, by escalation level."""
    area = await areas_store.get_area(visit.connection, code)
    if area is None or not visit.account.covers(code):
        raise NotFoundError("no_such_area")
    return await _duty(visit, code, at)


def get_unreachable_areas(request: Request) -> UnreachableAreas:
    """Return the areas that this process has found."""
    areas: UnreachableAreas = request.app.state.unreachable_areas
    return areas


@router.get("/coverage", responses=problem_responses(401, 403, 422))
async def read_coverage(
    visit: DeskContext,
    unreachable: Annotated[UnreachableAreas, Depends(get_unreachable_areas)],
    hours: Annotated[int, Query(ge=1, le=MAX_HOURS)] = 24,
) -> Coverage:
    """Return where nobody is on duty now or within some hours, in the areas of your account.

    And where people are on duty now, and none of them can be reached.

    For 24 hours, the answer may be up to two minutes older than a change by another process.
    """
    within, area = timedelta(hours=hours), visit.account.area_code
    found = visit.services.found_gaps()
    gaps = found.select(visit.now, within, area=area) if isinstance(found, FoundGaps) else None
    if gaps is None:
        gaps = await find_coverage_gaps(visit.connection, visit.now, within, area=area)
    ordered = sorted(gaps, key=lambda gap: gap.kind is not GapKind.NOBODY)
    silent = await unreachable.find(visit.connection, area, now=visit.now)
    codes = [gap.area_code for gap in ordered[:MAX_GAPS]] + [code for code, _ in silent[:MAX_GAPS]]
    paths = await areas_store.get_paths(visit.connection, codes)
    return presenters.present_coverage(
        ordered, paths, (visit.now, within), listed=MAX_GAPS, unreachable=silent
    )


async def _duty(visit: RequestContext, code: str, at: datetime | None) -> Duty:
    moment = listed_period(at, None, now=visit.now).start
    levels = await find_escalation_levels(visit.connection, code, moment)
    return Duty(
        areas=[Area.model_validate({**asdict(level.area), "path": []}) for level in levels],
        on_duty=presenters.present_on_duty(levels),
        empty_steps=[level.number for level in levels if not level.on_duty],
    )
