"""READ FIRST: play the alerts of real clips into a centre, let people judge them, retrain.

One simulated day: the node publishes each alert at its time over the broker; the operator reviews
what waits, the auditors judge what was drawn, and the upkeep of the centre retrains when it is due.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from api.accuracy.fitting.fit_thresholds import Promise
from gridwatch.demo.town import SOUTH, WEST, DemoCamera
from gridwatch.workbench.rehearsal import queries
from gridwatch.workbench.rehearsal.centre import RehearsalCentre, RehearsalClock, run_centre
from gridwatch.workbench.rehearsal.clip_alerts import ClipAlert
from gridwatch.workbench.rehearsal.figures import (
    WEEK,
    RehearsalFigures,
    ScenarioThreshold,
    WeekFigures,
    count_week,
)
from gridwatch.workbench.rehearsal.node import LENGTH, RehearsalNode, connected_node
from gridwatch.workbench.rehearsal.playlist import PlannedAlert, camera_name, plan_day
from gridwatch.workbench.rehearsal.reviewer import AUDITORS, OPERATOR, Reviewer

APART_DEG = 0.001
"""Cameras stand about 100 m apart: nearer ones may see the same matter."""
COLUMNS = 16
BEFORE_AUDIT = timedelta(minutes=11)
DAY = timedelta(days=1)
SEED = 1

Truth = dict[tuple[str, datetime], bool]
Serve = Callable[[str, RehearsalFigures], Awaitable[None]]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How long and how much is played.

    Args:
        ends_at: The simulated time at the end.
    """

    ends_at: datetime
    weeks: int
    per_day: int
    promise: Promise


async def rehearse(
    alerts: Sequence[ClipAlert],
    plan: Plan,
    *,
    report: Callable[[str], None],
    port: int | None = None,
    serve: Serve | None = None,
) -> RehearsalFigures:
    """Run the whole rehearsal.

    Args:
        alerts: Of all clips; drawn from with repetition.
        serve: Called at the end with the address of the console, while it is still served.
    """
    names = sorted({camera_name(alert) for alert in alerts})
    cameras = {name: _place(name, number) for number, name in enumerate(names)}
    starts_at = plan.ends_at - plan.weeks * WEEK
    clock = RehearsalClock(starts_at)
    with TemporaryDirectory(prefix="gridwatch-rehearsal-") as folder:
        async with (
            run_centre(
                Path(folder), list(cameras.values()), clock, plan.promise, port=port
            ) as centre,
            connected_node(centre.broker_port, centre.key) as node,
        ):
            truth: Truth = {}
            weeks: list[WeekFigures] = []
            verdicts = 0
            for day in range(plan.weeks * 7):
                clock.at = starts_at + day * DAY
                planned = plan_day(alerts, day, starts_at=clock.at, n=plan.per_day, seed=SEED)
                await _play_day(planned, clock, node, cameras=cameras, truth=truth)
                verdicts += await _judge(centre, clock, truth)
                await centre.upkeep.work()
                await centre.scoring.refresh()
                if (day + 1) % 7 == 0:
                    decided = await queries.list_decided(centre.engine)
                    number = (day + 1) // 7
                    week = count_week(
                        number, decided, truth, starts_at=starts_at, verdicts=verdicts
                    )
                    weeks.append(week)
                    report(
                        f"week {number}: {week.verdicts} verdicts, {week.pushed} pushed, "
                        f"{week.pushed_false} of them false, {week.seen_true}/{week.true} seen"
                    )
            clock.at = plan.ends_at
            figures = await _summarise(centre, alerts, plan, weeks)
            if serve is not None:
                await serve(centre.url, figures)
    return figures


async def _play_day(
    day: Iterable[PlannedAlert],
    clock: RehearsalClock,
    node: RehearsalNode,
    *,
    cameras: Mapping[str, DemoCamera],
    truth: Truth,
) -> None:
    """Publish each alert when it opens and when it closes; record its truth in ``truth``."""
    for planned in day:
        truth[planned.source.alert.scenario, planned.at] = planned.source.is_true
        clock.at = planned.at
        await node.send(planned, cameras[planned.camera], is_over=False)
        clock.at = planned.at + LENGTH
        await node.send(planned, cameras[planned.camera], is_over=True)


async def _judge(centre: RehearsalCentre, clock: RehearsalClock, truth: Truth) -> int:
    """Let the operator review what waits, and both auditors judge; return the audit verdicts."""
    async with Reviewer(centre.url, OPERATOR) as operator:
        await operator.review_all(truth)
    await centre.clock_engine.process_due()
    n = 0
    for name in AUDITORS:
        clock.at += BEFORE_AUDIT
        async with Reviewer(centre.url, name) as auditor:
            n += await auditor.audit_all(truth)
    return n


async def _summarise(
    centre: RehearsalCentre,
    alerts: Sequence[ClipAlert],
    plan: Plan,
    weeks: list[WeekFigures],
) -> RehearsalFigures:
    async with Reviewer(centre.url, AUDITORS[0]) as supervisor:
        thresholds = await supervisor.read("/v1/accuracy/thresholds")
        accuracy = await supervisor.read("/v1/accuracy/report")
    return RehearsalFigures(
        clips=len({alert.clip for alert in alerts}),
        clip_alerts=len(alerts),
        clip_alerts_false=sum(not alert.is_true for alert in alerts),
        cameras=len({camera_name(alert) for alert in alerts}),
        target_precision=plan.promise.precision,
        min_recall=plan.promise.min_recall,
        weeks=weeks,
        thresholds=msgspec.convert(thresholds["items"], list[ScenarioThreshold]),
        report_total=accuracy["total"],
    )


def _place(name: str, number: int) -> DemoCamera:
    row, column = divmod(number, COLUMNS)
    return DemoCamera(
        name, name, WEST + (column + 0.5) * APART_DEG, SOUTH + (row + 0.5) * APART_DEG
    )
