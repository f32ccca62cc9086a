"""HTTP routes of the accuracy report."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from api.accounts.dependencies import DeskContext, RequestContext
from api.accuracy.reporting import alarm_store, missed_store, schemas
from api.accuracy.reporting.alarm_load import measure_load
from api.accuracy.reporting.missed_store import MissedEvent
from api.accuracy.reporting.model import Grouping, ReportFilter
from api.accuracy.reporting.presenters import present_load, present_report
from api.accuracy.reporting.report import make_report
from api.errors import NotFoundError, UnprocessableError
from api.web.dependencies import IdempotencyKey
from api.web.problems import problem_responses

router = APIRouter(prefix="/v1/accuracy", tags=["accuracy"])

DEFAULT_PERIOD = timedelta(days=28)
LONGEST_PERIOD = timedelta(days=92)
"""A city has half a million incidents in three months; the command has no limit."""
COSTLY_FROM = 20_000
"""Incidents of a report that takes half a second; smaller ones are always computed anew."""

From = Annotated[
    AwareDatetime | None, Query(alias="from", description="Opened then or later; default: 28 days")
]
To = Annotated[AwareDatetime | None, Query(alias="to", description="Opened before; default: now")]
By = Annotated[Grouping, Query(description="By what the rows are divided")]


@router.get("/report", responses=problem_responses(401, 403, 422))
async def get_accuracy_report(  # noqa: PLR0917  # the filters of a page
    context: DeskContext,
    since: From = None,
    until: To = None,
    by: By = Grouping.SCENARIO,
    scenario: schemas.ScenarioKey | None = None,
    node: schemas.NodeName | None = None,
    camera: schemas.Camera | None = None,
    area: schemas.AreaCode | None = None,
) -> schemas.AccuracyReport:
    """Return precision and recall of the incidents of your area, with intervals.

    A large one is computed once in five minutes: ``until`` says to when it reaches.
    """
    start, end = _period(context, since, until)
    if end - start > LONGEST_PERIOD:
        raise UnprocessableError("period_too_long", "a report covers at most 92 days")
    chosen = ReportFilter(
        since=start,
        until=end,
        within=context.account.area_code,
        sees_unplaced=context.account.sees_unplaced,
        area=area,
        scenario=scenario,
        node=node,
        camera=camera,
    )

    async def compute() -> schemas.AccuracyReport:
        return present_report(await make_report(context.connection, chosen, by))

    own = context.account
    return await context.services.recent_results.get(
        (
            "report",
            own.area_code,
            own.sees_unplaced,
            since,
            until,
            by,
            scenario,
            node,
            camera,
            area,
        ),
        compute,
        is_costly=lambda report: report.total.incidents >= COSTLY_FROM,
        now=context.now,
    )


@router.get("/alarm-load", responses=problem_responses(401, 403, 422))
async def get_alarm_load(
    context: DeskContext, since: From = None, until: To = None
) -> schemas.AlarmLoad:
    """Return how many alarms the operators of your area get, by ISA-18.2 and EEMUA 191."""
    start, end = _period(context, since, until)
    within, sees_unplaced = context.account.area_code, context.account.sees_unplaced
    asked = await alarm_store.list_alarms(
        context.connection, since=start, until=end, within=within, sees_unplaced=sees_unplaced
    )
    chattering = await alarm_store.list_chattering(
        context.connection, since=start, until=end, within=within, sees_unplaced=sees_unplaced
    )
    load = measure_load(asked.alarms, asked.desks, since=start, until=end)
    return present_load(load, chattering, since=start, until=end)


@router.post("/missed", status_code=201, responses=problem_responses(401, 403, 404, 422))
async def add_missed_event(
    context: DeskContext, body: schemas.MissedEventReport, key: IdempotencyKey = None
) -> schemas.MissedEventStored:
    """Report what a camera of your area should have reported: it counts against the recall."""
    is_known, area = await missed_store.find_camera_area(context.connection, body.node, body.camera)
    if not is_known or not context.account.covers(area):
        raise NotFoundError("no_such_camera")
    event = MissedEvent(**body.model_dump(), actor=context.account.id)
    id_ = await missed_store.insert_missed_event(
        context.connection,
        event,
        area_code=area,
        key=context.account.scoped_key(key),
        now=context.now,
    )
    return schemas.MissedEventStored(id=id_)


def _period(
    context: RequestContext, since: datetime | None, until: datetime | None
) -> tuple[datetime, datetime]:
    """Return the asked period; without one, the last 28 days."""
    return since or context.now - DEFAULT_PERIOD, until or context.now
