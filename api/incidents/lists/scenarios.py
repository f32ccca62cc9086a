"""List what an incident can be about, for the filters of a page."""

from fastapi import APIRouter

from api.accounts.dependencies import Context
from api.incidents.presenters import present_text
from api.web.problems import problem_responses
from api.web.schemas import Page, Payload, Text

router = APIRouter(prefix="/v1/scenarios", tags=["incidents"])


class Scenario(Payload):
    """A scenario, or what can be wrong with equipment."""

    key: str
    title: Text


@router.get("", responses=problem_responses(401))
async def list_scenarios(visit: Context) -> Page[Scenario]:
    """List the scenarios that the centre knows, by key, in one page."""
    titles = sorted(visit.services.titles.items())
    return Page(items=[Scenario(key=key, title=present_text(title)) for key, title in titles])
