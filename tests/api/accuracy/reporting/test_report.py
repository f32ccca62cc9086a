"""The accuracy report through HTTP, on a real database."""

import asyncio
import json
from typing import Any

import pytest

from api.accuracy.proposals import routes as proposal_routes
from api.accuracy.reporting import report as report_module
from api.accuracy.reporting import routes as reporting_routes
from api.accuracy.reporting.exporter import AccuracyExporter
from api.accuracy.reporting.report_store import child_digits
from tests.api.databases import TownDatabases, rows
from tests.api.town import EAST, Centre
from tests.command_line import gridwatch


async def report_of(centre: Centre, **query: str) -> dict[str, Any]:
    answer = await (await centre.client_of("desk")).get("/v1/accuracy/report", params=query)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


async def audit(centre: Centre, name: str, *, is_true: bool) -> None:
    """Judge all that waits for an account."""
    page = await centre.client_of(name)
    queue = (await page.get("/v1/accuracy/audit")).json()
    verdict = {"value": "true"} if is_true else {"reason_code": "other_object"}
    while queue["next"] is not None:
        address = f"/v1/accuracy/audit/{queue['next']['incident']}"
        queue = (await page.post(address, json={"verdict": verdict})).json()


async def test_a_report_divides_what_was_audited_by_scenario_and_week(centre: Centre) -> None:
    await centre.raise_alert("a", score=0.9)
    await centre.raise_alert("b", score=0.05, zone="gate")
    centre.clock.advance(minutes=11)
    await audit(centre, "chief", is_true=True)
    await centre.raise_alert("c", score=0.9, scenario="fall", zone="yard", at=centre.clock.at)
    centre.clock.advance(minutes=11)
    await audit(centre, "chief", is_true=False)

    report = await report_of(centre)

    figures = {figure["code"]: figure for figure in report["total"]["figures"]}
    published = figures["published_precision"]
    assert (published["estimate"], published["hits"], published["n"]) == (0.5, 1, 2)
    assert (figures["recall"]["estimate"], figures["recall"]["n"]) == (0.5, 2)
    assert [(row["key"], row["incidents"], row["audited"]) for row in report["rows"]] == [
        ("crowd_gathering", 2, 2),
        ("fall", 1, 1),
    ]
    assert [(row["key"], row["audited"]) for row in report["weeks"]] == [("2026-11-23", 3)]
    assert report["drawn"] == 3
    assert report["verdicts"] == [
        {"value": "false", "source": "audit", "n": 1},
        {"value": "true", "source": "audit", "n": 2},
    ]
    assert "of those pushed" in report["definitions"]["published_precision"]


async def test_a_report_is_divided_by_camera_and_area_and_filtered(centre: Centre) -> None:
    await centre.raise_alert("a", camera="north-gate")
    centre.clock.advance(minutes=1)

    by_camera = await report_of(centre, by="camera")
    by_area = await report_of(centre, by="area")
    elsewhere = await report_of(centre, scenario="fall")

    assert [row["key"] for row in by_camera["rows"]] == ["demo/market/box-1/north-gate"]
    assert [row["key"] for row in by_area["rows"]] == [EAST[:9]]
    assert (elsewhere["rows"], elsewhere["total"]["incidents"]) == ([], 0)
    assert elsewhere["total"]["figures"][0]["estimate"] is None


async def test_a_missed_event_lowers_the_recall_once(centre: Centre) -> None:
    await centre.raise_alert("a")
    page = await centre.client_of("desk")
    event = {
        "origin": "hotline",
        "scenario": "fall",
        "node": "demo/market/box-1",
        "camera": "north-gate",
        "happened_at": centre.clock.at.isoformat(),
    }
    unknown = await page.post("/v1/accuracy/missed", json=event)
    assert unknown.status_code == 404
    assert unknown.json()["code"] == "no_such_camera"
    async with centre.engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO camera (node, name) VALUES ('demo/market/box-1', 'north-gate')"
        )

    for _ in range(2):
        stored = await page.post(
            "/v1/accuracy/missed", json=event, headers={"Idempotency-Key": "once"}
        )
        assert stored.status_code == 201

    centre.clock.advance(minutes=1)
    report = await report_of(centre)
    assert await rows(centre.engine, "SELECT origin FROM missed_event") == [("hotline",)]
    assert report["total"]["missed"] == 1
    assert {row["key"]: row["missed"] for row in report["rows"]} == {
        "crowd_gathering": 0,
        "fall": 1,
    }


