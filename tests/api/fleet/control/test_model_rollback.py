"""A new model that is worse than the one before is taken back; any other stays."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.fleet.control import config_store
from api.fleet.control.config_store import ConfigRevision
from api.fleet.control.desired_config import ConfigChange, Requester, set_desired_config
from api.fleet.control.model_rollback import (
    AUTHOR,
    WATCHED_FOR,
    JudgedAlerts,
    find_model_change,
    find_rollback_reason,
)
from api.fleet.control.model_watch import ModelWatch
from pipeline.wire import Node

NODE = Node("demo", "market", "box-1")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CHANGED_AT = NOW - timedelta(days=5)
CAMERAS = [{"name": "north-gate"}]
# Of one camera and scenario, one incident an hour before or after a time, so many of them true.
FILL = """
    WITH made AS (
        INSERT INTO incident (key, family, scenario, state, level, score, probability, decision,
            node, camera, zone, message, n_alerts, first_at, last_at, is_over, scenario_rev, model,
            audit_probability, created_at, closed_at)
        SELECT :model || n, 'crowd', 'crowd_gathering', 'archived', 'major', 0.9, 0.5, 'review',
            'demo/market/box-1', 'north-gate', 'z', '{}', 1, at, at, true, 1, :model || '@abc', 1,
            at, at
        FROM generate_series(1, CAST(:n AS integer)) AS n,
            LATERAL (SELECT CAST(:at AS timestamptz) + n * CAST(:step AS interval) AS at) AS t
        RETURNING id, substr(key, length(:model) + 1)::int AS n, created_at
    )
    INSERT INTO verdict (incident, value, stage, actor, at)
    SELECT id, CASE WHEN n <= :n_true THEN 'true' ELSE 'false' END, 'review',
        (SELECT id FROM account WHERE name = 'desk'), created_at FROM made
"""


def revision(rev: int, model: str | None, *, days: float, author: str = "admin") -> ConfigRevision:
    tables: dict[str, object] = {"model": {"name": model} if model else {}, "camera": CAMERAS}
    return ConfigRevision(
        node=str(NODE),
        rev=rev,
        config=json.dumps(tables),
        sha256="",
        source_toml="",
        author=author,
        note="",
        at=NOW - timedelta(days=days),
    )


def test_the_change_is_the_first_revision_with_the_model() -> None:
    revisions = [
        revision(4, "new", days=1),
        revision(3, "new", days=2),
        revision(2, "old", days=20),
        revision(1, None, days=30),
    ]
    change = find_model_change(revisions, NOW)

    assert change is not None
    assert (change.rev, change.model, change.before) == (4, "new", "old")
    assert change.changed_at == NOW - timedelta(days=2)
    assert change.tables_before == {"model": {"name": "old"}, "camera": CAMERAS}


def test_a_node_that_had_no_named_model_goes_back_to_its_file() -> None:
    change = find_model_change([revision(2, "new", days=1), revision(1, None, days=9)], NOW)

    assert change is not None
    assert change.before is None
    assert change.tables_before == {"model": {}, "camera": CAMERAS}


@pytest.mark.parametrize(
    "revisions",
    [
        [],
        [revision(1, None, days=1)],
        [revision(1, "new", days=WATCHED_FOR.days + 1)],
        [revision(3, "old", days=0, author=AUTHOR), revision(2, "new", days=1)],
        [revision(4, "old", days=0), revision(3, "old", days=1, author=AUTHOR)],
    ],
)
def test_what_is_not_watched(revisions: Sequence[ConfigRevision]) -> None:
    assert find_model_change(revisions, NOW) is None


COUNT = st.integers(0, 300)


@given(COUNT, COUNT, COUNT, COUNT)
def test_a_model_that_is_at_least_as_precise_always_stays(
    true: int, false: int, true_before: int, false_before: int
) -> None:
    change = find_model_change([revision(1, "new", days=1)], NOW)
    assert change is not None
    judged = JudgedAlerts(
        true=true,
        false=false,
        true_before=true_before,
        false_before=false_before,
        drifting_since=None,
    )

    if true * (true_before + false_before) >= true_before * (true + false):
        assert find_rollback_reason(change, judged) == ""


async def fill(engine: AsyncEngine, model: str, n: int, n_true: int, *, step_h: int) -> None:
    row = {
        "model": model,
        "n": n,
        "n_true": n_true,
        "at": CHANGED_AT,
        "step": timedelta(hours=step_h),
    }
    async with engine.begin() as connection:
        await connection.execute(text(FILL), row)


async def configure(engine: AsyncEngine, model: str, at: datetime) -> ConfigRevision:
    change = ConfigChange(tables={"model": {"name": model}, "camera": CAMERAS})
    async with engine.begin() as connection:
        return await set_desired_config(connection, NODE, change, by=Requester(name="admin", at=at))


async def roll_out(engine: AsyncEngine, *, n_true: int) -> ModelWatch:
    """Replace a model of which 38 of 40 incidents were true; 30 of the new one are judged."""
    await configure(engine, "old", NOW - timedelta(days=40))
    await fill(engine, "old", 40, 38, step_h=-1)
    await configure(engine, "new", CHANGED_AT)
    await fill(engine, "new", 30, n_true, step_h=1)
    return ModelWatch(engine, now=lambda: NOW)


async def test_a_less_precise_model_is_taken_back_once(town_database: AsyncEngine) -> None:
    watch = await roll_out(town_database, n_true=15)

    [back] = await watch.check()
    assert await watch.check() == []

    assert (back.rev, back.author) == (3, AUTHOR)
    assert json.loads(back.config)["model"] == {"name": "old"}
    assert back.note == "new: 15 of 30 judged incidents are true, 38 of 40 before"
    async with town_database.connect() as connection:
        latest = await config_store.get_latest_revision(connection, NODE)
    assert latest == back


async def test_a_model_that_is_as_good_stays_until_its_scores_drift(
    town_database: AsyncEngine,
) -> None:
    watch = await roll_out(town_database, n_true=28)
    assert await watch.check() == []

    drift = text("""
        INSERT INTO camera_scenario
            (node, camera, scenario, scenario_rev, model, first_at, drifting_since)
        VALUES (:node, 'north-gate', 'crowd_gathering', 1, 'new@abc', :at, :at)
    """)
    async with town_database.begin() as connection:
        await connection.execute(drift, {"node": str(NODE), "at": NOW - timedelta(days=1)})

    [back] = await watch.check()
    assert back.note == "new: its scores drift since 2026-11-22 12:00 UTC"
