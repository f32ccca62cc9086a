"""Read an incident with everything known of it."""

from uuid import UUID

from fastapi import APIRouter

from api.accounts.dependencies import Context
from api.incidents.detail import present_detail
from api.incidents.schemas import IncidentDetail
from api.web.problems import problem_responses

router = APIRouter(prefix="/v1/incidents", tags=["incidents"])


@router.get("/{incident}", responses=problem_responses(401, 404, 422))
async def read_incident(visit: Context, incident: UUID) -> IncidentDetail:
    """Return an incident with everything known of it."""
    return await present_detail(visit, incident)
