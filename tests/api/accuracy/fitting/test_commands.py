"""``gridwatch accuracy retrain`` and ``thresholds`` on the database of a centre."""

import asyncio
import json

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import wiring
from gridwatch.commands.accuracy.fitting import retrain, thresholds
from tests.api.accuracy.fitting.reviewed_incidents import fill


@pytest.fixture
async def filled(town_database: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the commands find a database with reviewed incidents."""
    await fill(town_database, now=wiring.now())
    url = town_database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    monkeypatch.setenv("GRIDWATCH_DATABASE_URL", url)
    monkeypatch.setenv("GRIDWATCH_TARGET_PRECISION", "0.85")


@pytest.mark.usefixtures("filled")
async def test_all_scenarios_are_retrained_now_and_thresholds_have_a_price(
    capsys: pytest.CaptureFixture[str],
) -> None:
    await asyncio.to_thread(retrain, json=True)
    [result] = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["calibration"]["reason"] == "better"
    assert result["thresholds"]["n"] > 1000

    await asyncio.to_thread(retrain)
    assert "calibration  version 2 not shipped (not_better)" in capsys.readouterr().out

    await asyncio.to_thread(thresholds, json=True)
    [test] = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert test["options"][-1]["n"] > test["options"][0]["n"] >= 0
    assert {"push", "n_true", "precision_bound", "recall", "reviewed_per_hour"} <= set(
        test["options"][0]
    )
    await asyncio.to_thread(thresholds)
    assert "audited incidents" in capsys.readouterr().out
