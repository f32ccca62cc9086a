"""List incidents: the queue by urgency, the others newest first."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from api.accounts.dependencies import Context, RequestContext
from api.accuracy.score import Decision
from api.incidents import presenters
from api.incidents.lifecycle import STATE_OF_TASK, DeskTask, IncidentState
from api.incidents.lists import queries
from api.incidents.lists.model import IncidentFilter, IncidentView, UrgencyPosition
from api.incidents.lists.queries import IncidentPage
from api.incidents.schemas import IncidentRow
from api.web import pagination
from api.web.problems import problem_responses
from api.web.schemas import NO_NUL, Page
from pipeline.signal import Level

router = APIRouter(prefix="/v1/incidents", tags=["incidents"])

_STORED = (IncidentState.STORED,)


class IncidentParams(BaseModel):
    """Which incidents to list; all filters must agree."""

    view: Annotated[
        IncidentView,
        Field(
            description="queue: open ones except those stored, most urgent first: overdue or "
            "nobody to call, then by level and deadline; stored, all: newest first"
        ),
    ] = IncidentView.ALL
    state: Annotated[list[IncidentState], Field(max_length=20, description="Any of these")] = []
    awaiting: Annotated[
        DeskTask | None, Field(description="Only incidents that await this; overrides `state`")
    ] = None
    level: Annotated[list[Level], Field(max_length=20, description="Any of these")] = []
    decision: Decision | None = None
    open: Annotated[bool | None, Field(description="Only open incidents, or only closed ones")] = (
        None
    )
    area: Annotated[
        str | None, Field(pattern=r"^[0-9]{4,18}$", description="This area and those below it")
    ] = None
    node: Annotated[str | None, Field(max_length=200, pattern=NO_NUL)] = None
    camera: Annotated[
        str | None, Field(max_length=64, pattern=NO_NUL, description="Its name on its node")
    ] = None
    scenario: Annotated[str | None, Field(max_length=64, pattern=NO_NUL)] = None
    family: Annotated[
        str | None, Field(max_length=64, pattern=NO_NUL, description="Of scenarios")
    ] = None
    since: Annotated[AwareDatetime | None, Field(description="Created at this time or later")] = (
        None
    )
    until: Annotated[AwareDatetime | None, Field(description="Created before this time")] = None
    q: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=64,
            pattern=NO_NUL,
            description="The first 8 or more digits of an incident's id, or a part of the name "
            "or address of its camera",
        ),
    ] = None
    cursor: pagination.Cursor = None
    limit: pagination.Limit = 50

    def to_filter(self) -> IncidentFilter:
        """Return the filter of the view."""
        states = (STATE_OF_TASK[self.awaiting],) if self.awaiting else tuple(self.state)
        if self.view is IncidentView.STORED:
            states = _STORED
        return IncidentFilter(
            states=states or None,
            levels=tuple(self.level) or None,
            decision=self.decision,
            is_open=self.open,
            area=self.area,
            node=self.node,
            camera=self.camera,
            scenario=self.scenario,
            family=self.family,
            since=self.since,
            until=self.until,
            text=self.q,
        )


@router.get("", responses=problem_responses(401, 422))
async def list_incidents(
    visit: Context, params: Annotated[IncidentParams, Query()]
) -> Page[IncidentRow]:
    """List incidents, newest or most urgent first.

    A desk sees those of its area, a worker those they were notified of.
    """
    page = await (_queue if params.view is IncidentView.QUEUE else _newest)(visit, params)
    items = [presenters.present_row(record, visit.services, visit.now) for record in page.records]
    return Page(items=items, next=_cursor(page))


async def _queue(visit: RequestContext, params: IncidentParams) -> IncidentPage:
    return await queries.list_queue(
        visit.connection,
        params.to_filter(),
        visit.account,
        after=UrgencyPosition.decode(params.cursor) if params.cursor else None,
        limit=params.limit,
        now=visit.now,
    )


async def _newest(visit: RequestContext, params: IncidentParams) -> IncidentPage:
    return await queries.list_newest(
        visit.connection,
        params.to_filter(),
        visit.account,
        before=pagination.decode_cursor(params.cursor),
        limit=params.limit,
    )


def _cursor(page: IncidentPage) -> str | None:
    if page.position is None:
        return None
    if isinstance(page.position, UrgencyPosition):
        return page.position.encode()
    return pagination.encode_cursor(*page.position)
