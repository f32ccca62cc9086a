"""Every reminder and escalation comes once and on time although all centres are killed.

``GRIDWATCH_KILL_SECONDS=600`` makes it ten minutes.
"""

import asyncio
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.engine import create_engine
from api.incidents.clocks import PLANS
from api.incidents.lifecycle import IncidentState
from api.wiring import now
from pipeline.signal import Level
from tests.api.databases import TownDatabases
from tests.api.town import EAST
from tests.brokers import free_port
from tests.faults.programs import Program, run_program

N_ORDERS = 500
N_CENTRES = 2
SECONDS = float(os.environ.get("GRIDWATCH_KILL_SECONDS", "30"))
MIN_KILLS = 3
KILL_AFTER_S = (0.0, 4.0)
LEVEL = Level.MINOR
PLAN = PLANS[IncidentState.DISPATCHED]

_MOVE_SHIFTS = text("UPDATE shift SET during = tstzrange(:since, :until)")
# Half of the orders await their reminder, half their escalation.
_INSERT_ORDERS = text("""
    WITH planned AS (
        SELECT n, n % 2 AS clock_step, CAST(:begins AS timestamptz)
            + :seconds * n / :n_orders * interval '1 s' AS next_action_at
        FROM generate_series(1, :n_orders) AS t (n)
    ), opened AS (
        INSERT INTO incident (
            key, state, scenario, level, score, probability, decision, node, camera, zone,
            area_code, message, first_at, last_at, created_at, responsible_kind, responsible_area,
            next_step, due_at, next_action_at, clock_step)
        SELECT concat('v2|crowd|place-', n, '|zone'), 'dispatched', 'crowd_gathering', :level, 0.9,
            0.95, 'push', 'demo/market/box-1', concat('camera-', n), 'zone', :area,
            '{"zh": "九人聚集", "en": "nine people stand together"}', next_action_at,
            next_action_at, :begins, 'post', :area, 'accept',
            next_action_at + (1 - clock_step) * CAST(:until_escalation AS interval),
            next_action_at, clock_step
        FROM planned RETURNING *
    )
    INSERT INTO work_order (
        incident, state, area_code, dispatched_at, responsible_kind, responsible_area, next_step,
        due_at, next_action_at)
    SELECT id, state, area_code, created_at, responsible_kind, responsible_area, next_step, due_at,
        next_action_at
    FROM opened
""")
_READ_CLOCKS = text("SELECT id, next_action_at, clock_step FROM incident")
_READ_STEPS = text(
    "SELECT incident, action, at FROM audit_log WHERE incident IS NOT NULL ORDER BY seq"
)
_COUNT_OVERDUE = text("SELECT count(*) FROM incident WHERE next_action_at < :now")
_COUNT_REPEATED = text("""
    SELECT count(*) FROM (
        SELECT FROM notification GROUP BY incident, account, channel, kind, created_at
        HAVING count(*) > 1) AS repeated
""")


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """The next step of an order's clock when the centres start."""

    action: str
    at: datetime


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gridwatch-test-") as made:
        yield Path(made)


@pytest.mark.slow
@pytest.mark.timeout(3 * SECONDS + 600)
async def test_each_reminder_and_escalation_comes_once_though_all_centres_are_killed(
    folder: Path, town_databases: TownDatabases
) -> None:
    url = await town_databases.create()
    engine = create_engine(url)
    with ExitStack() as stack:
        centres = [
            stack.enter_context(run_program(central(folder / f"{n}"), folder / f"{n}.log", on(url)))
            for n in range(N_CENTRES)
        ]
        await wait_until_one_is_ready(centres, [0] * N_CENTRES)
        planned = await insert_orders(engine)
        await kill_at_random_moments(centres, np.random.default_rng(7))
        last_kill_at = now()
        await wait_until_nothing_is_overdue(engine)
    ended_at = now()
    steps = await read_steps(engine)
    async with engine.connect() as connection:
        n_repeated = await connection.scalar(_COUNT_REPEATED)
    await engine.dispose()

    taken_at = [at for taken in steps.values() for _, at in taken]
    assert sum(at < last_kill_at for at in taken_at) > N_ORDERS / 10  # they worked in between
    assert len(planned) == N_ORDERS
    problems = [find_problem(plan, steps[order], ended_at) for order, plan in planned.items()]
    assert [problem for problem in problems if problem] == []
    assert n_repeated == 0


