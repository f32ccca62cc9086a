"""What the metrics say about steps and states of incidents."""

from datetime import timedelta

from prometheus_client import REGISTRY
from sqlalchemy import text

from api.dispatch.self_audit import SelfAudit
from api.metrics import MAX_OBSERVED, observe_step
from tests.api.alerts import NOON
from tests.api.incidents.system_incidents.test_actions import open_incident
from tests.api.town import Centre

STATE_SUM = "gridwatch_incident_state_seconds_sum"
SAFETY = {"class": "safety"}
STEP_SUM = "gridwatch_step_seconds_sum"


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_open_incidents_are_counted_by_state_age_and_missed_deadline(centre: Centre) -> None:
    await centre.raise_alert("a", score=0.2)
    centre.clock.advance(hours=2)
    await centre.raise_alert("b", score=0.2, camera="south-gate")
    await SelfAudit(centre.engine, now=centre.clock).check()

    assert value("gridwatch_incidents_open", state="new", **SAFETY) == 2
    assert value("gridwatch_incidents_overdue", state="new", **SAFETY) == 1
    assert value("gridwatch_incidents_oldest_seconds", state="new", **SAFETY) == 7200


async def test_incidents_about_equipment_are_counted_apart(centre: Centre) -> None:
    await open_incident(centre)
    await SelfAudit(centre.engine, now=centre.clock).check()

    assert value("gridwatch_incidents_open", state="filed", **{"class": "equipment"}) == 1
    assert value("gridwatch_incidents_open", state="filed", **SAFETY) == 0


async def test_a_last_resort_that_reaches_nobody_is_counted(centre: Centre) -> None:
    async with centre.engine.begin() as connection:
        await connection.execute(text("UPDATE account SET active = false"))
    before = value("gridwatch_nobody_to_notify_total")
    await centre.raise_alert()
    await centre.clock_engine.process_due()

    assert value("gridwatch_nobody_to_notify_total") == before + 1


async def test_a_state_without_incidents_is_reported_as_none(centre: Centre) -> None:
    await SelfAudit(centre.engine, now=centre.clock).check()

    assert value("gridwatch_incidents_open", state="handling", **SAFETY) == 0
    assert value("gridwatch_incidents_oldest_seconds", state="handling", **SAFETY) == 0


async def test_the_time_in_each_state_is_observed_when_it_ends(centre: Centre) -> None:
    before = {state: value(STATE_SUM, state=state) for state in ("filed", "dispatched", "accepted")}
    await centre.raise_alert()
    centre.clock.advance(seconds=3)
    await centre.clock_engine.process_due()
    centre.clock.advance(seconds=70)
    worker = await centre.client_of("east-1")
    [order] = (await worker.get("/v1/orders", params={"mine": True})).json()["items"]
    await worker.post(f"/v1/orders/{order['id']}/accept", json={"version": order["version"]})
    centre.clock.advance(seconds=200)
    await worker.post(f"/v1/orders/{order['id']}/start", json={"version": order["version"] + 1})

    spent = {state: value(STATE_SUM, state=state) - before[state] for state in before}
    assert spent == {"filed": 3, "dispatched": 70, "accepted": 200}


async def test_the_time_in_a_state_begins_anew_when_an_alert_changes_it(centre: Centre) -> None:
    before = value(STATE_SUM, state="filed")
    await centre.raise_alert("a", score=0.05)
    centre.clock.advance(seconds=60)
    await centre.raise_alert("b", score=0.95)
    centre.clock.advance(seconds=3)
    await centre.clock_engine.process_due()

    assert value(STATE_SUM, state="filed") - before == 3


def test_a_wrong_clock_does_not_spoil_the_sum() -> None:
    before = value(STEP_SUM, step="decided_to_received")
    observe_step("decided_to_received", NOON + timedelta(days=3650), NOON)
    observe_step("decided_to_received", NOON - timedelta(days=3650), NOON)
    observe_step("decided_to_received", None, NOON)

    spent = value(STEP_SUM, step="decided_to_received") - before
    assert spent == MAX_OBSERVED.total_seconds()
