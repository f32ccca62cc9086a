"""Statistics for pages, health for monitoring, metrics for Prometheus."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import Field

from api.accounts.dependencies import DeskContext, RequestContext
from api.incidents.lifecycle import STATE_OF_TASK, DeskTask
from api.incidents.lists.model import IncidentView, count_views
from api.reports import counter_store
from api.reports import store as reports_store
from api.reports.service_health import check_database
from api.web.dependencies import InjectedServices
from api.web.problems import problem_responses
from api.web.schemas import Payload

router = APIRouter(tags=["figures"])

LATENCY_PERIOD = timedelta(days=1)


class Latency(Payload):
    """Duration of one stage; ``null`` without samples."""

    n: int
    p50_ms: float | None
    p99_ms: float | None


Total = Annotated[int | None, Field(description="null if your area is not the whole centre")]


class Totals(Payload):
    """Numbers of stored rows, over all areas."""

    alerts: Total
    messages: Total
    incidents: Total
    orders: Total
    quarantined: Total


class Stats(Payload):
    """Counts and latencies."""

    states: Annotated[dict[str, int], Field(description="Incidents of your area, by state")]
    views: Annotated[
        dict[IncidentView, int], Field(description="Incidents of your area, by view of the list")
    ]
    awaiting: Annotated[
        dict[DeskTask, int], Field(description="Incidents that await an operator, by task")
    ]
    totals: Totals
    latency: Annotated[
        dict[str, Latency],
        Field(
            description="Of the newest 500 of the last 24 h, notified without review, by stage: "
            "decided_to_received, ..."
        ),
    ]
    live_pages: int


class Health(Payload):
    """Whether the centre can receive and store alerts."""

    status: Literal["ok", "failing"]
    database: bool
    broker: bool
    ingest_last_at: datetime | None
    failing_parts: Annotated[
        list[str], Field(description="Parts of the centre that failed and are being restarted")
    ]
    incidents_without_reminder: Annotated[
        int, Field(description="Found by the last self-audit; 0 in normal operation")
    ]


@router.get("/v1/stats", responses=problem_responses(401, 403))
async def read_stats(context: DeskContext) -> Stats:
    """Return counts and latencies."""
    latency = await reports_store.measure_latency(
        context.connection, context.account, since=context.now - LATENCY_PERIOD
    )
    visible = await counter_store.read_counters(
        context.connection,
        area=context.account.area_code,
        with_unplaced=context.account.sees_unplaced,
    )
    states = counter_store.incidents_by_state(visible)
    return Stats(
        states=states,
        views=count_views(states),
        awaiting={task: states.get(state, 0) for task, state in STATE_OF_TASK.items()},
        totals=await _totals(context),
        latency={name: Latency.model_validate(stage) for name, stage in latency.items()},
        live_pages=context.services.count_live_pages(),
    )


async def _totals(context: RequestContext) -> Totals:
    """Return the numbers of all rows to an account that may see each of them."""
    if not await reports_store.is_whole_centre(context.connection, context.account):
        return Totals(alerts=None, messages=None, incidents=None, orders=None, quarantined=None)
    rows = await counter_store.read_counters(context.connection, area=counter_store.ALL_AREAS)
    return Totals(
        alerts=rows.get("alert", 0),
        messages=rows.get("message", 0),
        incidents=sum(counter_store.incidents_by_state(rows).values()),
        orders=rows.get("work_order", 0),
        quarantined=rows.get("quarantined", 0),
    )


@router.get("/v1/health", responses={503: {"model": Health, "description": "Failing"}})
async def read_health(services: InjectedServices, response: Response) -> Health:
    """Return whether alerts can be received and stored; needs no login."""
    database = await check_database(services.engine)
    has_broker = services.broker_is_up()
    failing_parts = services.failing_parts()
    is_healthy = database.is_up and has_broker and not failing_parts
    response.status_code = 200 if is_healthy else 503
    return Health(
        status="ok" if is_healthy else "failing",
        database=database.is_up,
        broker=has_broker,
        ingest_last_at=database.last_message_at,
        failing_parts=failing_parts,
        incidents_without_reminder=services.count_overdue_actions(),
    )


@router.get("/metrics", response_class=Response, include_in_schema=False)
async def read_metrics() -> Response:
    """Return the metrics of this process for Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
