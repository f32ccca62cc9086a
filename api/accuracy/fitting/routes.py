"""HTTP routes of calibrations, thresholds and drift."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.accounts.dependencies import DeskContext, RequestContext
from api.accuracy.fitting import drift_store, queries
from api.accuracy.fitting.drift_store import SourceStatus
from api.accuracy.fitting.fit_thresholds import Promise
from api.accuracy.fitting.restart import restart_camera
from api.accuracy.fitting.retrain import try_thresholds
from api.accuracy.fitting.schemas import (
    CalibrationVersion,
    FitComparison,
    ReliabilityBin,
    RestartedCamera,
    RestartRequest,
    ScenarioThresholds,
    ScoredSource,
    ThresholdOption,
    ThresholdTest,
)
from api.accuracy.scenario_traits import traits_of
from api.suppressions.schemas import ScenarioKey
from api.web import pagination
from api.web.problems import problem_responses
from api.web.schemas import DisplayNames, Page, Text

router = APIRouter(prefix="/v1/accuracy", tags=["accuracy"])

Scenario = Annotated[ScenarioKey | None, Query(description="All versions of this scenario")]


@router.get("/calibrations", responses=problem_responses(401, 403, 422))
async def list_calibrations(
    context: DeskContext, scenario: Scenario = None, limit: pagination.Limit = 100
) -> Page[CalibrationVersion]:
    """List the calibration in force and the newest one of each scenario, with its reliability."""
    records = await queries.list_calibrations(context.connection, scenario=scenario, limit=limit)
    return Page(
        items=[
            CalibrationVersion(
                scenario=record.scenario,
                title=_title(context, record.scenario),
                version=record.version,
                fitted_at=record.fitted_at,
                is_in_force=record.is_in_force,
                is_shipped=record.is_shipped,
                reason=record.reason,
                n=record.n,
                comparison=FitComparison.model_validate(record.comparison),
                reliability=[ReliabilityBin.model_validate(each) for each in record.reliability],
            )
            for record in records
        ]
    )


@router.get("/thresholds", responses=problem_responses(401, 403))
async def list_thresholds(context: DeskContext) -> Page[ScenarioThresholds]:
    """List the thresholds in force of the scenarios that have alerts."""
    return Page(
        items=[
            ScenarioThresholds(
                title=_title(context, record.scenario),
                is_life_and_limb=traits_of(record.scenario).life_and_limb,
                scenario=record.scenario,
                version=record.version,
                push=record.push,
                low=record.low,
                target_precision=record.target_precision,
                min_recall=record.min_recall,
                promised_precision=_promise_of(context, record.scenario).precision,
                promised_recall=_promise_of(context, record.scenario).min_recall,
                n=record.n,
                reason=record.reason,
                chosen_at=record.chosen_at,
                checked_at=record.checked_at,
            )
            for record in await queries.list_thresholds(context.connection)
        ]
    )


@router.get("/thresholds/{scenario}", responses=problem_responses(401, 403, 422))
async def test_thresholds(context: DeskContext, scenario: ScenarioKey) -> ThresholdTest:
    """Test the thresholds of a scenario now, and state what each would cost."""
    promise = _promise_of(context, scenario)
    chosen, loads = await try_thresholds(context.connection, scenario, promise, now=context.now)
    return ThresholdTest(
        scenario=scenario,
        n=chosen.n,
        reason=chosen.reason,
        push=chosen.thresholds.push,
        low=chosen.thresholds.low,
        options=[
            ThresholdOption(
                push=option.push,
                n=option.n,
                n_true=option.n_true,
                precision_bound=option.precision_bound,
                recall=option.recall,
                pushed_per_hour=load.pushed_per_hour,
                reviewed_per_hour=load.reviewed_per_hour,
            )
            for option, load in zip(chosen.options, loads, strict=True)
        ],
    )


@router.get("/drift", responses=problem_responses(401, 403, 422))
async def list_drift(context: DeskContext, limit: pagination.Limit = 100) -> Page[ScoredSource]:
    """List the cameras of your area with their scenarios, those whose scores have changed first."""
    sources = await drift_store.list_sources(context.connection, context.account, limit=limit)
    return Page(items=[_source(context, source) for source in sources])


@router.post("/drift/restart", responses=problem_responses(401, 403, 404, 422))
async def start_camera_anew(context: DeskContext, body: RestartRequest) -> RestartedCamera:
    """Start a camera anew after it was looked after: its verdicts so far no longer count."""
    scenarios = await restart_camera(
        context.connection,
        context.account,
        node=body.node,
        camera=body.camera,
        scenario=body.scenario,
        reason=body.reason,
        now=context.now,
    )
    return RestartedCamera(scenarios=scenarios)


def _source(context: RequestContext, source: SourceStatus) -> ScoredSource:
    return ScoredSource(
        node=source.node,
        camera=source.camera,
        names=DisplayNames(**source.names),
        area_code=source.area_code,
        scenario=source.scenario,
        title=_title(context, source.scenario),
        scenario_rev=source.scenario_rev,
        model=source.model,
        first_at=source.first_at,
        trusted_at=source.trusted_at,
        drifting_since=source.drifting_since,
        evidence=source.evidence,
        n=source.n,
    )


def _promise_of(context: RequestContext, scenario: str) -> Promise:
    services = context.services
    default = services.target_precision, services.min_recall
    precision, recall = services.scenario_promises.get(scenario, default)
    return Promise(precision=precision, min_recall=recall)


def _title(context: RequestContext, scenario: str) -> Text:
    title = context.services.title_of(scenario)
    return Text(zh=title.zh, en=title.en)
