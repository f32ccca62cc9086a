"""Read areas."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.accounts.dependencies import Context
from api.areas import store as areas_store
from api.areas.schemas import Area
from api.errors import NotFoundError
from api.web.problems import problem_responses

router = APIRouter(prefix="/v1", tags=["places"])


@router.get("/areas/{code}", responses=problem_responses(401, 404, 422))
async def read_area(visit: Context, code: Annotated[str, Path(pattern=r"^[0-9]{4,18}$")]) -> Area:
    """Return an area with the names of the areas above it."""
    area = Area.of(await areas_store.get_area(visit.connection, code))
    if area is None or not visit.account.covers(code):
        raise NotFoundError("no_such_area")
    return area