def find_problem(
    plan: PlannedStep, steps: Sequence[tuple[str, datetime]], ended_at: datetime
) -> str:
    """Return what is wrong with the steps of one order; empty if nothing is."""
    for action, at in steps:
        if action != plan.action:
            return f"{action} at {at} instead of {plan.action}"
        if at < plan.at:
            return f"{action} at {at}, before {plan.at}"
        plan = following_step(plan, at)
    return f"no {plan.action} at {plan.at}" if plan.at < ended_at else ""


def following_step(plan: PlannedStep, at: datetime) -> PlannedStep:
    """Return what follows a step that was taken at a time."""
    if plan.action == "escalate":  # the next level gets the whole time
        return PlannedStep("remind", at + PLAN.pause_before(0, LEVEL))
    on_time = plan.at + PLAN.pause_before(1, LEVEL)
    return PlannedStep("escalate", max(on_time, at))


async def insert_orders(engine: AsyncEngine) -> dict[UUID, PlannedStep]:
    """Insert orders whose clocks run out one after the other while the test runs."""
    moment, day = now(), timedelta(days=1)
    parameters = {
        "begins": moment + timedelta(seconds=1),
        "seconds": SECONDS,
        "n_orders": N_ORDERS,
        "level": LEVEL,
        "area": EAST,
        "until_escalation": PLAN.pause_before(1, LEVEL),
    }
    async with engine.begin() as connection:
        await connection.execute(_MOVE_SHIFTS, {"since": moment - day, "until": moment + day})
        await connection.execute(_INSERT_ORDERS, parameters)
        clocks = (await connection.execute(_READ_CLOCKS)).all()
    return {
        row.id: PlannedStep(PLAN.action(row.clock_step).value, row.next_action_at) for row in clocks
    }


async def kill_at_random_moments(centres: Sequence[Program], rng: np.random.Generator) -> None:
    """Kill all centres again and again while the orders become due, at least ``MIN_KILLS`` times.

    One of them is ready each time, so that they do work in between.
    """
    loop = asyncio.get_running_loop()
    ends_at, n_kills = loop.time() + SECONDS, 0
    while loop.time() < ends_at or n_kills < MIN_KILLS:
        await asyncio.sleep(rng.uniform(*KILL_AFTER_S))
        for centre in centres:
            centre.kill()
        for centre in centres:
            centre.start_again()
        n_starts = [centre.output.count("central_ready") for centre in centres]
        await wait_until_one_is_ready(centres, n_starts)
        n_kills += 1


async def wait_until_one_is_ready(centres: Sequence[Program], n_starts: Sequence[int]) -> None:
    async with asyncio.timeout(240):  # a busy machine is no fault of the code
        while not any(  # noqa: ASYNC110  # a file offers no event
            centre.output.count("central_ready") > n
            for centre, n in zip(centres, n_starts, strict=True)
        ):
            await asyncio.sleep(0.05)


async def wait_until_nothing_is_overdue(engine: AsyncEngine) -> None:
    async with asyncio.timeout(120), engine.connect() as connection:
        while await connection.scalar(_COUNT_OVERDUE, {"now": now()}):  # noqa: ASYNC110  # SQL
            await asyncio.sleep(0.2)


async def read_steps(engine: AsyncEngine) -> dict[UUID, list[tuple[str, datetime]]]:
    """Return what the clock engines did with each order, in order."""
    steps: dict[UUID, list[tuple[str, datetime]]] = defaultdict(list)
    async with engine.connect() as connection:
        for row in await connection.execute(_READ_STEPS):
            steps[row.incident].append((row.action, row.at))
    return steps


def central(data: Path) -> list[str]:
    ports = ["--port", str(free_port()), "--broker-port", str(free_port())]
    return ["-m", "gridwatch", "central", "run", "--data", str(data), *ports]


def on(url: str) -> dict[str, str]:
    return {"GRIDWATCH_DATABASE_URL": url, "GRIDWATCH_FIRST_LOOK": "false"}
