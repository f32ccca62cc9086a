"""Find and read areas."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.accounts.dependencies import Context
from api.areas import store as areas_store
from api.areas.schemas import Area
from api.errors import NotFoundError
from api.web import pagination
from api.web.problems import problem_responses
from api.web.schemas import NO_NUL, Page

router = APIRouter(prefix="/v1", tags=["places"])


@router.get("/areas", responses=problem_responses(401, 422))
async def find_areas(
    visit: Context,
    q: Annotated[
        str,
        Query(max_length=64, pattern=NO_NUL, description="Part of the name, or start of the code"),
    ] = "",
    limit: pagination.Limit = 50,
) -> Page[Area]:
    """List the areas of your account, largest first, without further pages."""
    records = await areas_store.search_areas(
        visit.connection, q, within=visit.account.area_code, limit=limit
    )
    return Page(items=[area for record in records if (area := Area.of(record)) is not None])


@router.get("/areas/{code}", responses=problem_responses(401, 404, 422))
async def read_area(visit: Context, code: Annotated[str, Path(pattern=r"^[0-9]{4,18}$")]) -> Area:
    """Return an area with the names of the areas above it."""
    area = Area.of(await areas_store.get_area(visit.connection, code))
    if area is None or not visit.account.covers(code):
        raise NotFoundError("no_such_area")
    return area
