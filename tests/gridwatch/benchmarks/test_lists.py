"""`bench lists` fills a database that agrees with its counters, and every request is answered."""

import asyncio
import shutil
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import wiring
from api.reports import counter_store
from api.settings import CentralSettings
from gridwatch.benchmarks.lists.bench import measure_lists, prepare_data
from gridwatch.benchmarks.lists.console import measure_console
from gridwatch.benchmarks.lists.fill import count_incidents
from tests.api.databases import rows
from tests.requirements import require

INCIDENTS = 3000


async def states(engine: AsyncEngine) -> dict[str, int]:
    counted = await rows(engine, "SELECT state, count(*) FROM incident GROUP BY state")
    return {str(state): int(n) for state, n in counted}


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_filled_centre_answers_every_request(tmp_path: Path) -> None:
    folder = tmp_path / "central"
    await prepare_data(folder, INCIDENTS, now=wiring.now, report=print)
    settings = CentralSettings.load(data=folder)
    async with wiring.open_database(settings) as engine:
        assert await count_incidents(engine) == INCIDENTS
        async with engine.connect() as connection:
            counters = await counter_store.read_counters(connection, area=counter_store.ALL_AREAS)
        assert counter_store.incidents_by_state(counters) == await states(engine)
    figures = measure_lists(folder, rounds=2, seed=1, report=print)

    assert figures.incidents >= INCIDENTS
    assert all(kind.p50_ms > 0 for kind in figures.kinds.values())
    assert len(figures.kinds) > 40

    require(shutil.which("chromium") is not None, "chromium")
    keys = await asyncio.to_thread(measure_console, folder, keys=20, report=print)

    assert keys.open > 500
    assert 0 < keys.p50_ms <= keys.p95_ms <= keys.max_ms