async def test_a_large_report_is_computed_once_in_five_minutes(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting_routes, "COSTLY_FROM", 1)
    monkeypatch.setattr(proposal_routes, "COSTLY_FROM", 1)
    await centre.raise_alert("a")
    centre.clock.advance(minutes=1)
    page = await centre.client_of("desk")

    async def read() -> tuple[int, str, str]:
        report = await report_of(centre)
        cards = (await page.get("/v1/accuracy/scorecards")).json()
        return report["total"]["incidents"], report["until"], cards["computed_at"]

    first = await read()
    await centre.raise_alert("b", zone="gate")
    centre.clock.advance(minutes=1)
    assert await read() == first
    assert (await report_of(centre, scenario="fall"))["total"]["incidents"] == 0
    centre.clock.advance(minutes=5)
    later = await read()

    assert (first[0], later[0]) == (1, 2)
    assert later[1] > first[1]
    assert later[2] > first[2]


async def test_a_report_shows_the_largest_groups_and_counts_all(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_module, "MAX_ROWS", 1)
    await centre.raise_alert("a")
    await centre.raise_alert("b", zone="gate")
    await centre.raise_alert("c", scenario="fall", zone="yard")
    centre.clock.advance(minutes=1)

    report = await report_of(centre)

    assert [(row["key"], row["incidents"]) for row in report["rows"]] == [("crowd_gathering", 2)]
    assert report["total"]["incidents"] == 3
    assert [row["incidents"] for row in report["weeks"]] == [3]


async def test_a_report_covers_at_most_92_days(centre: Centre) -> None:
    page = await centre.client_of("desk")
    answer = await page.get("/v1/accuracy/report", params={"from": "2026-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["code"]) == (422, "period_too_long")


def test_an_area_is_divided_into_those_directly_below() -> None:
    assert [child_digits(area) for area in ("", "5101", "510107", EAST)] == [4, 6, 9, 18]


async def test_prometheus_sees_the_estimates(centre: Centre) -> None:
    await centre.raise_alert("a", score=0.9)
    centre.clock.advance(minutes=11)
    await audit(centre, "chief", is_true=True)

    await AccuracyExporter(centre.engine, now=centre.clock).export()

    page = centre.anonymous_client()
    lines = (await page.get("/metrics")).text.splitlines()
    labels = 'figure="published_precision",scenario="crowd_gathering"'
    assert f'gridwatch_accuracy_share{{bound="estimate",{labels}}} 1.0' in lines
    assert f"gridwatch_accuracy_audited{{{labels}}} 1.0" in lines
    assert any(
        line.startswith('gridwatch_accuracy_threshold{scenario="crowd_gathering",threshold="push"}')
        for line in lines
    )
    await page.aclose()


def test_the_command_prints_each_figure_with_its_definition(
    town_databases: TownDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDWATCH_DATABASE_URL", asyncio.run(town_databases.create()))

    report = gridwatch("accuracy", "report")
    document = json.loads(gridwatch("accuracy", "report", "--json", "--by", "camera").stdout)

    assert report.returncode == 0, report.stderr
    assert "published_precision  true / (true + false), of those pushed" in report.stdout
    assert "not measured: no audit of 0 incidents" in report.stdout
    assert (document["by"], document["alarm_load"]["alarms"]) == ("camera", 0)


async def test_the_agreement_of_two_raters_is_shown(centre: Centre) -> None:
    for zone in ("a", "b", "c"):
        await centre.raise_alert(zone, score=0.4, zone=zone)
    centre.clock.advance(minutes=11)
    await audit(centre, "chief", is_true=False)
    centre.clock.advance(minutes=11)
    await audit(centre, "desk", is_true=True)

    agreement = (await report_of(centre))["agreement"]

    assert (agreement["kappa"], agreement["n"]) == (0, 3)
    assert agreement["low"] <= 0 < agreement["high"]
