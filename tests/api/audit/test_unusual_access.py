"""Unusual access is found once, reviewed by somebody else, and escalated after three days."""

from datetime import datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from api.audit import store as audit_store
from api.audit.access_monitor import AccessMonitor
from api.audit.store import AuditEntry
from api.audit.unusual_access import AccessHour, AccessKind, find_unusual
from api.equipment.decisions import Outcome
from tests.api.databases import rows
from tests.api.equipment.test_centre_faults import monitor_of, outcomes_of
from tests.api.incidents.steps import page_of
from tests.api.town import Centre

FINDINGS = "SELECT kind, actor, n_views, usual FROM access_finding ORDER BY kind"


def hour_of(**facts: int) -> AccessHour:
    usual = {"n_views": 20, "busiest": 40, "days": 20, "same_hour": 10, "n_new_area": 0}
    return AccessHour(actor="desk", **{**usual, **facts})


@pytest.mark.parametrize(
    ("facts", "kinds"),
    [
        ({}, []),
        ({"n_views": 200}, []),
        ({"n_views": 201}, [AccessKind.VOLUME]),
        ({"n_views": 201, "busiest": 150}, []),
        ({"n_views": 201, "busiest": 0, "days": 0, "same_hour": 0}, [AccessKind.VOLUME]),
        ({"n_views": 30, "same_hour": 0}, [AccessKind.HOUR]),
        ({"n_views": 29, "same_hour": 0}, []),
        ({"n_views": 30, "same_hour": 0, "days": 6}, []),
        ({"n_views": 30, "n_new_area": 30}, [AccessKind.AREA]),
    ],
)
def test_an_account_is_compared_with_itself(facts: dict[str, int], kinds: list[AccessKind]) -> None:
    assert [unusual.kind for unusual in find_unusual(hour_of(**facts))] == kinds


@given(n_views=st.integers(0, 10**6), more=st.integers(0, 10**6), busiest=st.integers(0, 10**4))
def test_more_views_are_never_less_unusual(n_views: int, more: int, busiest: int) -> None:
    few = {u.kind for u in find_unusual(hour_of(n_views=n_views, busiest=busiest))}
    many = {u.kind for u in find_unusual(hour_of(n_views=n_views + more, busiest=busiest))}
    assert few <= many


async def view(centre: Centre, n: int, *, at: datetime, actor: str = "desk") -> None:
    """Record views as the route of evidence does."""
    [(incident,)] = await rows(centre.engine, "SELECT id FROM incident LIMIT 1")
    entry = AuditEntry(at=at, actor=actor, action="look", incident=incident)
    async with centre.engine.begin() as connection:
        await audit_store.record(connection, *[entry] * n)


async def add_auditor(centre: Centre) -> None:
    """Give the town an auditor."""
    statement = text("""
        INSERT INTO account (name, role, area_code, language, password_hash)
        SELECT 'auditor', 'auditor', '510107', 'en', password_hash FROM account
        WHERE name = 'desk'
    """)
    async with centre.engine.begin() as connection:
        await connection.execute(statement)


async def test_many_views_are_found_while_they_happen_and_reviewed_by_an_auditor(
    centre: Centre,
) -> None:
    await centre.raise_alert()
    await add_auditor(centre)
    monitor = AccessMonitor(centre.engine, now=centre.clock)
    for day in range(1, 11):
        await view(centre, 40, at=centre.clock() - timedelta(days=day))
    assert await monitor.look() == 0

    await view(centre, 201, at=centre.clock() + timedelta(minutes=5))
    centre.clock.advance(minutes=10)
    await monitor.look()
    await monitor.look()
    assert await rows(centre.engine, FINDINGS) == [("volume", "desk", 201, 40)]

    desk, auditor = await page_of(centre, "desk"), await page_of(centre, "auditor")
    assert (await desk.get("/v1/access-findings")).status_code == 403
    [finding] = (await auditor.get("/v1/access-findings")).json()["items"]
    path = f"/v1/access-findings/{finding['id']}/review"
    reviewed = await auditor.post(path, json={"note": "a check of a whole shift"})
    assert reviewed.json()["reviewed_by"] == "auditor"
    assert (await auditor.post(path, json={"note": "again"})).status_code == 404
    assert (await auditor.get("/v1/access-findings")).json()["items"] == []
    log = (await auditor.get("/v1/audit-log", params={"action": "review_access"})).json()["items"]
    assert [(entry["actor"], entry["detail"]["about"]) for entry in log] == [("auditor", "desk")]


async def test_views_at_an_hour_without_any_before_are_found(centre: Centre) -> None:
    await centre.raise_alert()
    for day in range(1, 11):
        await view(centre, 5, at=centre.clock() - timedelta(days=day, hours=3))
    await view(centre, 35, at=centre.clock() + timedelta(minutes=5))
    centre.clock.advance(minutes=10)

    await AccessMonitor(centre.engine, now=centre.clock).look()

    assert await rows(centre.engine, FINDINGS) == [("hour", "desk", 35, 0)]


async def test_a_finding_that_nobody_reviews_calls_the_desk(centre: Centre) -> None:
    await centre.raise_alert()
    await view(centre, 300, at=centre.clock())
    await AccessMonitor(centre.engine, now=centre.clock).look()
    monitor = monitor_of(centre)
    assert await outcomes_of(monitor) == []

    centre.clock.advance(hours=72)

    assert await outcomes_of(monitor) == [Outcome.OPEN]


async def test_the_log_is_read_by_pages_and_bounded_to_the_area(centre: Centre) -> None:
    incident = await centre.raise_alert()
    await add_auditor(centre)
    for k in range(5):
        await view(centre, 1, at=centre.clock() - timedelta(minutes=k))
    await view(centre, 1, at=centre.clock() - timedelta(days=8))
    auditor = await page_of(centre, "auditor")

    seen: list[int] = []
    cursor = None
    while True:
        params = httpx.QueryParams(actor="desk", limit=2)
        params = params.set("cursor", cursor) if cursor else params
        page = (await auditor.get("/v1/audit-log", params=params)).json()
        seen += [entry["seq"] for entry in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    about = (await auditor.get("/v1/audit-log", params={"incident": str(incident)})).json()
    bad_time = {"since": "2020-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}

    assert len(seen) == len(set(seen)) == 5, "not the one of last week"
    assert {entry["actor"] for entry in about["items"]} == {"desk", "system"}
    assert (await auditor.get("/v1/audit-log", params=bad_time)).status_code == 422
    assert (await auditor.get("/v1/audit-log", params={"cursor": "x"})).status_code == 422
    assert (await auditor.get("/v1/audit-log/state")).json()["checked_at"] is None
